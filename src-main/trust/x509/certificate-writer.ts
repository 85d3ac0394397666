import { sign, type KeyObject } from 'node:crypto'
import type { RandomSource, UnixSeconds } from '../../env/env.ts'
import {
  bitString,
  contextConstructed,
  oid,
  sequence,
  time,
  unsignedInteger,
} from './der-writer.ts'
import { writeExtension, type Extension } from './extensions.ts'
import { oids } from './object-identifiers.ts'

export interface CertificateFields {
  /** DER of the subject's Name. */
  readonly subject: Uint8Array
  /** DER of the subject's SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  readonly validFrom: UnixSeconds
  readonly validTo: UnixSeconds
  readonly extensions: readonly Extension[]
}

/** Who signs: an authority, or the subject itself. */
export interface Signer {
  /** DER of the signer's Name. */
  readonly name: Uint8Array
  /** Private key on P-256 or secp256k1. */
  readonly key: KeyObject
}

const version3 = contextConstructed(0, unsignedInteger(Uint8Array.of(2)))
const ecdsaWithSha256 = sequence(oid(oids.ecdsaWithSha256))

/** DER of a certificate (RFC 5280 s.4.1) signed with ECDSA and SHA-256. */
export function writeCertificate(
  random: RandomSource,
  fields: CertificateFields,
  signer: Signer,
): Buffer {
  const toBeSigned = sequence(
    version3,
    unsignedInteger(serialNumber(random)),
    ecdsaWithSha256,
    signer.name,
    sequence(time(fields.validFrom), time(fields.validTo)),
    fields.subject,
    fields.spki,
    contextConstructed(3, sequence(...fields.extensions.map(writeExtension))),
  )
  const signature = sign('sha256', toBeSigned, { key: signer.key, dsaEncoding: 'der' })
  return sequence(toBeSigned, ecdsaWithSha256, bitString(signature))
}

/** Positive, of exactly 126 bits: no verifier's limit of 20 bytes or sign rule is near. */
function serialNumber(random: RandomSource): Uint8Array {
  const bytes = random.bytes(16)
  const first = bytes[0] ?? 0
  return Uint8Array.of((first & 0x1f) | 0x20, ...bytes.subarray(1))
}
