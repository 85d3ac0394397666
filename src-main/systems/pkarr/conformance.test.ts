/** Both ways between this program and two other implementations of PKARR. */
import { Client, Keypair, Pubky, PublicKey } from '@synonymdev/pubky'
import { Pkarr, SignedPacket as TheirPacket } from 'pkarr'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../env/system-env.ts'
import { testEnv } from '../../relays/testing/manual-clock.ts'
import { createDice } from '../testing/random.ts'
import type { Carrier, CarrierEnd, SignedPacket } from './carrier.ts'
import { createRelayCarrier } from './relay-carrier.ts'
import { fromRelayBody, toRelayBody } from './signed-packet.ts'
import { type Generation, type MockRelay, startMockRelay } from './testing/mock-relay.ts'
import { testKey } from './testing/test-keys.ts'
import { buildPayload, recordsOfPacket, type ZoneRecord } from './zone-packet.ts'

const owner = testKey(5)
const homeserver = testKey(6)

let relay: MockRelay
let carrier: Carrier
beforeEach(async () => {
  relay = await startMockRelay('6.x')
  carrier = carrierOf(relay.url)
})
afterEach(async () => {
  await carrier.stop()
  await relay.stop()
})

const carrierOf = (url: string): Carrier => createRelayCarrier(testEnv(systemClock), { url })
const { signal } = new AbortController()

async function resolveWith(using: Carrier): Promise<SignedPacket | CarrierEnd> {
  const found: SignedPacket[] = []
  const end = await using.resolve(owner.key, {
    policy: 'cache-first',
    signal,
    onPacket: ({ packet }) => found.push(packet),
  })
  return found[0] ?? end
}

function packetOf(records: readonly ZoneRecord[], timestampUs = BigInt(Date.now()) * 1000n) {
  const payload = buildPayload(owner.key, records)
  if (!payload.ok) throw new Error(payload.error.message)
  return owner.packet(timestampUs, payload.value)
}

function flipped(packet: SignedPacket, offset: number): Uint8Array {
  const body = Uint8Array.from(toRelayBody(packet))
  body[offset] = (body[offset] ?? 0) ^ 1
  return body
}

const records: readonly ZoneRecord[] = [
  { name: '@', ttl: 300, rdata: { type: 'A', address: '203.0.113.1' } },
  { name: 'www', ttl: 600, rdata: { type: 'CNAME', target: owner.key } },
  { name: 'mail', ttl: 300, rdata: { type: 'MX', preference: 10, exchange: `www.${owner.key}` } },
  { name: '_text', ttl: 300, rdata: { type: 'TXT', strings: [Buffer.from('hello')] } },
]

