/**
 * One side of the PKARR measurements: `node pkarr-subject.js <json>`. As `net` it is a DHT of storage
 * nodes on this computer that hold a packet of each test key; as `ours` or `peer` it looks keys up
 * there. As `fill` it keeps packets on the disk, as `restart` it finds them again without a network.
 * Prints one JSON line when it is ready, or done.
 */
import { createPublicKey, verify } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { Client } from 'bittorrent-dht'
import { silentLogger } from '../src-main/env/logger.ts'
import { systemClock, systemRandom } from '../src-main/env/system-env.ts'
import { openDatabase } from '../src-main/store/database.ts'
import { createDhtCarrier } from '../src-main/systems/pkarr/dht/dht-carrier.ts'
import { targetOf } from '../src-main/systems/pkarr/dht/mutable-item.ts'
import { compareDistance } from '../src-main/systems/pkarr/dht/node-id.ts'
import { delayed, startStorageNet } from '../src-main/systems/pkarr/dht/testing/storage-node.ts'
import { itemOf, payloadOfSize, store } from '../src-main/systems/pkarr/dht/testing/stored-items.ts'
import { createPacketSource } from '../src-main/systems/pkarr/packet-source-service.ts'
import { testKey, type TestKey } from '../src-main/systems/pkarr/testing/test-keys.ts'

interface NetOptions {
  readonly role: 'net'
  readonly nodes: number
  readonly keys: number
  /** Before every answer. Milliseconds. */
  readonly delayMs: number
}

interface ClientOptions {
  readonly role: 'ours' | 'peer'
  /** Port of the one node known at first. */
  readonly door: number
  /** Numbers of the keys to look up; all at once, or one after the other. */
  readonly keys: readonly number[]
  readonly isParallel: boolean
  /** Keys looked up before, so that nodes are known. */
  readonly before: readonly number[]
}

interface DiskOptions {
  readonly role: 'fill' | 'restart'
  readonly directory: string
  readonly keys: readonly number[]
}

interface Times {
  /** Until the first packet. Milliseconds. */
  readonly firstMs: number
  /** Until the walk is over. Milliseconds. */
  readonly endMs: number
}

const holders = 20
const options = JSON.parse(process.argv[2] ?? '{}') as NetOptions | ClientOptions | DiskOptions
const print = (facts: object): void => void process.stdout.write(`${JSON.stringify(facts)}\n`)

if (options.role === 'net') await startNet(options)
else if ('directory' in options) await useDisk(options)
else await lookUpAll(options)

function keyOf(number: number): TestKey {
  const seed = Buffer.alloc(32)
  seed.writeUInt32BE(number, 28)
  return testKey(seed)
}

async function startNet({ nodes, keys, delayMs }: NetOptions): Promise<void> {
  const net = await startStorageNet(nodes)
  for (let number = 0; number < keys; number += 1) {
    const key = keyOf(number)
    const target = targetOf(key.publicKey)
    const nearest = net.toSorted((a, b) => compareDistance(target, a.id, b.id)).slice(0, holders)
    store(nearest, key, itemOf(key.packet(1_700_000_000_000_000n, payloadOfSize(300))))
  }
  if (delayMs > 0) for (const node of net) node.tamper = delayed(delayMs)
  print({ door: net[0]?.port })
  process.on('SIGTERM', () => process.exit(0))
}

async function lookUpAll({ role, door, keys, before, isParallel }: ClientOptions): Promise<void> {
  const lookUp = await (role === 'ours' ? createOurs(door) : createPeer(door))
  for (const number of before) await lookUp(keyOf(number))
  const prepared = keys.map(keyOf)
  const cpu = process.cpuUsage()
  const times: Times[] = []
  if (isParallel) times.push(...(await Promise.all(prepared.map(lookUp))))
  else for (const key of prepared) times.push(await lookUp(key))
  const { user, system } = process.cpuUsage(cpu)
  print({ times, cpuMs: (user + system) / 1000 / keys.length })
  process.exit(0)
}

async function createOurs(door: number): Promise<(key: TestKey) => Promise<Times>> {
  const carrier = createDhtCarrier(
    { clock: systemClock, random: systemRandom, log: silentLogger },
    {
      settings: () => ({ enabled: true, port: 0, bootstrap: [`127.0.0.1:${door}`] }),
      lookupHost: () => Promise.resolve([]),
      nodes: { load: () => Promise.resolve([]), save: () => Promise.resolve() },
      allowsAddress: (host) => host === '127.0.0.1',
    },
  )
  await carrier.start()
  return async ({ key }) => {
    const startedMs = performance.now()
    let firstMs = Number.NaN
    await carrier.resolve(key, {
      policy: 'network-only',
      signal: new AbortController().signal,
      onPacket() {
        if (Number.isNaN(firstMs)) firstMs = performance.now() - startedMs
      },
    })
    return { firstMs, endMs: performance.now() - startedMs }
  }
}

/** bittorrent-dht calls back when its walk is over, and not before. */
async function createPeer(door: number): Promise<(key: TestKey) => Promise<Times>> {
  const peer = new Client({
    bootstrap: [{ host: '127.0.0.1', port: door }],
    verify(signature, message, publicKey) {
      const x = publicKey.toString('base64url')
      const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
      return verify(null, message, key, signature)
    },
  })
  const ready = once(peer, 'ready')
  await new Promise<void>((resolve) => {
    peer.listen(0, '127.0.0.1', resolve)
  })
  await ready
  return ({ publicKey }) =>
    new Promise((resolve, reject) => {
      const startedMs = performance.now()
      peer.get(Buffer.from(targetOf(publicKey)), { cache: false }, (error, item) => {
        const endMs = performance.now() - startedMs
        if (error !== null) reject(error)
        else resolve({ firstMs: item === null ? Number.NaN : endMs, endMs })
      })
    })
}

/** The source of packets as the engine has it, with no carrier to ask. */
async function useDisk({ role, directory, keys }: DiskOptions): Promise<void> {
  const env = { clock: systemClock, random: systemRandom, log: silentLogger }
  const database = await openDatabase(env, join(directory, 'db'))
  const source = createPacketSource(env, {
    disk: database.sublevel('pkarr', 'view'),
    carriers: () => [],
    onCarriers: () => () => undefined,
    bounds: () => ({ minTtl: 300, maxTtl: 86_400 }),
    isOwn: () => false,
  })
  await source.start()
  const { signal } = new AbortController()
  const times: number[] = []
  for (const key of keys.map(keyOf)) {
    if (role === 'fill') {
      const timestampUs = BigInt(systemClock.nowMs()) * 1000n
      await source.publish(key.packet(timestampUs, payloadOfSize(300)), signal)
    } else {
      const startedMs = performance.now()
      const found = await source.resolve(key.key, { policy: 'cache-first', signal })
      times.push(performance.now() - startedMs)
      if (found.kind !== 'found') throw new Error('a packet was lost')
    }
  }
  await source.stop()
  await database.close()
  print({ times })
}
