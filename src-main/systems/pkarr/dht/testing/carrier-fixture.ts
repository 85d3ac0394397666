import { afterEach } from 'vitest'
import type { Env } from '../../../../env/env.ts'
import { silentLogger } from '../../../../env/logger.ts'
import { systemClock, systemRandom } from '../../../../env/system-env.ts'
import type { CarrierEnd, CarrierQuery, SignedPacket } from '../../carrier.ts'
import type { TestKey } from '../../testing/test-keys.ts'
import { createDhtCarrier, type DhtCarrier, type DhtCarrierDeps } from '../dht-carrier.ts'
import type { NodeStore, SavedNode } from '../dht-client.ts'
import {
  startStorageNet,
  stopStorageNet,
  type SeenQuery,
  type StorageNode,
  type Tamper,
} from './storage-node.ts'

export interface DhtFixture {
  startNet(count: number, tamper?: Tamper): Promise<readonly StorageNode[]>
  /** A running carrier that may ask loopback nodes, and has no default bootstrap names. */
  startCarrier(
    bootstrap: readonly string[],
    deps?: Partial<DhtCarrierDeps>,
    env?: Partial<Env>,
  ): Promise<DhtCarrier>
  /** Runs `cleanup` after the test. */
  after(cleanup: () => Promise<unknown>): void
}

/** Call it at the top of a test file: what it starts is stopped after each test. */
export function useDhtFixture(): DhtFixture {
  const cleanups: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
  })
  return {
    async startNet(count, tamper) {
      const net = await startStorageNet(count)
      cleanups.push(() => stopStorageNet(net))
      if (tamper !== undefined) for (const node of net) node.tamper = tamper
      return net
    },
    async startCarrier(bootstrap, deps = {}, env = {}) {
      const carrier = createDhtCarrier(
        { clock: systemClock, random: systemRandom, log: silentLogger, ...env },
        {
          settings: () => ({ enabled: true, port: 0, bootstrap }),
          lookupHost: (name) => Promise.reject(new Error(`${name} was looked up`)),
          nodes: createMemoryNodes(),
          allowsAddress: (host) => host === '127.0.0.1',
          ...deps,
        },
      )
      cleanups.push(() => carrier.stop())
      await carrier.start()
      return carrier
    },
    after: (cleanup) => void cleanups.push(cleanup),
  }
}

export interface MemoryNodes extends NodeStore {
  saved(): readonly SavedNode[]
}

export function createMemoryNodes(initial: readonly SavedNode[] = []): MemoryNodes {
  let nodes = initial
  return {
    saved: () => nodes,
    load: () => Promise.resolve(nodes),
    save(next) {
      nodes = next
      return Promise.resolve()
    },
  }
}

export function savedNode({ id, host, port }: StorageNode): SavedNode {
  return { id: Buffer.from(id).toString('hex'), host, port }
}

/** The node by which a carrier enters `net`. */
export function doorOf(net: readonly StorageNode[]): readonly string[] {
  return net.slice(0, 1).map(({ address }) => address)
}

/** Everything one look-up gave. */
export async function lookUp(
  carrier: DhtCarrier,
  { key }: Pick<TestKey, 'key'>,
  query: Partial<CarrierQuery> = {},
): Promise<{ readonly end: CarrierEnd; readonly packets: readonly SignedPacket[] }> {
  const packets: SignedPacket[] = []
  const end = await carrier.resolve(key, {
    policy: 'network-only',
    signal: new AbortController().signal,
    onPacket: ({ packet }) => packets.push(packet),
    ...query,
  })
  return { end, packets }
}

export function seenBy(net: readonly StorageNode[], method: string): readonly SeenQuery[] {
  return net.flatMap(({ seen }) => seen.filter((query) => query.method === method))
}

/** Holds back whoever waits for `opened`. */
export function createGate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}
