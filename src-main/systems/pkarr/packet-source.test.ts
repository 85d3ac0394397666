import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createManualClock, testEnv, type ManualClock } from '../../relays/testing/manual-clock.ts'
import { openDatabase, type Database } from '../../store/database.ts'
import type { Carrier, CarrierEnd, CarrierQuery, PkarrKey, SignedPacket } from './carrier.ts'
import type { PacketLookup, PacketSourceService } from './packet-source.ts'
import { createPacketSource } from './packet-source-service.ts'
import { testKey } from './testing/test-keys.ts'
import { buildPayload } from './zone-packet.ts'

const owner = testKey(7)
const never = new AbortController().signal

interface Asked {
  readonly key: PkarrKey
  readonly query: CarrierQuery
  /** Seen by the carrier just now, unless it says otherwise. */
  give(packet: SignedPacket, lastSeenMs?: number): void
  end(end: CarrierEnd): void
}

/** A carrier that does what the test says, when it says so. */
function createFakeCarrier(id: string, kind: Carrier['kind'], clock: ManualClock) {
  const asked: Asked[] = []
  const published: SignedPacket[] = []
  const carrier: Carrier = {
    id,
    kind,
    resolve: (key, query) =>
      new Promise((resolve) => {
        query.signal.addEventListener('abort', () =>
          resolve({ kind: 'failed', problem: 'cut off' }),
        )
        asked.push({
          key,
          query,
          give: (packet, lastSeenMs = clock.nowMs()) => query.onPacket({ packet, lastSeenMs }),
          end: resolve,
        })
      }),
    async publish(packet) {
      published.push(packet)
      return { carrier: id, kind, state: 'stored' }
    },
    status: () => ({ id, kind, state: 'ok' }),
    onChange: () => () => undefined,
    start: async () => undefined,
    stop: async () => undefined,
  }
  return { carrier, asked, published }
}

const packetOf = (address: string, timestampUs: bigint, ttl = 300): SignedPacket => {
  const payload = buildPayload(owner.key, [{ name: '@', ttl, rdata: { type: 'A', address } }])
  if (!payload.ok) throw new Error(payload.error.message)
  return owner.packet(timestampUs, payload.value)
}

let directory: string
let database: Database
let clock: ManualClock
let relay: ReturnType<typeof createFakeCarrier>
let dht: ReturnType<typeof createFakeCarrier>
let carriers: readonly Carrier[]
let source: PacketSourceService
let changes: PkarrKey[]
let ownKeys: readonly PkarrKey[]
let carriersChanged: () => void

const open = async (): Promise<void> => {
  source = createPacketSource(testEnv(clock), {
    disk: database.sublevel('pkarr', 'view'),
    carriers: () => carriers,
    onCarriers(listener) {
      carriersChanged = listener
      return () => (carriersChanged = () => undefined)
    },
    bounds: () => ({ minTtl: 300, maxTtl: 86_400 }),
    isOwn: (key) => ownKeys.includes(key),
  })
  changes = []
  source.onChange((key) => changes.push(key))
  await source.start()
}

const ask = (policy: CarrierQuery['policy'] = 'cache-first'): Promise<PacketLookup> =>
  source.resolve(owner.key, { policy, signal: never })
const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve))
}
const seqOf = (lookup: PacketLookup): bigint | string =>
  lookup.kind === 'found' ? lookup.held.packet.timestampUs : lookup.kind
const nobody: CarrierEnd = { kind: 'done', answers: 1 }

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pkarr-source-'))
  clock = createManualClock()
  database = await openDatabase(testEnv(clock), join(directory, 'db'))
  relay = createFakeCarrier('https://relay.example', 'relay', clock)
  dht = createFakeCarrier('dht', 'dht', clock)
  carriers = [relay.carrier, dht.carrier]
  ownKeys = []
  await open()
})

afterEach(async () => {
  await source.stop()
  await database.close()
  await rm(directory, { recursive: true, force: true })
})

/** Asks, and lets the relay answer with `packet` and the DHT with nothing. */
const fill = async (packet: SignedPacket): Promise<void> => {
  const answer = ask('network-only')
  await until(() => relay.asked.length > 0 && dht.asked.length > 0)
  relay.asked.shift()?.give(packet)
  await source.stop()
  await answer
  relay.asked.length = 0
  dht.asked.length = 0
  await open()
  await ask('cache-only')
}

