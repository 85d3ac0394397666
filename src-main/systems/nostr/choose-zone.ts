import type { UnixSeconds } from '../../env/env.ts'
import { encodeNpub } from '../../names/npub.ts'
import type { PubkeyHex } from '../../names/name.ts'
import type { DnsName } from '../../dns/wire/message.ts'
import { byNewest, deletionTargets, identifierOf } from '../../relays/event-address.ts'
import type { StoredEvent, VerifiedEvent } from '../../relays/relay-service.ts'
import { canonicalHost, longestLifetime } from './formats/canonical-31111.ts'
import type { FormatId, OwnedRecord, Pin, PinHint, Reading, Verdict } from './formats/reading.ts'
import { isWithin } from './formats/record-text.ts'
import { canonicalPrefix, kinds } from './kinds.ts'
import { apexOf, futureTolerance, readEvent } from './read-event.ts'

/**
 * Which of an owner's events speak (precedence of formats). The result depends on the set of events
 * and on `now` only, never on the order in which relays delivered them.
 */

/** What one host of the zone says; formats without hosts have a single part `@`. */
export interface ZonePart {
  readonly host: string
  readonly records: readonly OwnedRecord[]
  /** The owner says that host does not exist. */
  readonly isTombstone: boolean
  readonly eventIds: readonly string[]
  /** Relays that delivered the events, sorted. */
  readonly relays: readonly string[]
  readonly signedAt: UnixSeconds
  /** Absent where the format has no expiry. */
  readonly validUntil?: UnixSeconds
  readonly notes: readonly string[]
}

/** A published certificate of a legacy format, and the event it was read from. */
export interface ZonePinHint extends PinHint {
  readonly format: 'nodns-30003' | 'poc-30001'
  readonly eventId: string
  readonly signedAt: UnixSeconds
  /** End of the event (NIP-40); absent where it names none. */
  readonly validUntil?: UnixSeconds
}

/** An event in the chosen formats' families that said something until it, or its content, expired. */
export interface LapsedEvent {
  readonly format: FormatId
  readonly host: string
  readonly eventId: string
  readonly lapsedAt: UnixSeconds
}

export interface Zone {
  readonly owner: PubkeyHex
  readonly npub: string
  readonly apex: DnsName
  readonly format: FormatId
  readonly parts: readonly ZonePart[]
  readonly pins: readonly Pin[]
  readonly pinHints: readonly ZonePinHint[]
  readonly certificates: readonly string[]
  readonly notes: readonly string[]
  readonly signedAt: UnixSeconds
}

export interface Choice {
  readonly zone?: Zone
  /** There is no zone now, but there was one until it expired. */
  readonly hasExpired: boolean
  /** What the owner said until it expired, newest of each address. */
  readonly lapsed: readonly LapsedEvent[]
  /** Choose again at this time: something in the zone expires. */
  readonly reviewAt: UnixSeconds
}

/** Formats read only where the user asked for them. */
export interface OptIn {
  readonly nns: boolean
  readonly dnstr: boolean
}

/** More addresses than this are not looked at, newest first: an owner cannot fill our memory. */
const maxEvents = 512
const maxUnionRecords = 512

interface Heard {
  readonly stored: StoredEvent
  readonly reading: Reading
}

/** Best format first; one format wins for the whole owner and formats are never merged. */
const precedence = [
  'canonical',
  'nodns-31111',
  'nodns-11111',
  'nns-30053',
  'dnstr-31034',
  'poc-30000',
] as const satisfies readonly FormatId[]

type ZoneFormat = (typeof precedence)[number]

const titles: Readonly<Record<ZoneFormat, string>> = {
  canonical: 'canonical records',
  'nodns-31111': 'NoDNS 31111 records',
  'nodns-11111': 'a NoDNS 11111 zone',
  'nns-30053': 'NNS records',
  'dnstr-31034': 'a DNSTR alias',
  'poc-30000': 'a proof-of-concept address',
}

