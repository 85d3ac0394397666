import type { UnixSeconds } from '../../env/env.ts'
import { formatRdata } from '../../dns/wire/rdata-text.ts'
import type { OwnerKey, PubkeyHex } from '../../names/name.ts'
import { encodeNpub } from '../../names/npub.ts'
import { withheldText } from '../private-rdata.ts'
import type { FormatId } from './formats/reading.ts'
import type { RecordText } from './formats/record-text.ts'
import { type OwnerState, quorum } from './owner-state.ts'
import { ownerKey } from './resolution.ts'

/** What is known about one owner, for people. */
export interface KnownZone {
  readonly key: OwnerKey
  readonly owner: PubkeyHex
  readonly npub: string
  readonly state: 'ok' | 'empty' | 'nxdomain' | 'failed' | 'resolving'
  readonly format?: FormatId
  readonly records: readonly RecordText[]
  readonly eventIds: readonly string[]
  readonly relays: readonly string[]
  readonly signedAt?: UnixSeconds
  /** First time at which some of it expires; absent where nothing does. */
  readonly validUntil?: UnixSeconds
  /** When relays last confirmed it. */
  readonly seenAtMs?: number
  readonly lastUsedMs: number
  readonly notes: readonly string[]
  /** Why there is no answer, when `state` is `failed`. */
  readonly failure?: string
}

export function viewOf(state: OwnerState, allowsPrivate: boolean): KnownZone {
  const { zone, hasExpired } = state.choice
  const seen = state.confirmedAtMs > 0 ? { seenAtMs: state.confirmedAtMs } : {}
  const common = {
    key: ownerKey(state.owner),
    owner: state.owner,
    npub: encodeNpub(state.owner),
    lastUsedMs: state.lastUsedMs,
    ...seen,
  }
  if (zone === undefined) {
    const nothing = { records: [], eventIds: [], relays: [], notes: [] }
    if (hasExpired || state.eoseCount >= quorum) {
      const notes = hasExpired ? ['everything its owner signed has expired'] : []
      return { ...common, ...nothing, notes, state: 'nxdomain' }
    }
    if (state.fetching !== undefined) return { ...common, ...nothing, state: 'resolving' }
    return { ...common, ...nothing, state: 'failed', failure: state.shortfall.text }
  }
  const records = zone.parts.flatMap((part) => part.records)
  const served = records.filter((record) => allowsPrivate || !record.isPrivate)
  const ends = zone.parts.flatMap(({ validUntil }) => validUntil ?? [])
  return {
    ...common,
    state: served.length === 0 ? 'empty' : 'ok',
    format: zone.format,
    records: served.map(({ name, ttl, rdata }) => ({
      name,
      type: rdata.type,
      ttl,
      rdata: formatRdata(rdata),
    })),
    eventIds: zone.parts.flatMap(({ eventIds }) => eventIds),
    relays: [...new Set(zone.parts.flatMap(({ relays }) => relays))].toSorted(),
    signedAt: zone.signedAt,
    ...(ends.length > 0 && { validUntil: Math.min(...ends) }),
    notes: [
      ...withheldNote(records.length - served.length),
      ...new Set(zone.parts.flatMap(({ notes }) => notes)),
      ...zone.notes,
    ],
  }
}

function withheldNote(count: number): readonly string[] {
  if (count === 0) return []
  return [withheldText(count)]
}
