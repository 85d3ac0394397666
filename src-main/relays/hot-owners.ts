import type { PubkeyHex } from '../names/name.ts'
import { byNewest } from './event-address.ts'
import type { StoredEvent } from './relay-service.ts'
import type { Slot } from './store-records.ts'

/** Owners whose events are all in memory. */
export interface HotOwners {
  /** Everything of `owner`, newest first; undefined when the owner is not in memory. */
  get(owner: PubkeyHex): readonly StoredEvent[] | undefined
  event(owner: PubkeyHex, slot: Slot): StoredEvent | undefined
  has(owner: PubkeyHex): boolean
  fill(owner: PubkeyHex, events: ReadonlyMap<Slot, StoredEvent>): void
  /** Change one slot of an owner in memory; no effect on others. */
  put(owner: PubkeyHex, slot: Slot, stored: StoredEvent): void
  remove(owner: PubkeyHex, slot: Slot): void
  drop(owner: PubkeyHex): void
}

interface Entry {
  readonly events: Map<Slot, StoredEvent>
  sorted: readonly StoredEvent[] | undefined
}

/** Keeps the most recently used owners, at most `maxEvents` events in all. */
export function createHotOwners(maxEvents: number): HotOwners {
  const owners = new Map<PubkeyHex, Entry>()
  let total = 0
  const drop = (owner: PubkeyHex): void => {
    total -= owners.get(owner)?.events.size ?? 0
    owners.delete(owner)
  }
  const touch = (owner: PubkeyHex): Entry | undefined => {
    const entry = owners.get(owner)
    if (entry === undefined) return undefined
    // A Map iterates in insertion order: the first key is the least recently used.
    owners.delete(owner)
    owners.set(owner, entry)
    return entry
  }
  const shrink = (): void => {
    for (const owner of owners.keys()) {
      if (total <= maxEvents) return
      drop(owner)
    }
  }
  return {
    get(owner) {
      const entry = touch(owner)
      if (entry === undefined) return undefined
      entry.sorted ??= [...entry.events.values()].toSorted((a, b) => byNewest(a.event, b.event))
      return entry.sorted
    },
    event: (owner, slot) => owners.get(owner)?.events.get(slot),
    has: (owner) => owners.has(owner),
    fill(owner, events) {
      drop(owner)
      owners.set(owner, { events: new Map(events), sorted: undefined })
      total += events.size
      shrink()
    },
    put(owner, slot, stored) {
      const entry = touch(owner)
      if (entry === undefined) return
      if (!entry.events.has(slot)) total += 1
      entry.events.set(slot, stored)
      entry.sorted = undefined
      shrink()
    },
    remove(owner, slot) {
      const entry = owners.get(owner)
      if (entry?.events.delete(slot) !== true) return
      entry.sorted = undefined
      total -= 1
    },
    drop,
  }
}
