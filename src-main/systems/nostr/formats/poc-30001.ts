import type { UnixSeconds } from '../../../env/env.ts'
import type { DnsName } from '../../../dns/wire/message.ts'
import { identifierOf } from '../../../relays/event-address.ts'
import type { VerifiedEvent } from '../../../relays/relay-service.ts'
import { looksLikePem } from './certificate.ts'
import { readCertificateContent } from './certificate-content.ts'
import { type Reading, reading } from './reading.ts'

const format = 'poc-30001'

/** Kind 30001 without `d`: the proof of concept's certificate. Others are old NIP-51 lists. */
export function readPoc30001(event: VerifiedEvent, apex: DnsName, now: UnixSeconds): Reading {
  if (identifierOf(event) !== '') return reading(format, 'ignore', 'a list')
  if (!looksLikePem(event.content)) return reading(format, 'ignore', 'no certificate')
  return readCertificateContent(format, event, apex, now)
}
