import { X509Certificate, createHash } from 'node:crypto'
import type { UnixSeconds } from '../../../env/env.ts'
import type { DnsName } from '../../../dns/wire/message.ts'
import type { PinHint } from './reading.ts'

export type CertificateReading =
  | { readonly ok: true; readonly hint: PinHint }
  | {
      readonly ok: false
      readonly problem: 'unparseable' | 'several' | 'authority' | 'other-name'
    }
  | { readonly ok: false; readonly problem: 'expired'; readonly lapsedAt: UnixSeconds }

const begin = '-----BEGIN CERTIFICATE-----'
const end = '-----END CERTIFICATE-----'

/** True if `text` sets out to be PEM, so that broken PEM is rejected rather than ignored. */
export function looksLikePem(text: string): boolean {
  return text.includes(begin)
}

/**
 * Reads the one certificate in `pem` as a pin hint for `name`.
 *
 * `openssl req -x509` marks what it makes CA:TRUE, so a self-issued certificate passes: it is only
 * ever compared for equality and never becomes an issuer. A certificate with that mark that somebody
 * else issued is an intermediate and is refused. The start of validity is left to the moment of
 * use (`validFrom`): a publisher whose clock runs ahead does not lose its slot.
 */
export function readPemCertificate(
  pem: string,
  name: DnsName,
  now: UnixSeconds,
): CertificateReading {
  if (pem.split(begin).length > 2) return { ok: false, problem: 'several' }
  const start = pem.indexOf(begin)
  const stop = pem.indexOf(end, start)
  if (start < 0 || stop < 0) return { ok: false, problem: 'unparseable' }
  return checkCertificate(parseCertificate(pem.slice(start, stop + end.length)), name, now)
}

/** The same for a bare DER certificate in base64. */
export function readServerCertificate(
  base64: string,
  name: DnsName,
  now: UnixSeconds,
): CertificateReading {
  return checkCertificate(parseCertificate(Buffer.from(base64, 'base64')), name, now)
}

/** PEM of a DER certificate in base64, in the lines OpenSSL writes; undefined if it is none. */
export function pemOf(base64: string): string | undefined {
  return parseCertificate(Buffer.from(base64, 'base64'))?.toString()
}

function checkCertificate(
  certificate: X509Certificate | undefined,
  name: DnsName,
  now: UnixSeconds,
): CertificateReading {
  const hint = certificate && hintFrom(certificate)
  if (certificate === undefined || hint === undefined) return { ok: false, problem: 'unparseable' }
  if (certificate.ca && !certificate.checkIssued(certificate)) {
    return { ok: false, problem: 'authority' }
  }
  if (certificate.checkHost(name, { subject: 'never', wildcards: false }) === undefined) {
    return { ok: false, problem: 'other-name' }
  }
  if (hint.validTo <= now) return { ok: false, problem: 'expired', lapsedAt: hint.validTo }
  return { ok: true, hint }
}

/** Pin hint of a bare DER certificate in base64; undefined when it cannot be read. */
export function readDerCertificate(base64: string): PinHint | undefined {
  const certificate = parseCertificate(Buffer.from(base64, 'base64'))
  return certificate && hintFrom(certificate)
}

function parseCertificate(source: string | Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(source)
  } catch {
    return undefined
  }
}

function hintFrom(certificate: X509Certificate): PinHint | undefined {
  const validFrom = Date.parse(certificate.validFrom) / 1000
  const validTo = Date.parse(certificate.validTo) / 1000
  const spki = spkiOf(certificate)
  if (spki === undefined || Number.isNaN(validFrom) || Number.isNaN(validTo)) return undefined
  return {
    certificateSha256: sha256(certificate.raw),
    spkiSha256: sha256(spki),
    der: certificate.raw.toString('base64'),
    validFrom,
    validTo,
  }
}

/** Undefined for keys of an algorithm this Node cannot load. */
function spkiOf(certificate: X509Certificate): Buffer | undefined {
  try {
    return certificate.publicKey.export({ type: 'spki', format: 'der' })
  } catch {
    return undefined
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
