import { connect } from 'node:net'
import { Client, Keypair, Pubky, PublicKey } from '@synonymdev/pubky'
import { Pkarr, SignedPacket as TheirPacket } from 'pkarr'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { PkarrDeliveryView } from '../../../../src-preload/contract/pkarr-model.ts'
import {
  createManualClock,
  testEnv,
  type ManualClock,
} from '../../../relays/testing/manual-clock.ts'
import type { CarrierQuery, SignedPacket } from '../carrier.ts'
import type { PacketLookup } from '../packet-source.ts'
import { createRelayCarrier } from '../relay-carrier.ts'
import { signedBytes, toRelayBody } from '../signed-packet.ts'
import { createMemorySource } from '../testing/memory-source.ts'
import { testKey } from '../testing/test-keys.ts'
import { buildPayload } from '../zone-packet.ts'
import type { PacketSource } from './packet-desk.ts'
import { createPkarrRelay, type PkarrRelay, type PkarrRelayDeps } from './relay-server.ts'

const owner = testKey(8)
const homeserver = testKey(9)
const unlimited = { perSecond: 0, burst: 0 }
const baseUs = 1_780_000_000_000_000n

function packetAt(timestampUs: bigint): SignedPacket {
  const payload = buildPayload(owner.key, [
    { name: '@', ttl: 300, rdata: { type: 'A', address: '203.0.113.1' } },
  ])
  if (!payload.ok) throw new Error(payload.error.message)
  return owner.packet(timestampUs, payload.value)
}

const packet = packetAt(baseUs)
const newer = packetAt(baseUs + 1n)

/** A source that says what it is told to, and notes what it was asked. */
interface ScriptedSource extends PacketSource {
  readonly asked: CarrierQuery['policy'][]
  readonly published: SignedPacket[]
  cache: PacketLookup
  network: PacketLookup
  deliveries: readonly PkarrDeliveryView[]
}

const nothing: PacketLookup = { kind: 'none', answers: 1 }

function createScriptedSource(): ScriptedSource {
  const source: ScriptedSource = {
    asked: [],
    published: [],
    cache: nothing,
    network: nothing,
    deliveries: [],
    resolve(_, { policy }) {
      source.asked.push(policy)
      return Promise.resolve(policy === 'cache-only' ? source.cache : source.network)
    },
    publish(sent) {
      source.published.push(sent)
      return Promise.resolve(source.deliveries)
    },
  }
  return source
}

let clock: ManualClock
let source: ScriptedSource
let relay: PkarrRelay

beforeEach(() => {
  clock = createManualClock()
  source = createScriptedSource()
})
afterEach(async () => {
  await relay.stop()
})

async function start(deps: Partial<PkarrRelayDeps> = {}): Promise<void> {
  relay = createPkarrRelay(testEnv(clock), {
    source,
    host: '127.0.0.1',
    port: 0,
    requestLimit: unlimited,
    workLimit: unlimited,
    ...deps,
  })
  await relay.start()
}

function found(what: SignedPacket, isStale = false): PacketLookup {
  const held = {
    packet: what,
    lastSeenMs: clock.nowMs() - 60_000,
    source: 'dht' as const,
    carriers: ['dht'],
    expiresAtMs: clock.nowMs() + (isStale ? -1000 : 240_000),
  }
  return { kind: 'found', held, isStale }
}

const delivery = (state: PkarrDeliveryView['state'], nodes?: number): PkarrDeliveryView => ({
  carrier: 'dht',
  kind: 'dht',
  state,
  ...(nodes !== undefined && { nodes }),
})