/** The zone of `owner` at `now`, from all verified events at hand. */
export function chooseZone(
  events: readonly StoredEvent[],
  owner: PubkeyHex,
  now: UnixSeconds,
  optIn: OptIn,
): Choice {
  const own = events.filter(
    ({ event }) => event.pubkey === owner && event.created_at <= now + futureTolerance,
  )
  const deletedAt = deletionTimes(own)
  const heard = newestPerAddress(own).map((stored) => ({
    stored,
    reading: readEvent(stored.event, now),
  }))
  const isDeleted = ({ stored: { event } }: Heard): boolean =>
    (deletedAt.get(addressOf(event)) ?? -1) >= event.created_at
  const live = heard.filter((each) => !isDeleted(each))
  const tombstones = deletionTombstones(deletedAt, live, now)
  const rows = precedence.filter(
    (format) =>
      live.some((each) => speaks(each, format, optIn)) ||
      (format === 'canonical' && tombstones.length > 0),
  )
  const format = rows[0]
  const reviewAt = nextExpiry(live, tombstones, now)
  const lapsed = lapsedAmong(live)
  if (format === undefined) {
    const hasExpired = live.some(({ reading }) => reading.reason === 'expired')
    return { hasExpired, lapsed, reviewAt }
  }
  const chosen = live.filter((each) => speaks(each, format, optIn))
  const parts = partsOf(format, chosen, tombstones)
  const covering = (part: ZonePart, host: string): boolean => coveringPart(parts, host) === part
  return {
    zone: {
      owner,
      npub: encodeNpub(owner),
      apex: apexOf(owner),
      format,
      parts,
      pins: chosen.flatMap(({ reading }) =>
        reading.pins.filter((pin) =>
          parts.some((part) => part.host === reading.host && covering(part, pin.host)),
        ),
      ),
      pinHints: pinHintsFor(format, live),
      certificates: chosen.flatMap(({ reading }) => reading.certificates),
      notes: rows.slice(1).map((other) => `${titles[other]} passed over: a better format wins`),
      signedAt: Math.max(...parts.map((part) => part.signedAt)),
    },
    hasExpired: false,
    lapsed,
    reviewAt,
  }
}

/** The part that speaks for `host`: the most specific one at or above it, alone. */
export function coveringPart(parts: readonly ZonePart[], host: string): ZonePart | undefined {
  let best: ZonePart | undefined
  for (const part of parts) {
    if (!isWithin(host, part.host)) continue
    const isNarrower =
      best !== undefined && part.host !== best.host && isWithin(part.host, best.host)
    if (best === undefined || isNarrower) best = part
  }
  return best
}

/** Verdicts with which an event of a format takes part in the choice. */
const speaking: Readonly<Record<ZoneFormat, readonly Verdict[]>> = {
  canonical: ['accept', 'accept-empty', 'filter'],
  'nodns-31111': ['accept', 'accept-empty', 'filter'],
  'nodns-11111': ['accept', 'accept-empty', 'filter'],
  'nns-30053': ['accept', 'accept-optin', 'filter'],
  'dnstr-31034': ['accept-optin'],
  'poc-30000': ['accept', 'filter'],
}

function speaks({ reading }: Heard, format: ZoneFormat, optIn: OptIn): boolean {
  if (reading.format !== format || !speaking[format].includes(reading.verdict)) return false
  if (format === 'nns-30053') return optIn.nns
  return format !== 'dnstr-31034' || optIn.dnstr
}

/** Pins come from the family of the chosen format only: no mixing of two publishers' data. */
function pinHintsFor(format: ZoneFormat, live: readonly Heard[]): ZonePinHint[] {
  const source = format.startsWith('nodns')
    ? 'nodns-30003'
    : format === 'poc-30000'
      ? 'poc-30001'
      : undefined
  if (source === undefined) return []
  return live
    .filter(({ reading }) => reading.format === source && reading.verdict === 'accept')
    .flatMap(({ stored: { event }, reading }) =>
      reading.pinHints.map((hint) => ({
        ...hint,
        format: source,
        eventId: event.id,
        signedAt: event.created_at,
        ...(reading.validUntil === undefined ? {} : { validUntil: reading.validUntil }),
      })),
    )
}

function lapsedAmong(live: readonly Heard[]): LapsedEvent[] {
  return live.flatMap(({ stored, reading: { format, host, lapsedAt } }) =>
    lapsedAt === undefined ? [] : { format, host, eventId: stored.event.id, lapsedAt },
  )
}

function partsOf(
  format: ZoneFormat,
  chosen: readonly Heard[],
  tombstones: readonly ZonePart[],
): readonly ZonePart[] {
  if (format === 'canonical') return [...chosen.map(partOf), ...tombstones].toSorted(byHost)
  if (format === 'nns-30053') return chosen.map(partOf).toSorted(byHost)
  return format === 'nodns-31111' ? [unionOf(chosen)] : chosen.slice(0, 1).map(partOf)
}

function byHost(a: ZonePart, b: ZonePart): number {
  return a.host < b.host ? -1 : a.host > b.host ? 1 : 0
}

