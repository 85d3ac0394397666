import type { UnixSeconds } from '../../env/env.ts'
import { type LapsedEvent, type Zone, coveringPart } from '../../systems/nostr/choose-zone.ts'
import { isWithin } from '../../systems/nostr/formats/record-text.ts'
import type { OwnerStanding } from '../../systems/nostr/owner-standing.ts'
import { lookUp } from '../../systems/nostr/zone.ts'
import type { Pin, PinDecision } from '../pin-policy.ts'

/** Pins held here are used this long while relays cannot be asked. Milliseconds. */
export const cacheLimitMs = 7 * 24 * 3_600_000

/** Aliases within one owner's names that are followed. */
const maxAliases = 8

export interface PinQuestion {
  /** Relative to the owner's apex, `@` for the apex itself. */
  readonly host: string
  readonly port: number
  /** Pins that were in force when last decided. */
  readonly held: readonly Pin[]
  readonly nowMs: number
}

/**
 * What the owner's events say about the certificate of one host and port. Pure; the rules of
 * tls-trust s.5.4. Every way out but `pinned` blocks: there is no first use to trust and no other
 * authority to fall back to.
 */
export function decidePins(standing: OwnerStanding, question: PinQuestion): PinDecision {
  const { zone, isConfirmed, isComplete, confirmedAtMs } = standing
  const now = Math.floor(question.nowMs / 1000)
  // A clock that was set back says nothing about how long ago that was.
  if (!isConfirmed && Math.abs(question.nowMs - confirmedAtMs) > cacheLimitMs) {
    return zone === undefined
      ? cannotCheck(standing)
      : { kind: 'cannot-check', reason: 'no relay has confirmed its keys for a week' }
  }
  if (zone === undefined) {
    const lapse = lapseFor(standing, question.host)
    if (lapse !== undefined) return lapse
    return isConfirmed && isComplete
      ? { kind: 'no-certificate', reason: 'relays hold nothing from its owner' }
      : cannotCheck(standing)
  }
  const pins = pinsIn(zone, question, now)
  const inForce = pins.filter((pin) => pin.validUntil > now)
  if (inForce.length > 0) {
    if (isStepDown(inForce, question.held, now)) {
      return {
        kind: 'no-certificate',
        reason:
          'its owner withdrew the pinned key; an older kind of announcement does not replace it',
      }
    }
    const latest = isConfirmed ? Infinity : Math.floor((confirmedAtMs + cacheLimitMs) / 1000)
    return {
      kind: 'pinned',
      pins: inForce,
      isFromCache: !isConfirmed,
      validUntil: Math.min(latest, ...inForce.map(({ validUntil }) => validUntil)),
    }
  }
  const [ended] = pins.toSorted((a, b) => b.validUntil - a.validUntil)
  if (ended !== undefined) {
    return { kind: 'expired', expiredAt: ended.validUntil, eventId: ended.eventId }
  }
  const lapse = lapseFor(standing, question.host)
  if (lapse !== undefined) return lapse
  const part = zone.format === 'canonical' ? coveringPart(zone.parts, question.host) : undefined
  if (part !== undefined) {
    const reason = part.isTombstone
      ? 'its owner says that this name does not exist'
      : `its owner publishes no key for port ${question.port}`
    return { kind: 'no-certificate', reason }
  }
  return isComplete && isConfirmed
    ? { kind: 'no-certificate', reason: 'its owner publishes no certificate' }
    : cannotCheck(standing)
}

/**
 * True for a decision that asking every relay could turn into a better one: what is known rests on
 * the first relays that answered.
 */
export function wantsAllRelays({ zone, isComplete }: OwnerStanding, decided: PinDecision): boolean {
  if (isComplete) return false
  return decided.kind === 'cannot-check' || (decided.kind === 'expired' && zone !== undefined)
}

