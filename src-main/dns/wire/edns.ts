import { cursorAt, readBytes, readUint16 } from './cursor.ts'
import type { Cursor } from './cursor.ts'
import type { Edns, ExtendedError } from './message.ts'
import { recordTypes } from './message.ts'
import { WireError } from './wire-error.ts'
import type { Writer } from './writer.ts'

export type EdnsOption = Edns['options'][number]

/** IANA "DNS EDNS0 Option Codes". Options without a function here travel as octets. */
export const optionCodes = { cookie: 10, padding: 12, extendedError: 15 } as const

const dnssecOkBit = 0x8000

/** An OPT record's fields after the TYPE; `class` and `ttl` are reused (RFC 6891 s.6.1.2). */
export function readOpt(cursor: Cursor, udpPayloadSize: number, ttl: number): Edns {
  const options: EdnsOption[] = []
  while (cursor.offset < cursor.end) {
    const code = readUint16(cursor)
    options.push({ code, data: readBytes(cursor, readUint16(cursor)) })
  }
  return {
    udpPayloadSize,
    extendedRcode: ttl >>> 24,
    version: (ttl >>> 16) & 0xff,
    dnssecOk: (ttl & dnssecOkBit) !== 0,
    options,
  }
}

/** Writes an OPT record; the upper eight bits of the 12-bit `rcode` go into it. */
export function writeOpt(writer: Writer, edns: Edns, rcode: number): void {
  writer.uint8(0)
  writer.uint16(recordTypes.OPT)
  writer.uint16(edns.udpPayloadSize)
  writer.uint8(rcode >> 4)
  writer.uint8(edns.version)
  writer.uint16(edns.dnssecOk ? dnssecOkBit : 0)
  writer.counted(() => {
    for (const { code, data } of edns.options) {
      writer.uint16(code)
      writer.counted(() => writer.bytes(data))
    }
  })
}

/** RFC 8914 s.2: INFO-CODE and UTF-8 text. */
export function extendedErrorOption(error: ExtendedError): EdnsOption {
  if (!Number.isInteger(error.code) || error.code < 0 || error.code > 0xffff) {
    throw new WireError('bad-value', `${error.code} is not an extended error code`)
  }
  const text = Buffer.from(error.text, 'utf8')
  const data = new Uint8Array(2 + text.length)
  data[0] = error.code >> 8
  data[1] = error.code & 0xff
  data.set(text, 2)
  return { code: optionCodes.extendedError, data }
}

/** The extended errors in `edns`, in order; malformed ones are passed over (RFC 8914 s.3). */
export function readExtendedErrors(edns: Edns): ExtendedError[] {
  const errors: ExtendedError[] = []
  for (const { code, data } of edns.options) {
    if (code !== optionCodes.extendedError || data.length < 2) continue
    const text = Buffer.from(data.subarray(2)).toString('utf8')
    // RFC 8914 s.2: some senders end the text with a null octet all the same.
    errors.push({ code: readUint16(cursorAt(data)), text: text.replace(/\0+$/, '') })
  }
  return errors
}

/** RFC 7830: `length` zero octets, four octets of option header not counted. */
export function paddingOption(length: number): EdnsOption {
  return { code: optionCodes.padding, data: new Uint8Array(length) }
}
