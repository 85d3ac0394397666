import { createHash } from 'node:crypto'
import type { UnixSeconds } from '../../env/env.ts'
import {
  bitStringBytes,
  booleanOf,
  createDerCursor,
  DerError,
  integerBytes,
  oidText,
  readAll,
  readWhole,
  timeOf,
} from './der-reader.ts'
import { tags } from './der-writer.ts'
import { readName } from './distinguished-name.ts'
import type { Extension } from './extensions.ts'
import { oids } from './object-identifiers.ts'

/** What a certificate says. Nothing of it is verified: that is the business of pins or of chains. */
export interface Certificate {
  readonly der: Uint8Array
  /** Bytes of the serial number, hex. */
  readonly serialNumber: string
  /** `CN=…`, safe to show; empty when the subject is. */
  readonly subject: string
  readonly issuer: string
  /** DER of the Name. */
  readonly subjectDer: Uint8Array
  readonly issuerDer: Uint8Array
  readonly commonNames: readonly string[]
  /** DNS names of the SAN, lower-case, in order. A common name is never among them (RFC 9525). */
  readonly names: readonly string[]
  /** IP addresses of the SAN: 4 or 16 bytes each. */
  readonly addresses: readonly Uint8Array[]
  readonly validFrom: UnixSeconds
  readonly validTo: UnixSeconds
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  /** SHA-256 of `spki`, hex: the data of a TLSA 3 1 1 record. */
  readonly spkiSha256: string
  readonly key: CertificateKey
  readonly isCa: boolean
  /** By dotted object identifier. */
  readonly extensions: ReadonlyMap<string, Extension>
}

export type CertificateKey =
  /** `x` is the point's x coordinate, 64 hex digits: on secp256k1 it can be compared with an npub. */
  | { readonly type: 'p256' | 'secp256k1'; readonly x: string }
  | { readonly type: 'rsa' | 'ed25519' | 'other' }

/** No server certificate is near this, and bounded input bounds the work. Bytes. */
const longestCertificate = 64 * 1024

/**
 * Reads an X.509 certificate (RFC 5280) from anybody. Undefined for everything that is not one in
 * strict DER; never throws.
 */
