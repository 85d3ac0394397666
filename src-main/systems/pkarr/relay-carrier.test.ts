import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createManualClock, testEnv, type ManualClock } from '../../relays/testing/manual-clock.ts'
import type { Carrier, CarrierEnd, CarrierQuery, Sighting } from './carrier.ts'
import { createRelayCarrier } from './relay-carrier.ts'
import { signedBytes, toRelayBody } from './signed-packet.ts'
import {
  type Generation,
  type MockRelay,
  type ScriptedAnswer,
  startMockRelay,
} from './testing/mock-relay.ts'
import { testKey } from './testing/test-keys.ts'
import { buildPayload } from './zone-packet.ts'

const owner = testKey(3)
const stranger = testKey(4)
const baseUs = 1_780_000_000_000_000n
const generations: readonly Generation[] = ['3.7', '6.x', '7.x']

function packetAt(timestampUs: bigint, by = owner, text = 'hello') {
  const records = [
    { name: '@', ttl: 300, rdata: { type: 'TXT', strings: [Buffer.from(text)] } as const },
  ]
  const payload = buildPayload(by.key, records)
  if (!payload.ok) throw new Error(payload.error.message)
  return by.packet(timestampUs, payload.value)
}

const packet = packetAt(baseUs)
const newer = packetAt(baseUs + 1n)
const older = packetAt(baseUs - 1n)

let relay: MockRelay
let clock: ManualClock
let carrier: Carrier

beforeEach(async () => {
  relay = await startMockRelay()
  clock = createManualClock()
  carrier = createRelayCarrier(testEnv(clock), { url: relay.url })
  await carrier.start()
})
afterEach(async () => {
  await carrier.stop()
  await relay.stop()
})

interface Asked {
  readonly end: CarrierEnd
  readonly sightings: readonly Sighting[]
}

async function ask(
  policy: CarrierQuery['policy'] = 'cache-first',
  signal: AbortSignal = new AbortController().signal,
): Promise<Asked> {
  const sightings: Sighting[] = []
  const end = await carrier.resolve(owner.key, {
    policy,
    signal,
    onPacket: (sighting) => sightings.push(sighting),
  })
  return { end, sightings }
}

const publish = (what = packet) => carrier.publish(what, new AbortController().signal)

