import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto'
import { fail, ok, type Result } from '../env/errors.ts'
import { bytesFromHex, hexFromBytes } from '../names/curve-points.ts'
import { holdsSecret } from '../names/secret-text.ts'
import { keyFromZBase32, keyTextLength, toZBase32 } from '../names/z-base-32.ts'
import { wipe } from './secret-key.ts'

/** PKCS #8 of an ed25519 key up to its 32 bytes of seed (RFC 8410 s.7). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The public key of a seed, z-base-32. */
export function pkarrKeyOf(seed: Uint8Array): string {
  const spki = createPublicKey(secretKeyOf(seed)).export({ format: 'der', type: 'spki' })
  return toZBase32(spki.subarray(-32))
}

/** Ed25519 of `message` (RFC 8032 s.5.1.6): 64 bytes. */
export function signWithSeed(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return Uint8Array.from(sign(null, message, secretKeyOf(seed)))
}

/** A seed as seed files of pkdns hold it. */
export function formatSeed(seed: Uint8Array, form: 'hex' | 'z32'): string {
  return form === 'hex' ? hexFromBytes(seed) : toZBase32(seed)
}

/**
 * The seed that pasted text stands for: 64 hex digits or 52 characters of z-base-32. The caller wipes
 * it. Problems never repeat the text.
 */
export function readSeed(pasted: string): Result<Uint8Array> {
  const text = pasted.replaceAll(/\s+/gu, '').toLowerCase()
  if (text === '') return fail('keys.empty', 'There is no key in the text.')
  if (text.startsWith('pk:')) {
    return fail('keys.is-public', 'That is a public key; signing needs the seed.')
  }
  if (holdsSecret(text)) {
    return fail('keys.not-a-key', 'That is a Nostr key. PKARR keys are of another kind.')
  }
  const isHex = /^[0-9a-f]+$/u.test(text)
  if (isHex ? text.length !== 64 : text.length !== keyTextLength) {
    return fail(
      'keys.bad-length',
      isHex
        ? `A seed in hex has 64 digits; this has ${text.length}.`
        : `A seed in z-base-32 has ${keyTextLength} characters; this has ${text.length}.`,
    )
  }
  const seed = isHex ? bytesFromHex(text) : keyFromZBase32(text)
  if (seed !== undefined) return ok(seed)
  return fail(
    'keys.bad-character',
    'The seed has a character that no seed has, or does not end in y or o.',
    'Give 64 hex digits, or 52 characters of z-base-32.',
  )
}

function secretKeyOf(seed: Uint8Array): KeyObject {
  const key = Buffer.concat([pkcs8Prefix, seed])
  try {
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  } finally {
    wipe(key)
  }
}
