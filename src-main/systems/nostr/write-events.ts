import type { EventTemplate } from 'nostr-tools/pure'
import type { UnixSeconds } from '../../env/env.ts'
import { type Result, fail, ok } from '../../env/errors.ts'
import type { Rdata, RecordType } from '../../dns/wire/message.ts'
import { parseRecordType } from '../../dns/wire/record-type.ts'
import type { PubkeyHex } from '../../names/name.ts'
import { canonicalHost, longestLifetime } from './formats/canonical-31111.ts'
import {
  type RecordText,
  eventText,
  isWithin,
  limits,
  parseEventRdata,
  readType,
  relativeName,
} from './formats/record-text.ts'
import { isPrivateRdata } from '../private-rdata.ts'
import { canonicalPrefix, kinds } from './kinds.ts'
import { apexOf, futureTolerance } from './read-event.ts'

/**
 * Templates of the events a publisher signs. Pure: what these write, the readers beside them read
 * back to the same records.
 */

export interface HostRecords {
  /** `@` or a relative name. */
  readonly host: string
  readonly records: readonly RecordText[]
  /** A withdrawn host publishes nothing and still hides what wider hosts say below it. */
  readonly isWithdrawn: boolean
}

export interface Signing {
  readonly owner: PubkeyHex
  readonly now: UnixSeconds
  /** Newest `created_at` known for this address, anywhere: the new event must be newer. */
  readonly lastCreatedAt?: UnixSeconds
}

export interface CanonicalInput extends Signing {
  readonly host: string
  readonly records: readonly RecordText[]
  /** Whole certificates whose keys are pinned by TLSA records among `records`. */
  readonly certificates?: readonly PinnedCertificate[]
  /** Seconds of validity; 30 days at most. */
  readonly lifetime: number
}

export interface PinnedCertificate {
  /** Host it is for, relative to the apex. */
  readonly name: string
  /** DER, base64. */
  readonly der: string
}

/** The types every NoDNS reader takes; one odd tag makes some of them drop the whole event. */
const coreTypes: ReadonlySet<RecordType> = new Set(['A', 'AAAA', 'CNAME', 'TXT', 'MX'])

/** The canonical event of one host. Refuses, saying why, what no reader would serve. */
export function buildCanonical(input: CanonicalInput): Result<EventTemplate> {
  const parsed = parseRecords(input.owner, input.host, input.records)
  if (!parsed.ok) return parsed
  if (parsed.value.length === 0) {
    return fail(
      'records.none',
      'There is no record to publish.',
      'Add a record, or withdraw the name to say that it does not exist.',
    )
  }
  const apex = apexOf(input.owner)
  return canonicalTemplate(input, [
    ...parsed.value.map(({ name, ttl, type, rdata }) => [
      coreTypes.has(type) && !isPrivateRdata(rdata) ? 'record' : 'rr',
      type,
      name,
      String(ttl),
      eventText(rdata, apex),
    ]),
    ...(input.certificates ?? []).map(({ name, der }) => ['cert', name, der]),
  ])
}

/** A signed statement that the host does not exist; readers look no further until it lapses. */
export function buildTombstone(
  input: Omit<CanonicalInput, 'records' | 'certificates'>,
): Result<EventTemplate> {
  return canonicalTemplate(input, [])
}

/**
 * The NoDNS mirror: the core records of all hosts in the 11-element layout of the first NoDNS
 * programs. Names of several labels and wildcards stay out: readers of that format refuse the whole
 * event over one of them.
 */
export function buildNodnsMirror(
  input: Signing & { readonly hosts: readonly HostRecords[] },
): Result<EventTemplate> {
  const records = effectiveRecords(input.owner, input.hosts)
  if (!records.ok) return records
  const mirrored = records.value.filter(
    ({ name, type, rdata }) =>
      coreTypes.has(type) &&
      !isPrivateRdata(rdata) &&
      (name === '@' || /^[a-z0-9_-]+$/u.test(name)),
  )
  const tags = mirrored.slice(0, limits.records).map(mirrorTag)
  const createdAt = nextCreatedAt(input)
  if (!createdAt.ok) return createdAt
  return ok({
    kind: kinds.nodnsZone,
    created_at: createdAt.value,
    // Readers take an event without any record for somebody else's; a deletion is surely ours.
    tags: tags.length > 0 ? tags : [['delete', 'A', '@']],
    content: '',
  })
}

