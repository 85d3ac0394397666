import type { PubkeyHex } from '../names/name.ts'
import type { EventStore, RelayService, VerifiedEvent } from '../relays/relay-service.ts'
import { kinds } from '../systems/nostr/kinds.ts'

/** What relays and this computer hold of an owner before something new is signed. */
export interface Survey {
  /** The owner's events of the kinds we write, and the relay list; no duplicates. */
  readonly events: readonly VerifiedEvent[]
  /** Relays that were asked. */
  readonly askedUrls: readonly string[]
  /** Relays that told everything they have (EOSE). Only their slots are known, so only there may a
   * compatibility copy be written. */
  readonly reachedUrls: readonly string[]
  /** Relays that delivered an event, by event id. */
  readonly holders: ReadonlyMap<string, readonly string[]>
}

/** Asks all relays that publishing would use, and the local store, which also works offline. */
export async function surveyOwner(
  relays: RelayService,
  store: EventStore,
  owner: PubkeyHex,
  signal: AbortSignal,
): Promise<Survey> {
  // One filter for each kind: a user's many lists of kind 30000 must not crowd out the rest.
  const filters = [
    ...[
      kinds.canonical,
      kinds.nodnsZone,
      kinds.pocAddress,
      kinds.pocCertificate,
      kinds.relayList,
    ].map((kind) => ({ authors: [owner], kinds: [kind] })),
    { authors: [owner], kinds: [kinds.nodnsCertificate], '#d': ['nostr'] },
  ]
  const [found, held] = await Promise.all([
    relays.fetchFromAll(filters, { signal }),
    store.query(filters),
  ])
  const events = new Map<string, VerifiedEvent>()
  for (const event of [...found.events.map((stored) => stored.event), ...held]) {
    if (event.pubkey === owner) events.set(event.id, event)
  }
  return {
    holders: new Map(found.events.map(({ event, relays: urls }) => [event.id, urls])),
    events: [...events.values()],
    askedUrls: found.relays.map(({ url }) => url),
    reachedUrls: found.relays.filter(({ outcome }) => outcome === 'eose').map(({ url }) => url),
  }
}

/** The newest of `events`; at the same second the lowest id wins (NIP-01). */
export function newestOf(events: readonly VerifiedEvent[]): VerifiedEvent | undefined {
  return events.toSorted((a, b) => b.created_at - a.created_at || (a.id < b.id ? -1 : 1))[0]
}
