/** Filters of the shared live subscriptions of one relay. Pure. */
import type { Filter } from 'nostr-tools/filter'
import type { UnixSeconds } from '../env/env.ts'
import type { PubkeyHex } from '../names/name.ts'

export interface FollowedOwner {
  readonly owner: PubkeyHex
  readonly filters: readonly Filter[]
  /** Until when this relay's events of the owner are known to be complete; undefined if never. */
  readonly syncedAt: UnixSeconds | undefined
}

/** Relays commonly allow ten filters in one REQ, and a few hundred authors in one filter. */
const maxFiltersPerRequest = 10
const maxAuthorsPerFilter = 200
/** Overlap with what is known: clocks differ by the future limit, and events travel. Seconds. */
const overlapSeconds = 900

/**
 * One list of filters for each REQ. Owners asked for with the same filters share one; those in
 * sync ask only for what is new, the others for the present state, which is one event for each
 * address because all kinds of interest are replaceable.
 */
export function liveRequests(owners: readonly FollowedOwner[]): readonly (readonly Filter[])[] {
  const groups = new Map<string, { shape: Filter; authors: Set<PubkeyHex>; since: UnixSeconds }>()
  for (const { owner, filters, syncedAt } of owners) {
    for (const filter of filters) {
      const { authors: _authors, limit: _limit, since: _since, ...shape } = filter
      const key = `${syncedAt === undefined ? 'all' : 'new'} ${JSON.stringify(shape)}`
      const since = syncedAt === undefined ? 0 : Math.max(0, syncedAt - overlapSeconds)
      const group = groups.get(key) ?? { shape, authors: new Set(), since }
      group.authors.add(owner)
      group.since = Math.min(group.since, since)
      groups.set(key, group)
    }
  }
  const filters = [...groups.values()].flatMap(({ shape, authors, since }) =>
    inChunks([...authors], maxAuthorsPerFilter).map((chunk): Filter => {
      return { ...shape, authors: chunk, ...(since > 0 ? { since } : {}) }
    }),
  )
  return inChunks(filters, maxFiltersPerRequest)
}

function inChunks<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = []
  for (let start = 0; start < items.length; start += size) {
    chunks.push(items.slice(start, start + size))
  }
  return chunks
}
