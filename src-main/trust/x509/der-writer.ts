/**
 * DER (X.690 s.10, s.11) writing: each function returns one whole element. Wrong arguments are bugs
 * and throw RangeError.
 */

import type { UnixSeconds } from '../../env/env.ts'

/** Tags of the types that certificates use; constructed bit included where DER demands it. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  t61String: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

/** One element of `tag` whose contents are `parts` in order. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  let length = 0
  for (const part of parts) length += part.length
  return Buffer.concat([header(tag, length), ...parts])
}

/** Identifier octet and the shortest definite length (X.690 s.10.1). */
function header(tag: number, length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(tag, length)
  if (length < 0x100) return Uint8Array.of(tag, 0x81, length)
  if (length < 0x10000) return Uint8Array.of(tag, 0x82, length >> 8, length & 0xff)
  if (length >= 0x1000000) throw new RangeError('a DER element of 16 MiB or more')
  return Uint8Array.of(tag, 0x83, length >> 16, (length >> 8) & 0xff, length & 0xff)
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return element(tags.sequence, ...parts)
}

export function set(...parts: readonly Uint8Array[]): Buffer {
  return element(tags.set, ...parts)
}

/** `[number] EXPLICIT`, and IMPLICIT for types that are constructed. */
export function contextConstructed(number: number, ...parts: readonly Uint8Array[]): Buffer {
  return element(0xa0 | number, ...parts)
}

/** `[number] IMPLICIT` for types that are primitive. */
export function contextPrimitive(number: number, content: Uint8Array): Buffer {
  return element(0x80 | number, content)
}

export function boolean(value: boolean): Buffer {
  return element(tags.boolean, Uint8Array.of(value ? 0xff : 0))
}

/** INTEGER of the unsigned big-endian number `bytes`, in its shortest form. */
export function unsignedInteger(bytes: Uint8Array): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1
  const magnitude = bytes.length === 0 ? Uint8Array.of(0) : bytes.subarray(start)
  const needsSign = (magnitude[0] ?? 0) >= 0x80
  return element(tags.integer, ...(needsSign ? [Uint8Array.of(0), magnitude] : [magnitude]))
}

export function octetString(content: Uint8Array): Buffer {
  return element(tags.octetString, content)
}

/** BIT STRING whose last `unusedBits` bits (zero in `content`) do not count. */
export function bitString(content: Uint8Array, unusedBits = 0): Buffer {
  return element(tags.bitString, Uint8Array.of(unusedBits), content)
}

/** OBJECT IDENTIFIER of dotted text; arcs of any size, such as those below 2.25. */
export function oid(dotted: string): Buffer {
  const arcs = dotted.split('.').map((arc) => {
    if (!/^(0|[1-9]\d*)$/u.test(arc)) throw new RangeError(`not an object identifier: ${dotted}`)
    return BigInt(arc)
  })
  const [first, second] = arcs
  if (first === undefined || second === undefined || first > 2n || (first < 2n && second > 39n)) {
    throw new RangeError(`not an object identifier: ${dotted}`)
  }
  const bytes: number[] = []
  for (const arc of [first * 40n + second, ...arcs.slice(2)]) bytes.push(...base128(arc))
  return element(tags.oid, Uint8Array.from(bytes))
}

function base128(value: bigint): number[] {
  const bytes = [Number(value & 0x7fn)]
  for (let rest = value >> 7n; rest > 0n; rest >>= 7n) bytes.unshift(Number(rest & 0x7fn) | 0x80)
  return bytes
}

export function utf8String(text: string): Buffer {
  return element(tags.utf8String, Buffer.from(text, 'utf8'))
}

/** Bytes of an IA5String, without tag; throws RangeError for anything outside ASCII. */
export function ia5Bytes(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  if (bytes.toString('latin1') !== text || bytes.some((byte) => byte >= 0x80)) {
    throw new RangeError('an IA5String holds ASCII only')
  }
  return bytes
}

/** UTCTime until 2049, GeneralizedTime from 2050 on, both to the second in UTC (RFC 5280 s.4.1.2.5). */
export function time(seconds: UnixSeconds): Buffer {
  const date = new Date(Math.floor(seconds) * 1000)
  const year = date.getUTCFullYear()
  if (!(year >= 1950 && year <= 9999)) throw new RangeError('a certificate time from 1950 to 9999')
  const digits = `${date.toISOString().slice(0, 19).replaceAll(/[-T:]/gu, '')}Z`
  return year < 2050
    ? element(tags.utcTime, ia5Bytes(digits.slice(2)))
    : element(tags.generalizedTime, ia5Bytes(digits))
}
