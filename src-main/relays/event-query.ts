import { matchFilter, type Filter } from 'nostr-tools/filter'
import type { PubkeyHex } from '../names/name.ts'
import { byNewest } from './event-address.ts'
import type { StoredEvent, VerifiedEvent } from './relay-service.ts'
import { keys, ranges, type EventDatabase, type Slot } from './store-records.ts'

/** A filter without `limit` gets this many events. */
const defaultLimit = 500

/** How a query reaches events; the store's own cached ways. */
export interface EventSource {
  readonly db: EventDatabase
  /** Values of `wanted`, in order; undefined where there is none. */
  read(...wanted: string[]): Promise<readonly (string | undefined)[]>
  slot(slot: Slot): Promise<StoredEvent | undefined>
  owner(owner: PubkeyHex): Promise<readonly StoredEvent[]>
}

/**
 * Events that match any of `filters` (NIP-01) and are visible, newest first; each filter's `limit`
 * keeps its newest.
 */
export async function queryEvents(
  source: EventSource,
  filters: readonly Filter[],
  isVisible: (stored: StoredEvent) => boolean,
): Promise<readonly VerifiedEvent[]> {
  const found = new Map<string, VerifiedEvent>()
  for (const filter of filters) {
    const matches = new Map<string, VerifiedEvent>()
    for await (const { event } of matching(source, filter, isVisible)) matches.set(event.id, event)
    for (const event of [...matches.values()].toSorted(byNewest).slice(0, limitOf(filter))) {
      found.set(event.id, event)
    }
  }
  return [...found.values()].toSorted(byNewest)
}

async function* matching(
  source: EventSource,
  filter: Filter,
  isVisible: (stored: StoredEvent) => boolean,
): AsyncGenerator<StoredEvent> {
  const matches = (stored: StoredEvent): boolean =>
    matchFilter(filter, stored.event) && isVisible(stored)
  if (limitOf(filter) === 0) return
  if (filter.ids !== undefined) {
    for (const slot of await source.read(...filter.ids.map(keys.byId))) {
      const stored = slot === undefined ? undefined : await source.slot(slot)
      if (stored !== undefined && matches(stored)) yield stored
    }
  } else if (filter.authors !== undefined) {
    for (const author of filter.authors) yield* (await source.owner(author)).filter(matches)
  } else {
    const byKind = filter.kinds?.map((kind) => ranges.kind(kind, filter.until))
    for (const range of byKind ?? [ranges.time(filter.until)]) {
      yield* newestIn(source, range, filter, matches)
    }
  }
}

/** The newest `limit` matches of one index range, which is ordered newest first. */
async function* newestIn(
  source: EventSource,
  range: { readonly gte: string; readonly lt: string },
  filter: Filter,
  matches: (stored: StoredEvent) => boolean,
): AsyncGenerator<StoredEvent> {
  let found = 0
  for await (const [, slot] of source.db.iterator(range)) {
    const stored = await source.slot(slot)
    if (stored === undefined) continue
    if (filter.since !== undefined && stored.event.created_at < filter.since) return
    if (!matches(stored)) continue
    yield stored
    found += 1
    if (found >= limitOf(filter)) return
  }
}

function limitOf(filter: Filter): number {
  return filter.limit ?? defaultLimit
}