describe('npm pkarr', () => {
  test('reads our packets', () => {
    const theirs = TheirPacket.fromBytes(owner.publicKey, toRelayBody(packetOf(records, 17n)))
    expect(theirs.timestamp()).toBe(17)
    expect(theirs.packet().answers).toMatchObject([
      { name: owner.key, type: 'A', ttl: 300, data: '203.0.113.1' },
      { name: `www.${owner.key}`, type: 'CNAME', ttl: 600, data: owner.key },
      { type: 'MX', data: { preference: 10, exchange: `www.${owner.key}` } },
      { name: `_text.${owner.key}`, type: 'TXT', data: [Buffer.from('hello')] },
    ])
  })

  test('rejects our packets with a flipped byte, as we do', () => {
    const packet = packetOf(records)
    for (let offset = 0; offset < toRelayBody(packet).length; offset += 1) {
      const body = flipped(packet, offset)
      expect(() => TheirPacket.fromBytes(owner.publicKey, body)).toThrow('Invalid signature')
      expect(fromRelayBody(owner.key, body).ok).toBe(false)
    }
  })

  test('writes packets we read', () => {
    const keys = Pkarr.generateKeyPair(owner.seed)
    expect(new Uint8Array(keys.publicKey)).toEqual(owner.publicKey)
    const theirs = TheirPacket.fromPacket(keys, {
      type: 'response',
      answers: [
        { name: '@', type: 'A', ttl: 30, data: '203.0.113.2' },
        { name: 'www', type: 'CNAME', ttl: 30, data: 'example.com' },
      ],
    })
    const opened = fromRelayBody(owner.key, theirs.bytes())
    if (!opened.ok) throw new Error(opened.error.message)
    expect(opened.value.timestampUs).toBe(BigInt(theirs.timestamp()))
    expect(recordsOfPacket(opened.value)).toEqual([
      { name: owner.key, class: 1, ttl: 30, rdata: { type: 'A', address: '203.0.113.2' } },
      {
        name: `www.${owner.key}`,
        class: 1,
        ttl: 30,
        rdata: { type: 'CNAME', target: 'example.com' },
      },
    ])
  })

  test('finds on a relay what we publish, and the other way round', async () => {
    const packet = packetOf(records)
    expect(await carrier.publish(packet, signal)).toMatchObject({ state: 'stored' })
    const theirs = await Pkarr.relayGet(relay.url, owner.publicKey)
    expect(Buffer.from(theirs.bytes())).toEqual(toRelayBody(packet))

    const update = TheirPacket.fromPacket(
      Pkarr.generateKeyPair(owner.seed),
      { id: 0, type: 'response', flags: 0, answers: [] },
      // Their declarations take every option for an object.
      { timestamp: (Number(packet.timestampUs) + 5) as unknown as object },
    )
    expect((await Pkarr.relayPut(relay.url, update)).status).toBe(204)
    expect(await resolveWith(carrier)).toMatchObject({ timestampUs: packet.timestampUs + 5n })
  })

  test('agrees about the records of 200 random zones', () => {
    const dice = createDice(7)
    const label = (): string => dice.pick(['@', 'a', 'www', '_tcp', '*', 'a.b.c', '_x.www', 'ww'])
    const host = (): string =>
      dice.pick([owner.key, `www.${owner.key}`, 'example.com', 'a.b.example'])
    const any = (): ZoneRecord => {
      const common = { name: label(), ttl: dice.below(100_000) }
      switch (dice.below(5)) {
        case 0:
          return { ...common, rdata: { type: 'A', address: `203.0.113.${dice.below(256)}` } }
        case 1:
          return { ...common, rdata: { type: 'CNAME', target: host() } }
        case 2:
          return { ...common, rdata: { type: 'MX', preference: dice.below(99), exchange: host() } }
        case 3:
          return { ...common, rdata: { type: 'NS', target: host() } }
        default:
          return { ...common, rdata: { type: 'TXT', strings: [Buffer.from(host())] } }
      }
    }
    for (let round = 0; round < 200; round += 1) {
      const packet = packetOf(Array.from({ length: dice.below(12) }, any), BigInt(round))
      const theirs = TheirPacket.fromBytes(owner.publicKey, toRelayBody(packet)).packet().answers
      const ours = recordsOfPacket(packet).map(({ name, ttl, rdata }) => ({
        name,
        ttl,
        type: rdata.type,
        data: dataOf(rdata),
      }))
      expect(theirs).toMatchObject(ours)
    }
  })

  test('is served by its own relay, the oldest there is', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => undefined)
    const theirRelay = await startTheirRelay()
    const toTheirs = carrierOf(theirRelay.url)
    try {
      const packet = packetOf(records)
      expect(await resolveWith(toTheirs)).toEqual({ kind: 'done', answers: 1 })
      expect(await toTheirs.publish(packet, signal)).toMatchObject({ state: 'stored', nodes: 1 })
      expect(await resolveWith(toTheirs)).toEqual(packet)
      for (const policy of ['cache-only', 'network-only'] as const) {
        const seen: bigint[] = []
        await toTheirs.resolve(owner.key, {
          policy,
          signal,
          onPacket: (sighting) => seen.push(sighting.packet.timestampUs),
        })
        expect(seen).toEqual([packet.timestampUs])
      }
    } finally {
      await toTheirs.stop()
      await theirRelay.close()
      vi.restoreAllMocks()
    }
  })
})

