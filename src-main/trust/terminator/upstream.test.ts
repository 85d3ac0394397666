import { once } from 'node:events'
import { createServer } from 'node:net'
import { PassThrough } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { createManualClock } from '../../relays/testing/manual-clock.ts'
import { systemClock } from '../../env/system-env.ts'
import { domain } from './testing/test-names.ts'
import {
  certificateFor,
  startEchoOrigin,
  startSilentOrigin,
  type TestOrigin,
} from './testing/test-origin.ts'
import { offeredProtocols, openUpstream, routeToAddresses, upstreamContext } from './upstream.ts'

const open: TestOrigin[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})
const certificate = certificateFor([domain])
const context = upstreamContext()
const attempt = (
  addresses: readonly string[],
  port: number,
  signal?: AbortSignal,
  clock = systemClock,
) =>
  openUpstream(
    { route: routeToAddresses(addresses, port), domain, alpn: [], context },
    clock,
    signal ?? new AbortController().signal,
  )

describe('openUpstream', () => {
  it.each([
    ['one address', ['127.0.0.1']],
    ['a second one, when the first refuses', ['127.0.0.2', '127.0.0.1']],
    ['the other family, when the first refuses', ['::1', '127.0.0.1']],
  ])('dials %s and carries bytes both ways', async (_what, addresses) => {
    const origin = await startEchoOrigin(certificate)
    open.push(origin)
    const opened = await attempt(addresses, origin.port)
    if (!opened.ok) throw new Error(opened.reason)
    const { socket, deliverTo } = opened.value
    expect(socket.getPeerX509Certificate()?.raw.equals(certificate.der)).toBe(true)
    const sink = new PassThrough()
    const text = 'x'.repeat(200_000)
    socket.end(text)
    deliverTo(sink)
    let received = ''
    for await (const chunk of sink as AsyncIterable<Buffer>) received += chunk.toString()
    expect(received).toBe(text)
    socket.destroy()
  })

  it('never offers a session, so that there always is a certificate to judge', async () => {
    const origin = await startSilentOrigin(certificate)
    open.push(origin)
    for (let round = 0; round < 3; round += 1) {
      const opened = await attempt(['127.0.0.1'], origin.port)
      if (!opened.ok) throw new Error(opened.reason)
      const { socket } = opened.value
      expect(socket.isSessionReused()).toBe(false)
      expect(socket.getPeerX509Certificate()).toBeDefined()
      socket.destroy()
    }
  })

  it('says in plain words why there is no connection', async () => {
    const origin = await startSilentOrigin(certificate)
    await origin.close()
    const refused = { ok: false, reason: 'it refused the connection' }
    expect(await attempt(['127.0.0.1'], origin.port)).toEqual(refused)
    expect(await attempt(['127.0.0.1', '127.0.0.2'], origin.port)).toEqual(refused)
    const plain = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    plain.listen(0, '127.0.0.1')
    await once(plain, 'listening')
    const address = plain.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    expect(await attempt(['127.0.0.1'], port)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('TLS handshake failed') as unknown,
    })
    plain.close()
  })

  it('refuses servers older than TLS 1.2', async () => {
    const old = {
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
    } as const
    const origin = await startSilentOrigin(certificate, old).catch(() => undefined)
    if (origin === undefined) return
    open.push(origin)
    expect((await attempt(['127.0.0.1'], origin.port)).ok).toBe(false)
  })

  it('gives up after 15 seconds, and at once when the client goes away', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined))
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const address = silent.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const clock = createManualClock()
    const late = attempt(['127.0.0.1'], port, undefined, clock)
    clock.advance(15_000)
    expect(await late).toEqual({ ok: false, reason: 'it did not answer in time' })
    const abort = new AbortController()
    const dropped = attempt(['127.0.0.1'], port, abort.signal)
    abort.abort()
    expect(await dropped).toEqual({ ok: false, reason: 'the client went away' })
    expect(await attempt(['127.0.0.1'], port, AbortSignal.abort())).toMatchObject({ ok: false })
    silent.close()
  })
})

it.each([
  [
    ['h2', 'http/1.1'],
    ['h2', 'http/1.1'],
  ],
  [
    ['http/1.1', 'h2'],
    ['http/1.1', 'h2'],
  ],
  [['acme-tls/1', 'http/1.1'], ['http/1.1']],
  [['dot'], []],
  [[], []],
])('of %j offers servers %j', (offered, passed) => {
  expect(offeredProtocols(offered)).toEqual(passed)
})
