import type { UnixSeconds } from '../../env/env.ts'
import { type DnsName, type RecordType, extendedErrors } from '../../dns/wire/message.ts'
import type { Name } from '../../names/name.ts'
import { encodeNpub } from '../../names/npub.ts'
import type { Provenance, Resolution } from '../name-system.ts'
import { withheldError } from '../private-rdata.ts'
import { negativeTtl, soaFor } from '../soa.ts'
import type { Zone, ZonePart } from './choose-zone.ts'
import type { OwnedRecord } from './formats/reading.ts'
import { type OwnerState, quorum } from './owner-state.ts'
import { lookUp, toRRset } from './zone.ts'

type OwnedName = Extract<Name, { kind: 'nostr' }>

export interface Question {
  readonly name: OwnedName
  readonly qname: DnsName
  readonly type: RecordType
}

export interface Circumstances {
  readonly nowMs: number
  readonly isStale: boolean
  /** Addresses in private space are served: the owner is the user, or on the allow-list. */
  readonly allowsPrivate: boolean
}

/** TTL of stale answers (RFC 8767 s.4). Seconds. */
const staleTtl = 30
/** Data without an expiry of its own is good for a day after the answer. Seconds. */
const openEndedLife = 86_400

/** Key of an owner's data in caches. */
export function ownerKey(owner: string): string {
  return `nostr:${owner}`
}

/** The answer to `question` from what is known, with the reason to believe it. Pure. */
export function resolve(
  question: Question,
  state: OwnerState,
  circumstances: Circumstances,
): Resolution {
  const { zone, hasExpired } = state.choice
  const now = Math.floor(circumstances.nowMs / 1000)
  if (zone === undefined) {
    return deny(question, state, circumstances, now, undefined, hasExpired)
  }
  const { name, qname, type } = question
  const answer = lookUp(zone, name.host, type, circumstances.allowsPrivate)
  const stale = circumstances.isStale
    ? { code: extendedErrors.staleAnswer, text: 'relays could not confirm this lately' }
    : undefined
  if (answer.kind === 'nxdomain') {
    return deny(question, state, circumstances, now, answer.part, answer.isSigned)
  }
  const provenance = provenanceOf(zone, state, answer.part)
  if (answer.kind === 'nodata') {
    if (type === 'SOA' && name.host === '@') return soaAnswer(question, zone, provenance, now)
    const { length } = answer.withheld
    const ede = length > 0 ? withheldError(length) : stale
    return {
      kind: 'nodata',
      soa: soaFor(name.apex, zone.signedAt),
      validUntil: now + negativeTtl,
      provenance: ede === stale ? provenance : withNote(provenance, withheldError(length).text),
      ...(ede && { ede }),
      ...(length > 0 && { withheld: addressesIn(answer.withheld) }),
    }
  }
  const fresh = toRRset(answer.records, qname, zone, answer.part, now)
  const rrset = circumstances.isStale
    ? fresh.map((record) => ({ ...record, ttl: Math.min(record.ttl, staleTtl) }))
    : fresh
  const common = {
    rrset,
    validUntil: answer.part.validUntil ?? now + openEndedLife,
    provenance,
    ...(stale && { ede: stale }),
  }
  const target = rrset[0]?.rdata
  return answer.kind === 'alias' && target?.type === 'CNAME'
    ? { kind: 'alias', target: target.target, ...common }
    : { kind: 'answer', ...common }
}

/** NXDOMAIN if it is signed, expired or agreed on by enough relays; else SERVFAIL, saying why. */
function deny(
  { name }: Question,
  state: OwnerState,
  { isStale }: Circumstances,
  now: UnixSeconds,
  part: ZonePart | undefined,
  isCertain: boolean,
): Resolution {
  const { zone } = state.choice
  const provenance = zone === undefined ? denial(state) : provenanceOf(zone, state, part)
  if (!isCertain && state.eoseCount < quorum) {
    return { kind: 'failure', ede: state.shortfall, provenance }
  }
  return {
    kind: 'nxdomain',
    soa: soaFor(name.apex, zone?.signedAt ?? now),
    validUntil: now + negativeTtl,
    provenance: isCertain ? provenance : { ...provenance, verifiedBy: deniedBy(state) },
    ...(isStale && {
      ede: { code: extendedErrors.staleNxdomain, text: 'relays could not confirm this lately' },
    }),
  }
}

function soaAnswer(
  { name, qname }: Question,
  zone: Zone,
  provenance: Provenance,
  now: UnixSeconds,
): Resolution {
  return {
    kind: 'answer',
    rrset: [{ ...soaFor(name.apex, zone.signedAt), name: qname }],
    validUntil: now + negativeTtl,
    provenance,
  }
}

function addressesIn(records: readonly OwnedRecord[]): readonly string[] {
  return records.flatMap(({ rdata }) =>
    rdata.type === 'A' || rdata.type === 'AAAA' ? [rdata.address] : [],
  )
}

function withNote(provenance: Provenance, note: string): Provenance {
  return { ...provenance, notes: [...(provenance.notes ?? []), note] }
}

function deniedBy({ eoseCount }: OwnerState): string {
  return `denied by ${eoseCount} relays`
}

function denial(state: OwnerState): Provenance {
  return {
    system: 'nostr',
    format: 'none',
    owner: ownerKey(state.owner),
    eventIds: [],
    signer: encodeNpub(state.owner),
    sources: [],
    seenAtMs: state.confirmedAtMs,
    verifiedBy: state.choice.hasExpired
      ? 'everything its owner signed has expired'
      : deniedBy(state),
  }
}

function provenanceOf(zone: Zone, state: OwnerState, part: ZonePart | undefined): Provenance {
  const notes = [...(part?.notes ?? []), ...zone.notes]
  return {
    system: 'nostr',
    format: zone.format,
    owner: ownerKey(zone.owner),
    eventIds: part?.eventIds ?? [],
    signer: zone.npub,
    sources: part?.relays ?? [],
    signedAt: part?.signedAt ?? zone.signedAt,
    seenAtMs: state.confirmedAtMs,
    verifiedBy: 'event id and signature (NIP-01)',
    ...(notes.length > 0 && { notes }),
  }
}
