import { asciiLower } from './ascii-lower.ts'
import {
  bech32Alphabet,
  bytesFromQuintets,
  fromQuintets,
  quintetsFromBytes,
  toQuintets,
} from './base32.ts'
import { bytesFromHex, hexFromBytes, isSecp256k1X } from './curve-points.ts'
import type { InvalidReason, PubkeyHex } from './name.ts'

const prefix = 'npub'
/** `npub1`, 52 data characters, 6 checksum characters: exactly the longest DNS label. */
export const npubLength = 63
const checksumLength = 6

export type NpubReading =
  | { readonly ok: true; readonly pubkey: PubkeyHex }
  | { readonly ok: false; readonly reason: InvalidReason }

/** NIP-19 text of a public key. Throws RangeError when `pubkey` is not 64 hex digits (a bug). */
export function encodeNpub(pubkey: PubkeyHex): string {
  const bytes = bytesFromHex(pubkey)
  if (bytes?.length !== 32) throw new RangeError('a public key is 64 hex digits')
  const data = quintetsFromBytes(bytes)
  return `${prefix}1${fromQuintets([...data, ...checksum(data)], bech32Alphabet)}`
}

/** The key `text` stands for, in any letter case; undefined when it is not a valid npub. */
export function decodeNpub(text: string): PubkeyHex | undefined {
  const reading = readNpub(text)
  return reading.ok ? reading.pubkey : undefined
}

/**
 * Like `decodeNpub`, and says what is wrong. The letters are lowered before the checksum is looked
 * at: bech32 refuses mixed case, which resolvers' 0x20 mixing (draft-vixie-dnsext-dns0x20) produces.
 */
export function readNpub(text: string): NpubReading {
  const lower = asciiLower(text)
  if (!lower.startsWith(`${prefix}1`)) return { ok: false, reason: 'wrong-prefix' }
  if (text.length !== npubLength) return { ok: false, reason: 'bad-length' }
  const quintets = toQuintets(lower.slice(prefix.length + 1), bech32Alphabet)
  if (quintets === undefined) return { ok: false, reason: 'bad-character' }
  const data = quintets.slice(0, -checksumLength)
  const expected = checksum(data)
  if (!quintets.slice(-checksumLength).every((value, index) => value === expected[index])) {
    return { ok: false, reason: 'bad-checksum' }
  }
  const bytes = bytesFromQuintets(data)
  if (bytes === undefined) return { ok: false, reason: 'bad-checksum' }
  if (!isSecp256k1X(bytes)) return { ok: false, reason: 'not-on-curve' }
  return { ok: true, pubkey: hexFromBytes(bytes) }
}

/** First 8 and last 6 characters: what people can compare (`npub1rtl…6jzrjt`). */
export function shortNpub(npub: string): string {
  return npub.length <= 14 ? npub : `${npub.slice(0, 8)}…${npub.slice(-6)}`
}

const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]

/** BIP-173 checksum of the data quintets under the prefix `npub`. */
function checksum(data: readonly number[]): number[] {
  let state = 1
  const feed = (value: number): void => {
    const top = state >>> 25
    state = ((state & 0x1ffffff) << 5) ^ value
    for (const [bit, generator] of generators.entries()) {
      if (((top >> bit) & 1) === 1) state ^= generator
    }
  }
  const codes = [...Buffer.from(prefix)]
  for (const code of codes) feed(code >> 5)
  feed(0)
  for (const code of codes) feed(code & 31)
  for (const value of data) feed(value)
  for (let index = 0; index < checksumLength; index += 1) feed(0)
  state ^= 1
  return Array.from({ length: checksumLength }, (_, index) => (state >>> (5 * (5 - index))) & 31)
}