describe('racing carriers', () => {
  it('answers with the first packet, and takes a newer one of a slower carrier over', async () => {
    const answer = ask()
    await until(() => relay.asked.length === 1 && dht.asked.length === 1)
    relay.asked[0]?.give(packetOf('192.0.2.1', 10n))
    expect(seqOf(await answer)).toBe(10n)
    dht.asked[0]?.give(packetOf('192.0.2.2', 11n))
    expect(seqOf(await ask())).toBe(11n)
    expect(changes).toEqual([owner.key, owner.key])
    expect(dht.asked[0]?.query.signal.aborted).toBe(false)
    clock.advance(1_000)
    expect(dht.asked[0]?.query.signal.aborted).toBe(true)
  })

  it('shares one look-up among those who ask for the same key', async () => {
    const answers = [ask(), ask(), ask()]
    await until(() => relay.asked.length > 0)
    relay.asked[0]?.give(packetOf('192.0.2.1', 10n))
    expect((await Promise.all(answers)).map(seqOf)).toEqual([10n, 10n, 10n])
    expect(relay.asked).toHaveLength(1)
  })

  it('waits for everybody when told to ask the network, and gives the newest', async () => {
    const answer = ask('network-only')
    await until(() => relay.asked.length === 1 && dht.asked.length === 1)
    relay.asked[0]?.give(packetOf('192.0.2.1', 10n))
    relay.asked[0]?.end(nobody)
    clock.advance(60_000)
    dht.asked[0]?.give(packetOf('192.0.2.2', 12n))
    dht.asked[0]?.give(packetOf('192.0.2.3', 11n))
    dht.asked[0]?.end(nobody)
    expect(seqOf(await answer)).toBe(12n)
  })

  it('takes the packet with the greater bytes when two were signed at one time', async () => {
    await fill(packetOf('192.0.2.2', 10n))
    const answer = ask('network-only')
    await until(() => relay.asked.length === 1 && dht.asked.length === 1)
    expect(relay.asked[0]?.query.knownUs).toBe(10n)
    relay.asked[0]?.give(packetOf('192.0.2.1', 10n))
    dht.asked[0]?.give(packetOf('192.0.2.9', 10n))
    for (const { asked } of [relay, dht]) asked[0]?.end(nobody)
    const lookup = await answer
    expect(lookup.kind === 'found' && lookup.held.packet).toEqual(packetOf('192.0.2.9', 10n))
  })

  it('an older or stale packet of a quick carrier does not cut the others short', async () => {
    await fill(packetOf('192.0.2.2', 10n))
    clock.advance(301_000)
    const answer = ask()
    await until(() => relay.asked.length === 1 && dht.asked.length === 1)
    relay.asked[0]?.give(packetOf('192.0.2.1', 9n))
    relay.asked[0]?.give(packetOf('192.0.2.2', 10n), clock.nowMs() - 400_000)
    expect(await answer).toMatchObject({ isStale: true })
    clock.advance(3_000)
    expect(dht.asked[0]?.query.signal.aborted).toBe(false)
    dht.asked[0]?.give(packetOf('192.0.2.3', 11n))
    expect(source.held(owner.key)?.packet.timestampUs).toBe(11n)
  })

  it('does not take a packet no carrier saw for days for an answer', async () => {
    const answer = ask()
    await until(() => relay.asked.length === 1 && dht.asked.length === 1)
    relay.asked[0]?.give(packetOf('192.0.2.1', 9n), clock.nowMs() - 5 * 86_400_000)
    relay.asked[0]?.end(nobody)
    dht.asked[0]?.give(packetOf('192.0.2.2', 10n))
    expect(seqOf(await answer)).toBe(10n)
  })

  it('is not made to forget the newest packet by questions for a thousand other keys', async () => {
    await fill(packetOf('192.0.2.2', 10n))
    const answer = ask('network-only')
    await until(() => relay.asked.length === 1 && dht.asked.length === 1)
    for (let seed = 0; seed < 1_001; seed += 1) {
      const bytes = new Uint8Array(32)
      new DataView(bytes.buffer).setUint32(0, seed)
      const other = testKey(bytes)
      await source.publish(other.packet(1n, packetOf('192.0.2.3', 1n).payload), never)
    }
    relay.asked[0]?.give(packetOf('192.0.2.1', 9n))
    for (const { asked } of [relay, dht]) asked[0]?.end(nobody)
    expect(seqOf(await answer)).toBe(10n)
  })

  it('never goes back to an older packet', async () => {
    await fill(packetOf('192.0.2.2', 10n))
    const answer = ask('network-only')
    await until(() => relay.asked.length === 1 && dht.asked.length === 1)
    for (const { asked } of [relay, dht]) {
      asked[0]?.give(packetOf('192.0.2.1', 9n))
      asked[0]?.end(nobody)
    }
    expect(seqOf(await answer)).toBe(10n)
  })

  it('reports a newer item that is no packet instead of the old one, when the DHT shows it', async () => {
    await fill(packetOf('192.0.2.2', 10n))
    const first = ask('network-only')
    await until(() => relay.asked.length === 1 && dht.asked.length === 1)
    relay.asked[0]?.end({ kind: 'done', answers: 1, invalidSeq: 99n })
    dht.asked[0]?.end({ kind: 'done', answers: 8 })
    expect(seqOf(await first)).toBe(10n)
    const second = ask('network-only')
    await until(() => relay.asked.length === 2 && dht.asked.length === 2)
    relay.asked[1]?.end(nobody)
    dht.asked[1]?.end({ kind: 'done', answers: 8, invalidSeq: 11n })
    expect(await second).toMatchObject({ kind: 'none', invalidSeq: 11n })
    expect(await ask()).toMatchObject({ kind: 'none', invalidSeq: 11n })
    expect(source.highestUs(owner.key)).toBe(11n)
  })
})

