import { createPublicKey, verify } from 'node:crypto'
import { decodeMessage } from '../../dns/wire/decode.ts'
import { WireError } from '../../dns/wire/wire-error.ts'
import { fail, ok, type Result } from '../../env/errors.ts'
import type { PkarrKey, Sighting, SignedPacket } from './carrier.ts'
import { decodeKey, encodeKey, publicKeyLength } from './key.ts'

/** BEP 44: what a DHT node stores as `v`. */
export const payloadLimit = 1000
const signatureLength = 64
const timestampLength = 8
const payloadOffset = signatureLength + timestampLength
/** Signature, timestamp and payload: what relays send and take. */
export const relayBodyLimit = payloadOffset + payloadLimit
/** BEP 44 `seq` is a signed 64-bit integer. */
const latestTimestamp = 2n ** 63n - 1n
/** The last moment a Date can hold: its methods throw for later ones. Unix milliseconds. */
const endOfTimeMs = 8.64e15
/** SubjectPublicKeyInfo of an ed25519 key, up to its 32 bytes (RFC 8410 s.4). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')

/** What travels besides the key. */
export interface PacketParts {
  /** 64 bytes. */
  readonly signature: Uint8Array
  /** BEP 44 `seq`: microseconds since the Unix epoch. */
  readonly timestampUs: bigint
  /** The DNS message. */
  readonly payload: Uint8Array
}

/**
 * The only maker of packets: checks the sizes, the signature, and that the payload is a DNS message.
 * `key` is the text form or the 32 bytes. The bytes are copied. Fails with
 * - `pkarr.bad-key`: not a point of the curve, or not in its canonical form;
 * - `pkarr.bad-size`, `pkarr.bad-timestamp`: outside what BEP 44 allows;
 * - `pkarr.bad-signature`;
 * - `pkarr.not-dns`: signed by the key, so it holds its sequence number, but no DNS message.
 */
export function openPacket(key: PkarrKey | Uint8Array, parts: PacketParts): Result<SignedPacket> {
  const text = typeof key === 'string' ? key : encodeKey(key)
  const publicKey = decodeKey(text)
  if (publicKey === undefined) return fail('pkarr.bad-key', 'The packet has no valid key.')
  const { timestampUs } = parts
  if (parts.signature.length !== signatureLength) {
    return fail('pkarr.bad-size', `The signature has ${parts.signature.length} bytes, not 64.`)
  }
  if (parts.payload.length > payloadLimit) {
    return fail(
      'pkarr.bad-size',
      `The DNS message has ${parts.payload.length} bytes; ${payloadLimit} are allowed.`,
    )
  }
  if (timestampUs < 0n || timestampUs > latestTimestamp) {
    return fail('pkarr.bad-timestamp', 'The timestamp is outside 0 to 2^63-1.')
  }
  const signature = Uint8Array.from(parts.signature)
  const payload = Uint8Array.from(parts.payload)
  if (!isSigned(publicKey, signedBytes(timestampUs, payload), signature)) {
    return fail('pkarr.bad-signature', `The packet is not signed by ${text}.`)
  }
  try {
    decodeMessage(payload)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return fail('pkarr.not-dns', `The packet holds no DNS message: ${error.message}.`)
  }
  return ok({ key: text, publicKey, signature, timestampUs, payload })
}

/** What the key signs: the part of a BEP 44 mutable item behind the salt, which PKARR does not use. */
export function signedBytes(timestampUs: bigint, payload: Uint8Array): Uint8Array {
  return Buffer.concat([
    Buffer.from(`3:seqi${timestampUs}e1:v${payload.length}:`, 'latin1'),
    payload,
  ])
}

/** The body of `PUT /<key>` and of its answer: signature, timestamp, DNS message. */
export function toRelayBody({ signature, timestampUs, payload }: SignedPacket): Uint8Array {
  const timestamp = Buffer.alloc(timestampLength)
  timestamp.writeBigUInt64BE(timestampUs)
  return Buffer.concat([signature, timestamp, payload])
}

/** Checks a relay's body. Fails like `openPacket`; bodies too short are `pkarr.bad-size`. */
export function fromRelayBody(key: PkarrKey | Uint8Array, body: Uint8Array): Result<SignedPacket> {
  if (body.length < payloadOffset) {
    return fail('pkarr.bad-size', `A packet of ${body.length} bytes is too short.`)
  }
  return openPacket(key, {
    signature: body.subarray(0, signatureLength),
    timestampUs: readTimestamp(body, signatureLength),
    payload: body.subarray(payloadOffset),
  })
}

/** The form packets are kept in on disk: when last seen (µs, 8 bytes), key, relay body. */
export function toStored({ packet, lastSeenMs }: Sighting): Uint8Array {
  const lastSeen = Buffer.alloc(timestampLength)
  lastSeen.writeBigUInt64BE(BigInt(Math.max(0, Math.trunc(lastSeenMs))) * 1000n)
  return Buffer.concat([lastSeen, packet.publicKey, toRelayBody(packet)])
}

/** Reads `toStored`, checking everything again. Fails like `fromRelayBody`. */
export function fromStored(stored: Uint8Array): Result<Sighting> {
  const bodyOffset = timestampLength + publicKeyLength
  if (stored.length < bodyOffset) return fail('pkarr.bad-size', 'The stored packet is cut off.')
  const lastSeenUs = readTimestamp(stored, 0)
  const opened = fromRelayBody(
    stored.subarray(timestampLength, bodyOffset),
    stored.subarray(bodyOffset),
  )
  if (!opened.ok) return opened
  // No signature covers this time.
  return ok({ packet: opened.value, lastSeenMs: Math.min(endOfTimeMs, Number(lastSeenUs / 1000n)) })
}

/** When `packet` was signed, by its own word: times no Date can hold are the latest it can. Unix milliseconds. */
export function signedAtMs({ timestampUs }: SignedPacket): number {
  return Math.min(endOfTimeMs, Number(timestampUs / 1000n))
}

/** Whether `a` replaces `b`: signed later, or at the same time with the greater payload. */
export function isNewer(a: SignedPacket, b: SignedPacket): boolean {
  if (a.timestampUs !== b.timestampUs) return a.timestampUs > b.timestampUs
  return Buffer.compare(a.payload, b.payload) > 0
}

function readTimestamp(bytes: Uint8Array, offset: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(offset)
}

/** Ed25519 (RFC 8032 s.5.1.7). OpenSSL takes a fraction of the time of a verifier in JavaScript. */
function isSigned(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const key = createPublicKey({
    key: Buffer.concat([spkiPrefix, publicKey]),
    format: 'der',
    type: 'spki',
  })
  return verify(null, message, key, signature)
}