export function parseCertificate(der: Uint8Array): Certificate | undefined {
  if (der.length > longestCertificate) return undefined
  try {
    return readCertificate(der)
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}

function readCertificate(der: Uint8Array): Certificate {
  const outer = createDerCursor(readWhole(der, tags.sequence).value)
  const fields = createDerCursor(outer.next(tags.sequence).value)
  const outerAlgorithm = outer.next(tags.sequence)
  bitStringBytes(outer.next(tags.bitString))
  outer.end()

  const version = fields.optional(0xa0)
  const hasExtensions = version !== undefined && versionOf(version.value) === 2
  const serial = integerBytes(fields.next(tags.integer))
  const innerAlgorithm = fields.next(tags.sequence)
  // RFC 5280 s.4.1.1.2: both MUST be the same.
  if (Buffer.compare(innerAlgorithm.raw, outerAlgorithm.raw) !== 0) {
    throw new DerError('two signature algorithms')
  }
  const issuer = fields.next(tags.sequence)
  const validity = createDerCursor(fields.next(tags.sequence).value)
  const validFrom = timeOf(validity.next())
  const validTo = timeOf(validity.next())
  validity.end()
  const subject = fields.next(tags.sequence)
  const spki = fields.next(tags.sequence)
  // issuerUniqueID and subjectUniqueID: obsolete, and of no meaning here.
  fields.optional(0x81)
  fields.optional(0x82)
  const wrapped = hasExtensions ? fields.optional(0xa3) : undefined
  fields.end()

  const extensions = wrapped === undefined ? new Map() : readExtensions(wrapped.value)
  const subjectName = readName(subject.value)
  return {
    der,
    serialNumber: Buffer.from(serial).toString('hex'),
    subject: subjectName.text,
    issuer: readName(issuer.value).text,
    subjectDer: subject.raw,
    issuerDer: issuer.raw,
    commonNames: subjectName.commonNames,
    ...readAlternativeNames(extensions.get(oids.subjectAltName)),
    validFrom,
    validTo,
    spki: spki.raw,
    spkiSha256: createHash('sha256').update(spki.raw).digest('hex'),
    key: readKey(spki.value),
    isCa: readIsCa(extensions.get(oids.basicConstraints)),
    extensions,
  }
}

function versionOf(value: Uint8Array): number {
  const bytes = integerBytes(readWhole(value, tags.integer))
  const version = bytes.length === 1 ? bytes[0] : undefined
  if (version === undefined || version > 2) throw new DerError('not a version of X.509')
  return version
}

function readExtensions(wrapped: Uint8Array): ReadonlyMap<string, Extension> {
  const extensions = new Map<string, Extension>()
  for (const element of readAll(readWhole(wrapped, tags.sequence).value)) {
    if (element.tag !== tags.sequence) throw new DerError('not an extension')
    const cursor = createDerCursor(element.value)
    const oid = oidText(cursor.next(tags.oid))
    const critical = cursor.optional(tags.boolean)
    const { value } = cursor.next(tags.octetString)
    cursor.end()
    // RFC 5280 s.4.2: at most one of each; two SANs would let readers disagree.
    if (extensions.has(oid)) throw new DerError('an extension that occurs twice')
    const isCritical = critical !== undefined && booleanOf(critical)
    extensions.set(oid, { oid, isCritical, value })
  }
  return extensions
}

function readAlternativeNames(extension: Extension | undefined): {
  readonly names: readonly string[]
  readonly addresses: readonly Uint8Array[]
} {
  const names: string[] = []
  const addresses: Uint8Array[] = []
  const elements =
    extension === undefined ? [] : readAll(readWhole(extension.value, tags.sequence).value)
  for (const { tag, value } of elements) {
    if (tag === 0x82) names.push(dnsNameOf(value))
    if (tag === 0x87) addresses.push(value)
  }
  return { names, addresses }
}

function dnsNameOf(value: Uint8Array): string {
  const text = Buffer.from(value).toString('latin1')
  // A NUL or a space inside a name has been used to make readers see different names.
  if (!/^[\x21-\x7e]+$/u.test(text)) throw new DerError('not a DNS name')
  return text.toLowerCase()
}

function readIsCa(extension: Extension | undefined): boolean {
  if (extension === undefined) return false
  const flag = createDerCursor(readWhole(extension.value, tags.sequence).value).optional(
    tags.boolean,
  )
  return flag !== undefined && booleanOf(flag)
}

const curves: Readonly<Record<string, 'p256' | 'secp256k1'>> = {
  [oids.p256]: 'p256',
  [oids.secp256k1]: 'secp256k1',
}

function readKey(spki: Uint8Array): CertificateKey {
  const cursor = createDerCursor(spki)
  const algorithm = createDerCursor(cursor.next(tags.sequence).value)
  const point = bitStringBytes(cursor.next(tags.bitString))
  cursor.end()
  const type = oidText(algorithm.next(tags.oid))
  if (type === oids.rsaEncryption) return { type: 'rsa' }
  if (type === oids.ed25519) return { type: 'ed25519' }
  const named = type === oids.ecPublicKey ? algorithm.optional(tags.oid) : undefined
  const curve = named === undefined ? undefined : curves[oidText(named)]
  return curve === undefined || !isPoint(point)
    ? { type: 'other' }
    : { type: curve, x: Buffer.from(point.subarray(1, 33)).toString('hex') }
}

/** Uncompressed or compressed form of a point on a 256-bit curve (SEC 1 s.2.3.3). */
function isPoint(bytes: Uint8Array): boolean {
  const [form] = bytes
  return form === 4 ? bytes.length === 65 : (form === 2 || form === 3) && bytes.length === 33
}
