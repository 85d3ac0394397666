import type { Clock } from '../../env/env.ts'
import type { Logger } from '../../env/logger.ts'
import { createSerialQueue } from '../../keys/serial-queue.ts'
import type { Sublevel } from '../../store/database.ts'
import type { PkarrKey, Sighting } from './carrier.ts'
import type { HeldPacket } from './packet-source.ts'
import { packetTtl, type TtlBounds } from './packet-ttl.ts'
import { fromStored, isNewer, toStored } from './signed-packet.ts'

/** Packets in memory; more are on the disk. */
const maxInMemory = 1_000
/** Packets on the disk unless told otherwise. */
const defaultCapacity = 5_000

/** Who had a packet. */
export interface Origin {
  readonly source: HeldPacket['source']
  /** Carrier; absent for the disk. */
  readonly carrier?: string
}

/** The newest packet of each key: never replaced by an older one, whoever brings that. */
export interface PacketStore {
  /** In memory only. */
  peek(key: PkarrKey): HeldPacket | undefined
  /** From memory or disk. */
  recall(key: PkarrKey): Promise<HeldPacket | undefined>
  list(): readonly HeldPacket[]
  /** Keeps what is newest; true when another packet than before is held now. */
  accept(sighting: Sighting, origin: Origin): boolean
  forget(key: PkarrKey): Promise<void>
  /** Resolves when everything accepted so far is on the disk, or could not be written. */
  flush(): Promise<void>
}

export interface PacketStoreDeps {
  readonly disk: Sublevel<Uint8Array>
  readonly bounds: () => TtlBounds
  readonly clock: Clock
  readonly log: Logger
  /**
   * Keys that stay in memory, since what carriers bring for them is compared with what is there.
   * Otherwise questions for many other keys would push the newest packet out, and let an old one in.
   */
  readonly isBusy: (key: PkarrKey) => boolean
  /** Packets on the disk, a tenth more for a while. */
  readonly capacity?: number
}

export function createPacketStore({
  disk,
  bounds,
  clock,
  log,
  isBusy,
  capacity = defaultCapacity,
}: PacketStoreDeps): PacketStore {
  /** The least recently used first. */
  const memory = new Map<PkarrKey, HeldPacket>()
  /** What is to be written, or is being written. */
  const unwritten = new Map<PkarrKey, Sighting>()
  let isWriteDue = false
  /** At the start it is not known how much the disk holds; the first answers must not wait for that. */
  let writtenSincePrune = Infinity
  /** One task at a time: of two writes under way LevelDB may do the later one first. */
  const inTurn = createSerialQueue()

  const hold = (held: HeldPacket): void => {
    const { key } = held.packet
    memory.delete(key)
    memory.set(key, held)
    if (memory.size <= maxInMemory) return
    for (const other of memory.keys()) {
      if (other === key || isBusy(other) || unwritten.has(other)) continue
      memory.delete(other)
      return
    }
  }

  const heldOf = (
    { packet, lastSeenMs }: Sighting,
    source: HeldPacket['source'],
    carriers: readonly string[],
  ): HeldPacket => ({
    packet,
    lastSeenMs,
    source,
    carriers,
    expiresAtMs: lastSeenMs + packetTtl(packet, bounds()) * 1000,
  })

  /** Drops from the disk what was not seen for longest, beyond the capacity. */
  const prune = async (): Promise<void> => {
    writtenSincePrune = 0
    let count = 0
    for await (const _ of disk.keys()) count += 1
    if (count <= capacity) return
    const seen: { readonly key: string; readonly at: bigint }[] = []
    for await (const [key, value] of disk.iterator()) {
      const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
      seen.push({ key, at: value.byteLength >= 8 ? view.getBigUint64(0) : 0n })
    }
    const surplus = seen
      .toSorted((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)))
      .slice(0, seen.length - capacity)
    await disk.batch(surplus.map(({ key }) => ({ type: 'del', key })))
  }

  const writeAll = async (): Promise<void> => {
    isWriteDue = false
    const sightings = [...unwritten]
    try {
      await disk.batch(
        sightings.map(([key, sighting]) => ({ type: 'put', key, value: toStored(sighting) })),
      )
    } finally {
      for (const [key, sighting] of sightings) {
        if (unwritten.get(key) === sighting) unwritten.delete(key)
      }
    }
    writtenSincePrune += sightings.length
    if (writtenSincePrune > capacity / 10) await prune()
  }

  const write = (sighting: Sighting): void => {
    unwritten.set(sighting.packet.key, sighting)
    if (isWriteDue) return
    isWriteDue = true
    // What is lost when this fails can be fetched again.
    inTurn(writeAll).catch((error: unknown) => log.warn('packets were not saved', { error }))
  }

  return {
    peek: (key) => memory.get(key),
    async recall(key) {
      const known = memory.get(key)
      if (known !== undefined) {
        hold(known)
        return known
      }
      const stored = await disk.get(key).catch(() => undefined)
      const opened = stored === undefined ? undefined : fromStored(stored)
      if (opened?.ok !== true || opened.value.packet.key !== key) return undefined
      // A carrier may have been faster than the disk.
      const meanwhile = memory.get(key)
      if (meanwhile !== undefined) return meanwhile
      const held = heldOf(opened.value, 'cache', [])
      hold(held)
      return held
    },
    list: () => [...memory.values()],
    accept(sighting, { source, carrier }) {
      const { packet } = sighting
      const known = memory.get(packet.key)
      if (known !== undefined && isNewer(known.packet, packet)) return false
      const isSame = known !== undefined && !isNewer(packet, known.packet)
      const others = isSame ? known.carriers : []
      const carriers = carrier === undefined ? others : [...new Set([...others, carrier])]
      // A time to come is left from before the clock was set back.
      const before = isSame ? Math.min(known.lastSeenMs, clock.nowMs()) : 0
      const lastSeenMs = Math.max(sighting.lastSeenMs, before)
      hold(heldOf({ packet, lastSeenMs }, source, carriers))
      if (!isSame || lastSeenMs !== known.lastSeenMs) write({ packet, lastSeenMs })
      return !isSame
    },
    forget(key) {
      memory.delete(key)
      unwritten.delete(key)
      return inTurn(() => disk.del(key))
    },
    flush: () => inTurn(() => Promise.resolve()),
  }
}
