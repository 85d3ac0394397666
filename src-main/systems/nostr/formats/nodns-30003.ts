import type { UnixSeconds } from '../../../env/env.ts'
import type { DnsName } from '../../../dns/wire/message.ts'
import { identifierOf } from '../../../relays/event-address.ts'
import type { VerifiedEvent } from '../../../relays/relay-service.ts'
import { looksLikePem } from './certificate.ts'
import { readCertificateContent } from './certificate-content.ts'
import { type Reading, reading } from './reading.ts'
import { hasTag } from './tags.ts'

const format = 'nodns-30003'

/** Kind 30003 with `d=nostr`: the NoDNS certificate. Bookmark sets use the same kind (NIP-51). */
export function readNodns30003(event: VerifiedEvent, apex: DnsName, now: UnixSeconds): Reading {
  if (identifierOf(event) !== 'nostr') return reading(format, 'ignore', 'not for .nostr')
  if (looksLikePem(event.content)) return readCertificateContent(format, event, apex, now)
  const isBookmarkSet = ['title', 'e', 'a', 'r', 'p'].some((name) => hasTag(event, name))
  if (event.content.trim() !== '' || isBookmarkSet) {
    return reading(format, 'ignore', 'a bookmark set')
  }
  return reading(format, 'accept-empty', 'certificate withdrawn')
}
