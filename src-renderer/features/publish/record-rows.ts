import type { PublishedHost } from '../../../src-preload/contract/model.ts'
import { text } from '../../text/catalogue.ts'

export type ZoneRecord = PublishedHost['records'][number]

/** A record while it is edited: all text, with a key that lasts as long as the row. */
export interface RecordRow {
  readonly key: number
  readonly name: string
  readonly type: string
  readonly ttl: string
  readonly rdata: string
}

const words = text.publish.editor

export function rowsOf(records: readonly ZoneRecord[]): readonly RecordRow[] {
  return records.map((record, key) => ({ ...record, key, ttl: String(record.ttl) }))
}

export function emptyRow(host: string, key: number): RecordRow {
  return { key, name: host, type: 'A', ttl: '300', rdata: '' }
}

/** Why `host` cannot be used for new records, or undefined. */
export function hostError(host: string, taken: readonly string[]): string | undefined {
  if (!/^(@|[a-z0-9_*-]+(\.[a-z0-9_-]+)*)$/u.test(host)) return words.hostRule
  return taken.includes(host) ? words.hostTaken : undefined
}

/** The rows as records, or what is plainly wrong with them. Rdata is for the engine to judge. */
export function readRows(
  rows: readonly RecordRow[],
  host: string,
): { readonly records: readonly ZoneRecord[] } | { readonly error: string } {
  const records: ZoneRecord[] = []
  for (const { name, type, ttl, rdata } of rows) {
    const owner = name.trim().toLowerCase() || host
    if (rdata.trim() === '') return { error: words.dataMissing }
    const seconds = Number(ttl)
    if (!Number.isInteger(seconds) || seconds < 30 || seconds > 3600) {
      return { error: words.ttlRule }
    }
    if (host !== '@' && owner !== host && !owner.endsWith(`.${host}`)) {
      return { error: words.nameRule(host) }
    }
    records.push({ name: owner, type, ttl: seconds, rdata: rdata.trim() })
  }
  return { records }
}
