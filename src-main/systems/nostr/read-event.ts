import type { UnixSeconds } from '../../env/env.ts'
import type { DnsName } from '../../dns/wire/message.ts'
import { encodeNpub } from '../../names/npub.ts'
import type { PubkeyHex } from '../../names/name.ts'
import { expirationOf, identifierOf } from '../../relays/event-address.ts'
import type { VerifiedEvent } from '../../relays/relay-service.ts'
import { canonicalPrefix, kinds } from './kinds.ts'
import { readCanonical } from './formats/canonical-31111.ts'
import { readDnstr31034 } from './formats/dnstr-31034.ts'
import { readNns30053 } from './formats/nns-30053.ts'
import { readNodns11111 } from './formats/nodns-11111.ts'
import { readNodns30003 } from './formats/nodns-30003.ts'
import { readNodns31111 } from './formats/nodns-31111.ts'
import { readPoc30000 } from './formats/poc-30000.ts'
import { readPoc30001 } from './formats/poc-30001.ts'
import { type FormatId, type Reading, reading } from './formats/reading.ts'
import { limits } from './formats/record-text.ts'

/** How far a signer's clock may run ahead of ours. Seconds. */
export const futureTolerance = 600

type Reader = (event: VerifiedEvent, apex: DnsName, now: UnixSeconds) => Reading

/** The owner's apex: every relative name in its events ends in this. */
export function apexOf(owner: PubkeyHex): DnsName {
  return `${encodeNpub(owner)}.nostr`
}

/**
 * What `event` says about its author's names at `now`. Pure and total: any event whatever gets a
 * verdict. The id and signature must have been checked before.
 */
export function readEvent(event: VerifiedEvent, now: UnixSeconds): Reading {
  const found = readerOf(event)
  if (found === undefined) return reading('unknown', 'ignore', 'a kind without name data')
  const [format, read] = found
  const refusal = refusalOf(event, now)
  if (refusal !== undefined) return reading(format, 'reject', refusal)
  const result = withExpiration(event, read(event, apexOf(event.pubkey), now))
  return result.validUntil !== undefined && result.validUntil <= now
    ? reading(format, 'reject', 'expired', { host: result.host, lapsedAt: result.validUntil })
    : result
}

function readerOf(event: VerifiedEvent): readonly [FormatId, Reader] | undefined {
  switch (event.kind) {
    case kinds.canonical:
      return isWellFormed(event) && identifierOf(event).startsWith(canonicalPrefix)
        ? ['canonical', readCanonical]
        : ['nodns-31111', readNodns31111]
    case kinds.nodnsZone:
      return ['nodns-11111', readNodns11111]
    case kinds.nodnsCertificate:
      return ['nodns-30003', readNodns30003]
    case kinds.pocAddress:
      return ['poc-30000', readPoc30000]
    case kinds.pocCertificate:
      return ['poc-30001', readPoc30001]
    case kinds.nns:
      return ['nns-30053', readNns30053]
    case kinds.dnstr:
      return ['dnstr-31034', readDnstr31034]
    default:
      return undefined
  }
}

function refusalOf(event: VerifiedEvent, now: UnixSeconds): string | undefined {
  if (!isWellFormed(event)) return 'not shaped like an event'
  if (sizeOf(event) > limits.event) return `larger than ${limits.event} octets`
  if (event.created_at > now + futureTolerance) return 'signed in the future'
  return undefined
}

/** Verified events always are; a reader that is handed anything else must still not throw. */
function isWellFormed(event: VerifiedEvent): boolean {
  const { content, created_at: createdAt, pubkey, tags } = event as Partial<Record<string, unknown>>
  return (
    typeof content === 'string' &&
    Number.isSafeInteger(createdAt) &&
    typeof pubkey === 'string' &&
    /^[0-9a-f]{64}$/u.test(pubkey) &&
    Array.isArray(tags) &&
    tags.every((tag) => Array.isArray(tag) && tag.every((element) => typeof element === 'string'))
  )
}

/** Octets of the event's text, close to its size on the wire. */
function sizeOf(event: VerifiedEvent): number {
  let size = 300 + Buffer.byteLength(event.content)
  for (const tag of event.tags) {
    for (const element of tag) size += Buffer.byteLength(element) + 3
    if (size > limits.event) break
  }
  return size
}

/** NIP-40 holds for the formats that know no expiry of their own, too. */
function withExpiration(event: VerifiedEvent, result: Reading): Reading {
  if (result.validUntil !== undefined) return result
  const expiration = expirationOf(event)
  return expiration === undefined ? result : { ...result, validUntil: expiration }
}
