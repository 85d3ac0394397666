import type { CertificateEntry } from '../../../../src-preload/contract/model.ts'
import { shortName } from '../../../text/format.ts'
import { text } from '../../../text/catalogue.ts'
import type { Tone } from '../../../ui/Badge.tsx'
import { filterRows } from '../../../ui/filter-rows.ts'
import type { SortOrder } from '../../../ui/RowTable.tsx'

export type CertificateState = CertificateEntry['state']
export type SortColumn = 'name' | 'port' | 'state' | 'strength' | 'checked'

export const stateTones: Readonly<Record<CertificateState, Tone>> = {
  match: 'ok',
  mismatch: 'danger',
  'no-certificate': 'neutral',
  expired: 'warning',
  'cannot-check': 'warning',
  unreachable: 'neutral',
  unchecked: 'neutral',
}

/** The most urgent first. */
const urgency: Readonly<Record<CertificateState, number>> = {
  mismatch: 0,
  expired: 1,
  'cannot-check': 2,
  'no-certificate': 3,
  unreachable: 4,
  unchecked: 5,
  match: 6,
}

/** The server as people call it: the npub shortened, and the port when it is not that of https. */
export function serverName({ domain, port }: Pick<CertificateEntry, 'domain' | 'port'>): string {
  return port === 443 ? shortName(domain) : `${shortName(domain)}:${port}`
}

/** How firmly the owner vouches: by the best pin there is. */
export function strengthOf({ pins }: Pick<CertificateEntry, 'pins'>): 'pin' | 'hint' | undefined {
  if (pins.some(({ strength }) => strength === 'pin')) return 'pin'
  return pins.length > 0 ? 'hint' : undefined
}

/** Entries that contain every word of `query` somewhere a person can see it. */
export function filterCertificates(
  entries: readonly CertificateEntry[],
  query: string,
): readonly CertificateEntry[] {
  return filterRows(entries, query, ({ domain, port, npub, state, pins, served }) => [
    `${domain}:${port}`,
    npub,
    text.certificates.states[state],
    ...pins.flatMap(({ value, eventId }) => [value, eventId]),
    ...(served === undefined
      ? []
      : [served.subject, ...served.names, served.spkiSha256, served.certificateSha256]),
  ])
}

const strengthRank = { pin: 0, hint: 1, none: 2 } as const

function compareBy(column: SortColumn, a: CertificateEntry, b: CertificateEntry): number {
  switch (column) {
    case 'name':
      return a.domain.localeCompare(b.domain)
    case 'port':
      return a.port - b.port
    case 'state':
      return urgency[a.state] - urgency[b.state]
    case 'strength':
      return strengthRank[strengthOf(a) ?? 'none'] - strengthRank[strengthOf(b) ?? 'none']
    case 'checked':
      return b.lastCheckedMs - a.lastCheckedMs
  }
}

/** Sorted copy; equal rows have the latest check first. */
export function sortCertificates(
  entries: readonly CertificateEntry[],
  { column, isDescending }: SortOrder<SortColumn>,
): readonly CertificateEntry[] {
  const direction = isDescending ? -1 : 1
  return entries.toSorted(
    (a, b) =>
      direction * compareBy(column, a, b) ||
      b.lastCheckedMs - a.lastCheckedMs ||
      a.id.localeCompare(b.id),
  )
}

/** Entries that need the user's attention: another certificate than the owner's. */
export function mismatches(entries: readonly CertificateEntry[]): readonly CertificateEntry[] {
  return entries.filter(({ state }) => state === 'mismatch')
}