describe('what nobody has', () => {
  it('is believed for a minute, an outage for five seconds', async () => {
    const none = ask()
    await until(() => relay.asked.length === 1 && dht.asked.length === 1)
    relay.asked[0]?.end(nobody)
    dht.asked[0]?.end({ kind: 'failed', problem: 'no DHT node answered' })
    expect(await none).toEqual({ kind: 'none', answers: 1 })
    clock.advance(59_000)
    expect((await ask()).kind).toBe('none')
    expect(relay.asked).toHaveLength(1)
    clock.advance(2_000)
    const failed = ask()
    await until(() => relay.asked.length === 2 && dht.asked.length === 2)
    for (const { asked } of [relay, dht]) asked[1]?.end({ kind: 'failed', problem: 'offline' })
    expect(await failed).toEqual({ kind: 'failed', problem: 'offline' })
    clock.advance(6_000)
    void ask()
    await until(() => relay.asked.length === 3)
  })

  it('is asked of a carrier that is new in the settings, but not again of those that failed', async () => {
    carriers = [relay.carrier]
    carriersChanged()
    const none = ask()
    await until(() => relay.asked.length === 1)
    relay.asked[0]?.end(nobody)
    expect((await none).kind).toBe('none')
    carriersChanged()
    expect((await ask()).kind).toBe('none')
    carriers = [relay.carrier, dht.carrier]
    changes = []
    carriersChanged()
    expect(changes).toEqual([owner.key])
    const answer = ask()
    await until(() => dht.asked.length === 1)
    dht.asked[0]?.give(packetOf('192.0.2.1', 10n))
    expect(seqOf(await answer)).toBe(10n)
  })

  it('is not believed for long when the carriers changed while they were asked', async () => {
    carriers = [relay.carrier]
    carriersChanged()
    const none = ask()
    await until(() => relay.asked.length === 1)
    carriers = [dht.carrier]
    carriersChanged()
    relay.asked[0]?.end({ kind: 'failed', problem: 'was not waited for' })
    expect((await none).kind).toBe('failed')
    const answer = ask()
    await until(() => dht.asked.length === 1)
    dht.asked[0]?.give(packetOf('192.0.2.1', 10n))
    expect(seqOf(await answer)).toBe(10n)
  })

  it('says that there is nobody to ask', async () => {
    carriers = []
    expect(await ask()).toEqual({
      kind: 'failed',
      problem: 'there is no relay in the settings and the DHT is off',
    })
  })

  it('lets one asker go without ending the look-up of others', async () => {
    const leaving = new AbortController()
    const left = source.resolve(owner.key, { policy: 'cache-first', signal: leaving.signal })
    const staying = ask()
    await until(() => relay.asked.length === 1)
    leaving.abort()
    expect((await left).kind).toBe('failed')
    relay.asked[0]?.give(packetOf('192.0.2.1', 10n))
    expect(seqOf(await staying)).toBe(10n)
  })
})

