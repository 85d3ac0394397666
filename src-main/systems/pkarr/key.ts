import { fail, ok, type Result } from '../../env/errors.ts'
import { asciiLower } from '../../names/ascii-lower.ts'
import { isEd25519Point } from '../../names/curve-points.ts'
import type { InvalidReason } from '../../names/name.ts'
import { parseName } from '../../names/parse-name.ts'
import { keyFromZBase32, keyTextLength, toZBase32 } from '../../names/z-base-32.ts'
import type { PkarrKey } from './carrier.ts'

export const publicKeyLength = 32

/** The text form of a public key. */
export function encodeKey(publicKey: Uint8Array): PkarrKey {
  return toZBase32(publicKey)
}

/**
 * The 32 bytes `key` stands for. Undefined unless `key` is the one spelling `encodeKey` would give
 * (lower-case, 52 characters, spare bits zero) of a point of the curve: node:crypto imports others
 * without complaint.
 */
export function decodeKey(key: string): Uint8Array | undefined {
  const bytes = keyFromZBase32(key)
  return bytes !== undefined && isEd25519Point(bytes) ? bytes : undefined
}

/**
 * The key a person means: the key itself in any case, a name that ends in it (with or without
 * `.pkarr` or `.key`), `pk:<key>`, or any URI with such a host. Fails with `pkarr.bad-key`.
 */
export function parseKey(text: string): Result<PkarrKey> {
  const name = parseName(hostOf(text.trim()))
  if (name.kind === 'pkarr') return ok(name.key)
  if (name.kind === 'secret') {
    return fail('pkarr.bad-key', 'That is a secret Nostr key, not a PKARR key.')
  }
  if (name.kind === 'invalid') {
    return fail('pkarr.bad-key', `That is not a PKARR key: ${whyInvalid(name.reason)}.`)
  }
  return fail(
    'pkarr.bad-key',
    'That is not a PKARR key.',
    `A key has ${keyTextLength} characters of z-base-32 and ends in y or o.`,
  )
}

/** `text` if it is a key and nothing else, as `encodeKey` spells it. Fails with `pkarr.bad-key`. */
export function exactKey(text: string): Result<PkarrKey> {
  const parsed = parseKey(text)
  if (!parsed.ok || parsed.value === text) return parsed
  return fail('pkarr.bad-key', 'That is not a PKARR key by itself.', `Give ${parsed.value}.`)
}

/** The host of a URI, or `text` itself if it is none (RFC 3986 s.3). */
function hostOf(text: string): string {
  const behindScheme = text.replace(/^(?:[a-z][a-z0-9+.-]*:\/\/|pk:)/iu, '')
  const authority = behindScheme.replace(/[/?#].*$/su, '')
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  return asciiLower(host.replace(/:\d*$/u, ''))
}

function whyInvalid(reason: InvalidReason): string {
  if (reason === 'bad-length') return `it does not have ${keyTextLength} characters`
  if (reason === 'bad-character') {
    return 'it has a character no key has, or does not end in y or o'
  }
  if (reason === 'not-on-curve') return 'it is not a point of the curve, so nobody can own it'
  return 'the name is not well-formed'
}