/** Pins of the host and port that the chosen format has, whether or not they still count. */
function pinsIn(zone: Zone, { host, port }: PinQuestion, now: UnixSeconds): readonly Pin[] {
  if (zone.format !== 'canonical') return hintsIn(zone, now)
  let name = host
  for (let step = 0; step <= maxAliases; step++) {
    const found = canonicalPins(zone, name, port)
    if (found.length > 0) return found
    const target = aliasOf(zone, name)
    if (target === undefined) return []
    name = target
  }
  return []
}

function canonicalPins(zone: Zone, host: string, port: number): readonly Pin[] {
  const part = coveringPart(zone.parts, host)
  const [eventId] = part?.eventIds ?? []
  if (part?.validUntil === undefined || eventId === undefined) return []
  const { signedAt, validUntil } = part
  return zone.pins
    .filter((pin) => pin.host === host && pin.port === port && pin.protocol === 'tcp')
    .map(({ spkiSha256 }) => ({
      kind: 'spki',
      value: spkiSha256,
      strength: 'pin',
      format: 'canonical',
      eventId,
      signedAt,
      validUntil,
    }))
}

/** Where a CNAME at `host` leads, if to another name of the same owner (RFC 7671 s.7). */
function aliasOf(zone: Zone, host: string): string | undefined {
  const answer = lookUp(zone, host, 'A', true)
  if (answer.kind !== 'alias') return undefined
  const rdata = answer.records[0]?.rdata
  if (rdata?.type !== 'CNAME') return undefined
  const target = rdata.target.toLowerCase().replace(/\.$/u, '')
  if (target === zone.apex) return '@'
  return target.endsWith(`.${zone.apex}`) ? target.slice(0, -zone.apex.length - 1) : undefined
}

/** Certificates of compatibility formats: for every port, in their own dates. */
function hintsIn(zone: Zone, now: UnixSeconds): readonly Pin[] {
  return zone.pinHints
    .filter(({ validFrom }) => validFrom <= now)
    .map(({ certificateSha256, validTo, format, eventId, signedAt, validUntil = Infinity }) => ({
      kind: 'certificate',
      value: certificateSha256,
      strength: 'hint',
      format,
      eventId,
      signedAt,
      validUntil: Math.min(validTo, validUntil),
    }))
}

/**
 * A canonical pin ends by expiry, by a newer canonical event or by a deletion. When it is gone
 * without any of the first two and only hints are left, its event was deleted: that withdraws the
 * key and is no permission to use something older.
 */
function isStepDown(pins: readonly Pin[], held: readonly Pin[], now: UnixSeconds): boolean {
  return (
    pins.every(({ strength }) => strength === 'hint') &&
    held.some(({ format, validUntil }) => format === 'canonical' && validUntil > now)
  )
}

/** `expired` when what the owner said about `host` has expired and nothing speaks in its place. */
function lapseFor({ zone, lapsed }: OwnerStanding, host: string): PinDecision | undefined {
  const [newest] = lapsed
    .filter((lapse) => isWithin(host, lapse.host) && isMissed(lapse, zone, host))
    .toSorted((a, b) => b.lapsedAt - a.lapsedAt)
  return newest && { kind: 'expired', expiredAt: newest.lapsedAt, eventId: newest.eventId }
}

function isMissed(lapse: LapsedEvent, zone: Zone | undefined, host: string): boolean {
  if (zone === undefined) return true
  if (zone.format !== 'canonical') {
    const isCertificate = lapse.format === 'nodns-30003' || lapse.format === 'poc-30001'
    return isCertificate || lapse.format === 'canonical'
  }
  // A host of its own that lapsed hands its names back to the wider host, which has no key for them.
  const speaking = coveringPart(zone.parts, host)
  if (lapse.format !== 'canonical') return false
  return (
    speaking === undefined || (speaking.host !== lapse.host && isWithin(lapse.host, speaking.host))
  )
}

function cannotCheck({ shortfall }: OwnerStanding): PinDecision {
  return { kind: 'cannot-check', reason: shortfall }
}
