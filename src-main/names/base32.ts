/**
 * The 5-bit text codings that stand in DNS labels. All read the bits most significant first and
 * carry no padding character; they differ only in the alphabet.
 */

/** NIP-19 / BIP-173. */
export const bech32Alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
/** RFC 4648 s.7, lower-case: NWS labels. */
export const base32HexAlphabet = '0123456789abcdefghijklmnopqrstuv'
/** RFC 4648 s.6, lower-case: registry pages. */
export const base32Alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
/** z-base-32: PKARR keys. */
export const zBase32Alphabet = 'ybndrfg8ejkmcpqxot1uwisza345h769'

/** The 5-bit values of `text` (lower-case), or undefined at the first foreign character. */
export function toQuintets(text: string, alphabet: string): number[] | undefined {
  const quintets: number[] = []
  for (const character of text) {
    const value = alphabet.indexOf(character)
    if (value < 0) return undefined
    quintets.push(value)
  }
  return quintets
}

/**
 * The bytes held by `quintets`. Undefined when the spare bits at the end are not zero or make up a
 * whole quintet: a key must have exactly one spelling, or caches and pins could be told apart by it.
 */
export function bytesFromQuintets(quintets: readonly number[]): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((quintets.length * 5) / 8))
  let pending = 0
  let bits = 0
  let length = 0
  for (const quintet of quintets) {
    pending = (pending << 5) | quintet
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes[length] = pending >> bits
    length += 1
    pending &= (1 << bits) - 1
  }
  return bits >= 5 || pending !== 0 ? undefined : bytes
}

/** The quintets of `bytes`, the last one filled up with zero bits. */
export function quintetsFromBytes(bytes: Uint8Array): number[] {
  const quintets: number[] = []
  let pending = 0
  let bits = 0
  for (const byte of bytes) {
    pending = (pending << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      quintets.push(pending >> bits)
      pending &= (1 << bits) - 1
    }
  }
  if (bits > 0) quintets.push(pending << (5 - bits))
  return quintets
}

/** Text of `quintets` in `alphabet`. */
export function fromQuintets(quintets: readonly number[], alphabet: string): string {
  return quintets.map((quintet) => alphabet.charAt(quintet)).join('')
}
