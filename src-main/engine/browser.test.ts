/**
 * The whole way: an owner's engine publishes, a visitor's engine judges, real relays between them, and
 * a real Chromium that was given nothing but the PAC address and the root.
 */
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasPrograms } from '../env/testing/programs.ts'
import { encodeNpub } from '../names/npub.ts'
import { openBrowser, type TestBrowser } from '../trust/terminator/testing/browser.ts'
import {
  certificateFor,
  startOrigin,
  startSilentOrigin,
  type TestCertificate,
  type TestOrigin,
} from '../trust/terminator/testing/test-origin.ts'
import { decodeCertificatePem } from '../trust/x509/pem.ts'
import { startTestEngines, type TestEngine, type TestEngines } from './testing/test-engines.ts'

describe.skipIf(!hasPrograms(['chromium', 'certutil']))('a browser', () => {
  let engines: TestEngines
  let owner: TestEngine
  let visitor: TestEngine
  let domain: string
  let origin: TestOrigin
  let forged: TestOrigin
  let browser: TestBrowser
  let page: Page

  beforeAll(async () => {
    engines = await startTestEngines()
    owner = await engines.start('owner')
    const { pubkey } = await owner.call('keys.create', { label: 'me' })
    domain = `${encodeNpub(pubkey)}.nostr`
    const own = await owner.call('ownCertificates.create', {})
    const cert = await readFile(own.certificatePath, 'utf8')
    const certificate: TestCertificate = {
      cert,
      key: await readFile(own.keyPath, 'utf8'),
      der: Buffer.from(decodeCertificatePem(cert) ?? []),
    }
    origin = await startOrigin(certificate)
    forged = await startSilentOrigin(certificateFor([domain]), {
      ALPNProtocols: ['h2', 'http/1.1'],
    })
    const ports = [origin.port, forged.port]
    await owner.call('publish.address', { addresses: ['127.0.0.1'], follow: false })
    await owner.call('ownCertificates.publish', { ports })
    visitor = await engines.start('visitor', { serverPorts: ports })
    await visitor.call('settings.update', { resolver: { privateAddressOwners: [pubkey] } })
    const { proxy } = await visitor.call('trust.enable', {})
    const { pem } = await visitor.call('trust.exportRoot', {})
    browser = await openBrowser(pem, proxy.pacUrl)
    page = await browser.context.newPage()
  }, 90_000)

  afterAll(async () => {
    await browser.close()
    await engines.stop()
    await origin.close()
    await forged.close()
  })

  const title = (): Promise<string | null> => page.locator('h1').textContent()

  it(
    'shows the page over h2, and loses it when a newer event drops the pin',
    { timeout: 60_000 },
    async () => {
      const url = `https://${domain}:${origin.port}/`
      expect((await page.goto(url))?.status()).toBe(200)
      expect(await title()).toBe('hello')
      const protocol = await page.evaluate(
        `performance.getEntriesByType('navigation')[0].nextHopProtocol`,
      )
      expect(protocol).toBe('h2')
      await page.evaluate(`new Promise((resolve) => {
      const socket = new WebSocket('wss://${domain}:${origin.port}/echo')
      socket.onclose = () => { window.isClosed = true }
      socket.onopen = resolve
    })`)

      await owner.call('ownCertificates.withdraw', {})
      await page.waitForFunction('window.isClosed')
      await expect.poll(() => origin.open(), { timeout: 10_000 }).toBe(0)
      const requests = origin.seen.paths.length
      // With the sessions it has it could resume, and is judged all the same.
      expect((await page.goto(url))?.status()).toBe(502)
      expect(await title()).toBe('The owner announced no certificate for this name')
      expect(origin.seen.paths).toHaveLength(requests)

      await owner.call('ownCertificates.publish', { ports: [origin.port, forged.port] })
      const visit = async () => (await page.goto(url))?.status()
      await expect.poll(visit, { timeout: 15_000 }).toBe(200)
    },
  )

  it('is kept from a forged server, and the Certificates screen hears of it', async () => {
    expect((await page.goto(`https://${domain}:${forged.port}/secret`))?.status()).toBe(502)
    expect(await title()).toBe('This is not the server its owner vouches for')
    expect(forged.seen.bytes).toBe(0)
    const rows = visitor.engine.snapshot().certificates
    expect(rows).toContainEqual(
      expect.objectContaining({ id: `${domain}:${forged.port}`, state: 'mismatch' }),
    )
  })
})
