import { getCurves } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { UnixSeconds } from '../../env/env.ts'
import type { PubkeyHex } from '../../names/name.ts'
import type { Pin } from '../pin-policy.ts'
import { covers } from '../pins/judge.ts'
import { parseCertificate } from '../x509/parse-certificate.ts'

/**
 * Certificates whose key is the Nostr key itself, as the proof of concept's `alt` server has them.
 * They need no event and no relay; and there is neither change of keys nor revocation, and the secret
 * key lies on the web server.
 */

/**
 * True where TLS knows secp256k1: Node with OpenSSL, but not Electron, whose TLS is BoringSSL
 * (electron issue 32535).
 */
export function canSpeakAlt(): boolean {
  return getCurves().includes('secp256k1')
}

/**
 * The client settings such a server needs: TLS 1.2, because 1.3 has no signature scheme for the
 * curve, and the curve in the list of groups, where clients by default have it not.
 */
export function altContext(): SecureContext {
  return createSecureContext({
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    ecdhCurve: 'X25519:P-256:secp256k1',
    ca: [],
  })
}

/**
 * The pin that the certificate `der`, shown for `domain`, is by its key: the point on secp256k1 whose
 * x coordinate is `owner`. The sign of y does not count, because an npub has none. Undefined for
 * every other certificate. Without an event, only the dates of the certificate limit it.
 */
export function verifyAlt(
  der: Uint8Array,
  owner: PubkeyHex,
  domain: string,
  now: UnixSeconds,
): Pin | undefined {
  const certificate = parseCertificate(der)
  if (certificate?.key.type !== 'secp256k1' || certificate.key.x !== owner) return undefined
  if (!certificate.names.some((name) => covers(name, domain))) return undefined
  if (certificate.validFrom > now || certificate.validTo <= now) return undefined
  return {
    kind: 'spki',
    value: certificate.spkiSha256,
    strength: 'hint',
    format: 'nostr-key',
    eventId: '',
    signedAt: certificate.validFrom,
    validUntil: certificate.validTo,
  }
}
