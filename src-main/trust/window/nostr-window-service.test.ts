import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { request } from 'node:http'
import { systemClock, systemRandom } from '../../env/system-env.ts'
import { silentLogger } from '../../env/logger.ts'
import type { Env } from '../../env/env.ts'
import { pinned, pinOf } from '../terminator/testing/fake-pins.ts'
import { openTunnel, send } from '../terminator/testing/proxy-client.ts'
import { domain, otherDomain, otherOwner, owner } from '../terminator/testing/test-names.ts'
import {
  certificateFor,
  startOrigin,
  startSilentOrigin,
  type TestOrigin,
} from '../terminator/testing/test-origin.ts'
import { publicAddress, startTestWindow, type TestWindow } from './testing/test-window.ts'

const env: Env = { clock: systemClock, random: systemRandom, log: silentLogger }
const right = certificateFor([domain])
const forged = certificateFor([domain])
const others = certificateFor([otherDomain])

let window: TestWindow
let origins: TestOrigin[]

beforeEach(async () => {
  origins = []
  window = await startTestWindow(env)
})

afterEach(async () => {
  await window.close()
  await Promise.all(origins.map((origin) => origin.close()))
})

/** Serves `certificate` at `port` of every public address. */
async function serve(certificate: typeof right, port = 443): Promise<TestOrigin> {
  const origin = await startOrigin(certificate)
  origins.push(origin)
  window.ports.set(port, origin.port)
  return origin
}

function asSocket(visited: unknown): TLSSocket {
  if (!(visited instanceof TLSSocket)) throw new Error(`not visited: ${String(visited)}`)
  return visited
}

describe('a page', () => {
  test('is shown when its owner vouches for the certificate', async () => {
    const origin = await serve(right)
    window.pins.set(owner, pinned(pinOf(right.der)))
    const socket = asSocket(await window.visit(domain))
    const response = await send(socket, domain, '/page')
    expect(response).toMatchObject({ status: 200, body: '<h1>hello</h1>' })
    expect(origin.seen.paths).toEqual(['/page'])
    expect(window.dialled).toEqual([publicAddress])
    expect(window.observations).toMatchObject([{ outcome: 'allowed', domain, port: 443 }])
  })

  test('is refused when the certificate is forged, before any byte of the page', async () => {
    const origin = await startSilentOrigin(forged)
    origins.push(origin)
    window.ports.set(443, origin.port)
    window.pins.set(owner, pinned(pinOf(right.der)))
    expect(await window.visit(domain)).toBe('refused')
    expect(origin.seen).toMatchObject({ connections: 1, bytes: 0 })
    expect(window.observations).toMatchObject([{ outcome: 'blocked', detail: 'mismatch' }])
  })

  test('is refused when the pinned certificate is of another name', async () => {
    await serve(others)
    window.pins.set(owner, pinned(pinOf(others.der)))
    expect(await window.visit(domain)).toBe('refused')
    expect(window.observations).toMatchObject([{ outcome: 'blocked', detail: 'wrong-name' }])
  })

  test.each([
    ['no certificate was announced', { kind: 'no-certificate', reason: 'none' } as const],
    ['the announcement expired', { kind: 'expired', expiredAt: 1, eventId: 'e' } as const],
    ['nothing can be checked', { kind: 'cannot-check', reason: 'no relay' } as const],
  ])('is not even connected to when %s', async (_title, decision) => {
    const origin = await serve(right)
    window.pins.set(owner, decision)
    expect(await window.visit(domain)).toBe(502)
    expect(origin.seen.connections).toBe(0)
    expect(window.dialled).toEqual([])
    const { allowed, html } = await window.judge(domain)
    expect(allowed).toBe(false)
    expect(html).toContain('<!doctype html>')
  })

  test('is not connected to at a private address, unless its owner is trusted so far', async () => {
    await serve(right)
    window.pins.set(owner, pinned(pinOf(right.der)))
    window.addresses.set(domain, ['192.168.1.1', '127.0.0.1', '::1', '::ffff:10.0.0.1'])
    expect(await window.visit(domain)).toBe(502)
    expect(window.dialled).toEqual([])
    const { html } = await window.judge(domain)
    expect(html).toContain('points into your own network')
    expect(html).toContain('192.168.1.1')

    const trusting = await startTestWindow(env, { allowsPrivate: (key) => key === owner })
    trusting.ports.set(443, origins[0]?.port ?? 0)
    trusting.pins.set(owner, pinned(pinOf(right.der)))
    trusting.addresses.set(domain, ['127.0.0.1'])
    expect(await trusting.visit(domain)).toBeInstanceOf(TLSSocket)
    expect(trusting.dialled).toEqual(['127.0.0.1'])
    await trusting.close()
  })

  test('mixes in no private address of a name that also has a public one', async () => {
    await serve(right)
    window.pins.set(owner, pinned(pinOf(right.der)))
    window.addresses.set(domain, ['10.0.0.1', publicAddress])
    expect(await window.visit(domain)).toBeInstanceOf(TLSSocket)
    expect(window.dialled).toEqual([publicAddress])
  })

  test.each([
    ['no address', [], 'its owner gives no address'],
    ['nobody there', [publicAddress], 'it refused the connection'],
  ])('with %s says so', async (_title, addresses, reason) => {
    window.pins.set(owner, pinned(pinOf(right.der)))
    window.addresses.set(domain, addresses)
    expect(await window.visit(domain)).toBe(502)
    expect((await window.judge(domain)).html).toContain(reason)
  })
})

