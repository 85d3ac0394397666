import { scrypt } from 'node:crypto'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { bech32 } from '@scure/base'
import type { RandomSource } from '../env/env.ts'
import { fail, ok, type Result } from '../env/errors.ts'
import { isSecretKey, wipe } from './secret-key.ts'

/**
 * NIP-49 encrypted secret keys. nostr-tools has them too, but its scrypt is synchronous: at log_n 16
 * it would stop all answering for several hundred milliseconds. Node's runs on another thread.
 */

/** NIP-49: 64 MiB and about 100 ms to try one password. */
export const defaultLogN = 16

/** log_n of 20 takes 1 GiB; a text that asks for more could stop the computer. */
const largestLogN = 20
const version = 2
const saltLength = 16
const nonceLength = 24
const cipherLength = 48
const totalLength = 2 + saltLength + nonceLength + 1 + cipherLength
/** Longer than any ncryptsec (161 characters), to bound the work on pasted text. */
const longestText = 200

/** NIP-49: 0 handled insecurely, 1 never, 2 not tracked. */
const keySecurityNotTracked = 2

/** The password as NIP-49 wants it: NFKC, UTF-8. The caller wipes it. */
export function passwordBytes(password: string): Uint8Array {
  return new TextEncoder().encode(password.normalize('NFKC'))
}

/** `secret` as `ncryptsec1…` under `password`. */
export async function encryptSecret(
  random: RandomSource,
  secret: Uint8Array,
  password: Uint8Array,
  logN = defaultLogN,
): Promise<string> {
  const salt = random.bytes(saltLength)
  const nonce = random.bytes(nonceLength)
  const associated = Uint8Array.of(keySecurityNotTracked)
  const key = await deriveKey(password, salt, logN)
  const cipher = xchacha20poly1305(key, nonce, associated).encrypt(secret)
  wipe(key)
  const bytes = Buffer.concat([Uint8Array.of(version, logN), salt, nonce, associated, cipher])
  return bech32.encode('ncryptsec', bech32.toWords(bytes), longestText)
}

/** The parts of an `ncryptsec1…` text, or what is wrong with it. */
export function readNcryptsec(text: string): Result<Uint8Array> {
  const bytes = decode(text)
  if (bytes === undefined) {
    return fail(
      'keys.bad-checksum',
      'The encrypted key (ncryptsec) has a typing error or is not complete.',
      'Copy it again from its beginning to its end.',
    )
  }
  if (bytes[0] !== version) {
    return fail('keys.unsupported', 'The encrypted key is of a version this program cannot read.')
  }
  if (bytes.length !== totalLength) {
    return fail('keys.bad-length', 'The encrypted key (ncryptsec) does not have the right length.')
  }
  const logN = bytes[1] ?? 0
  if (logN < 1 || logN > largestLogN) {
    return fail(
      'keys.unsupported',
      `The encrypted key needs more memory to open than is allowed here (log_n ${logN}).`,
      `Export it again with a log_n of ${largestLogN} or less.`,
    )
  }
  return ok(bytes)
}

/**
 * The secret in an `ncryptsec1…` text; the caller wipes it. Fails with `keys.wrong-password`, with
 * `keys.out-of-range` if it does not pass `isValid`, or as `readNcryptsec` does.
 */
export async function decryptSecret(
  text: string,
  password: Uint8Array,
  isValid: (secret: Uint8Array) => boolean = isSecretKey,
): Promise<Result<Uint8Array>> {
  const read = readNcryptsec(text)
  if (!read.ok) return read
  const bytes = read.value
  const afterSalt = 2 + saltLength
  const afterNonce = afterSalt + nonceLength
  const key = await deriveKey(password, bytes.subarray(2, afterSalt), bytes[1] ?? 0)
  try {
    const secret = xchacha20poly1305(
      key,
      bytes.subarray(afterSalt, afterNonce),
      bytes.subarray(afterNonce, afterNonce + 1),
    ).decrypt(bytes.subarray(afterNonce + 1))
    if (isValid(secret)) return ok(secret)
    return fail('keys.out-of-range', 'The encrypted key holds no valid secret key.')
  } catch {
    return fail('keys.wrong-password', 'The password for this encrypted key is wrong.')
  } finally {
    wipe(key)
  }
}

function decode(text: string): Uint8Array | undefined {
  try {
    const { prefix, words } = bech32.decode(text as `${string}1${string}`, longestText)
    return prefix === 'ncryptsec' ? bech32.fromWords(words) : undefined
  } catch {
    return undefined
  }
}

function deriveKey(password: Uint8Array, salt: Uint8Array, logN: number): Promise<Buffer> {
  const N = 2 ** logN
  // NIP-49: r 8, p 1. scrypt needs 128 * N * r bytes and some; Node's own limit is 32 MiB.
  const options = { N, r: 8, p: 1, maxmem: 128 * N * 8 + 1024 * 1024 }
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 32, options, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}
