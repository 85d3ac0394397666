/** The transparent mode seen by a real Chromium that knows no proxy. */
import type { Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasPrograms } from '../../env/testing/programs.ts'
import { openBrowser, type TestBrowser } from '../terminator/testing/browser.ts'
import { pinned, pinOf } from '../terminator/testing/fake-pins.ts'
import { domain, owner } from '../terminator/testing/test-names.ts'
import {
  certificateFor,
  startOrigin,
  startSilentOrigin,
  type TestOrigin,
} from '../terminator/testing/test-origin.ts'
import { startTestProxy, type TestProxy } from '../terminator/testing/test-proxy.ts'

describe.skipIf(!hasPrograms(['chromium', 'certutil']))('Chromium without a proxy', () => {
  const certificate = certificateFor([domain])
  let origin: TestOrigin
  let forged: TestOrigin
  let proxy: TestProxy
  let browser: TestBrowser
  let page: Page

  beforeAll(async () => {
    origin = await startOrigin(certificate)
    forged = await startSilentOrigin(certificateFor([domain]), { ALPNProtocols: ['h2'] })
    proxy = await startTestProxy({ transparentPorts: { tls: 0, http: 0 } })
    const { tlsPort } = await proxy.terminator.setTransparent(true)
    // What DNS says in this mode, for the port of tests.
    const rules = `--host-resolver-rules=MAP ${domain}:443 127.0.0.1:${tlsPort}`
    browser = await openBrowser(proxy.rootPem, 'data:,', [rules])
    page = await browser.context.newPage()
  }, 60_000)

  afterAll(async () => {
    await browser.close()
    await proxy.close()
    await origin.close()
    await forged.close()
  })

  it('shows the page over h2, with WebSocket, as a secure context', async () => {
    proxy.lead(origin.port)
    proxy.pins.set(owner, pinned(pinOf(certificate.der)))
    expect((await page.goto(`https://${domain}/`))?.status()).toBe(200)
    const facts = await page.evaluate(`(async () => ({
      protocol: performance.getEntriesByType('navigation')[0].nextHopProtocol,
      isSecure: window.isSecureContext,
      echo: await new Promise((resolve) => {
        const socket = new WebSocket('wss://${domain}/echo')
        socket.onmessage = ({ data }) => resolve(data)
        socket.onopen = () => socket.send('hello')
      }),
    }))()`)
    expect(facts).toEqual({ protocol: 'h2', isSecure: true, echo: 'hello' })
  })

  it('shows why a forged server is not asked', async () => {
    proxy.lead(forged.port)
    proxy.pins.set(owner, pinned(pinOf(certificateFor([domain]).der)))
    expect((await page.goto(`https://${domain}/secret`))?.status()).toBe(502)
    expect(await page.title()).toBe('This is not the server its owner vouches for')
    expect(forged.seen.bytes).toBe(0)
  })
})
