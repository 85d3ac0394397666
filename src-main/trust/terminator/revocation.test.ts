import { once } from 'node:events'
import type { TLSSocket } from 'node:tls'
import { afterEach, describe, expect, it, test } from 'vitest'
import { createManualClock } from '../../relays/testing/manual-clock.ts'
import type { PinDecision } from '../pin-policy.ts'
import { pinned, pinOf } from './testing/fake-pins.ts'
import { closed, get, openSecure, send } from './testing/proxy-client.ts'
import { domain, otherDomain, otherOwner, owner } from './testing/test-names.ts'
import { certificateFor, startOrigin, startSilentOrigin } from './testing/test-origin.ts'
import { startTestProxy, testEnv, type TestProxy } from './testing/test-proxy.ts'

const open: { close(): Promise<void> }[] = []
const closeLater = <T extends { close(): Promise<void> }>(resource: T): T => {
  open.push(resource)
  return resource
}
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close()
})

const certificate = certificateFor([domain, otherDomain])
const pin = pinOf(certificate.der)
const otherPin = pinOf(certificateFor([domain]).der)

async function openAllowed(proxy: TestProxy, name = domain): Promise<TLSSocket> {
  const allowed = proxy.next('allowed')
  const socket = await openSecure(proxy.port, name, proxy.rootPem)
  await allowed
  return socket
}

async function startPair(): Promise<TestProxy> {
  const origin = closeLater(await startSilentOrigin(certificate))
  const proxy = closeLater(await startTestProxy())
  proxy.lead(origin.port)
  proxy.pins.set(owner, pinned(pin))
  proxy.pins.set(otherOwner, pinned(pin))
  return proxy
}

