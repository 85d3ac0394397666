import { X509Certificate } from 'node:crypto'

/** Beginning of the common name of every root this program makes. */
export const ownNamePrefix = 'Nostr Names ('

const ownName = /^Nostr Names \([A-Za-z0-9._-]+\) [0-9a-f]{8}$/u

/** A root certificate of this program: an authority that can sign for `.nostr` names only. */
export interface OwnRoot {
  readonly pem: string
  /** Lower-case hex of the SHA-256 of the DER. */
  readonly sha256: string
  /** Upper-case hex of the SHA-1 of the DER: what Windows calls the thumbprint. */
  readonly sha1: string
  readonly commonName: string
}

/**
 * The one certificate in `pem`, if this program made it: our name, an authority, and the critical
 * name constraints that we always write. Anything else is undefined and must not be touched: a name
 * alone proves nothing.
 */
export function readOwnRoot(pem: string): OwnRoot | undefined {
  const certificate = parse(pem)
  if (certificate === undefined || !certificate.ca) return undefined
  if (certificate.subject !== certificate.issuer) return undefined
  const commonName = commonNameOf(certificate)
  if (commonName === undefined || !ownName.test(commonName)) return undefined
  return isConstrainedToOurNames(certificate.raw) ? describe(certificate, commonName) : undefined
}

/** SHA-256 and common name of any certificate; undefined when `pem` is none. */
export function identify(
  pem: string,
): { readonly sha256: string; readonly commonName: string | undefined } | undefined {
  const certificate = parse(pem)
  if (certificate === undefined) return undefined
  return { sha256: plainHex(certificate.fingerprint256), commonName: commonNameOf(certificate) }
}

/** The PEM blocks in `text`, each a certificate of its own. */
export function splitPem(text: string): readonly string[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/gu) ?? []
  return blocks.map((block) => `${block.replaceAll('\r', '')}\n`)
}

/** Lower-case hex without separators, as all of this program writes fingerprints. */
export function plainHex(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase()
}

function parse(pem: string): X509Certificate | undefined {
  if (splitPem(pem).length !== 1) return undefined
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

function describe(certificate: X509Certificate, commonName: string): OwnRoot {
  return {
    pem: certificate.toString(),
    sha256: plainHex(certificate.fingerprint256),
    sha1: certificate.fingerprint.replaceAll(':', ''),
    commonName,
  }
}

function commonNameOf(certificate: X509Certificate): string | undefined {
  const name: unknown = certificate.toLegacyObject().subject?.CN
  return typeof name === 'string' ? name : undefined
}

/**
 * NameConstraints (RFC 5280 s.4.2.1.10) as DER: permitted DNS `nostr`, excluded 0.0.0.0/0 and ::/0.
 * DER is canonical, so the same constraints are always these bytes.
 */
const ourConstraints = Buffer.from(
  `303da009300782056e6f737472a130300a8708${'00'.repeat(8)}30228720${'00'.repeat(32)}`,
  'hex',
)
const nameConstraintsOid = Buffer.from('551d1e', 'hex')

/** Node does not show extensions, so this walks the DER: certificate, TBS, [3], extensions. */
function isConstrainedToOurNames(der: Uint8Array): boolean {
  const tbs = children(children(der)[0]?.value)[0]
  const extensions = children(children(tbs?.value).find(({ tag }) => tag === 0xa3)?.value)[0]
  const found = children(extensions?.value)
    .map(({ value }) => children(value))
    .filter(([oid]) => oid !== undefined && nameConstraintsOid.equals(oid.value))
  const [, critical, value] = found[0] ?? []
  return (
    found.length === 1 &&
    critical?.tag === 0x01 &&
    critical.value[0] === 0xff &&
    value !== undefined &&
    ourConstraints.equals(value.value)
  )
}

interface Element {
  readonly tag: number
  readonly value: Uint8Array
}

/** The DER elements that `bytes` consists of; none when they are not DER (X.690 s.8.1). */
function children(bytes: Uint8Array | undefined): readonly Element[] {
  const elements: Element[] = []
  let at = 0
  while (bytes !== undefined && at < bytes.length) {
    const tag = bytes[at] ?? 0
    let length = bytes[at + 1] ?? 0x80
    at += 2
    if (length >= 0x80) {
      const octets = length & 0x7f
      if (octets < 1 || octets > 3) return []
      length = 0
      for (let i = 0; i < octets; i++) length = length * 256 + (bytes[at++] ?? 0)
    }
    if (at + length > bytes.length) return []
    elements.push({ tag, value: bytes.subarray(at, at + length) })
    at += length
  }
  return elements
}