describe('ports', () => {
  const port = 8443

  test('a certificate counts only when every port asked for pins it', async () => {
    await serve(right)
    await serve(right, port)
    const decide = window.pins.decide
    window.pins.decide = async (name, asked, signal) =>
      asked === port ? pinned(pinOf(forged.der)) : decide(name, asked, signal)
    window.pins.set(owner, pinned(pinOf(right.der)))
    expect(await window.visit(domain)).toBeInstanceOf(TLSSocket)
    // Chromium would take the same certificate from this port without asking again.
    expect(await window.visit(domain, port)).toBe(502)
  })

  test('any port is reached that the owner pins', async () => {
    const origin = await serve(right, port)
    window.pins.set(owner, pinned(pinOf(right.der)))
    const socket = asSocket(await window.visit(domain, port))
    await send(socket, domain)
    expect(origin.seen.paths).toEqual(['/'])
  })
})

describe('an owner who takes back', () => {
  test('ends the connections and is not spoken to again in this session', async () => {
    await serve(right)
    window.pins.set(owner, pinned(pinOf(right.der)))
    const socket = asSocket(await window.visit(domain))
    const closed = once(socket, 'close')
    window.pins.set(owner, pinned(pinOf(forged.der)))
    await closed
    expect(window.observations.at(-1)).toMatchObject({ outcome: 'revoked', domain })
    expect(await window.visit(domain)).toBe(502)
    expect((await window.judge(domain, right.der.toString('base64'))).allowed).toBe(false)

    window.pins.set(owner, pinned(pinOf(right.der)))
    expect(await window.visit(domain)).toBe(502)
    await window.prepare()
    expect(await window.visit(domain)).toBeInstanceOf(TLSSocket)
  })

  test('leaves the connections of others alone', async () => {
    await serve(right)
    await serve(others, 8443)
    window.pins.set(owner, pinned(pinOf(right.der)))
    window.pins.set(otherOwner, pinned(pinOf(others.der)))
    const kept = asSocket(await window.visit(otherDomain, 8443))
    const ended = asSocket(await window.visit(domain))
    const closed = once(ended, 'close')
    window.pins.set(owner, { kind: 'no-certificate', reason: 'none' })
    await closed
    expect((await send(kept, otherDomain)).status).toBe(200)
  })

  test('a relay that cannot be asked takes nothing back before its time', async () => {
    await serve(right)
    window.pins.set(owner, pinned(pinOf(right.der)))
    const socket = asSocket(await window.visit(domain))
    window.pins.set(owner, { kind: 'cannot-check', reason: 'no relay' })
    expect((await send(socket, domain)).status).toBe(200)
    expect((await window.judge(domain, right.der.toString('base64'))).allowed).toBe(true)
    await window.prepare()
    expect(await window.visit(domain)).toBe(502)
  })

  test('what was announced until now ends now', async () => {
    await serve(right)
    let nowMs = 1_700_000_000_000
    const tasks: { readonly atMs: number; readonly task: () => void }[] = []
    const clock = {
      nowMs: () => nowMs,
      schedule(delayMs: number, task: () => void) {
        tasks.push({ atMs: nowMs + delayMs, task })
        return () => undefined
      },
    }
    const timed = await startTestWindow({ ...env, clock })
    timed.ports.set(443, origins[0]?.port ?? 0)
    timed.pins.set(owner, pinned(pinOf(right.der, 'spki', 1_700_000_100)))
    const socket = asSocket(await timed.visit(domain))
    const closed = once(socket, 'close')
    nowMs = 1_700_000_100_000
    for (const { task } of tasks.filter(({ atMs }) => atMs === nowMs)) task()
    await closed
    expect(timed.observations.at(-1)).toMatchObject({ outcome: 'revoked' })
    await timed.close()
  })
})

