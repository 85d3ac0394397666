import type { Unsubscribe, UnixSeconds } from '../env/env.ts'
import type {
  DnsName,
  ExtendedError,
  RecordType,
  ResourceRecord,
  RRset,
} from '../dns/wire/message.ts'
import type { Name, OwnerKey } from '../names/name.ts'

/** Why an answer may be believed: what the UI and `resolve --explain` show. */
export interface Provenance {
  /** `nostr`, `pkarr`, `petname`, `nip05` … */
  readonly system: string
  /** Row of the compatibility matrix, such as `canonical`, `nodns-11111`, `poc-30000`. */
  readonly format: string
  /** Whose data this is; caches drop by it. */
  readonly owner: OwnerKey
  /** Event id(s) or packet id(s) the answer was read from. */
  readonly eventIds: readonly string[]
  /** npub or other printable key of the signer. */
  readonly signer: string
  /** Relays or DHT nodes that delivered the data. */
  readonly sources: readonly string[]
  /** `created_at` of the newest event used; absent when nothing was found. */
  readonly signedAt?: UnixSeconds
  /** When this program last had the data confirmed by a source. Milliseconds. */
  readonly seenAtMs: number
  /** Plain words: `event id and signature (NIP-01)`, `denied by 2 relays`, `set by you` … */
  readonly verifiedBy: string
  /** Remarks such as `2 private addresses withheld`. */
  readonly notes?: readonly string[]
}

interface Common {
  readonly provenance: Provenance
  /** Sent along with the answer, for example 17 (Filtered) or 3 (Stale Answer). */
  readonly ede?: ExtendedError
  /**
   * Addresses its owner signed and the filter of private addresses kept back: to say why there is
   * none, never to be answered.
   */
  readonly withheld?: readonly string[]
}

export type Resolution =
  | ({ readonly kind: 'answer'; readonly rrset: RRset; readonly validUntil: UnixSeconds } & Common)
  /** A CNAME to chase; `target` may lie in any system or be foreign. */
  | ({
      readonly kind: 'alias'
      readonly rrset: RRset
      readonly target: DnsName
      readonly validUntil: UnixSeconds
    } & Common)
  | ({
      readonly kind: 'nodata' | 'nxdomain'
      readonly soa: ResourceRecord
      readonly validUntil: UnixSeconds
    } & Common)
  /** SERVFAIL with RFC 8914 reason; cached no longer than 5 s. */
  | {
      readonly kind: 'failure'
      readonly ede: ExtendedError
      readonly provenance?: Provenance
    }

export interface NameSystem {
  readonly id: string
  readonly suffixes: readonly string[]
  claims(name: Name): boolean
  /**
   * Answers `type` at `name`. `qname` is the lower-case domain name asked for: the owner name of
   * the records returned. Never throws for "not found"; throws only on programming errors.
   */
  lookup(name: Name, qname: DnsName, type: RecordType, signal: AbortSignal): Promise<Resolution>
  /** Push: the owner's data changed; caches drop exactly this owner. */
  onChange(listener: (owner: OwnerKey) => void): Unsubscribe
}
