import type { PkarrMeasure } from '../../../src-preload/contract/pkarr-model.ts'
import { decodeMessage } from '../../dns/wire/decode.ts'
import { isAtOrBelow, isValidName, labelsOf, nameKey } from '../../dns/wire/domain-name.ts'
import { writeRecord } from '../../dns/wire/encode.ts'
import { classes, type DnsName, type Rdata, type ResourceRecord } from '../../dns/wire/message.ts'
import { typeCode } from '../../dns/wire/record-type.ts'
import { WireError } from '../../dns/wire/wire-error.ts'
import { createWriter } from '../../dns/wire/writer.ts'
import { fail, ok, type Result } from '../../env/errors.ts'
import type { PkarrKey, SignedPacket } from './carrier.ts'
import { payloadLimit } from './signed-packet.ts'

/** A record to publish. */
export interface ZoneRecord {
  /** Relative to the key or absolute; `@` or nothing is the key itself. */
  readonly name: string
  /** Seconds. */
  readonly ttl: number
  /** Names in it are absolute and left as they are. */
  readonly rdata: Rdata
}

/** QR and nothing else. */
const flags = 0x8000
/** Readers keep a packet for at least this long, whatever its records say. Seconds. */
const shortestKept = 300

/**
 * The owner name meant by `text` in the zone of `key`: in lower case, without the trailing dot. Fails
 * with `pkarr.bad-name`. `foo.@` is refused, as the reference takes it for the key itself.
 */
export function ownerName(key: PkarrKey, text: string): Result<DnsName> {
  const relative = nameKey(text.trim()).replace(/(?<!\\)\.$/u, '')
  if (relative === '' || relative === '@') return ok(key)
  const name = isAtOrBelow(relative, key) ? relative : `${relative}.${key}`
  if (labelsOf(relative).at(-1) === '@') {
    return fail(
      'pkarr.bad-name',
      `"${text}" is not a name: "@" stands for the key itself and for nothing below it.`,
      'Leave ".@" out: names are relative to the key.',
    )
  }
  if (isValidName(name)) return ok(name)
  return fail('pkarr.bad-name', `"${text}" cannot be a name below the key.`)
}

/**
 * The DNS message of `records`: compressed, with an id of 0, all records being answers. The order is
 * kept. Fails with `pkarr.bad-name`, `pkarr.bad-record`, or `pkarr.too-large` naming the size.
 */
export function buildPayload(key: PkarrKey, records: readonly ZoneRecord[]): Result<Uint8Array> {
  const written = writePayload(key, records)
  if (!written.ok || written.value.length <= payloadLimit) return written
  return fail(
    'pkarr.too-large',
    `The zone needs ${written.value.length} bytes; a packet holds ${payloadLimit}.`,
    'Remove or shorten records: the DHT keeps no more for a key.',
  )
}

/** How `records` would be sent, however large they are. Fails as `buildPayload`, but for the size. */
export function measureZone(key: PkarrKey, records: readonly ZoneRecord[]): Result<PkarrMeasure> {
  const written = writePayload(key, records)
  if (!written.ok) return written
  const size = written.value.length
  return ok({ size, limit: payloadLimit, warnings: warningsOf(key, records, size) })
}

/**
 * The records of the zone, with lower-case owners. A packet may also hold records of names its key
 * has no say in, and things that are no data: they are left out. Names in the data stand alone,
 * without pointers into the packet.
 */
export function recordsOfPacket({ key, payload }: SignedPacket): readonly ResourceRecord[] {
  return decodeMessage(payload)
    .answers.filter(
      (record) =>
        record.class === classes.IN &&
        isAtOrBelow(record.name, key) &&
        !isMetaType(typeCode(record.rdata.type)),
    )
    .map((record) => ({ ...record, name: nameKey(record.name) }))
}

function writePayload(key: PkarrKey, records: readonly ZoneRecord[]): Result<Uint8Array> {
  const writer = createWriter()
  for (const field of [0, flags, 0, records.length, 0, 0]) writer.uint16(field)
  for (const { name: text, ttl, rdata } of records) {
    const name = ownerName(key, text)
    if (!name.ok) return name
    try {
      if (isMetaType(typeCode(rdata.type))) {
        return fail('pkarr.bad-record', `${rdata.type} is a kind of question, not of record.`)
      }
      writeRecord(writer, { name: name.value, class: classes.IN, ttl, rdata })
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      return fail('pkarr.bad-record', `${text} ${rdata.type} cannot be sent: ${error.message}.`)
    }
  }
  return ok(writer.finish())
}

/** OPT, and the types that stand for transfers, signatures of messages or several types (RFC 6895 s.3.1). */
function isMetaType(code: number): boolean {
  return code === 0 || code === 41 || (code >= 128 && code <= 255)
}

function warningsOf(
  key: PkarrKey,
  records: readonly ZoneRecord[],
  size: number,
): readonly string[] {
  const warnings: string[] = []
  if (size > payloadLimit) {
    warnings.push(`${size} bytes are ${size - payloadLimit} more than a packet holds.`)
  }
  const short = records.filter(({ ttl }) => ttl < shortestKept).length
  if (short > 0) {
    warnings.push(
      `${short === 1 ? 'One record has a TTL' : `${short} records have TTLs`} below ${shortestKept} s: readers keep packets for ${shortestKept} s all the same.`,
    )
  }
  for (const name of aliasesWithCompany(key, records)) {
    warnings.push(`${name} has a CNAME and other records; readers use the CNAME only.`)
  }
  return warnings
}

/** RFC 1034 s.3.6.2: an alias has no other data. */
function aliasesWithCompany(key: PkarrKey, records: readonly ZoneRecord[]): readonly string[] {
  const owners = records.map(({ name, rdata }) => {
    const owner = ownerName(key, name)
    return { owner: owner.ok ? owner.value : name, type: rdata.type }
  })
  const aliases = owners.filter(({ type }) => type === 'CNAME').map(({ owner }) => owner)
  return [...new Set(aliases)].filter(
    (alias) => owners.filter(({ owner }) => owner === alias).length > 1,
  )
}