/** Record data as dns-packet has it. */
function dataOf(rdata: ZoneRecord['rdata']): unknown {
  if (rdata.type === 'A') return rdata.address
  if (rdata.type === 'CNAME' || rdata.type === 'NS') return rdata.target
  if (rdata.type === 'MX') return { preference: rdata.preference, exchange: rdata.exchange }
  if (rdata.type === 'TXT') return rdata.strings.map((string) => Buffer.from(string))
  throw new Error(rdata.type)
}

/** The relay of npm pkarr, which its type declarations leave out, over a DHT of one Map. */
async function startTheirRelay(): Promise<{ url: string; close(): Promise<void> }> {
  const path = 'pkarr/lib/relay.js'
  const { default: Server } = (await import(path)) as {
    default: { start(options: object): Promise<{ port: number; close(): Promise<void> }> }
  }
  const items = new Map<string, object>()
  const server = await Server.start({
    dht: {
      put(item: { k: Uint8Array }) {
        items.set(Buffer.from(item.k).toString('hex'), item)
        return Promise.resolve()
      },
      get: (key: Uint8Array) => Promise.resolve(items.get(Buffer.from(key).toString('hex'))),
      destroy: () => Promise.resolve(),
    },
  })
  return { url: `http://127.0.0.1:${server.port}`, close: () => server.close() }
}

describe.each<Generation>(['6.x', '7.x'])(
  'the Rust core, over a relay of generation %s',
  (generation) => {
    let pubky: Pubky
    beforeEach(() => {
      relay.generation = generation
      pubky = Pubky.withClient(new Client({ pkarr: { relays: [relay.url], requestTimeout: 5000 } }))
    })

    const pointer: ZoneRecord = {
      name: '_pubky',
      ttl: 3600,
      rdata: { type: 'HTTPS', priority: 0, target: homeserver.key, params: [] },
    }
    const askIt = () =>
      pubky.signer(Keypair.fromSecret(owner.seed)).pkdns.getHomeserverOf(PublicKey.from(owner.key))

    test('publishes packets we read, and make in the very same bytes', async () => {
      const signer = pubky.signer(Keypair.fromSecret(owner.seed))
      await signer.pkdns.publishHomeserverForce(PublicKey.from(homeserver.key))
      const packet = await resolveWith(carrier)
      if (!('key' in packet)) throw new Error('no packet')
      expect(recordsOfPacket(packet)).toEqual([
        { ...pointer, name: `_pubky.${owner.key}`, class: 1 },
      ])
      expect(packetOf([pointer], packet.timestampUs)).toEqual(packet)
    })

    test('accepts the packets we publish', async () => {
      const all = [...records, pointer]
      expect(await carrier.publish(packetOf(all), signal)).toMatchObject({ state: 'stored' })
      expect((await askIt())?.z32()).toBe(homeserver.key)
    })

    test('takes what it published before and we replaced', async () => {
      const signer = pubky.signer(Keypair.fromSecret(owner.seed))
      await signer.pkdns.publishHomeserverForce(PublicKey.from(owner.key))
      const before = relay.packets.get(owner.key)
      await carrier.publish(packetOf([pointer], (before?.timestampUs ?? 0n) + 1_000_000n), signal)
      const later = Pubky.withClient(new Client({ pkarr: { relays: [relay.url] } }))
      const found = await later
        .signer(Keypair.fromSecret(owner.seed))
        .pkdns.getHomeserverOf(PublicKey.from(owner.key))
      expect(found?.z32()).toBe(homeserver.key)
    })

    test.each([0, 63, 64, 71, 72, 100])(
      'does not accept ours with byte %i flipped',
      async (offset) => {
        const packet = packetOf([pointer])
        const status = 200
        const body = flipped(packet, offset)
        relay.script.push({ status, body }, { status, body }, { status, body })
        expect(await askIt().catch(() => undefined)).toBeUndefined()
      },
    )
  },
)
