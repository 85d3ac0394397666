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

/** Relays commonly allow ten filters in one REQ, and a few hundred values in one filter. */
const maxFiltersPerRequest = 10
const maxAuthorsPerFilter = 200
/** Fewer where all present events come, since relays cut each filter at about 500 of them. */
const maxAuthorsPerFullFilter = 50
/** Overlap with what is known: clocks differ by the future limit, and events travel. Seconds. */
const overlapSeconds = 900

interface Group {
  readonly shape: Filter
  readonly isFull: boolean
  readonly members: { readonly owner: PubkeyHex; readonly addresses: readonly string[] }[]
  since: UnixSeconds
}

/**
 * One list of filters for each REQ. Owners asked for with the same filters share one, also where
 * these differ in `#a`, whose values name the owner. Owners in sync ask only for what is new, the
 * others for the present state.
 */
export function liveRequests(owners: readonly FollowedOwner[]): readonly (readonly Filter[])[] {
  const groups = new Map<string, Group>()
  for (const { owner, filters, syncedAt } of owners) {
    for (const filter of filters) {
      const { authors: _authors, limit: _limit, since: _since, '#a': addresses, ...shape } = filter
      const isFull = syncedAt === undefined
      const key = JSON.stringify([isFull, shape, addresses !== undefined])
      const since = isFull ? 0 : Math.max(0, syncedAt - overlapSeconds)
      const group: Group = groups.get(key) ?? { shape, isFull, members: [], since }
      group.members.push({ owner, addresses: addresses ?? [] })
      group.since = Math.min(group.since, since)
      groups.set(key, group)
    }
  }
  return inChunks([...groups.values()].flatMap(filtersOf), maxFiltersPerRequest)
}

function filtersOf({ shape, isFull, members, since }: Group): readonly Filter[] {
  const hasAddresses = members.some(({ addresses }) => addresses.length > 0)
  const size = isFull || hasAddresses ? maxAuthorsPerFullFilter : maxAuthorsPerFilter
  return inChunks(members, size).map((chunk): Filter => {
    return {
      ...shape,
      authors: [...new Set(chunk.map(({ owner }) => owner))],
      ...(hasAddresses ? { '#a': [...new Set(chunk.flatMap((member) => member.addresses))] } : {}),
      ...(since > 0 ? { since } : {}),
    }
  })
}

function inChunks<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = []
  for (let start = 0; start < items.length; start += size) {
    chunks.push(items.slice(start, start + size))
  }
  return chunks
}
