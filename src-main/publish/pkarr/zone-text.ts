import { parseRecordType } from '../../dns/wire/record-type.ts'
import { fail, ok, type Result } from '../../env/errors.ts'
import type { PkarrKey } from '../../systems/pkarr/carrier.ts'
import type { ZoneRecord } from '../../systems/pkarr/zone-packet.ts'
import { parseEventRdata } from '../../systems/nostr/formats/record-text.ts'

/** A record as people write it; `name` is relative to the key. */
export interface ZoneLine {
  readonly name: string
  readonly type: string
  /** Seconds. */
  readonly ttl: number
  readonly rdata: string
}

/**
 * The records that `lines` mean in the zone of `key`. Names inside the data are read as in events of
 * npub zones: several labels or a key are absolute. Fails naming the line, counted from 1.
 */
export function readZoneLines(
  key: PkarrKey,
  lines: readonly ZoneLine[],
): Result<readonly ZoneRecord[]> {
  const records: ZoneRecord[] = []
  for (const [index, { name, type: typeText, ttl, rdata: text }] of lines.entries()) {
    const type = parseRecordType(typeText)
    if (type === undefined) {
      return fail('pkarr.bad-record', `Record ${index + 1}: "${typeText}" is not a record type.`)
    }
    const rdata = parseEventRdata(type, text, key)
    if (!rdata.ok) {
      return fail(
        'pkarr.bad-record',
        `Record ${index + 1} (${name} ${type}): ${rdata.error.message}`,
      )
    }
    records.push({ name, ttl, rdata: rdata.value })
  }
  return ok(records)
}
