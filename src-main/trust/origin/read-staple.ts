import type { UnixSeconds } from '../../env/env.ts'
import type { PubkeyHex } from '../../names/name.ts'
import { encodeNpub } from '../../names/npub.ts'
import { readEvent } from '../../relays/event-shape.ts'
import type { VerifiedEvent } from '../../relays/relay-service.ts'
import { checkWithNoble } from '../../relays/schnorr.ts'
import { futureTolerance } from '../../systems/nostr/read-event.ts'
import type { Pin } from '../pin-policy.ts'
import { DerError, readWhole } from '../x509/der-reader.ts'
import { tags } from '../x509/der-writer.ts'
import { type Certificate, parseCertificate } from '../x509/parse-certificate.ts'
import { readStapleContent, stapleOid } from './staple-event.ts'

/** A staple of 32 hosts has less than 4 KB. Bytes. */
const longestText = 8 * 1024

/**
 * The pin that the certificate `der` carries in itself: an event signed by `owner`, still valid at
 * `now`, that commits to the certificate's key and to every name in it. Undefined for every other
 * certificate. A newer event of the owner that is known beats it: see `PinPolicyService.staplePin`.
 */
export function readStaple(der: Uint8Array, owner: PubkeyHex, now: UnixSeconds): Pin | undefined {
  const certificate = parseCertificate(der)
  const event = certificate && stapledEvent(certificate)
  if (certificate === undefined || event?.pubkey !== owner) return undefined
  const content = readStapleContent(event)
  if (content === undefined || content.spkiSha256 !== certificate.spkiSha256) return undefined
  if (event.created_at > now + futureTolerance || content.validUntil <= now) return undefined
  const npub = encodeNpub(owner)
  const names = new Set(
    content.hosts.flatMap((host) => {
      const prefix = host === '@' ? npub : `${host}.${npub}`
      return [`${prefix}.nostr`, `${prefix}.local`]
    }),
  )
  // Else whoever holds the key of one host could make a certificate for another.
  if (!certificate.names.every((name) => names.has(name))) return undefined
  // Last, because it is the only step that costs something.
  if (!checkWithNoble(event)) return undefined
  return {
    kind: 'spki',
    value: content.spkiSha256,
    strength: 'pin',
    format: 'staple',
    eventId: event.id,
    signedAt: event.created_at,
    validUntil: content.validUntil,
  }
}

/** The event in the certificate, with the right id; its signature is not checked. */
function stapledEvent({ extensions }: Certificate): VerifiedEvent | undefined {
  const value = extensions.get(stapleOid)?.value
  if (value === undefined || value.length > longestText) return undefined
  const text = textOf(value)
  if (text === undefined) return undefined
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return undefined
  }
  const reading = readEvent(json)
  return reading.ok ? reading.event : undefined
}

function textOf(value: Uint8Array): string | undefined {
  try {
    return Buffer.from(readWhole(value, tags.utf8String).value).toString('utf8')
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}