describe('an open connection', () => {
  it.each<[string, PinDecision]>([
    ['pins another key', pinned(otherPin)],
    ['withdraws', { kind: 'no-certificate', reason: 'withdrawn' }],
    ['lets the time run out', { kind: 'expired', expiredAt: 1, eventId: 'f'.repeat(64) }],
  ])('ends at once when its owner %s, and nobody else’s does', async (_what, decision) => {
    const proxy = await startPair()
    const socket = await openAllowed(proxy)
    const bystander = await openAllowed(proxy, otherDomain)
    const revoked = proxy.next('revoked')
    proxy.pins.set(owner, decision)
    await closed(socket)
    expect(await revoked).toMatchObject({
      domain,
      port: 443,
      decision,
      served: { names: [domain, otherDomain] },
    })
    expect(bystander.destroyed).toBe(false)
    expect(proxy.terminator.status().connections).toBe(1)
  })

  it.each<[string, PinDecision]>([
    ['adds a key', pinned(otherPin, pin)],
    ['cannot be asked about', { kind: 'cannot-check', reason: 'no relay answers' }],
  ])('goes on when its owner %s', async (_what, decision) => {
    const proxy = await startPair()
    const socket = await openAllowed(proxy)
    proxy.pins.set(owner, decision)
    proxy.terminator.judgeAgain(owner)
    await new Promise(setImmediate)
    expect(socket.destroyed).toBe(false)
    expect(proxy.terminator.status().connections).toBe(1)
  })

  it('ends when a decision that takes its time says so', async () => {
    const proxy = await startPair()
    const socket = await openAllowed(proxy)
    let letGo = (): void => undefined
    proxy.pins.gate = new Promise((resolve) => (letGo = resolve))
    proxy.pins.lastDecision = () => pinned(pin)
    proxy.pins.set(owner, { kind: 'no-certificate', reason: 'withdrawn' })
    await new Promise(setImmediate)
    expect(socket.destroyed).toBe(false)
    letGo()
    await closed(socket)
  })

  it('ends when the time runs out that its owner vouched for', async () => {
    const clock = createManualClock(Date.now())
    const origin = closeLater(await startSilentOrigin(certificate))
    const proxy = closeLater(await startTestProxy({ env: { ...testEnv, clock } }))
    proxy.lead(origin.port)
    const day = 86_400
    const validUntil = Math.floor(Date.now() / 1000) + 40 * day
    proxy.pins.set(owner, { ...pinned({ ...pin, validUntil }) } as PinDecision)
    const socket = await openAllowed(proxy)
    clock.advance(39 * day * 1000)
    await new Promise(setImmediate)
    expect(proxy.terminator.status().connections).toBe(1)
    const revoked = proxy.next('revoked')
    clock.advance(day * 1000 + 1000)
    await closed(socket)
    expect((await revoked).detail).toContain('time')
  })

  it('keeps its owner asked about every five minutes, and no longer than it lasts', async () => {
    const clock = createManualClock(Date.now())
    const origin = closeLater(await startSilentOrigin(certificate))
    const proxy = closeLater(await startTestProxy({ env: { ...testEnv, clock } }))
    proxy.lead(origin.port)
    proxy.pins.set(owner, pinned(pin))
    const socket = await openAllowed(proxy)
    const { decide } = proxy.pins
    const asked: unknown[] = []
    proxy.pins.decide = (name, port, signal) => {
      asked.push([name.owner, port])
      return decide(name, port, signal)
    }
    clock.advance(26 * 3_600_000)
    expect(asked).toEqual(new Array(26 * 12).fill([owner, 443]))

    // What is found out that way counts, without anybody telling of it.
    proxy.pins.decide = () => Promise.resolve({ kind: 'no-certificate', reason: 'withdrawn' })
    clock.advance(300_000)
    await closed(socket)
    await expect.poll(() => proxy.terminator.status().connections).toBe(0)
    proxy.pins.decide = (name) => {
      asked.push(name.owner)
      return Promise.resolve(pinned(pin))
    }
    asked.length = 0
    clock.advance(600_000)
    expect(asked).toEqual([])
  })

  it('of a staple ends when something newer is known', async () => {
    const origin = closeLater(await startSilentOrigin(certificate))
    const proxy = closeLater(
      await startTestProxy({ readStaple: () => ({ ...pin, format: 'staple' }) }),
    )
    proxy.lead(origin.port)
    proxy.pins.set(owner, { kind: 'cannot-check', reason: 'no relay answers' })
    const socket = await openAllowed(proxy)
    const revoked = proxy.next('revoked')
    proxy.pins.set(owner, pinned(otherPin))
    await closed(socket)
    expect((await revoked).decision).toEqual(pinned(otherPin))
  })
})

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a session of %s', (version) => {
  it('is resumed while the pin holds, and leads to the block page when it is gone', async () => {
    const origin = closeLater(await startOrigin(certificate))
    const proxy = closeLater(await startTestProxy())
    proxy.lead(origin.port)
    proxy.pins.set(owner, pinned(pin))
    const options = { ALPNProtocols: ['http/1.1'], maxVersion: version }
    const first = await openSecure(proxy.port, domain, proxy.rootPem, options)
    // In TLS 1.3 it comes after the handshake.
    const given = version === 'TLSv1.3' ? once(first, 'session') : [first.getSession()]
    expect((await send(first, domain)).status).toBe(200)
    const [session] = (await given) as [Buffer]

    const again = await openSecure(proxy.port, domain, proxy.rootPem, { ...options, session })
    expect(again.isSessionReused()).toBe(true)
    expect((await send(again, domain)).status).toBe(200)

    const requests = origin.seen.paths.length
    proxy.pins.set(owner, pinned(otherPin))
    const late = await openSecure(proxy.port, domain, proxy.rootPem, { ...options, session })
    // Resumed: no certificate was shown again, and still nothing gets through.
    expect(late.isSessionReused()).toBe(true)
    expect((await send(late, domain)).status).toBe(502)
    expect(origin.seen.paths).toHaveLength(requests)
  })
})

test('an event that arrives while the handshakes go on counts', async () => {
  const origin = closeLater(await startSilentOrigin(certificate))
  const proxy = closeLater(await startTestProxy())
  proxy.lead(origin.port)
  proxy.pins.set(owner, pinned(pin))
  const { decide } = proxy.pins
  proxy.pins.decide = async (...question) => {
    const decision = await decide(...question)
    proxy.pins.set(owner, pinned(otherPin))
    return decision
  }
  const response = await get(proxy.port, domain, proxy.rootPem)
  expect(response.status).toBe(502)
  expect(origin.seen.bytes).toBe(0)
})