describe('the cache', () => {
  it('answers from disk after a restart without asking anybody', async () => {
    await fill(packetOf('192.0.2.1', 10n))
    await source.stop()
    await open()
    carriers = []
    expect(seqOf(await ask())).toBe(10n)
    expect(source.held(owner.key)?.source).toBe('cache')
  })

  it('serves an expired packet at once while asking again, and not at every question', async () => {
    await fill(packetOf('192.0.2.1', 10n))
    clock.advance(301_000)
    const stale = await ask()
    expect(stale).toMatchObject({ kind: 'found', isStale: true })
    await until(() => relay.asked.length > 0 && dht.asked.length > 0)
    const before = relay.asked.length
    for (const { asked } of [relay, dht]) {
      for (const question of asked) question.end({ kind: 'failed', problem: 'offline' })
    }
    await new Promise((resolve) => setImmediate(resolve))
    await ask()
    await ask()
    expect(relay.asked).toHaveLength(before)
    clock.advance(4 * 86_400_000)
    const tooOld = ask()
    await until(() => relay.asked.length > before)
    for (const { asked } of [relay, dht]) asked.at(-1)?.end({ kind: 'failed', problem: 'offline' })
    expect((await tooOld).kind).toBe('failed')
  })

  it('serves own packets however old they are', async () => {
    await fill(packetOf('192.0.2.1', 10n))
    clock.advance(30 * 86_400_000)
    ownKeys = [owner.key]
    expect(await ask()).toMatchObject({ kind: 'found', isStale: true })
  })

  it('asks again after the clock was set back, and goes by the new time', async () => {
    await fill(packetOf('192.0.2.1', 10n))
    clock.advance(-7 * 86_400_000)
    expect(await ask()).toMatchObject({ kind: 'found', isStale: true })
    await until(() => relay.asked.length === 1)
    relay.asked[0]?.give(packetOf('192.0.2.1', 10n))
    expect(source.held(owner.key)?.lastSeenMs).toBe(clock.nowMs())
    expect(await ask()).toMatchObject({ isStale: false })
  })

  it('refreshes packets in use before they expire, and leaves unused ones alone', async () => {
    await fill(packetOf('192.0.2.1', 10n))
    await ask()
    clock.advance(200_000)
    expect(relay.asked).toHaveLength(0)
    clock.advance(45_000)
    await until(() => relay.asked.length === 1)
    relay.asked[0]?.give(packetOf('192.0.2.1', 10n))
    expect(source.held(owner.key)?.lastSeenMs).toBe(clock.nowMs())
  })

  it('gives slow carriers their time in a refresh, which nobody waits for', async () => {
    await fill(packetOf('192.0.2.1', 10n))
    clock.advance(250_000)
    expect(seqOf(await ask())).toBe(10n)
    await until(() => relay.asked.length === 1 && dht.asked.length === 1)
    relay.asked[0]?.give(packetOf('192.0.2.1', 10n))
    relay.asked[0]?.end(nobody)
    clock.advance(3_000)
    expect(dht.asked[0]?.query.signal.aborted).toBe(false)
    dht.asked[0]?.give(packetOf('192.0.2.2', 20n))
    expect(seqOf(await ask())).toBe(20n)
  })

  it('asks nobody but caches when told to use caches only', async () => {
    const answer = ask('cache-only')
    await until(() => relay.asked.length === 1)
    expect(relay.asked[0]?.query.policy).toBe('cache-only')
    relay.asked[0]?.give(packetOf('192.0.2.1', 10n))
    expect(seqOf(await answer)).toBe(10n)
    clock.advance(400_000)
    expect(await ask('cache-only')).toMatchObject({ kind: 'found', isStale: true })
    expect(relay.asked).toHaveLength(1)
  })

  it('forgets', async () => {
    await fill(packetOf('192.0.2.1', 10n))
    await source.forget(owner.key)
    carriers = []
    expect((await ask()).kind).toBe('failed')
  })
})

describe('publishing', () => {
  it('offers the packet to all carriers and holds it with those who stored it', async () => {
    const packet = packetOf('192.0.2.1', 10n)
    const results = await source.publish(packet, never)
    expect(results.map(({ carrier }) => carrier)).toEqual(['https://relay.example', 'dht'])
    expect(source.held(owner.key)).toMatchObject({ carriers: ['https://relay.example', 'dht'] })
    expect(dht.published).toEqual([packet])
    expect(source.highestUs(owner.key)).toBe(10n)
  })

  it('does not make a packet younger that nobody took', async () => {
    const packet = packetOf('192.0.2.1', 10n)
    await fill(packet)
    const { lastSeenMs } = source.held(owner.key) ?? {}
    clock.advance(400_000)
    carriers = []
    await source.publish(packet, never)
    expect(source.held(owner.key)?.lastSeenMs).toBe(lastSeenMs)
  })
})