const request = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${relay.url()}/${path}`, init)
const get = (query = '', headers: Record<string, string> = {}): Promise<Response> =>
  request(`${owner.key}${query}`, { headers })
const put = (body: Uint8Array, key = owner.key): Promise<Response> =>
  request(key, { method: 'PUT', body: Uint8Array.from(body) })

describe('GET', () => {
  test('serves a fresh packet from the cache, with what clients need to know', async () => {
    await start()
    source.cache = found(packet)
    const response = await get()
    expect(response.status).toBe(200)
    expect(Buffer.from(await response.arrayBuffer())).toEqual(toRelayBody(packet))
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/pkarr.org/relays#payload',
      'cache-control': 'public, max-age=240',
      'last-modified': new Date(Number(baseUs / 1000n)).toUTCString(),
      'memento-datetime': new Date(clock.nowMs() - 60_000).toUTCString(),
      'access-control-allow-origin': '*',
    })
    expect(source.asked).toEqual(['cache-only'])
  })

  test.each<[string, Record<string, string>, CarrierQuery['policy'][]]>([
    ['?policy=CacheOnly', {}, ['cache-only']],
    ['?policy=CacheFirst', {}, ['cache-only', 'cache-first']],
    ['', {}, ['cache-only', 'cache-first']],
    ['?policy=NetworkOnly', {}, ['cache-only', 'network-only']],
    ['', { 'cache-control': 'no-cache' }, ['cache-only', 'cache-first']],
    [
      '',
      { 'cache-control': 'no-cache, no-store, must-revalidate' },
      ['cache-only', 'network-only'],
    ],
    ['?unknown=1', {}, ['cache-only', 'cache-first']],
  ])('with nothing in the cache, "%s" %j asks %j', async (query, headers, asked) => {
    await start()
    source.network = found(packet)
    const response = await get(query, headers)
    expect(response.status).toBe(query === '?policy=CacheOnly' ? 404 : 200)
    expect(source.asked).toEqual(asked)
  })

  test('asks the network past a fresh packet only when told to', async () => {
    await start()
    source.cache = found(packet)
    source.network = found(newer)
    expect(Buffer.from(await (await get()).arrayBuffer())).toEqual(toRelayBody(packet))
    const fresh = await get('?policy=NetworkOnly')
    expect(Buffer.from(await fresh.arrayBuffer())).toEqual(toRelayBody(newer))
  })

  test('an expired packet is looked for in the network first; without luck its age is told', async () => {
    await start()
    source.cache = found(packet, true)
    source.network = found(newer)
    expect(Buffer.from(await (await get()).arrayBuffer())).toEqual(toRelayBody(newer))
    source.network = found(packet, true)
    const stale = await get()
    expect(stale.status).toBe(200)
    expect(stale.headers.get('cache-control')).toBe('public, max-age=0')
    expect(source.asked).toEqual(['cache-only', 'network-only', 'cache-only', 'network-only'])
    expect((await get('?policy=CacheOnly')).status).toBe(200)
  })

  test.each<[PacketLookup, number]>([
    [{ kind: 'none', answers: 3 }, 404],
    [{ kind: 'failed', problem: 'no DHT' }, 503],
  ])('%j is %i', async (lookup, status) => {
    await start()
    source.network = lookup
    expect((await get()).status).toBe(status)
  })

  test('tells of an item that is no packet', async () => {
    await start()
    source.network = { kind: 'none', answers: 1, invalidSeq: 77n }
    const response = await get()
    expect(response.status).toBe(404)
    expect(response.headers.get('pkarr-invalid-signed-packet-seq')).toBe('77')
  })

  test('304 only for packets certainly not newer, and never an empty 200', async () => {
    await start()
    source.cache = found(packetAt(baseUs + 500_000n))
    const since = (seconds: number): Record<string, string> => ({
      'if-modified-since': new Date(Number(baseUs / 1000n) + seconds * 1000).toUTCString(),
    })
    for (const [seconds, status] of [
      [-1, 200],
      [0, 200],
      [1, 304],
      [60, 304],
    ] as const) {
      const response = await get('', since(seconds))
      expect([seconds, response.status]).toEqual([seconds, status])
      expect((await response.arrayBuffer()).byteLength > 0).toBe(status === 200)
    }
  })

  test.each([
    '',
    'x',
    `${owner.key}x`,
    `${owner.key}/x`,
    `${owner.key.slice(0, -1)}b`,
    'c1bkg8tfsyy8wcedtmw4fwhdmm7bbzhgg3z58tf43m5ow8w9mbus',
    '%zz',
  ])('the path "%s" is no key', async (path) => {
    await start()
    const response = await request(path)
    // The root is the page for people.
    expect(response.status).toBe(path === '' ? 200 : 400)
    expect(source.asked).toEqual([])
  })

  test('the key may be in capitals, and the path begin with two slashes', async () => {
    await start()
    source.cache = found(packet)
    expect((await request(owner.key.toUpperCase())).status).toBe(200)
    expect((await request(`/${owner.key}`)).status).toBe(200)
  })

  test('an unknown policy is refused', async () => {
    await start()
    expect((await get('?policy=cacheonly')).status).toBe(400)
    expect(source.asked).toEqual([])
  })
})

describe('PUT', () => {
  test('announces the packet and says how many nodes have it', async () => {
    await start()
    source.deliveries = [delivery('stored', 4), delivery('stored', 17), delivery('unreachable')]
    const response = await put(toRelayBody(packet))
    expect(response.status).toBe(204)
    expect(response.headers.get('pkarr-dht-stored-nodes')).toBe('17')
    expect(source.published).toEqual([packet])
  })

  test.each<[string, readonly PkarrDeliveryView[], number]>([
    ['newer in the DHT', [delivery('conflict'), delivery('unreachable')], 409],
    ['nobody took it', [delivery('unreachable'), delivery('refused')], 500],
    ['no carrier at all', [], 204],
  ])('%s', async (_, deliveries, status) => {
    await start()
    source.deliveries = deliveries
    expect((await put(toRelayBody(packet))).status).toBe(status)
  })

  test('what is older than the cache goes nowhere', async () => {
    await start()
    source.cache = found(newer)
    expect((await put(toRelayBody(packet))).status).toBe(409)
    source.cache = found(packet)
    expect((await put(toRelayBody(packet))).status).toBe(204)
    expect(source.published).toEqual([packet])
  })

  const tampered = Uint8Array.from(toRelayBody(packet))
  tampered[100] = (tampered[100] ?? 0) ^ 1
  const notDns = Buffer.concat([
    owner.sign(signedBytes(1n, Buffer.from('no DNS'))),
    Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]),
    Buffer.from('no DNS'),
  ])
  test.each<[string, Uint8Array, number]>([
    ['nothing', new Uint8Array(), 400],
    ['71 bytes', new Uint8Array(71), 400],
    ['a flipped bit', tampered, 400],
    ['no DNS message', notDns, 400],
    ['1073 bytes', new Uint8Array(1073), 413],
    ['60,000 bytes', new Uint8Array(60_000), 413],
  ])('%s: refused before the DHT hears of it', async (_, body, status) => {
    await start()
    expect((await put(body)).status).toBe(status)
    expect((await put(toRelayBody(packet), homeserver.key)).status).toBe(400)
    expect([source.asked, source.published]).toEqual([[], []])
  })

  test('an endless body is cut off', async () => {
    await start()
    const sent = put(new Uint8Array(3_000_000)).then(
      ({ status }) => status,
      () => 413,
    )
    expect(await sent).toBe(413)
    source.cache = found(packet)
    expect((await get()).status).toBe(200)
  })

  test('exactly 1000 bytes of DNS message are taken', async () => {
    await start()
    expect((await put(toRelayBody(owner.packet(1n, new Uint8Array(1000))))).status).toBe(204)
  })

  test('publications of one key wait for one another', async () => {
    const gates: (() => void)[] = []
    const begun: bigint[] = []
    source.publish = (sent) => {
      begun.push(sent.timestampUs)
      return new Promise((resolve) => gates.push(() => resolve([delivery('stored', 1)])))
    }
    await start()
    const other = testKey(10).packet(1n, new Uint8Array(12))
    const first = put(toRelayBody(packet))
    await waitFor(() => gates.length === 1)
    const second = put(toRelayBody(newer))
    const third = put(toRelayBody(other), other.key)
    await waitFor(() => gates.length === 2)
    expect(begun).toEqual([packet.timestampUs, other.timestampUs])
    gates[0]?.()
    await waitFor(() => gates.length === 3)
    gates[1]?.()
    gates[2]?.()
    const statuses = (await Promise.all([first, second, third])).map(({ status }) => status)
    expect(statuses).toEqual([204, 204, 204])
  })
})

async function waitFor(isTrue: () => boolean): Promise<void> {
  await expect.poll(isTrue, { timeout: 10_000, interval: 2 }).toBe(true)
}

describe('manners', () => {
  test('other origins may ask, and see the headers of the protocol', async () => {
    await start()
    const response = await request(owner.key, { method: 'OPTIONS' })
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-methods')).toContain('PUT')
    expect(response.headers.get('access-control-expose-headers')).toContain(
      'Pkarr-Dht-Stored-Nodes',
    )
  })

  test('the root is a page for people', async () => {
    await start()
    source.cache = found(packet)
    await get()
    const response = await request('')
    expect(response.headers.get('content-type')).toContain('text/html')
    const text = await response.text()
    expect(text).toContain('PKARR relay')
    expect(text).toMatch(/Packets asked for<td>1</u)
  })

  test('other methods are told which ones there are', async () => {
    await start()
    const response = await request(owner.key, { method: 'DELETE' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, PUT, OPTIONS'])
  })

  test('a client has its share of requests and of work', async () => {
    await start({ requestLimit: { perSecond: 2, burst: 4 }, workLimit: { perSecond: 1, burst: 1 } })
    source.network = found(packet)
    expect((await get()).status).toBe(200)
    const busy = await get()
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '1'])
    // Packets in the cache make no work.
    source.cache = found(packet)
    expect((await get()).status).toBe(200)
    expect((await get()).status).toBe(200)
    expect((await get()).status).toBe(429)
    clock.advance(500)
    expect((await get()).status).toBe(200)
    clock.advance(500)
    expect((await put(toRelayBody(packet))).status).toBe(204)
    clock.advance(500)
    expect((await put(toRelayBody(packet))).status).toBe(429)
  })

  test('behind a proxy every client has a share of its own', async () => {
    const from = (address: string) => get('', { 'x-forwarded-for': `9.9.9.9, ${address}` })
    const limit = { perSecond: 1, burst: 1 }
    await start({ requestLimit: limit, isBehindProxy: true })
    const statuses = async (...addresses: string[]): Promise<number[]> => {
      const seen: number[] = []
      for (const address of addresses) seen.push((await from(address)).status)
      return seen
    }
    expect(await statuses('1.1.1.1', '1.1.1.2', '1.1.1.1', '::ffff:1.1.1.2')).toEqual([
      404, 404, 429, 429,
    ])
    expect(await statuses('2001:db8::1', '2001:db8::2', '2001:db8:0:1::1')).toEqual([404, 429, 404])
    await relay.stop()
    await start({ requestLimit: limit })
    expect(await statuses('1.1.1.1', '1.1.1.2')).toEqual([404, 429])
  })

  test('a busy port and a second stop do no harm', async () => {
    await start()
    const second = createPkarrRelay(testEnv(clock), {
      source,
      host: '127.0.0.1',
      port: relay.port(),
    })
    await expect(second.start()).rejects.toMatchObject({ problem: { code: 'pkarr.port-in-use' } })
    await second.stop()
    await relay.stop()
    await relay.stop()
    await relay.start()
    expect((await request('')).status).toBe(200)
  })

  test('a request for a whole URL, as to a proxy, is refused', async () => {
    await start()
    const line = await new Promise<string>((resolve, reject) => {
      const socket = connect(relay.port(), '127.0.0.1')
      socket.on('error', reject)
      socket.once('data', (data) => {
        socket.destroy()
        resolve(data.toString().split('\r\n')[0] ?? '')
      })
      socket.write(`GET http://example.com/${owner.key} HTTP/1.1\r\nHost: example.com\r\n\r\n`)
    })
    expect(line).toBe('HTTP/1.1 400 Bad Request')
  })
})

