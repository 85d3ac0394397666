import type { PkarrZoneView } from '../../../src-preload/contract/pkarr-model.ts'
import { text } from '../../text/catalogue.ts'
import { filterRows } from '../../ui/filter-rows.ts'
import type { SortOrder } from '../../ui/RowTable.tsx'
import { carrierName, zoneName, zoneState } from './pkarr-state.ts'

export type SortColumn = keyof typeof text.pkarr.columns

/** A zone as a row: tables ask for an id. */
export interface ZoneRow extends PkarrZoneView {
  readonly id: string
}

export function zoneRows(zones: readonly PkarrZoneView[]): readonly ZoneRow[] {
  return zones.map((zone) => ({ ...zone, id: zone.key }))
}

/** Zones that contain every word of `query` somewhere a person can see it. */
export function filterZones(zones: readonly ZoneRow[], query: string): readonly ZoneRow[] {
  const { states, sources, own, followed } = text.pkarr
  return filterRows(zones, query, (zone) => [
    zone.key,
    zone.alias ?? '',
    states[zoneState(zone)],
    zone.source === undefined ? '' : sources[zone.source],
    zone.isOwn ? own : '',
    zone.isFollowed ? followed : '',
    ...zone.carriers.map(carrierName),
    ...zone.records.map(({ name, type, rdata }) => `${name} ${type} ${rdata}`),
  ])
}

/** The most urgent first. */
const urgency = {
  unverified: 0,
  stale: 1,
  failed: 2,
  unpublished: 3,
  empty: 4,
  verified: 5,
} as const

/** When it is sent or fetched next. */
export function nextMs({ nextRepublishMs, nextRefreshMs }: PkarrZoneView): number | undefined {
  const times = [nextRepublishMs, nextRefreshMs].filter((time) => time !== undefined)
  return times.length === 0 ? undefined : Math.min(...times)
}

function compareByName(a: PkarrZoneView, b: PkarrZoneView): number {
  return (
    Number(b.isOwn) - Number(a.isOwn) ||
    Number(b.isFollowed) - Number(a.isFollowed) ||
    zoneName(a).localeCompare(zoneName(b), undefined, { numeric: true })
  )
}

/** A number to compare by; rows without one go last in both directions. */
function sortValue(zone: PkarrZoneView, column: Exclude<SortColumn, 'name'>): number | undefined {
  switch (column) {
    case 'state':
      return urgency[zoneState(zone)]
    case 'source':
      return zone.source === undefined
        ? undefined
        : ['dht', 'relay', 'cache', 'doh'].indexOf(zone.source)
    case 'age':
      return zone.signedAtMs === undefined ? undefined : -zone.signedAtMs
    case 'size':
      return zone.signedAtMs === undefined ? undefined : zone.size
    case 'next':
      return nextMs(zone)
  }
}

/** Sorted copy. By name: own zones first, then followed ones; equal rows stay in name order. */
export function sortZones(
  zones: readonly ZoneRow[],
  { column, isDescending }: SortOrder<SortColumn>,
): readonly ZoneRow[] {
  const direction = isDescending ? -1 : 1
  return zones.toSorted((a, b) => {
    if (column === 'name') return direction * compareByName(a, b)
    const left = sortValue(a, column)
    const right = sortValue(b, column)
    if (left === right) return compareByName(a, b)
    if (left === undefined) return 1
    if (right === undefined) return -1
    return direction * (left - right)
  })
}
