import type { Event } from 'nostr-tools/pure'
import type { Filter } from 'nostr-tools/filter'
import type { Service } from '../env/service.ts'
import type { Unsubscribe } from '../env/env.ts'
import type { PubkeyHex } from '../names/name.ts'

/** An event whose id and signature were checked (NIP-01). Only `verify.ts` makes these. */
export type VerifiedEvent = Event & { readonly brand?: 'VerifiedEvent' }

/** A verified event as held locally, with who delivered it. */
export interface StoredEvent {
  readonly event: VerifiedEvent
  /**
   * Relay URLs that delivered it, oldest first; `local` when made here, `embedded` when a client sent
   * it to our own relay.
   */
  readonly relays: readonly string[]
  readonly firstSeenMs: number
  readonly lastSeenMs: number
}

export type RelayOutcome = 'eose' | 'timeout' | 'closed' | 'unreachable' | 'aborted'

export interface RelayAnswer {
  readonly url: string
  readonly outcome: RelayOutcome
  /** Valid events this relay delivered in this fetch. */
  readonly events: number
  readonly elapsedMs: number
  /** CLOSED reason, socket error … */
  readonly detail?: string
}

/** What one look-up over several relays found (specs/nostr-dns.md s.4.6). */
export interface FetchOutcome {
  readonly events: readonly StoredEvent[]
  readonly relays: readonly RelayAnswer[]
  /** Relays that sent EOSE: 2 or more make a denial believable (NXDOMAIN), fewer do not. */
  readonly eoseCount: number
}

export interface FetchRequest {
  readonly owner: PubkeyHex
  /** One REQ with these separate filters, so that no kind starves another. */
  readonly filters: readonly Filter[]
  /** True for an event that ends the wait early (any canonical one); the 300 ms grace follows. */
  readonly isDecisive: (event: VerifiedEvent) => boolean
  /** Extra relay URLs (NIP-05 hints). */
  readonly hints?: readonly string[]
  readonly signal: AbortSignal
}

export interface PublishOutcome {
  readonly url: string
  /** `refused` is an OK=false, whose reason is in `detail`. */
  readonly outcome: 'ok' | 'refused' | 'timeout' | 'unreachable'
  readonly detail?: string
  readonly elapsedMs: number
}

export type RelayState = 'connected' | 'connecting' | 'waiting' | 'idle'

export interface RelayHealth {
  readonly url: string
  /** Where the URL comes from. */
  readonly origin: 'default' | 'user' | 'embedded' | 'outbox' | 'indexer' | 'hint'
  readonly state: RelayState
  readonly lastError?: string
  /** Milliseconds of the last REQ to EOSE; absent before the first. */
  readonly latencyMs?: number
  readonly eventsAccepted: number
  /** Events dropped: bad id or signature, wrong author or kind, too large, from the future. */
  readonly eventsRejected: number
  readonly connectedSinceMs?: number
}

/** Everything the rest of the program asks of relays. */
export interface RelayService extends Service {
  /** Stored events first, if `cached`; otherwise the network under the quorum and timing rules. */
  fetchOwner(request: FetchRequest): Promise<FetchOutcome>
  /** Keeps a live subscription on `owner` until the returned function is called. */
  follow(owner: PubkeyHex, filters: readonly Filter[]): Unsubscribe
  /** Sends `event` to `urls`, or by default to the owner's write relays plus defaults. */
  publish(
    event: VerifiedEvent,
    options: {
      readonly urls?: readonly string[]
      readonly signal: AbortSignal
      readonly onOutcome?: (outcome: PublishOutcome) => void
    },
  ): Promise<readonly PublishOutcome[]>
  /**
   * Every event that `urls` (default: all relays `publish` would use) hold for `filters`, for the
   * guard that never overwrites a foreign slot.
   */
  fetchFromAll(
    filters: readonly Filter[],
    options: { readonly urls?: readonly string[]; readonly signal: AbortSignal },
  ): Promise<FetchOutcome>
  health(): readonly RelayHealth[]
  onHealthChange(listener: () => void): Unsubscribe
}

export type AcceptVerdict =
  | 'stored'
  /** Already held: provenance updated only. */
  | 'duplicate'
  /** Older than the high-water mark of its address: relay rollback, refused. */
  | 'older'
  /** `created_at` later than now + 600 s: refused and not remembered. */
  | 'future'
  /** NIP-40 expiration is past. */
  | 'expired'
  /** The address was deleted by its owner at or after this time (NIP-09). */
  | 'deleted'

/** Verified events on disk, newest per replaceable address, with rollback protection. */
export interface EventStore extends Service {
  /** Resolves after the event is fsynced when `durable` (own events), else when it is queued. */
  accept(
    event: VerifiedEvent,
    relay: string,
    options?: { readonly durable?: boolean },
  ): Promise<AcceptVerdict>
  /** Everything held by `owner`, newest first. Synchronous-fast: answers come from memory when hot. */
  byOwner(owner: PubkeyHex): Promise<readonly StoredEvent[]>
  /** NIP-01 query, newest first (ties: lowest id first), for the embedded relay. */
  query(filters: readonly Filter[]): Promise<readonly VerifiedEvent[]>
  /** Largest `created_at` ever accepted for `kind:pubkey:d`, or undefined. Survives restarts. */
  highWaterMark(kind: number, pubkey: PubkeyHex, d: string): Promise<number | undefined>
  /** When relays last finished a fetch of this owner, with how many EOSEs; milliseconds. */
  lastFetched(
    owner: PubkeyHex,
  ): Promise<{ readonly atMs: number; readonly eoseCount: number } | undefined>
  markFetched(owner: PubkeyHex, eoseCount: number): Promise<void>
  /** Drops everything held by `owner` except high-water marks. */
  forget(owner: PubkeyHex): Promise<void>
  onStored(listener: (stored: StoredEvent) => void): Unsubscribe
}
