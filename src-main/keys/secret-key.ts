import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js'
import type { RandomSource } from '../env/env.ts'
import { hexFromBytes } from '../names/curve-points.ts'
import type { PubkeyHex } from '../names/name.ts'

/** Overwrites secret bytes that are no longer needed. */
export function wipe(secret: Uint8Array): void {
  secret.fill(0)
}

/** Whether the bytes are a secret key: 32 bytes, 1 to the order of the curve less one (BIP-340). */
export function isSecretKey(bytes: Uint8Array): boolean {
  return bytes.length === 32 && secp256k1.utils.isValidSecretKey(bytes)
}

/** A new secret key. The caller wipes it. */
export function newSecretKey(random: RandomSource): Uint8Array {
  for (;;) {
    const secret = random.bytes(32)
    // One in 2^128 is out of range; drawing again keeps all others equally likely.
    if (isSecretKey(secret)) return secret
  }
}

/** The x-only public key (BIP-340) of a valid secret key. */
export function publicKeyOf(secret: Uint8Array): PubkeyHex {
  return hexFromBytes(schnorr.getPublicKey(secret))
}
