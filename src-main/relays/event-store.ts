import type { Event } from 'nostr-tools/pure'
import type { Filter } from 'nostr-tools/filter'
import { unixSeconds, type Env, type Unsubscribe } from '../env/env.ts'
import type { Health } from '../env/health.ts'
import type { PubkeyHex } from '../names/name.ts'
import { storeError } from '../store/problems.ts'
import {
  byNewest,
  deletionKind,
  deletionTargets,
  expirationOf,
  kindClass,
} from './event-address.ts'
import { queryEvents } from './event-query.ts'
import { createHotOwners } from './hot-owners.ts'
import type { AcceptVerdict, EventStore, StoredEvent, VerifiedEvent } from './relay-service.ts'
import {
  addressSlot,
  decodeEvent,
  decodeFetched,
  decodeMark,
  decodeSeen,
  keys,
  ownerOfSlot,
  ranges,
  slotOf,
  type DatabaseWrite,
  type EventDatabase,
  type Fetched,
  type Mark,
  type SeenBy,
  type Slot,
} from './store-records.ts'

/** Events further ahead of our clock are refused and not remembered. Seconds. */
export const futureLimitSeconds = 600
/** Where an event comes from when not from a relay's URL: made here, or sent to our own relay. */
export const localOrigin = 'local'
export const embeddedOrigin = 'embedded'

const maxHotEvents = 20_000
const maxRelaysPerEvent = 16
/** Last-seen times reach the disk this long after the first change. Milliseconds. */
const seenFlushDelayMs = 2_000

/** The event store with what only its neighbours in this folder use. */
export interface LocalEventStore extends EventStore {
  /**
   * What `accept` would say now. `event` may be unverified: this is how signatures of events that
   * can change nothing are never computed.
   */
  assess(event: Event): Promise<AcceptVerdict>
  /** What is held where `event` belongs: itself, another version, or nothing. */
  heldAt(event: Event): Promise<StoredEvent | undefined>
  /** As in the contract; `isVisible` hides events from one asker. Expired events never appear. */
  query(
    filters: readonly Filter[],
    options?: { readonly isVisible?: (stored: StoredEvent) => boolean },
  ): Promise<readonly VerifiedEvent[]>
}

interface Judgement {
  readonly verdict: AcceptVerdict
  readonly slot: Slot
  readonly held: VerifiedEvent | undefined
  readonly mark: Mark | undefined
}

/**
 * Verified events in `db`, newest per replaceable address. Nothing that was once replaced or
 * deleted comes back: the high-water mark of an address stays when the event goes. Ephemeral
 * events (NIP-01) do not belong here and are judged `expired`.
 *
 * A failed write rejects with an AppError (`store.disk-full` …) and is raised in `health`.
 */
