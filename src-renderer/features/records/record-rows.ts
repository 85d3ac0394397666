import { text } from '../../text/catalogue.ts'

/** A record as calls take it. */
export interface RecordInput {
  readonly name: string
  readonly type: string
  /** Seconds. */
  readonly ttl: number
  readonly rdata: string
}

/** A record while it is edited: all text, with a key that lasts as long as the row. */
export interface RecordRow {
  readonly key: number
  readonly name: string
  readonly type: string
  readonly ttl: string
  readonly rdata: string
}

/** What the zone being edited asks of its records. */
export interface RowRules {
  /** What an empty name stands for. */
  readonly defaultName: string
  /** Seconds. */
  readonly ttl: { readonly min: number; readonly max: number }
  /** Why a name cannot be in this zone, or undefined. */
  readonly nameError: (name: string) => string | undefined
}

const words = text.publish.editor

export function rowsOf(records: readonly RecordInput[]): readonly RecordRow[] {
  return records.map((record, key) => ({ ...record, key, ttl: String(record.ttl) }))
}

export function emptyRow(name: string, key: number): RecordRow {
  return { key, name, type: 'A', ttl: '300', rdata: '' }
}

/** The rows as records, or what is plainly wrong with them. Rdata is for the engine to judge. */
export function readRows(
  rows: readonly RecordRow[],
  { defaultName, ttl: bounds, nameError }: RowRules,
): { readonly records: RecordInput[] } | { readonly error: string } {
  const records: RecordInput[] = []
  for (const { name, type, ttl, rdata } of rows) {
    const owner = name.trim().toLowerCase() || defaultName
    if (rdata.trim() === '') return { error: words.dataMissing }
    const seconds = Number(ttl)
    if (!/^\d+$/u.test(ttl.trim()) || seconds < bounds.min || seconds > bounds.max) {
      return { error: words.ttlRule(bounds.min, bounds.max) }
    }
    const badName = nameError(owner)
    if (badName !== undefined) return { error: badName }
    records.push({ name: owner, type, ttl: seconds, rdata: rdata.trim() })
  }
  return { records }
}