/**
 * The proof of concept's announcement: one public address of the apex, IPv4 preferred (its server
 * fails on IPv6), in an event without tags. `{}` when there is none, which empties the slot.
 */
export function buildPocAddress(
  input: Signing & { readonly hosts: readonly HostRecords[] },
): Result<EventTemplate> {
  const records = effectiveRecords(input.owner, input.hosts)
  if (!records.ok) return records
  const createdAt = nextCreatedAt(input)
  if (!createdAt.ok) return createdAt
  const addresses = records.value.flatMap(({ name, rdata }) =>
    name === '@' && (rdata.type === 'A' || rdata.type === 'AAAA') && !isPrivateRdata(rdata)
      ? rdata
      : [],
  )
  const chosen = addresses.find(({ type }) => type === 'A') ?? addresses[0]
  return ok({
    kind: kinds.pocAddress,
    created_at: createdAt.value,
    tags: [],
    content: JSON.stringify(chosen === undefined ? {} : { ip: chosen.address }),
  })
}

interface ParsedRecord {
  readonly name: string
  readonly ttl: number
  readonly type: RecordType
  readonly rdata: Rdata
}

/** Records of all hosts that readers would serve: the most specific host speaks alone. */
function effectiveRecords(
  owner: PubkeyHex,
  hosts: readonly HostRecords[],
): Result<readonly ParsedRecord[]> {
  const effective: ParsedRecord[] = []
  for (const { host, records, isWithdrawn } of hosts) {
    if (isWithdrawn) continue
    const parsed = parseRecords(owner, host, records)
    if (!parsed.ok) return parsed
    const isOverruled = (name: string): boolean =>
      hosts.some(
        (other) => other.host !== host && isWithin(other.host, host) && isWithin(name, other.host),
      )
    effective.push(...parsed.value.filter(({ name }) => !isOverruled(name)))
  }
  return ok(effective)
}

/** `records` of `host`, checked; the message of a failure names the record. */
function parseRecords(
  owner: PubkeyHex,
  host: string,
  records: readonly RecordText[],
): Result<readonly ParsedRecord[]> {
  if (canonicalHost(canonicalPrefix + host) !== host) {
    return fail('records.bad-host', `“${host}” is not a host name.`, hostHint)
  }
  if (records.length > limits.records) {
    return fail('records.too-many', `One host holds at most ${limits.records} records.`)
  }
  const parsed: ParsedRecord[] = []
  const texts = new Set<string>()
  for (const record of records) {
    const one = parseRecord(owner, host, record)
    if (!one.ok) return one
    const text = [one.value.name, one.value.type, eventText(one.value.rdata, '')].join(' ')
    if (!texts.has(text)) parsed.push(one.value)
    texts.add(text)
  }
  const alias = parsed.find(
    ({ name, type }) =>
      type === 'CNAME' && parsed.filter((other) => other.name === name).length > 1,
  )
  if (alias !== undefined) {
    return fail(
      'records.cname-conflict',
      `“${alias.name}” has a CNAME and other records; a CNAME must stand alone (RFC 1034 s.3.6.2).`,
    )
  }
  return ok(parsed)
}

const hostHint = 'Use @ for the name itself, or words of a-z, 0-9, - and _ joined by dots.'