export function createEventStore(env: Env, db: EventDatabase, health?: Health): LocalEventStore {
  const log = env.log.child('relays.store')
  const hot = createHotOwners(maxHotEvents)
  const fetched = new Map<PubkeyHex, Fetched>()
  const unsavedSeen = new Map<Slot, SeenBy>()
  const listeners = new Set<(stored: StoredEvent) => void>()
  let cancelFlush: Unsubscribe | undefined
  let tail: Promise<unknown> = Promise.resolve()
  let hasFailed = false

  /** Judging and writing must not interleave, or two versions could both find the slot free. */
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const turn = tail.then(task)
    tail = turn.catch(() => undefined)
    return turn
  }

  const write = async (writes: DatabaseWrite[], sync: boolean): Promise<void> => {
    try {
      await db.batch(writes, { sync })
      if (hasFailed) health?.clear('store.events')
      hasFailed = false
    } catch (thrown) {
      const error = storeError(thrown, 'the event store')
      hasFailed = true
      health?.raise('store.events', 'error', error.problem)
      log.error('write failed', { code: error.problem.code })
      throw error
    }
  }

  const read = async (...wanted: string[]): Promise<readonly (string | undefined)[]> => {
    try {
      return await db.getMany(wanted)
    } catch (error) {
      log.warn('damaged entries skipped', { reason: error, entries: wanted.length })
      return []
    }
  }

  const decodeOrSkip = (value: string | undefined): VerifiedEvent | undefined => {
    if (value === undefined) return undefined
    const event = decodeEvent(value)
    if (event === undefined) log.warn('damaged entry skipped', { bytes: value.length })
    return event
  }

  const loadSlot = async (slot: Slot): Promise<StoredEvent | undefined> => {
    const owner = ownerOfSlot(slot)
    if (hot.has(owner)) return hot.event(owner, slot)
    const [value, seen] = await read(keys.event(slot), keys.seen(slot))
    const event = decodeOrSkip(value)
    return event && withSeen(event, unsavedSeen.get(slot) ?? decodeSeen(seen), env)
  }

  const loadOwner = async (owner: PubkeyHex): Promise<readonly StoredEvent[]> => {
    const inMemory = hot.get(owner)
    if (inMemory !== undefined) return inMemory
    const seen = new Map<Slot, SeenBy | undefined>()
    const events = new Map<Slot, StoredEvent>()
    try {
      for await (const [key, value] of db.iterator(ranges.ownerSeen(owner))) {
        seen.set(key.slice(2), decodeSeen(value))
      }
      for await (const [key, value] of db.iterator(ranges.ownerEvents(owner))) {
        const slot = key.slice(2)
        const event = decodeOrSkip(value)
        if (event === undefined || slotOf(event) !== slot) continue
        events.set(slot, withSeen(event, unsavedSeen.get(slot) ?? seen.get(slot), env))
      }
    } catch (error) {
      log.warn('damaged entries skipped', { reason: error })
    }
    hot.fill(owner, events)
    return hot.get(owner) ?? [...events.values()].toSorted((a, b) => byNewest(a.event, b.event))
  }

  const judge = async (event: Event): Promise<Judgement> => {
    const slot = slotOf(event)
    const now = unixSeconds(env.clock)
    const kept = kindClass(event.kind)
    const [heldValue, markValue, deletedId] = await read(
      keys.event(slot),
      keys.mark(slot),
      keys.deletedId(event.pubkey, event.id),
    )
    const held = hot.event(event.pubkey, slot)?.event ?? decodeOrSkip(heldValue)
    const mark = decodeMark(markValue) ?? (kept === 'regular' ? undefined : markOf(held))
    const verdict = ((): AcceptVerdict => {
      if (event.created_at > now + futureLimitSeconds) return 'future'
      if (kept === 'ephemeral' || isExpired(event, now)) return 'expired'
      if (deletedId !== undefined && event.kind !== deletionKind) return 'deleted'
      if (mark?.deletedAt !== undefined && event.created_at <= mark.deletedAt) return 'deleted'
      if (held?.id === event.id) return 'duplicate'
      if (mark === undefined) return 'stored'
      if (event.created_at !== mark.at) return event.created_at < mark.at ? 'older' : 'stored'
      // Same second: the lowest id wins (NIP-01). Equal ids: it was forgotten and comes back.
      return event.id > mark.id ? 'older' : 'stored'
    })()
    return { verdict, slot, held, mark }
  }

  const removal = (event: Event): DatabaseWrite[] => [
    { type: 'del', key: keys.event(slotOf(event)) },
    { type: 'del', key: keys.seen(slotOf(event)) },
    ...indexKeys(event.kind, event.created_at, event.id).map((key) => ({
      type: 'del' as const,
      key,
    })),
  ]

  /** What a NIP-09 deletion changes: marks to write, and held events to take out. */
  const deletionEffects = async (deletion: Event) => {
    const { ids, addresses } = deletionTargets(deletion)
    const writes: DatabaseWrite[] = []
    const removed: VerifiedEvent[] = []
    const removeIf = (stored: StoredEvent | undefined, applies: (event: Event) => boolean) => {
      if (stored === undefined || !applies(stored.event)) return
      removed.push(stored.event)
      writes.push(...removal(stored.event))
    }
    for (const id of ids) {
      writes.push({ type: 'put', key: keys.deletedId(deletion.pubkey, id), value: '1' })
      const [slot] = await read(keys.byId(id))
      if (slot === undefined || ownerOfSlot(slot) !== deletion.pubkey) continue
      // "Deleting" a deletion has no effect (NIP-09).
      removeIf(await loadSlot(slot), (event) => event.id === id && event.kind !== deletionKind)
    }
    for (const { kind, identifier } of addresses) {
      const slot = addressSlot(kind, deletion.pubkey, identifier)
      const [markValue] = await read(keys.mark(slot))
      const mark = decodeMark(markValue) ?? { at: 0, id: '' }
      const deletedAt = Math.max(deletion.created_at, mark.deletedAt ?? 0)
      writes.push(putMark(slot, { ...mark, deletedAt }))
      removeIf(await loadSlot(slot), (event) => event.created_at <= deletion.created_at)
    }
    return { writes, removed }
  }

  const store = async (
    event: VerifiedEvent,
    relay: string,
    { slot, held, mark }: Judgement,
    durable: boolean,
  ): Promise<void> => {
    const nowMs = env.clock.nowMs()
    const seen: SeenBy = { relays: [relay], firstSeenMs: nowMs, lastSeenMs: nowMs }
    const effects =
      event.kind === deletionKind ? await deletionEffects(event) : { writes: [], removed: [] }
    const writes: DatabaseWrite[] = held === undefined ? [] : removal(held)
    if (held === undefined && mark !== undefined) {
      // Index entries of a version whose own entry was damaged.
      for (const key of indexKeys(event.kind, mark.at, mark.id)) writes.push({ type: 'del', key })
    }
    writes.push(...effects.writes)
    writes.push({ type: 'put', key: keys.event(slot), value: JSON.stringify(event) })
    writes.push({ type: 'put', key: keys.seen(slot), value: JSON.stringify(seen) })
    for (const key of indexKeys(event.kind, event.created_at, event.id)) {
      writes.push({ type: 'put', key, value: slot })
    }
    if (kindClass(event.kind) !== 'regular') {
      writes.push(putMark(slot, { ...mark, at: event.created_at, id: event.id }))
    }
    await write(writes, durable)
    unsavedSeen.delete(slot)
    for (const gone of effects.removed) {
      unsavedSeen.delete(slotOf(gone))
      hot.remove(gone.pubkey, slotOf(gone))
    }
    const stored: StoredEvent = { event, ...seen }
    hot.put(event.pubkey, slot, stored)
    for (const listener of listeners) listener(stored)
  }

  const flushSeen = async (): Promise<void> => {
    cancelFlush?.()
    cancelFlush = undefined
    if (unsavedSeen.size === 0) return
    const batch = [...unsavedSeen]
    unsavedSeen.clear()
    const writes = batch.map(([slot, seen]): DatabaseWrite => {
      return { type: 'put', key: keys.seen(slot), value: JSON.stringify(seen) }
    })
    // Losing when an event was last seen costs nothing, and `write` has reported the failure.
    await write(writes, false).catch(() => undefined)
  }

  const noteSeen = async (slot: Slot, relay: string): Promise<void> => {
    const stored = await loadSlot(slot)
    if (stored === undefined) return
    const isFull = stored.relays.length >= maxRelaysPerEvent && relay.includes('://')
    const known = stored.relays.includes(relay) || isFull
    const relays = known ? stored.relays : [...stored.relays, relay]
    const seen = { relays, firstSeenMs: stored.firstSeenMs, lastSeenMs: env.clock.nowMs() }
    unsavedSeen.set(slot, seen)
    hot.put(stored.event.pubkey, slot, { event: stored.event, ...seen })
    cancelFlush ??= env.clock.schedule(seenFlushDelayMs, () => void inTurn(flushSeen))
  }

  const byOwner = async (owner: PubkeyHex): Promise<readonly StoredEvent[]> =>
    hot.get(owner) ?? inTurn(() => loadOwner(owner))

  return {
    start: () => Promise.resolve(),
    async stop() {
      await inTurn(flushSeen)
    },
    assess: async (event) => (await judge(event)).verdict,
    heldAt: (event) => loadSlot(slotOf(event)),
    accept: (event, relay, options = {}) =>
      inTurn(async () => {
        const judgement = await judge(event)
        if (judgement.verdict === 'stored') {
          await store(event, relay, judgement, options.durable === true)
        } else if (judgement.verdict === 'duplicate') {
          await noteSeen(judgement.slot, relay)
        }
        return judgement.verdict
      }),
    byOwner,
    query(filters, options = {}) {
      const now = unixSeconds(env.clock)
      const source = { db, read, slot: loadSlot, owner: (owner: PubkeyHex) => byOwner(owner) }
      return queryEvents(
        source,
        filters,
        (stored) => !isExpired(stored.event, now) && (options.isVisible?.(stored) ?? true),
      )
    },
    async highWaterMark(kind, pubkey, d) {
      const slot = addressSlot(kind, pubkey, d)
      const [markValue, heldValue] = await read(keys.mark(slot), keys.event(slot))
      const mark = decodeMark(markValue) ?? markOf(decodeOrSkip(heldValue))
      return mark && Math.max(mark.at, mark.deletedAt ?? 0)
    },
    async lastFetched(owner) {
      const known = fetched.get(owner)
      if (known !== undefined) return known
      const [value] = await read(keys.fetched(owner))
      return decodeFetched(value)
    },
    async markFetched(owner, eoseCount) {
      const entry: Fetched = { atMs: env.clock.nowMs(), eoseCount }
      fetched.delete(owner)
      fetched.set(owner, entry)
      for (const oldest of fetched.keys()) {
        if (fetched.size <= maxHotEvents) break
        fetched.delete(oldest)
      }
      const value = JSON.stringify(entry)
      // Only asks the relays again too early, and `write` has reported it.
      await write([{ type: 'put', key: keys.fetched(owner), value }], false).catch(() => undefined)
    },
    forget: (owner) =>
      inTurn(async () => {
        const writes: DatabaseWrite[] = [{ type: 'del', key: keys.fetched(owner) }]
        for (const { event } of await loadOwner(owner)) writes.push(...removal(event))
        await write(writes, true)
        for (const slot of unsavedSeen.keys()) {
          if (ownerOfSlot(slot) === owner) unsavedSeen.delete(slot)
        }
        hot.drop(owner)
        fetched.delete(owner)
      }),
    onStored(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function withSeen(event: VerifiedEvent, seen: SeenBy | undefined, env: Env): StoredEvent {
  const nowMs = env.clock.nowMs()
  return { event, ...(seen ?? { relays: [], firstSeenMs: nowMs, lastSeenMs: nowMs }) }
}

function markOf(held: Event | undefined): Mark | undefined {
  return held && { at: held.created_at, id: held.id }
}

function putMark(slot: Slot, mark: Mark): DatabaseWrite {
  return { type: 'put', key: keys.mark(slot), value: JSON.stringify(mark) }
}

function indexKeys(kind: number, at: number, id: string): readonly string[] {
  return [keys.byId(id), keys.byKind(kind, at, id), keys.byTime(at, id)]
}

function isExpired(event: Event, now: number): boolean {
  const expiration = expirationOf(event)
  return expiration !== undefined && expiration <= now
}
