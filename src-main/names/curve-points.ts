import { ed25519 } from '@noble/curves/ed25519.js'
import { schnorr } from '@noble/curves/secp256k1.js'

/**
 * Whether the 32 bytes are the x coordinate of a point on secp256k1 (BIP-340 `lift_x`). About half
 * of all random values are not: such a "key" can sign nothing, so nobody can own the name.
 */
export function isSecp256k1X(bytes: Uint8Array): boolean {
  try {
    schnorr.utils.lift_x(BigInt(`0x${hexFromBytes(bytes)}`))
    return true
  } catch {
    return false
  }
}

/** Whether the 32 bytes are a canonical ed25519 point (RFC 8032 s.5.1.3). */
export function isEd25519Point(bytes: Uint8Array): boolean {
  try {
    ed25519.Point.fromBytes(bytes)
    return true
  } catch {
    return false
  }
}

/** Lower-case hex of `bytes`. */
export function hexFromBytes(bytes: Uint8Array): string {
  let hex = ''
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0')
  return hex
}

/** Bytes of an even number of hex digits; undefined for anything else. */
export function bytesFromHex(hex: string): Uint8Array | undefined {
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(hex)) return undefined
  const bytes = new Uint8Array(hex.length / 2)
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16)
  }
  return bytes
}