describe('a staple', () => {
  test('counts only while relays cannot be asked', async () => {
    const stapled = await startTestWindow(env, {
      readStaple: (der, name, asked) =>
        name.owner === owner && asked === domain ? pinOf(der) : undefined,
    })
    await serve(right)
    stapled.ports.set(443, origins[0]?.port ?? 0)
    stapled.pins.set(owner, { kind: 'cannot-check', reason: 'no relay' })
    expect(await stapled.visit(domain)).toBeInstanceOf(TLSSocket)
    stapled.pins.set(owner, { kind: 'no-certificate', reason: 'none' })
    await stapled.prepare()
    expect(await stapled.visit(domain)).toBe(502)
    await stapled.close()
  })
})

describe('the proxy', () => {
  test.each([
    ['another site', 'example.com:443', 403],
    ['an address', '127.0.0.1:443', 403],
    ['an IPv6 address', '[::1]:443', 403],
    ['localhost', 'localhost:443', 403],
    ['a petname', 'alice.nostr:443', 403],
    ['a false checksum', `${domain.replace(/.\.nostr$/u, 'x.nostr')}:443`, 403],
    ['a trailing dot', `${domain}.:443`, 403],
    ['a port that is none', `${domain}:65536`, 403],
    ['port 0', `${domain}:0`, 403],
    ['a wildcard', `*.${domain}:443`, 403],
  ])('refuses %s', async (_title, target, status) => {
    const tunnel = await openTunnel(window.proxyPort(), target)
    tunnel.socket.destroy()
    expect(tunnel.status).toBe(status)
    expect(window.dialled).toEqual([])
  })

  test.each([
    ['a name of a key to https', `http://${domain}/a?b`, 307, `https://${domain}/a?b`],
    ['nothing else', 'http://example.com/', 403, undefined],
    ['no other port', `http://${domain}:8080/`, 403, undefined],
    ['not itself', '/', 403, undefined],
  ])('sends %s', async (_title, path, status, location) => {
    const outgoing = request({ host: '127.0.0.1', port: window.proxyPort(), path })
    outgoing.end()
    const [response] = (await once(outgoing, 'response')) as [
      { statusCode: number; headers: Record<string, string>; resume(): void },
    ]
    response.resume()
    expect([response.statusCode, response.headers['location']]).toEqual([status, location])
  })

  test('serves nobody else', async () => {
    const closed = await startTestWindow(env, { isAllowed: () => Promise.resolve(false) })
    const socket = connectTcp(closed.proxyPort(), '127.0.0.1')
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    socket.write(`CONNECT ${domain}:443 HTTP/1.1\r\n\r\n`)
    await once(socket, 'close')
    expect(socket.bytesRead).toBe(0)
    expect(closed.dialled).toEqual([])
    await closed.close()
  })

  test('of a former session ends with it, and stop ends everything', async () => {
    await serve(right)
    window.pins.set(owner, pinned(pinOf(right.der)))
    const former = window.proxyPort()
    const first = once(asSocket(await window.visit(domain)), 'close')
    await window.prepare()
    await first
    expect(window.proxyPort()).not.toBe(former)
    await expect(openTunnel(former, `${domain}:443`)).rejects.toThrow('ECONNREFUSED')

    const second = once(asSocket(await window.visit(domain)), 'close')
    await window.service.stop()
    await window.service.stop()
    await second
    await expect(openTunnel(window.proxyPort(), `${domain}:443`)).rejects.toThrow('ECONNREFUSED')
    expect((await window.service.prepare()).ok).toBe(false)
  })
})

test('a name that is not one of a key is told apart from a server that is wrong', async () => {
  const answer = await window.service.judge(
    { domain: 'alice.nostr', port: 443, der: '' },
    AbortSignal.timeout(5000),
  )
  expect(answer).toMatchObject({ ok: false, error: { code: 'window.not-a-key' } })
})