describe('with clients that exist', () => {
  async function startOverMemory() {
    const memory = createMemorySource(() => clock.nowMs())
    await start({ source: memory })
    return memory
  }

  test('our carrier publishes to it and resolves from it', async () => {
    await startOverMemory()
    const carrier = createRelayCarrier(testEnv(clock), { url: relay.url() })
    const { signal } = new AbortController()
    expect(await carrier.publish(packet, signal)).toMatchObject({ state: 'stored', nodes: 2 })
    const seen: SignedPacket[] = []
    await carrier.resolve(owner.key, {
      policy: 'network-only',
      signal,
      onPacket: (sighting) => seen.push(sighting.packet),
    })
    expect(seen).toEqual([packet])
    await carrier.stop()
  })

  test('npm pkarr publishes to it and resolves from it', async () => {
    await startOverMemory()
    const keys = Pkarr.generateKeyPair(owner.seed)
    const theirs = TheirPacket.fromPacket(keys, { type: 'response', answers: [] })
    expect((await Pkarr.relayPut(relay.url(), theirs)).status).toBe(204)
    const back = await Pkarr.relayGet(relay.url(), owner.publicKey)
    expect(back.bytes()).toEqual(theirs.bytes())
  })

  test.each(['', '/'])('the Rust core does, with "%s" behind the URL', async (tail) => {
    const memory = await startOverMemory()
    const relays = [`${relay.url()}${tail}`]
    const pubky = () =>
      Pubky.withClient(new Client({ pkarr: { relays } })).signer(Keypair.fromSecret(owner.seed))
        .pkdns
    await pubky().publishHomeserverForce(PublicKey.from(homeserver.key))
    expect(memory.published).toHaveLength(1)
    const found = await pubky().getHomeserverOf(PublicKey.from(owner.key))
    expect(found?.z32()).toBe(homeserver.key)
  })
})
