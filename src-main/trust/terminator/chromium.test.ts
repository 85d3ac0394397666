/** The terminator and its PAC file seen by a real Chromium. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasPrograms } from '../../env/testing/programs.ts'
import type { PinDecision } from '../pin-policy.ts'
import { openBrowser, type TestBrowser } from './testing/browser.ts'
import { pinned, pinOf } from './testing/fake-pins.ts'
import { domain, owner } from './testing/test-names.ts'
import {
  certificateFor,
  startOrigin,
  startSilentOrigin,
  type TestOrigin,
} from './testing/test-origin.ts'
import { startTestProxy, type TestProxy } from './testing/test-proxy.ts'

const certificate = certificateFor([domain])
const good = pinned(pinOf(certificate.der))

describe.skipIf(!hasPrograms(['chromium', 'certutil']))('Chromium', () => {
  let origin: TestOrigin
  let forged: TestOrigin
  let proxy: TestProxy
  let hub: Server
  let hubPort: number
  let browser: TestBrowser
  let page: Page

  beforeAll(async () => {
    origin = await startOrigin(certificate, (_request, response) => {
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'access-control-allow-origin': '*',
      })
      response.end('<!doctype html><title>a page</title><h1>hello</h1>')
    })
    forged = await startSilentOrigin(certificateFor([domain]), {
      ALPNProtocols: ['h2', 'http/1.1'],
    })
    proxy = await startTestProxy()
    hub = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<title>elsewhere</title>')
    }).listen(0, '127.0.0.1')
    await once(hub, 'listening')
    hubPort = (hub.address() as AddressInfo).port
    browser = await openBrowser(proxy.rootPem, proxy.terminator.status().pacUrl, [
      // As if it came from the internet: such pages may not reach into the local network.
      `--ip-address-space-overrides=127.0.0.1:${hubPort}=public`,
    ])
    page = await browser.context.newPage()
  }, 60_000)

  afterAll(async () => {
    await browser.close()
    await proxy.close()
    await origin.close()
    await forged.close()
    hub.closeAllConnections()
    hub.close()
  })

  /**
   * Chromium opens connections ahead of need: one that was judged before things were put right may
   * still carry the next request, and then says once more what was wrong at that time.
   */
  const tryAgain = async (): Promise<string | null> => {
    const link = page.getByRole('link', { name: 'Try again' })
    if ((await link.count()) > 0) await link.click()
    await page.waitForLoadState()
    return page.locator('h1').textContent()
  }

  /** Leads to the right server, which the owner vouches for. */
  const putRight = (): void => {
    proxy.lead(origin.port)
    proxy.pins.set(owner, good)
  }

  it('shows a page over h2, as a secure context, without any DNS for its name', async () => {
    putRight()
    const response = await page.goto(`https://${domain}/`)
    expect(response?.status()).toBe(200)
    expect(await page.title()).toBe('a page')
    const facts = await page.evaluate(`(async () => ({
      protocol: performance.getEntriesByType('navigation')[0].nextHopProtocol,
      isSecure: window.isSecureContext,
      digest: (await crypto.subtle.digest('SHA-256', new Uint8Array(3))).byteLength,
    }))()`)
    expect(facts).toEqual({ protocol: 'h2', isSecure: true, digest: 32 })
  })

  it('shows it again over a later connection', async () => {
    putRight()
    for (let round = 0; round < 2; round += 1) {
      proxy.terminator.judgeAgain(owner)
      const other = await browser.context.newPage()
      expect((await other.goto(`https://${domain}/${round}`))?.status()).toBe(200)
      await other.close()
    }
  })

  it('speaks WebSocket, which ends when the owner drops the pin; then the page is blocked', async () => {
    putRight()
    await page.goto(`https://${domain}/`)
    const echo = await page.evaluate(`new Promise((resolve) => {
      const socket = new WebSocket('wss://${domain}/echo')
      socket.onclose = () => { window.isClosed = true }
      socket.onmessage = ({ data }) => resolve(data)
      socket.onopen = () => socket.send('hello')
    })`)
    expect(echo).toBe('hello')
    proxy.lead(forged.port)
    proxy.pins.set(owner, pinned(pinOf(certificateFor([domain]).der)))
    await page.waitForFunction('window.isClosed')
    const response = await page.goto(`https://${domain}/`)
    expect(response?.status()).toBe(502)
    expect(await page.title()).toBe('This is not the server its owner vouches for')
    expect(forged.seen.bytes).toBe(0)
  })

  it('may fetch it from a page of the internet', async () => {
    putRight()
    await page.goto(`http://127.0.0.1:${hubPort}/`)
    const text = await page.evaluate(
      `fetch('https://${domain}/data').then((response) => response.text())`,
    )
    expect(text).toContain('hello')
  })

  it('is led from http to https', async () => {
    putRight()
    const visit = async () => {
      const response = await page.goto(`http://${domain}/x?y`)
      return [response?.url(), response?.status()]
    }
    await expect.poll(visit, { timeout: 15_000 }).toEqual([`https://${domain}/x?y`, 200])
  })

  it('is told by the self-test what it lacks', async () => {
    const { pacUrl, port } = proxy.terminator.status()
    const stranger = await startTestProxy()
    const without = await openBrowser(stranger.rootPem, pacUrl)
    const unsteered = await openBrowser(stranger.rootPem, 'data:,')
    const marks: unknown[] = []
    for (const { context } of [browser, without, unsteered]) {
      const tab = await context.newPage()
      await tab.goto(`http://127.0.0.1:${port}/`)
      marks.push(await tab.evaluate('[...document.images].map((image) => image.naturalWidth > 0)'))
      await tab.close()
    }
    await Promise.all([without.close(), unsteered.close(), stranger.close()])
    expect(marks).toEqual([
      [true, true],
      [true, false],
      [false, false],
    ])
  })

  const blocks: readonly (readonly [string, PinDecision])[] = [
    ['This is not the server its owner vouches for', pinned(pinOf(certificateFor([domain]).der))],
    [
      'The owner announced no certificate for this name',
      { kind: 'no-certificate', reason: 'its owner publishes no certificate' },
    ],
    [
      'The owner’s announcement has expired',
      { kind: 'expired', expiredAt: 1_780_000_000, eventId: 'e'.repeat(64) },
    ],
  ]
  it.each(blocks)(
    'shows “%s”, styled, and the page again on another try',
    async (title, decision) => {
      proxy.lead(forged.port)
      proxy.pins.set(owner, decision)
      const faults: string[] = []
      page.on('console', (message) => {
        if (/Content Security Policy/u.test(message.text())) faults.push(message.text())
      })
      const response = await page.goto(`https://${domain}/secret`)
      expect(response?.status()).toBe(502)
      expect(await page.locator('h1').textContent()).toBe(title)
      const radius = await page.evaluate(
        `getComputedStyle(document.querySelector('main')).borderTopLeftRadius`,
      )
      expect(radius).toBe('14px')
      expect(forged.seen.bytes).toBe(0)
      putRight()
      await expect.poll(tryAgain, { timeout: 15_000 }).toBe('hello')
      expect(faults).toEqual([])
      page.removeAllListeners('console')
    },
  )
})