function partOf({ stored, reading }: Heard): ZonePart {
  return {
    host: reading.host,
    records: reading.records,
    isTombstone: reading.verdict === 'accept-empty',
    eventIds: [stored.event.id],
    relays: stored.relays.toSorted(),
    signedAt: stored.event.created_at,
    notes: reading.notes,
    ...(reading.validUntil === undefined ? {} : { validUntil: reading.validUntil }),
  }
}

/** NoDNS 31111: for each name and type the newest event that mentions it, records or deletion. */
function unionOf(chosen: readonly Heard[]): ZonePart {
  const decided = new Set<string>()
  const records: OwnedRecord[] = []
  for (const { reading } of chosen) {
    const fresh = reading.records.filter(({ name, rdata }) => !decided.has(`${name} ${rdata.type}`))
    if (records.length + fresh.length <= maxUnionRecords) records.push(...fresh)
    for (const { name, rdata } of reading.records) decided.add(`${name} ${rdata.type}`)
    for (const { name, type } of reading.cleared) decided.add(`${name} ${type}`)
  }
  const ends = chosen.flatMap(({ reading }) => reading.validUntil ?? [])
  return {
    host: '@',
    records,
    // Single deletions say nothing about the rest: no statement that the name does not exist.
    isTombstone: false,
    eventIds: chosen.map(({ stored }) => stored.event.id),
    relays: [...new Set(chosen.flatMap(({ stored }) => stored.relays))].toSorted(),
    signedAt: Math.max(...chosen.map(({ stored }) => stored.event.created_at)),
    notes: [...new Set(chosen.flatMap(({ reading }) => reading.notes))],
    ...(ends.length === 0 ? {} : { validUntil: Math.min(...ends) }),
  }
}

function addressOf(event: VerifiedEvent): string {
  return `${event.kind}:${identifierOf(event)}`
}

const readKinds: ReadonlySet<number> = new Set([
  kinds.canonical,
  kinds.nodnsZone,
  kinds.nodnsCertificate,
  kinds.nns,
  kinds.dnstr,
  kinds.pocAddress,
  kinds.pocCertificate,
])

/** NIP-01: the highest `created_at` holds an address; of two equals, the lowest id. */
function newestPerAddress(events: readonly StoredEvent[]): StoredEvent[] {
  const newest = new Map<string, StoredEvent>()
  const sorted = events
    .filter(({ event }) => readKinds.has(event.kind))
    .toSorted((a, b) => byNewest(a.event, b.event))
  for (const stored of sorted) {
    const address = addressOf(stored.event)
    if (!newest.has(address) && newest.size < maxEvents) newest.set(address, stored)
  }
  return [...newest.values()]
}

/** NIP-09 deletions by the owner: address to the newest time of deletion. */
function deletionTimes(events: readonly StoredEvent[]): ReadonlyMap<string, UnixSeconds> {
  const times = new Map<string, UnixSeconds>()
  for (const { event } of events) {
    if (event.kind !== kinds.deletion) continue
    for (const { kind, identifier } of deletionTargets(event).addresses) {
      const address = `${kind}:${identifier}`
      times.set(address, Math.max(event.created_at, times.get(address) ?? 0))
    }
  }
  return times
}

/** A deleted canonical address is a tombstone signed when it was deleted; it lapses like one. */
function deletionTombstones(
  deletedAt: ReadonlyMap<string, UnixSeconds>,
  live: readonly Heard[],
  now: UnixSeconds,
): ZonePart[] {
  const prefix = `${kinds.canonical}:`
  const tombstones: ZonePart[] = []
  for (const [address, signedAt] of deletedAt) {
    const identifier = address.slice(prefix.length)
    const host = address.startsWith(prefix + canonicalPrefix)
      ? canonicalHost(identifier)
      : undefined
    const validUntil = signedAt + longestLifetime
    if (host === undefined || validUntil <= now) continue
    if (live.some(({ stored }) => addressOf(stored.event) === address)) continue
    tombstones.push({
      host,
      records: [],
      isTombstone: true,
      eventIds: [],
      relays: [],
      signedAt,
      validUntil,
      notes: ['deleted by the owner (NIP-09)'],
    })
  }
  return tombstones.slice(0, maxEvents)
}

function nextExpiry(
  live: readonly Heard[],
  tombstones: readonly ZonePart[],
  now: UnixSeconds,
): UnixSeconds {
  let next = Number.MAX_SAFE_INTEGER
  const note = (time: UnixSeconds | undefined): void => {
    if (time !== undefined && time > now && time < next) next = time
  }
  for (const { reading } of live) {
    note(reading.validUntil)
    for (const hint of reading.pinHints) note(hint.validTo)
  }
  for (const { validUntil } of tombstones) note(validUntil)
  return next
}
