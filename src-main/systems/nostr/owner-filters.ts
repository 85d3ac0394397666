import type { Filter } from 'nostr-tools/filter'
import type { PubkeyHex } from '../../names/name.ts'
import { identifierOf } from '../../relays/event-address.ts'
import type { VerifiedEvent } from '../../relays/relay-service.ts'
import type { OptIn } from './choose-zone.ts'
import { canonicalPrefix, kinds } from './kinds.ts'

/**
 * The filters that fetch everything about `owner`'s names: one for each kind, so that a long list
 * of one kind cannot push another out of a relay's limit. Relays cannot index a missing `d`, so
 * more than one event of the proof of concept's kinds is asked for and chosen from here.
 */
export function ownerFilters(owner: PubkeyHex, optIn: OptIn): readonly Filter[] {
  const authors = [owner]
  const addresses = [
    `${kinds.canonical}:${owner}:${canonicalPrefix}@`,
    `${kinds.nodnsZone}:${owner}:`,
    `${kinds.pocAddress}:${owner}:`,
    `${kinds.pocCertificate}:${owner}:`,
    `${kinds.nodnsCertificate}:${owner}:nostr`,
  ]
  return [
    { kinds: [kinds.canonical], authors, limit: 200 },
    { kinds: [kinds.nodnsZone], authors, limit: 5 },
    { kinds: [kinds.nodnsCertificate], authors, '#d': ['nostr'], limit: 5 },
    { kinds: [kinds.pocAddress], authors, limit: 20 },
    { kinds: [kinds.pocCertificate], authors, limit: 5 },
    { kinds: [kinds.relayList], authors, limit: 1 },
    // NIP-09: `k` says which kinds a deletion is about, but is not required.
    { kinds: [kinds.deletion], authors, '#k': [String(kinds.canonical)], limit: 50 },
    { kinds: [kinds.deletion], authors, '#a': addresses, limit: 20 },
    ...(optIn.nns ? [{ kinds: [kinds.nns], authors, limit: 50 }] : []),
    ...(optIn.dnstr ? [{ kinds: [kinds.dnstr], authors, limit: 5 }] : []),
  ]
}

/** True for an event after which waiting for worse formats is pointless. */
export function isCanonical(event: VerifiedEvent): boolean {
  return event.kind === kinds.canonical && identifierOf(event).startsWith(canonicalPrefix)
}
