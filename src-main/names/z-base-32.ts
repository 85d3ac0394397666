import {
  bytesFromQuintets,
  fromQuintets,
  quintetsFromBytes,
  toQuintets,
  zBase32Alphabet,
} from './base32.ts'

/** Characters of 32 bytes: 51.2, so that the last one carries a single bit. */
export const keyTextLength = 52

/** `bytes` in z-base-32, lower-case, without padding. */
export function toZBase32(bytes: Uint8Array): string {
  return fromQuintets(quintetsFromBytes(bytes), zBase32Alphabet)
}

/** Whether `text` has characters of z-base-32 only, in lower case. */
export function isZBase32(text: string): boolean {
  return toQuintets(text, zBase32Alphabet) !== undefined
}

/**
 * The 32 bytes that `text` stands for; undefined unless it is their one spelling: 52 lower-case
 * characters with spare bits of zero.
 */
export function keyFromZBase32(text: string): Uint8Array | undefined {
  if (text.length !== keyTextLength) return undefined
  const quintets = toQuintets(text, zBase32Alphabet)
  return quintets === undefined ? undefined : bytesFromQuintets(quintets)
}
