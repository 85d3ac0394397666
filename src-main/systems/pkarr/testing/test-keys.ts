import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto'
import type { PkarrKey, SignedPacket } from '../carrier.ts'
import { encodeKey } from '../key.ts'
import { openPacket, signedBytes } from '../signed-packet.ts'

/** A key pair whose secret is no secret. */
export interface TestKey {
  readonly key: PkarrKey
  readonly publicKey: Uint8Array
  readonly seed: Uint8Array
  sign(message: Uint8Array): Uint8Array
  /** A packet of any payload that can be opened. */
  packet(timestampUs: bigint, payload: Uint8Array): SignedPacket
}

/** PKCS #8 of an ed25519 seed, up to its 32 bytes (RFC 8410 s.7). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The key pair of 32 bytes of seed, or of 32 times the byte given. */
export function testKey(seed: Uint8Array | number): TestKey {
  const bytes = typeof seed === 'number' ? new Uint8Array(32).fill(seed) : seed
  const secret: KeyObject = createPrivateKey({
    key: Buffer.concat([pkcs8Prefix, bytes]),
    format: 'der',
    type: 'pkcs8',
  })
  const publicKey = new Uint8Array(
    createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32),
  )
  const signWith = (message: Uint8Array): Uint8Array => new Uint8Array(sign(null, message, secret))
  return {
    key: encodeKey(publicKey),
    publicKey,
    seed: bytes,
    sign: signWith,
    packet(timestampUs, payload) {
      const signature = signWith(signedBytes(timestampUs, payload))
      const opened = openPacket(publicKey, { signature, timestampUs, payload })
      if (!opened.ok) throw new Error(opened.error.message)
      return opened.value
    },
  }
}
