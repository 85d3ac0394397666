import type { UnixSeconds } from '../../env/env.ts'
import type { DnsName, RecordType, RRset } from '../../dns/wire/message.ts'
import { type Zone, type ZonePart, coveringPart } from './choose-zone.ts'
import type { OwnedRecord } from './formats/reading.ts'
import { isWithin } from './formats/record-text.ts'

/** What a zone says about one name and type. Pure: rules of RFC 1034 s.4.3.2 and RFC 4592. */
export type ZoneAnswer =
  | {
      readonly kind: 'answer' | 'alias'
      readonly part: ZonePart
      readonly records: readonly OwnedRecord[]
    }
  | {
      readonly kind: 'nodata'
      readonly part?: ZonePart
      /** Records of the type that exist but point into private space. */
      readonly withheld: readonly OwnedRecord[]
    }
  | {
      readonly kind: 'nxdomain'
      readonly part?: ZonePart
      /** The owner signed that the name does not exist; else it is only absent. */
      readonly isSigned: boolean
    }

/** Legacy formats carry no promise about their life: cached no longer than this. Seconds. */
const legacyTtl = 300

/** Looks up `type` at `host`, relative to the apex. `allowsPrivate`: the owner is exempt. */
export function lookUp(
  zone: Zone,
  host: string,
  type: RecordType,
  allowsPrivate: boolean,
): ZoneAnswer {
  const part = coveringPart(zone.parts, host)
  const found = part?.isTombstone === false ? recordsAt(zone, part, host) : undefined
  if (part === undefined || found === undefined) {
    const known = part === undefined ? {} : { part }
    return hasPartBelow(zone, host)
      ? { kind: 'nodata', withheld: [], ...known }
      : { kind: 'nxdomain', isSigned: part?.isTombstone === true, ...known }
  }
  // A CNAME stands alone at its name (RFC 1034 s.3.6.2).
  const alias = found.find(({ rdata }) => rdata.type === 'CNAME')
  const wanted = alias === undefined ? found.filter(({ rdata }) => rdata.type === type) : [alias]
  const visible = wanted.filter((record) => allowsPrivate || !record.isPrivate)
  if (visible.length === 0) return { kind: 'nodata', part, withheld: wanted }
  const isAlias = alias !== undefined && type !== 'CNAME'
  return { kind: isAlias ? 'alias' : 'answer', part, records: visible }
}

/**
 * Records of the name `host`, of the wildcard that covers it, or none if it is an empty
 * non-terminal. Undefined when the name does not exist.
 */
function recordsAt(zone: Zone, part: ZonePart, host: string): readonly OwnedRecord[] | undefined {
  const exists = (name: string): boolean =>
    part.records.some((record) => isWithin(record.name, name)) || hasPartBelow(zone, name)
  if (exists(host)) return part.records.filter(({ name }) => name === host)
  let encloser = parentOf(host)
  while (encloser !== '@' && encloser !== part.host && !exists(encloser)) {
    encloser = parentOf(encloser)
  }
  const wildcard = encloser === '@' ? '*' : `*.${encloser}`
  const covered = part.records.filter(({ name }) => name === wildcard)
  return covered.length > 0 ? covered : undefined
}

/** A host below makes `host` an empty non-terminal, which exists (RFC 4592 s.2.2.2). */
function hasPartBelow(zone: Zone, host: string): boolean {
  return zone.parts.some(
    (part) => !part.isTombstone && part.host !== host && isWithin(part.host, host),
  )
}

function parentOf(host: string): string {
  const dot = host.indexOf('.')
  return dot < 0 ? '@' : host.slice(dot + 1)
}

/** `records` as they go out under `qname`; one TTL for all of them (RFC 2181 s.5.2). */
export function toRRset(
  records: readonly OwnedRecord[],
  qname: DnsName,
  zone: Zone,
  part: ZonePart,
  now: UnixSeconds,
): RRset {
  const ttl = Math.max(
    0,
    Math.min(
      ...records.map((record) => record.ttl),
      part.validUntil === undefined ? legacyTtl : part.validUntil - now,
      zone.format === 'canonical' ? Number.MAX_SAFE_INTEGER : legacyTtl,
    ),
  )
  return records.map(({ rdata }) => ({ name: qname, class: 1, ttl, rdata }))
}