describe('resolving', () => {
  test.each(generations)('takes the packet of a relay of generation %s', async (generation) => {
    relay.generation = generation
    relay.packets.set(owner.key, packet)
    const { end, sightings } = await ask()
    expect(end).toEqual({ kind: 'done', answers: 1 })
    expect(sightings).toEqual([{ packet, lastSeenMs: clock.nowMs() }])
    expect(carrier.status()).toMatchObject({ id: relay.url, kind: 'relay', state: 'ok' })
  })

  test.each(generations)('hears from generation %s that there is none', async (generation) => {
    relay.generation = generation
    expect(await ask()).toEqual({ end: { kind: 'done', answers: 1 }, sightings: [] })
    expect(carrier.status().state).toBe('ok')
  })

  test('appends the key to the path of the base URL, and asks without conditions', async () => {
    await ask()
    const [request] = relay.requests
    expect(request?.path).toBe(`/relay/${owner.key}`)
    expect(request?.headers).not.toHaveProperty('if-modified-since')
    expect(request?.query.has('policy')).toBe(false)
  })

  test('says which policy it wants, in both languages', async () => {
    await ask('cache-only')
    await ask('network-only')
    const [cached, fresh] = relay.requests
    expect(cached?.query.get('policy')).toBe('CacheOnly')
    expect(cached?.headers['cache-control'] ?? '').not.toContain('must-revalidate')
    expect(fresh?.query.get('policy')).toBe('NetworkOnly')
    expect(fresh?.headers['cache-control']).toBe('no-cache, no-store, must-revalidate')
  })

  test('a relay that refuses queries is asked without them from then on', async () => {
    relay.packets.set(owner.key, packet)
    relay.script.push({ status: 400, body: 'Invalid key' })
    expect((await ask('network-only')).sightings).toHaveLength(1)
    expect((await ask('network-only')).sightings).toHaveLength(1)
    expect(relay.requests.map(({ query }) => query.has('policy'))).toEqual([true, false, false])
  })

  test('learns of a signed item that is no DNS message', async () => {
    relay.invalidSeqs.set(owner.key, 99n)
    expect((await ask()).end).toEqual({ kind: 'done', answers: 1, invalidSeq: 99n })
    const body = Buffer.from('no DNS message')
    const timestamp = Buffer.alloc(8)
    timestamp.writeBigUInt64BE(77n)
    const signature = owner.sign(signedBytes(77n, body))
    relay.script.push({ status: 200, body: Buffer.concat([signature, timestamp, body]) })
    expect((await ask()).end).toEqual({ kind: 'done', answers: 1, invalidSeq: 77n })
  })

  test.each(['x', '-1', '1.5', String(2n ** 63n), '99999999999999999999'])(
    'ignores the impossible sequence number %s',
    async (seq) => {
      relay.script.push({ status: 404, headers: { 'pkarr-invalid-signed-packet-seq': seq } })
      expect((await ask()).end).toEqual({ kind: 'done', answers: 1 })
    },
  )

  test.each([
    ['an empty 200', { status: 200 }],
    ['an unexpected 304', { status: 304 }],
    ['204', { status: 204 }],
  ])('asks once more past all caches after %s', async (_, answer) => {
    relay.packets.set(owner.key, packet)
    relay.script.push(answer)
    expect((await ask()).sightings).toHaveLength(1)
    expect(relay.requests).toHaveLength(2)
    expect(relay.requests[1]?.headers['cache-control']).toContain('must-revalidate')
    expect(relay.requests[1]?.headers).not.toHaveProperty('if-modified-since')
    relay.script.push(answer, answer)
    expect((await ask()).end).toMatchObject({ kind: 'failed' })
    expect(relay.requests).toHaveLength(4)
  })

  const tampered = Uint8Array.from(toRelayBody(packet))
  tampered[80] = (tampered[80] ?? 0) ^ 1
  test.each<[string, ScriptedAnswer, string]>([
    ['another key', { status: 200, body: toRelayBody(packetAt(baseUs, stranger)) }, 'not signed'],
    ['a flipped bit', { status: 200, body: tampered }, 'not signed'],
    ['71 bytes', { status: 200, body: new Uint8Array(71) }, 'too short'],
    ['1073 bytes', { status: 200, body: new Uint8Array(1073) }, '1001 bytes'],
    ['1105 bytes', { status: 200, body: new Uint8Array(1105) }, 'more than the 1104 bytes'],
    ['a megabyte', { status: 200, body: new Uint8Array(1_000_000) }, 'more than the 1104 bytes'],
    ['400', { status: 400, body: 'bad key' }, 'answered 400: bad key'],
    ['a page', { status: 403, body: '<html>' }, 'answered 403'],
    ['500', { status: 500, body: 'a\n\u0000b' }, 'answered 500: a b'],
    ['503', { status: 503 }, 'answered 503'],
    ['a redirect', { status: 301, headers: { location: 'http://127.0.0.1:1/' } }, 'redirect'],
  ])('does not believe or follow %s', async (_, answer, problem) => {
    relay.script.push(answer)
    const { end, sightings } = await ask()
    expect(sightings).toEqual([])
    expect(end).toMatchObject({ kind: 'failed', problem: expect.stringContaining(problem) })
    expect(carrier.status()).toMatchObject({
      state: 'failing',
      lastError: expect.stringContaining(problem),
    })
    relay.packets.set(owner.key, packet)
    expect((await ask()).sightings).toHaveLength(1)
    expect(carrier.status()).not.toHaveProperty('lastError')
  })

  test('believes when the relay last saw the packet, but not a time to come', async () => {
    relay.packets.set(owner.key, packet)
    const hourAgo = clock.nowMs() - 3_600_000
    relay.mementoMs = hourAgo
    expect((await ask()).sightings[0]?.lastSeenMs).toBe(hourAgo)
    relay.mementoMs = clock.nowMs() + 1000
    expect((await ask()).sightings[0]?.lastSeenMs).toBe(clock.nowMs())
  })

  test('counts the age a cache in between states', async () => {
    relay.script.push({ status: 200, headers: { age: '60' }, body: toRelayBody(packet) })
    expect((await ask()).sightings[0]?.lastSeenMs).toBe(clock.nowMs() - 60_000)
  })

  test.each([
    ['seconds', { 'retry-after': '30' }],
    ['a date', { 'retry-after': new Date(1_780_003_630_000).toUTCString() }],
    ['the limiter of the reference', { 'x-ratelimit-after': '30' }],
  ])('leaves the relay alone for as long as it asks, in %s', async (_, headers) => {
    relay.packets.set(owner.key, packet)
    relay.script.push({ status: 429, headers })
    expect((await ask()).end).toMatchObject({ kind: 'failed', retryAfterMs: 30_000 })
    clock.advance(29_000)
    expect((await ask()).end).toMatchObject({ kind: 'failed', retryAfterMs: 1000 })
    expect(await publish()).toMatchObject({ state: 'rate-limited' })
    expect(relay.requests).toHaveLength(1)
    clock.advance(1000)
    expect((await ask()).sightings).toHaveLength(1)
  })

  test('hears a refusal behind a page as long as those of proxies are', async () => {
    const body = `<html>${'x'.repeat(100_000)}</html>`
    relay.script.push({ status: 404, body })
    expect((await ask()).end).toEqual({ kind: 'done', answers: 1 })
    relay.script.push({ status: 500, body: 'y'.repeat(100_000) })
    expect(await publish()).toMatchObject({
      state: 'unreachable',
      detail: `answered 500: ${'y'.repeat(200)}`,
    })
    relay.script.push({ status: 429, headers: { 'retry-after': '30' }, body })
    expect((await ask()).end).toMatchObject({ kind: 'failed', retryAfterMs: 30_000 })
    expect(await publish()).toMatchObject({ state: 'rate-limited' })
  })

  test('waits twice as long each time a relay limits without saying for how long', async () => {
    const waits: number[] = []
    for (let round = 0; round < 4; round += 1) {
      relay.script.push({ status: 429 })
      await ask()
      const { end } = await ask()
      const waitMs = end.kind === 'failed' ? (end.retryAfterMs ?? 0) : 0
      waits.push(waitMs)
      clock.advance(waitMs)
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000])
    expect(relay.requests).toHaveLength(4)
  })

  test('gives up on a relay that does not answer', async () => {
    relay.isSilent = true
    const asked = ask()
    await vi.waitFor(() => expect(relay.requests).toHaveLength(1))
    clock.advance(5000)
    expect((await asked).end).toMatchObject({
      kind: 'failed',
      problem: 'did not answer within 5 s',
    })
  })

  test('says why a relay cannot be reached', async () => {
    await relay.stop()
    const { end } = await ask()
    expect(end).toMatchObject({ problem: expect.stringContaining('ECONNREFUSED') })
    expect(carrier.status().state).toBe('failing')
  })

  test('ends without blame when cancelled while waiting', async () => {
    relay.isSilent = true
    const cancel = new AbortController()
    const asked = ask('cache-first', cancel.signal)
    await vi.waitFor(() => expect(relay.requests).toHaveLength(1))
    cancel.abort()
    expect((await asked).end).toMatchObject({ kind: 'failed', problem: 'was not waited for' })
    expect(carrier.status().state).toBe('unused')
    expect(clock.pending()).toBe(0)
  })

  test('asks nobody once cancelled', async () => {
    const { end } = await ask('cache-first', AbortSignal.abort())
    expect(end).toMatchObject({ kind: 'failed', problem: 'was not waited for' })
    expect(relay.requests).toHaveLength(0)
    expect(carrier.status().state).toBe('unused')
  })

  test('stop ends what is under way', async () => {
    relay.isSilent = true
    const asked = ask()
    await vi.waitFor(() => expect(relay.requests).toHaveLength(1))
    await carrier.stop()
    expect((await asked).end.kind).toBe('failed')
    expect(carrier.status().state).toBe('off')
    expect(clock.pending()).toBe(0)
  })

  test('tells listeners about its state', async () => {
    const states: string[] = []
    const stop = carrier.onChange(() => states.push(carrier.status().state))
    await ask()
    relay.script.push({ status: 500 })
    await ask()
    stop()
    await ask()
    expect(states).toEqual(['ok', 'failing'])
  })
})

