import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Event } from 'nostr-tools/pure'
import { onTestFinished } from 'vitest'
import { settingsSchema, type Settings } from '../../../src-preload/contract/settings.ts'
import { createHealth, type Health } from '../../env/health.ts'
import type { Env } from '../../env/env.ts'
import { silentLogger } from '../../env/logger.ts'
import { systemRandom } from '../../env/system-env.ts'
import { createEmbeddedRelay, type EmbeddedRelay } from '../../relays/embedded/embedded-relay.ts'
import { createEventStore, type LocalEventStore } from '../../relays/event-store.ts'
import { createManualClock, type ManualClock } from '../../relays/testing/manual-clock.ts'
import { openDatabase } from '../../store/database.ts'
import type { AddressSource } from '../address/address-source.ts'
import type { Publisher } from '../publisher.ts'
import { createPublisher } from '../publisher-service.ts'
import { createTestKeyring, startSeconds, type TestKeyring } from './test-keyring.ts'
import { ask, createSocketRelays, type SocketRelays } from './socket-relays.ts'

export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nostr-dns-publish-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** An event store on disk, closed and removed after the test. */
export async function tempStore(env: Env): Promise<LocalEventStore> {
  const database = await openDatabase(env, await tempFolder())
  const store = createEventStore(env, database.sublevel('events'))
  await store.start()
  onTestFinished(async () => {
    await store.stop()
    await database.close()
  })
  return store
}

/** A real relay of its own on a loopback port. */
export async function startRelay(env: Env, port = 0): Promise<EmbeddedRelay> {
  const store = await tempStore(env)
  const relay = createEmbeddedRelay(env, { store, host: '127.0.0.1', port })
  await relay.start()
  onTestFinished(() => relay.stop())
  return relay
}

export interface Bench {
  readonly env: Env
  readonly clock: ManualClock
  readonly keyring: TestKeyring
  readonly relays: SocketRelays
  readonly store: LocalEventStore
  readonly health: Health
  readonly publisher: Publisher
  readonly pubkey: string
  readonly signal: AbortSignal
  readonly statePath: string
  settings: Settings['publish']
  /** What this computer's address seems to be; undefined for no answer. */
  address: { v4?: string | undefined; v6?: string | undefined }
  /** Events of the key at relay `url`. */
  at(url: string, kind: number): Promise<Event[]>
  /** A publisher over the same files, as after a restart. */
  restarted(): Promise<Publisher>
}

export interface BenchOptions {
  readonly relays?: number
  readonly statePath?: string
  readonly keyring?: TestKeyring
  /** Start the publisher's clockwork. Default true. */
  readonly clock?: ManualClock
}

/** A publisher over real relays, a real store and a clock the test moves. */
export async function startBench(options: BenchOptions = {}): Promise<Bench> {
  const clock = options.clock ?? createManualClock(startSeconds * 1000)
  const env: Env = { clock, random: systemRandom, log: silentLogger }
  const started = await Promise.all(
    Array.from({ length: options.relays ?? 2 }, () => startRelay(env)),
  )
  const relays = createSocketRelays(...started.map((relay) => relay.url()))
  const keyring = options.keyring ?? createTestKeyring()
  const health = createHealth(() => clock.nowMs())
  const store = await tempStore(env)
  const statePath = options.statePath ?? join(await tempFolder(), 'publish.json')
  const sourceOf = (name: string, family: 4 | 6): AddressSource => ({
    name,
    method: 'https',
    family,
    find: () => {
      const address = family === 4 ? bench.address.v4 : bench.address.v6
      return address === undefined ? Promise.reject(new Error('down')) : Promise.resolve(address)
    },
  })
  const make = async (): Promise<Publisher> => {
    const publisher = createPublisher(env, {
      keyring,
      relays,
      store,
      statePath,
      settings: () => bench.settings,
      health,
      addressSources: () => [
        sourceOf('one', 4),
        sourceOf('two', 4),
        sourceOf('one', 6),
        sourceOf('two', 6),
      ],
      listInterfaces: () => Promise.resolve([]),
    })
    await publisher.start()
    onTestFinished(() => publisher.stop())
    return publisher
  }
  const bench: Omit<Bench, 'publisher'> & { publisher?: Publisher } = {
    env,
    clock,
    keyring,
    relays,
    store,
    health,
    pubkey: keyring.pubkey,
    signal: new AbortController().signal,
    statePath,
    settings: settingsSchema.parse({ version: 1 }).publish,
    address: { v4: '203.0.113.10' },
    async at(url, kind) {
      const found = await ask(url, ['REQ', 'q', { authors: [keyring.pubkey], kinds: [kind] }])
      return found.events
    },
    restarted: make,
  }
  return Object.assign(bench, { publisher: await make() })
}
