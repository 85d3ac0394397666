import { formatLabel, longestName } from './domain-name.ts'
import type { DnsName } from './message.ts'
import { WireError } from './wire-error.ts'

/** Labels of the longest name: one octet each, with their length octets (RFC 1035 s.2.3.4). */
const mostHops = 127

/** A place in a message. Reading functions move `offset` and never pass `end`. */
export interface Cursor {
  readonly bytes: Buffer
  offset: number
  /** First octet that must not be read: the end of the message, or of the RDATA being read. */
  end: number
  /** False where there is no message for a compression pointer to point into. */
  readonly pointers: boolean
}

export function cursorAt(bytes: Uint8Array, pointers = true): Cursor {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { bytes: buffer, offset: 0, end: buffer.length, pointers }
}

export function readUint8(cursor: Cursor): number {
  const at = advance(cursor, 1)
  return cursor.bytes[at] ?? 0
}

export function readUint16(cursor: Cursor): number {
  return cursor.bytes.readUInt16BE(advance(cursor, 2))
}

export function readUint32(cursor: Cursor): number {
  return cursor.bytes.readUInt32BE(advance(cursor, 4))
}

/** A copy of the next `length` octets: decoded messages must not keep receive buffers alive. */
export function readBytes(cursor: Cursor, length: number): Uint8Array {
  const at = advance(cursor, length)
  return Uint8Array.from(cursor.bytes.subarray(at, at + length))
}

/** Everything up to `end`. */
export function readRest(cursor: Cursor): Uint8Array {
  return readBytes(cursor, cursor.end - cursor.offset)
}

/** A `<character-string>` (RFC 1035 s.3.3). */
export function readCharacterString(cursor: Cursor): Uint8Array {
  return readBytes(cursor, readUint8(cursor))
}

/**
 * A domain name. Each compression pointer must lead to before the place where the run of labels it
 * ends began (RFC 1035 s.4.1.4: a *prior* occurrence), so that chains get shorter and end; and no
 * more of them may follow one another than a name can have labels, so that they end soon.
 */
export function readName(cursor: Cursor, pointers = cursor.pointers): DnsName {
  const { bytes } = cursor
  let offset = cursor.offset
  let end = cursor.end
  let runStart = offset
  let afterName = -1
  let hops = 0
  let octets = 1
  let name = ''
  for (;;) {
    if (offset >= end) throw new WireError('truncated', 'the data ends inside a name')
    const length = bytes[offset] ?? 0
    offset += 1
    if (length === 0) break
    if (length < 0x40) {
      octets += length + 1
      if (octets > longestName) throw new WireError('name-too-long', 'a name exceeds 255 octets')
      if (offset + length > end) throw new WireError('truncated', 'the data ends inside a label')
      const label = formatLabel(bytes, offset, offset + length)
      name = name === '' ? label : `${name}.${label}`
      offset += length
      continue
    }
    if (length < 0xc0) throw new WireError('bad-label', 'a label has a reserved type')
    if (!pointers) throw new WireError('bad-pointer', 'a name that may not be compressed is')
    if (offset >= end) throw new WireError('truncated', 'the data ends inside a pointer')
    const target = ((length & 0x3f) << 8) | (bytes[offset] ?? 0)
    if (target >= runStart) throw new WireError('bad-pointer', 'a pointer does not point backwards')
    hops += 1
    if (hops > mostHops) throw new WireError('bad-pointer', 'a name has too many pointers')
    if (afterName < 0) afterName = offset + 1
    offset = target
    runStart = target
    end = bytes.length
  }
  cursor.offset = afterName < 0 ? offset : afterName
  return name === '' ? '.' : name
}

function advance(cursor: Cursor, length: number): number {
  const at = cursor.offset
  if (at + length > cursor.end) throw new WireError('truncated', 'the data ends inside a field')
  cursor.offset = at + length
  return at
}