function parseRecord(owner: PubkeyHex, host: string, record: RecordText): Result<ParsedRecord> {
  const name = relativeName(record.name)
  if (name === undefined) {
    return fail('records.bad-name', `“${record.name}” is not a record name.`, hostHint)
  }
  if (!isWithin(name, host)) {
    return fail('records.outside-host', `“${name}” is not below the host “${host}”.`)
  }
  const type = readType(record.type)
  if (type === undefined) return refuseType(record.type)
  if (!Number.isFinite(record.ttl) || record.ttl < 0) {
    return fail('records.bad-ttl', `The TTL of “${name}” is not a number of seconds.`)
  }
  const rdata = parseEventRdata(type, record.rdata, apexOf(owner))
  if (!rdata.ok) {
    return fail('records.bad-value', `${type} record of “${name}”: ${rdata.error.message}`)
  }
  if (rdata.value.type === 'CNAME' && isPrivateRdata(rdata.value)) {
    return fail(
      'records.local-target',
      `The CNAME of “${name}” points at “${rdata.value.target}”, which only exists on your network; other computers refuse it.`,
    )
  }
  const ttl = Math.min(limits.maxTtl, Math.max(limits.minTtl, Math.trunc(record.ttl)))
  return ok({ name, ttl, type, rdata: rdata.value })
}

/** Types of delegation and DNSSEC that have no mnemonic in our codec. */
const refusedMnemonics = /^(?:DS|CDS|DNSKEY|CDNSKEY|DNAME|RRSIG|NSEC|NSEC3)$/iu

function refuseType(text: string): Result<never> {
  return parseRecordType(text) === undefined && !refusedMnemonics.test(text)
    ? fail('records.bad-type', `“${text}” is not a record type.`)
    : fail(
        'records.refused-type',
        `${text.toUpperCase()} records cannot be published: a key owns its whole name, so there is nothing to delegate, and this zone carries no DNSSEC.`,
      )
}

function canonicalTemplate(
  input: Omit<CanonicalInput, 'records'>,
  recordTags: string[][],
): Result<EventTemplate> {
  if (canonicalHost(canonicalPrefix + input.host) !== input.host) {
    return fail('records.bad-host', `“${input.host}” is not a host name.`, hostHint)
  }
  const createdAt = nextCreatedAt(input)
  if (!createdAt.ok) return createdAt
  const lifetime = Math.min(input.lifetime, longestLifetime)
  const template: EventTemplate = {
    kind: kinds.canonical,
    created_at: createdAt.value,
    tags: [
      ['d', canonicalPrefix + input.host],
      ...recordTags,
      ['expiration', String(createdAt.value + lifetime)],
      ['ver', '1'],
      ['alt', 'DNS records of a Nostr key'],
    ],
    content: '',
  }
  // The id, key and signature a signer adds take less than 400 octets.
  return Buffer.byteLength(JSON.stringify(template)) + 400 > limits.event
    ? fail('records.too-large', 'These records are too large for one event (32 KB).')
    : ok(template)
}

/** Now, or a second past the last event: relays keep the older one of two equals. */
export function nextCreatedAt({ now, lastCreatedAt }: Signing): Result<UnixSeconds> {
  const createdAt = Math.max(now, (lastCreatedAt ?? 0) + 1)
  return createdAt > now + futureTolerance
    ? fail(
        'records.clock-behind',
        'An event signed later than this computer’s clock is already published.',
        'Check the date and time of this computer.',
      )
    : ok(createdAt)
}

/** `[record, TYPE, name, p1..p7, TTL]`; host names without final dot, TXT bare, as NoDNS has it. */
function mirrorTag({ name, ttl, type, rdata }: ParsedRecord): string[] {
  const slots = mirrorSlots(rdata)
  const padding = Array.from({ length: 7 - slots.length }, () => '')
  return ['record', type, name, ...slots, ...padding, String(ttl)]
}

function mirrorSlots(rdata: Rdata): string[] {
  if (rdata.type === 'A' || rdata.type === 'AAAA') return [rdata.address]
  if (rdata.type === 'CNAME') return [mirrorName(rdata.target)]
  if (rdata.type === 'MX') return [String(rdata.preference), mirrorName(rdata.exchange)]
  return [eventText(rdata, '')]
}

/** A single label keeps its dot: without it, it would be read as relative. */
function mirrorName(name: string): string {
  return name.includes('.') ? name.replace(/\.$/u, '') : `${name}.`
}
