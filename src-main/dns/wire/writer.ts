import { labelsOf, nameToWire } from './domain-name.ts'
import type { DnsName } from './message.ts'
import { WireError } from './wire-error.ts'

/** RFC 1035 s.4.2.2: what a two-octet length can count. */
export const largestMessage = 65_535
const furthestPointer = 0x3fff

/** A message being written: grows by itself, and can be taken back to an earlier length. */
export interface Writer {
  readonly length: number
  uint8(value: number): void
  uint16(value: number): void
  uint32(value: number): void
  bytes(value: Uint8Array): void
  /** A `<character-string>`: at most 255 octets. */
  characterString(value: Uint8Array): void
  /**
   * `compress`: replace the longest tail already written by a pointer. Tails match only in the same
   * letter case, so that the case of every name survives.
   */
  name(name: DnsName, compress: boolean): void
  /** Writes the length of what `body` writes in front of it, in 16 bits. */
  counted(body: () => void): void
  /** Sets 16 bits written earlier. */
  patchUint16(offset: number, value: number): void
  /** Forgets everything from `length` on. */
  rewind(length: number): void
  /** A copy of what was written. */
  finish(): Uint8Array
}

export function createWriter(): Writer {
  let buffer = Buffer.alloc(512)
  let length = 0
  const tails = new Map<string, number>()

  /** Makes room; replaces `buffer`, so it comes before any use of it. */
  const claim = (count: number): number => {
    const at = length
    length += count
    if (length > buffer.length) {
      const grown = Buffer.alloc(Math.max(buffer.length * 2, length))
      grown.set(buffer.subarray(0, at))
      buffer = grown
    }
    return at
  }
  const uint8 = (value: number): void => {
    const at = claim(1)
    buffer[at] = checked(value, 0xff)
  }
  const uint16 = (value: number): void => {
    const at = claim(2)
    buffer.writeUInt16BE(checked(value, 0xffff), at)
  }
  const bytes = (value: Uint8Array): void => {
    const at = claim(value.length)
    buffer.set(value, at)
  }

  return {
    get length() {
      return length
    },
    uint8,
    uint16,
    uint32(value) {
      const at = claim(4)
      buffer.writeUInt32BE(checked(value, 0xffffffff), at)
    },
    bytes,
    characterString(value) {
      if (value.length > 255) throw new WireError('bad-value', 'a string exceeds 255 octets')
      uint8(value.length)
      bytes(value)
    },
    name(name, compress) {
      const wire = nameToWire(name)
      if (!compress) {
        bytes(wire)
        return
      }
      const labels = labelsOf(name)
      let at = 0
      for (let index = 0; index < labels.length; index += 1) {
        const tail = labels.slice(index).join('.')
        const earlier = tails.get(tail)
        if (earlier !== undefined) {
          uint16(0xc000 | earlier)
          return
        }
        if (length <= furthestPointer) tails.set(tail, length)
        const next = at + 1 + (wire[at] ?? 0)
        bytes(wire.subarray(at, next))
        at = next
      }
      uint8(0)
    },
    counted(body) {
      const at = claim(2)
      body()
      const count = length - at - 2
      if (count > 0xffff) throw new WireError('too-large', 'a record exceeds 65535 octets')
      buffer.writeUInt16BE(count, at)
    },
    patchUint16(offset, value) {
      buffer.writeUInt16BE(checked(value, 0xffff), offset)
    },
    rewind(to) {
      length = to
      for (const [tail, offset] of tails) if (offset >= to) tails.delete(tail)
    },
    finish: () => Uint8Array.from(buffer.subarray(0, length)),
  }
}

function checked(value: number, most: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value
  throw new WireError('bad-value', `${value} is not a whole number from 0 to ${most}`)
}
