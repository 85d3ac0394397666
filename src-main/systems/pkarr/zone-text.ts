/** Zones as people write them. Pure. */
import { isAtOrBelow } from '../../dns/wire/domain-name.ts'
import type { Rdata, RecordType } from '../../dns/wire/message.ts'
import { parseRdata, TextError } from '../../dns/wire/rdata-text.ts'
import { parseRecordType } from '../../dns/wire/record-type.ts'
import { parseZoneFile } from '../../dns/wire/zone-file.ts'
import { fail, ok, type Result } from '../../env/errors.ts'
import type { PkarrKey } from './carrier.ts'
import type { ZoneRecord } from './zone-packet.ts'

/** One record as it is edited. */
export interface RecordText {
  /** Relative to the key; `@` is the key itself. */
  readonly name: string
  readonly type: string
  /** Seconds. */
  readonly ttl: number
  /** As in a zone file; names are absolute with or without a dot at the end, `@` is the key. */
  readonly rdata: string
}

/** As in pkdns zone files. Seconds. */
const defaultTtl = 300
/** Faults listed in one message. */
const mostFaults = 5

/** `texts` as records; fails with `pkarr.bad-record`, naming the first that is wrong. */
export function readRecords(
  key: PkarrKey,
  texts: readonly RecordText[],
): Result<readonly ZoneRecord[]> {
  const records: ZoneRecord[] = []
  for (const text of texts) {
    const type = parseRecordType(text.type.trim())
    if (type === undefined) {
      return fail('pkarr.bad-record', `"${text.type}" is not a record type (${text.name}).`)
    }
    try {
      records.push({ name: text.name, ttl: text.ttl, rdata: readRdata(key, type, text.rdata) })
    } catch (error) {
      if (!(error instanceof TextError)) throw error
      return fail('pkarr.bad-record', `${text.name} ${type}: ${error.message}.`)
    }
  }
  return ok(records)
}

/**
 * The records of a zone file with the key as its origin. Its SOA is left out: a packet needs none.
 * Fails with `pkarr.bad-zone`, naming the lines.
 */
export function readZone(key: PkarrKey, text: string): Result<readonly ZoneRecord[]> {
  const { records, errors } = parseZoneFile(text, { origin: key, defaultTtl })
  const foreign = records
    .filter(({ name }) => !isAtOrBelow(name, key))
    .map(({ name, line }) => ({ line, message: `${name} is not below the key` }))
  const faults = [...errors, ...foreign].toSorted((a, b) => a.line - b.line)
  if (faults.length === 0) return ok(records.filter(({ type }) => type !== 'SOA'))
  const listed = faults
    .slice(0, mostFaults)
    .map(({ line, message }) => `line ${line}: ${message.replace(/\.$/u, '')}`)
  const more = faults.length > mostFaults ? `; and ${faults.length - mostFaults} more` : ''
  return fail('pkarr.bad-zone', `The zone cannot be published: ${listed.join('; ')}${more}.`)
}

/** Record data has no origin in PKARR: a name without a dot at its end is meant as it stands. */
function readRdata(key: PkarrKey, type: RecordType, text: string): Rdata {
  const pointsHome = /(?:^|\s)@(?:\s|$)/u.test(text)
  return parseRdata(type, text.trim(), pointsHome ? key : '.')
}
