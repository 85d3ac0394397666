import type { UnixSeconds } from '../../../env/env.ts'
import type { Rdata, RecordType } from '../../../dns/wire/message.ts'

/** Rows of the compatibility matrix. */
export type FormatId =
  | 'canonical'
  | 'nodns-31111'
  | 'nodns-11111'
  | 'nodns-30003'
  | 'nns-30053'
  | 'dnstr-31034'
  | 'poc-30000'
  | 'poc-30001'
  /** A kind that no reader knows. */
  | 'unknown'

export type Verdict =
  | 'accept'
  /** The owner says that there is nothing (any more). */
  | 'accept-empty'
  /** Read only where the user asked for this format. */
  | 'accept-optin'
  /** Name data, all of it pointing into private space: withheld unless the owner is exempt. */
  | 'filter'
  /** Somebody else's use of the kind. */
  | 'ignore'
  /** Meant as name data, but broken, over a limit, expired or from the future. */
  | 'reject'

/** One record of an owner, as read from an event. */
export interface OwnedRecord {
  /** Relative to the owner's apex, lower-case: `@`, `www`, `*.home`. */
  readonly name: string
  /** Seconds, already within 30..3600. */
  readonly ttl: number
  readonly rdata: Rdata
  /** Points at a private address or a local name: served to nobody but exempt owners' users. */
  readonly isPrivate: boolean
}

/** TLSA 3 1 1 of a canonical event: the key a TLS server of this name and port must show. */
export interface Pin {
  /** Relative host, `@` for the apex. */
  readonly host: string
  readonly port: number
  readonly protocol: string
  /** SHA-256 of the DER SubjectPublicKeyInfo, 64 lower-case hex digits. */
  readonly spkiSha256: string
}

/** A published certificate of a legacy format: enables an equality check, weaker than a pin. */
export interface PinHint {
  readonly certificateSha256: string
  readonly spkiSha256: string
  /** DER certificate, base64. */
  readonly der: string
  readonly validFrom: UnixSeconds
  readonly validTo: UnixSeconds
}

export interface Reading {
  readonly format: FormatId
  readonly verdict: Verdict
  /** One plain clause, for the UI and the log. */
  readonly reason: string
  /** Host the event speaks for; `@` where the format has no such notion. */
  readonly host: string
  readonly records: readonly OwnedRecord[]
  /** NoDNS 31111 deletions: no records of this type at this name. */
  readonly cleared: readonly { readonly name: string; readonly type: RecordType }[]
  readonly pins: readonly Pin[]
  readonly pinHints: readonly PinHint[]
  /** Whole leaf certificates (DER, base64) whose key is pinned in the same event. */
  readonly certificates: readonly string[]
  /** Remarks about parts that were passed over. */
  readonly notes: readonly string[]
  /** The event says nothing any more from this time on. */
  readonly validUntil?: UnixSeconds
  /** Why it says nothing now: it, or the certificate in it, stopped counting at this time. */
  readonly lapsedAt?: UnixSeconds
}

type Details = Partial<Omit<Reading, 'format' | 'verdict' | 'reason'>>

/** A Reading with the empty value for everything `details` leaves out. */
export function reading(
  format: FormatId,
  verdict: Verdict,
  reason: string,
  details: Details = {},
): Reading {
  return {
    format,
    verdict,
    reason,
    host: '@',
    records: [],
    cleared: [],
    pins: [],
    pinHints: [],
    certificates: [],
    notes: [],
    ...details,
  }
}

/** `accept`, or `filter` when every record points into private space. */
export function verdictOn(records: readonly OwnedRecord[]): 'accept' | 'filter' {
  return records.every((record) => record.isPrivate) ? 'filter' : 'accept'
}
