import type { PkarrDeliveryView } from '../../../../src-preload/contract/pkarr-model.ts'
import type { PkarrKey, SignedPacket } from '../carrier.ts'
import type { HeldPacket, PacketLookup, PacketSourceService } from '../packet-source.ts'
import { isNewer } from '../signed-packet.ts'

export interface MemorySource extends PacketSourceService {
  /** What the network holds. */
  readonly network: Map<PkarrKey, SignedPacket>
  /** Answers of the carriers to the next publications; `stored` by two nodes when empty. */
  readonly nextDeliveries: (readonly PkarrDeliveryView[])[]
  readonly published: SignedPacket[]
  /** What the next look-ups end with instead of what the network holds. */
  next: PacketLookup | undefined
}

/** One carrier in memory, without time or chance. */
export function createMemorySource(nowMs: () => number): MemorySource {
  const network = new Map<PkarrKey, SignedPacket>()
  const known = new Map<PkarrKey, HeldPacket>()
  const listeners = new Set<(key: PkarrKey) => void>()
  const nextDeliveries: (readonly PkarrDeliveryView[])[] = []
  const published: SignedPacket[] = []

  const keep = (packet: SignedPacket): HeldPacket => {
    const held: HeldPacket = {
      packet,
      lastSeenMs: nowMs(),
      source: 'relay',
      carriers: ['memory'],
      expiresAtMs: nowMs() + 300_000,
    }
    const isOther = known.get(packet.key)?.packet !== packet
    known.set(packet.key, held)
    if (isOther) for (const listener of listeners) listener(packet.key)
    return held
  }

  const source: MemorySource = {
    network,
    nextDeliveries,
    published,
    next: undefined,
    async resolve(key) {
      if (source.next !== undefined) return source.next
      const packet = network.get(key)
      return packet === undefined
        ? { kind: 'none', answers: 1 }
        : { kind: 'found', held: keep(packet), isStale: false }
    },
    held: (key) => known.get(key),
    list: () => [...known.values()],
    async publish(packet) {
      published.push(packet)
      const results = nextDeliveries.shift() ?? [
        { carrier: 'memory', kind: 'relay', state: 'stored', nodes: 2 },
      ]
      const current = network.get(packet.key)
      if (results.some(({ state }) => state === 'stored')) {
        if (current === undefined || isNewer(packet, current)) network.set(packet.key, packet)
      }
      keep(packet)
      return results
    },
    highestUs: (key) => known.get(key)?.packet.timestampUs,
    async forget(key) {
      known.delete(key)
    },
    carriers: () => [],
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    onCarriers: () => () => undefined,
    start: async () => undefined,
    stop: async () => undefined,
  }
  return source
}