describe('publishing', () => {
  test('sends the body of the reference, and reads how many nodes have it', async () => {
    expect(await publish()).toEqual({
      carrier: relay.url,
      kind: 'relay',
      state: 'stored',
      nodes: 17,
    })
    expect(relay.requests).toHaveLength(1)
    expect(relay.requests[0]).toMatchObject({ method: 'PUT', path: `/relay/${owner.key}` })
    expect(Buffer.from(relay.requests[0]?.body ?? [])).toEqual(toRelayBody(packet))
    expect(relay.packets.get(owner.key)).toEqual(packet)
  })

  test.each<[Generation, number]>([
    ['3.7', 1],
    ['6.x', 1],
    ['7.x', 17],
  ])('the same packet can be announced to generation %s again', async (generation, nodes) => {
    relay.generation = generation
    expect(await publish()).toMatchObject({ state: 'stored', nodes })
    expect(await publish()).toMatchObject({ state: 'stored', nodes })
  })

  test('any 2xx is success: the relay of npm pkarr answers 200', async () => {
    for (const status of [200, 201, 202]) {
      relay.script.push({ status })
      expect(await publish()).toMatchObject({ state: 'stored', nodes: 1 })
    }
  })

  test.each<[number, string]>([
    [400, 'refused'],
    [403, 'refused'],
    [413, 'refused'],
    [429, 'rate-limited'],
    [500, 'unreachable'],
    [503, 'unreachable'],
    [301, 'unreachable'],
  ])('%i is "%s"', async (status, state) => {
    relay.script.push({ status, body: 'because' })
    expect(await publish()).toMatchObject({ state, detail: expect.stringContaining(`${status}`) })
    expect(relay.requests).toHaveLength(1)
  })

  test('an unreachable relay is reported, not thrown', async () => {
    await relay.stop()
    expect(await publish()).toMatchObject({
      state: 'unreachable',
      detail: expect.stringContaining('ECONNREFUSED'),
    })
  })

  test.each(generations)('never replaces a newer packet (generation %s)', async (generation) => {
    relay.generation = generation
    relay.packets.set(owner.key, newer)
    expect(await publish()).toMatchObject({
      state: 'conflict',
      detail: expect.stringContaining('newer packet, signed 2026-'),
    })
    expect(relay.packets.get(owner.key)).toEqual(newer)
    expect(relay.requests.map(({ method }) => method)).toEqual(['PUT', 'GET'])
  })

  test.each<[Generation, string]>([
    ['3.7', 'if-unmodified-since'],
    ['6.x', 'if-match'],
  ])(
    'while another publication is under way, generation %s gets what it holds in %s',
    async (generation, header) => {
      relay.generation = generation
      relay.packets.set(owner.key, older)
      relay.publicationUnderWay = true
      expect(await publish()).toMatchObject({ state: 'stored' })
      expect(relay.packets.get(owner.key)).toEqual(packet)
      expect(relay.requests.map(({ method }) => method)).toEqual(['PUT', 'GET', 'PUT'])
      expect(relay.requests[0]?.headers).not.toHaveProperty(header)
      expect(relay.requests[2]?.headers).toHaveProperty(header)
      expect(relay.requests[2]?.headers['if-match']).toBe(String(older.timestampUs))
    },
  )

  test.each([409, 412, 428])('tries once more after %i, and not twice', async (status) => {
    relay.script.push({ status })
    expect(await publish()).toMatchObject({ state: 'stored' })
    expect(relay.requests).toHaveLength(3)
    relay.script.push({ status }, { status: 404 }, { status })
    expect(await publish()).toMatchObject({ state: 'conflict' })
    expect(relay.requests).toHaveLength(6)
  })

  test('a conflict with the packet itself means that it is there', async () => {
    relay.packets.set(owner.key, packet)
    relay.script.push({ status: 409 })
    expect(await publish()).toMatchObject({ state: 'stored' })
    expect(relay.requests).toHaveLength(2)
  })

  test('does not go below an item that is no packet', async () => {
    relay.invalidSeqs.set(owner.key, packet.timestampUs)
    relay.script.push({ status: 409 })
    expect(await publish()).toMatchObject({ state: 'conflict' })
    expect(relay.requests).toHaveLength(2)
  })

  test('a conflict that cannot be looked into stays one', async () => {
    relay.script.push({ status: 412 }, { status: 500, body: 'gone' })
    expect(await publish()).toMatchObject({
      state: 'conflict',
      detail: expect.stringContaining('gone'),
    })
  })

  test('1000 bytes of DNS message travel', async () => {
    const payload = new Uint8Array(1000)
    const full = owner.packet(baseUs, payload)
    expect(await publish(full)).toMatchObject({ state: 'stored' })
    expect((await ask()).sightings[0]?.packet).toEqual(full)
  })
})
