import { createHash } from 'node:crypto'
import type { ServedCertificate } from '../pin-policy.ts'
import { parseCertificate } from './parse-certificate.ts'

/** SHA-256 of a whole DER certificate, 64 lower-case hex digits (TLSA 3 0 1). */
export function certificateSha256(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('hex')
}

/**
 * SHA-256 of the SubjectPublicKeyInfo of a DER certificate, 64 lower-case hex digits (TLSA 3 1 1);
 * undefined when `der` is not a certificate.
 */
export function spkiSha256(der: Uint8Array): string | undefined {
  return parseCertificate(der)?.spkiSha256
}

/**
 * What a server presented, for judging and showing. A certificate that cannot be read has no names
 * and an empty `spkiSha256`, which no pin equals.
 */
export function describeServed(der: Uint8Array): ServedCertificate {
  const parsed = parseCertificate(der)
  return {
    der: Buffer.from(der).toString('base64'),
    certificateSha256: certificateSha256(der),
    spkiSha256: parsed?.spkiSha256 ?? '',
    subject: parsed === undefined ? '(unreadable certificate)' : parsed.subject,
    names: parsed?.names ?? [],
    validFrom: parsed?.validFrom ?? 0,
    validTo: parsed?.validTo ?? 0,
  }
}
