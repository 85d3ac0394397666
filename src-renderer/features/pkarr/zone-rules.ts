import { relativeName } from '../records/relative-name.ts'
import { emptyRow, rowsOf, type RecordRow, type RowRules } from '../records/record-rows.ts'
import type { PkarrZoneView } from '../../../src-preload/contract/pkarr-model.ts'

/** A zone has names of its own only, and the engine knows best which: it says so. */
export const zoneRules: RowRules = {
  defaultName: '@',
  ttl: { min: 0, max: 604_800 },
  nameError: () => undefined,
}

/** What the engine takes in one call. */
export const mostRecords = 64

/** The records of a zone to edit, with names relative to its key; one to begin with when it is new. */
export function rowsOfZone(
  zone: Pick<PkarrZoneView, 'key' | 'records' | 'signedAtMs'> | undefined,
): readonly RecordRow[] {
  if (zone?.signedAtMs === undefined) return [emptyRow('@', 0)]
  return rowsOf(
    zone.records.map((record) => ({ ...record, name: relativeName(record.name, zone.key) })),
  )
}
