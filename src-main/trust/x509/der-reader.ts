/**
 * Strict DER (X.690 s.10, s.11) reading of bytes that anybody may have made: every function throws
 * DerError for what DER does not allow, and none reads outside its element.
 */

import type { UnixSeconds } from '../../env/env.ts'
import { tags } from './der-writer.ts'

/** The bytes are not the DER that was expected. Never carries content. */
export class DerError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'DerError'
  }
}

export interface DerElement {
  readonly tag: number
  /** Contents, without identifier and length. A view, not a copy. */
  readonly value: Uint8Array
  /** The whole element. A view, not a copy. */
  readonly raw: Uint8Array
}

/** Reads the elements of `bytes` one after the other. */
export interface DerCursor {
  isAtEnd(): boolean
  /** The next element, of `tag` when given. */
  next(tag?: number): DerElement
  /** The next element if it has `tag`. */
  optional(tag: number): DerElement | undefined
  /** Throws when something is left. */
  end(): void
}

export function createDerCursor(bytes: Uint8Array): DerCursor {
  let offset = 0
  const next = (tag?: number): DerElement => {
    const read = readElement(bytes, offset)
    if (tag !== undefined && read.tag !== tag) {
      throw new DerError(`tag ${read.tag} where ${tag} belongs`)
    }
    offset += read.raw.length
    return read
  }
  return {
    isAtEnd: () => offset >= bytes.length,
    next,
    optional: (tag) => (bytes[offset] === tag ? next(tag) : undefined),
    end() {
      if (offset < bytes.length) throw new DerError('bytes after the last element')
    },
  }
}

/** The one element that `bytes` consists of. */
export function readWhole(bytes: Uint8Array, tag?: number): DerElement {
  const cursor = createDerCursor(bytes)
  const read = cursor.next(tag)
  cursor.end()
  return read
}

/** All elements of `bytes`. */
export function readAll(bytes: Uint8Array): readonly DerElement[] {
  const cursor = createDerCursor(bytes)
  const elements: DerElement[] = []
  while (!cursor.isAtEnd()) elements.push(cursor.next())
  return elements
}

function readElement(bytes: Uint8Array, start: number): DerElement {
  const tag = bytes[start]
  const first = bytes[start + 1]
  if (tag === undefined || first === undefined) throw new DerError('the data ends too early')
  // X.509 has no tag number above 30, which would need more identifier octets.
  if ((tag & 0x1f) === 0x1f) throw new DerError('a tag of several bytes')
  let length = first
  let from = start + 2
  if (first >= 0x80) {
    const count = first & 0x7f
    if (count === 0) throw new DerError('an indefinite length')
    if (count > 3) throw new DerError('a length of more than 3 bytes')
    length = 0
    for (let index = 0; index < count; index += 1)
      length = length * 256 + (bytes[from + index] ?? 0)
    from += count
    // X.690 s.10.1: the shortest form only.
    if (length < 0x80 || length < 256 ** (count - 1))
      throw new DerError('a length not in its shortest form')
  }
  const to = from + length
  if (to > bytes.length) throw new DerError('an element longer than the data')
  return { tag, value: bytes.subarray(from, to), raw: bytes.subarray(start, to) }
}

export function booleanOf({ value }: DerElement): boolean {
  if (value.length !== 1 || (value[0] !== 0 && value[0] !== 0xff))
    throw new DerError('not a BOOLEAN')
  return value[0] === 0xff
}

/** The two's complement bytes of an INTEGER, checked to be the shortest form. */
export function integerBytes({ value }: DerElement): Uint8Array {
  const [first, second] = value
  if (first === undefined) throw new DerError('an empty INTEGER')
  if (second !== undefined) {
    const isPadded = (first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)
    if (isPadded) throw new DerError('an INTEGER not in its shortest form')
  }
  return value
}

/** The bytes of a BIT STRING of whole bytes, as keys and signatures are. */
export function bitStringBytes({ value }: DerElement): Uint8Array {
  if (value.length === 0 || value[0] !== 0) throw new DerError('a BIT STRING of odd bits')
  return value.subarray(1)
}

/** Dotted text of an OBJECT IDENTIFIER; arcs of any size. */
export function oidText({ value }: DerElement): string {
  // Longer ones do not exist in practice and would cost quadratic time below.
  if (value.length === 0 || value.length > 64) throw new DerError('not an OBJECT IDENTIFIER')
  const arcs: bigint[] = []
  let arc = 0n
  let isInside = false
  for (const byte of value) {
    if (!isInside && byte === 0x80) throw new DerError('an arc not in its shortest form')
    arc = (arc << 7n) | BigInt(byte & 0x7f)
    isInside = byte >= 0x80
    if (isInside) continue
    arcs.push(arc)
    arc = 0n
  }
  if (isInside) throw new DerError('an arc that does not end')
  const [head = 0n, ...rest] = arcs
  const top = head < 80n ? head / 40n : 2n
  return [top, head - top * 40n, ...rest].join('.')
}

const timeForm = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/u

/** UTCTime or GeneralizedTime in the only form certificates may use (RFC 5280 s.4.1.2.5). */
export function timeOf({ tag, value }: DerElement): UnixSeconds {
  const text = Buffer.from(value).toString('latin1')
  let digits = text
  if (tag === tags.utcTime) digits = `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}`
  else if (tag !== tags.generalizedTime) throw new DerError('not a time')
  const match = timeForm.exec(digits)
  if (match === null) throw new DerError('a time not in the form of certificates')
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map(Number)
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second)
  // Date rolls 30 February over; a certificate may not.
  const back = date.toISOString().replaceAll(/[-T:]/gu, '')
  if (!back.startsWith(digits.slice(0, 14))) throw new DerError('a time that does not exist')
  return date.getTime() / 1000
}
