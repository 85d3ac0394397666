import type { NameEntry, RecordView } from '../../../src-preload/contract/model.ts'
import { formatText } from '../../text/names.ts'
import { filterRows } from '../../ui/filter-rows.ts'
import type { SortOrder } from '../../ui/RowTable.tsx'

export type SortColumn = 'name' | 'records' | 'age' | 'ttl' | 'format' | 'relays'

/** What a row is called: the alias if there is one. */
export function displayName(entry: Pick<NameEntry, 'alias' | 'name'>): string {
  return entry.alias ?? entry.name
}

/** Entries that contain every word of `query` somewhere a person can see it. */
export function filterNames(names: readonly NameEntry[], query: string): readonly NameEntry[] {
  return filterRows(names, query, (entry) => [
    entry.name,
    entry.alias ?? '',
    ...entry.hosts,
    entry.format === undefined ? '' : formatText(entry.format).label,
    ...entry.relays,
    ...entry.records.map(({ name, type, rdata }) => `${name} ${type} ${rdata}`),
  ])
}

/** Seconds until the shortest-lived record must be fetched again; undefined without records. */
export function ttlRemaining(
  { records, seenAtMs, validUntil }: NameEntry,
  nowMs: number,
): number | undefined {
  const [first] = records
  if (first === undefined) return undefined
  const ttl = Math.min(...records.map((record) => record.ttl))
  const elapsed = seenAtMs === undefined ? 0 : (nowMs - seenAtMs) / 1000
  const untilExpiry = validUntil === undefined ? Infinity : validUntil - nowMs / 1000
  return Math.max(0, Math.min(ttl - elapsed, untilExpiry))
}

const strengthRank = { strong: 0, fair: 1, weak: 2 } as const

/** A number or text to compare by; rows without a value go last in both directions. */
function sortValue(entry: NameEntry, column: SortColumn, nowMs: number): number | undefined {
  switch (column) {
    case 'name':
      return undefined
    case 'records':
      return entry.records.length
    case 'age':
      return entry.signedAt === undefined ? undefined : nowMs / 1000 - entry.signedAt
    case 'ttl':
      return ttlRemaining(entry, nowMs)
    case 'format':
      return entry.format === undefined
        ? undefined
        : strengthRank[formatText(entry.format).strength]
    case 'relays':
      return entry.relays.length
  }
}

function compareByName(a: NameEntry, b: NameEntry): number {
  const hasAlias = Number(b.alias !== undefined) - Number(a.alias !== undefined)
  return (
    Number(b.isOwn) - Number(a.isOwn) ||
    hasAlias ||
    displayName(a).localeCompare(displayName(b), undefined, { numeric: true })
  )
}

/** Sorted copy. By name: own names first, then those with an alias; equal rows stay in name order. */
export function sortNames(
  names: readonly NameEntry[],
  { column, isDescending }: SortOrder<SortColumn>,
  nowMs: number,
): readonly NameEntry[] {
  const direction = isDescending ? -1 : 1
  return names.toSorted((a, b) => {
    if (column === 'name') return direction * compareByName(a, b)
    const left = sortValue(a, column, nowMs)
    const right = sortValue(b, column, nowMs)
    if (left === right) return compareByName(a, b)
    if (left === undefined) return 1
    if (right === undefined) return -1
    return direction * (left - right)
  })
}

const summaryOrder = ['A', 'AAAA', 'CNAME', 'HTTPS', 'SVCB', 'MX', 'TXT']

/** The record a person most likely looks for, and how many more there are. */
export function recordSummary(
  records: readonly RecordView[],
): { readonly first: RecordView; readonly more: number } | undefined {
  const rank = (type: string): number => {
    const place = summaryOrder.indexOf(type)
    return place === -1 ? summaryOrder.length : place
  }
  const [first] = records.toSorted((a, b) => rank(a.type) - rank(b.type))
  return first && { first, more: records.length - 1 }
}
