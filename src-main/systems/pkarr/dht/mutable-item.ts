/** BEP 44 mutable items without salt, as PKARR stores them. */
import { createHash, createPublicKey, verify } from 'node:crypto'
import type { SignedPacket } from '../carrier.ts'
import { openPacket, payloadLimit } from '../signed-packet.ts'
import { encodeBencode, type Bencoded, type BencodedDict } from './bencode.ts'
import { bytesOf } from './krpc-message.ts'

/** What a `get` reply holds. */
export type ItemReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'packet'; readonly packet: SignedPacket }
  /** Signed by the key, so that it holds its `seq`, but no DNS message. */
  | { readonly kind: 'not-dns'; readonly seq: bigint }
  /** Not signed by the key: the node lies or is broken. */
  | { readonly kind: 'forged' }

/** BEP 44: a bencoded value has less than 1000 bytes, and PKARR counts only its string. */
const maxValueBytes = payloadLimit + 5

/** Where the network keeps the item of `publicKey`: its SHA-1, for there is no salt. */
export function targetOf(publicKey: Uint8Array): Uint8Array {
  return createHash('sha1').update(publicKey).digest()
}

/** The bytes an owner signs for any value; `signedBytes` of a packet is the same for its payload. */
export function signedItemBytes(seq: bigint, value: Bencoded): Buffer {
  return Buffer.concat([Buffer.from(`3:seqi${seq}e1:v`, 'latin1'), encodeBencode(value)])
}

/**
 * A reader of items under `publicKey` (32 bytes). It checks each distinct item once, since most
 * nodes have the same one.
 */
export function createItemReader(publicKey: Uint8Array): (values: BencodedDict) => ItemReading {
  const known = new Map<string, ItemReading>()
  return (values) => {
    const value = values.get('v')
    if (value === undefined) return { kind: 'none' }
    const seq = values.get('seq')
    const signature = bytesOf(values, 'sig')
    const claimed = bytesOf(values, 'k')
    if (typeof seq !== 'bigint' || signature === undefined) return { kind: 'forged' }
    // A reply may leave `k` out, but not name another: that item belongs to another target.
    if (claimed !== undefined && !Buffer.from(publicKey).equals(claimed)) return { kind: 'forged' }
    const encoded = encodeBencode([seq, signature, value])
    const fingerprint = createHash('sha256').update(encoded).digest('base64')
    const reading = known.get(fingerprint) ?? readItem(publicKey, seq, signature, value)
    known.set(fingerprint, reading)
    return reading
  }
}

function readItem(
  publicKey: Uint8Array,
  seq: bigint,
  signature: Uint8Array,
  value: Bencoded,
): ItemReading {
  if (value instanceof Uint8Array && value.length <= payloadLimit) {
    const opened = openPacket(publicKey, { signature, timestampUs: seq, payload: value })
    if (opened.ok) return { kind: 'packet', packet: opened.value }
    return opened.error.code === 'pkarr.not-dns' ? { kind: 'not-dns', seq } : { kind: 'forged' }
  }
  const isPossible = seq >= 0n && encodeBencode(value).length <= maxValueBytes
  return isPossible && isSigned(publicKey, signedItemBytes(seq, value), signature)
    ? { kind: 'not-dns', seq }
    : { kind: 'forged' }
}

function isSigned(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const x = Buffer.from(publicKey).toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return verify(null, message, key, signature)
}
