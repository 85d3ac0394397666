import {
  cursorAt,
  readBytes,
  readCharacterString,
  readName,
  readRest,
  readUint16,
  readUint32,
  readUint8,
} from './cursor.ts'
import type { Cursor } from './cursor.ts'
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './ip-address.ts'
import { classes } from './message.ts'
import type { Rdata, RecordType, SvcParam } from './message.ts'
import { readOldNames } from './old-names.ts'
import { typeCode, typeFromCode } from './record-type.ts'
import { WireError } from './wire-error.ts'
import { createWriter } from './writer.ts'
import type { Writer } from './writer.ts'

/** Types whose RDATA means the same in every class (RFC 1035 s.3.3). */
const classIndependent: ReadonlySet<RecordType> = new Set([
  'NS',
  'CNAME',
  'SOA',
  'PTR',
  'HINFO',
  'MX',
  'TXT',
])

/**
 * The RDATA from `cursor.offset` to `cursor.end`, all of it. Types unknown here, and types of class
 * IN seen in another class, stay octets (RFC 3597 s.3). Throws WireError.
 */
export function readRdata(cursor: Cursor, code: number, recordClass: number): Rdata {
  const type = typeFromCode(code)
  // RFC 6762 s.10.2: the top bit of the class is the cache-flush bit of mDNS.
  const ofInternet = (recordClass & 0x7fff) === classes.IN
  const empty = cursor.offset === cursor.end
  if (!ofInternet && (empty || !classIndependent.has(type))) return readOpaque(cursor, code)
  const rdata = readFields(cursor, type, code)
  if (cursor.offset !== cursor.end) {
    throw new WireError('bad-rdata', `${type} data has octets left over`)
  }
  return rdata
}

/** Data kept as octets. What does not even have the form of its old type is kept as it is. */
function readOpaque(cursor: Cursor, code: number): Rdata {
  const start = cursor.offset
  try {
    const data = readOldNames(cursor, code)
    if (data !== undefined) return { type: `TYPE${code}`, data }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    cursor.offset = start
  }
  return { type: `TYPE${code}`, data: readRest(cursor) }
}

function readFields(cursor: Cursor, type: RecordType, code: number): Rdata {
  switch (type) {
    case 'A':
      return { type, address: formatIpv4(readBytes(cursor, 4)) }
    case 'AAAA':
      return { type, address: formatIpv6(readBytes(cursor, 16)) }
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return { type, target: readName(cursor) }
    case 'MX':
      return { type, preference: readUint16(cursor), exchange: readName(cursor) }
    case 'TXT': {
      const strings: Uint8Array[] = []
      while (cursor.offset < cursor.end) strings.push(readCharacterString(cursor))
      if (strings.length === 0) throw new WireError('bad-rdata', 'TXT data is empty')
      return { type, strings }
    }
    case 'SRV':
      return {
        type,
        priority: readUint16(cursor),
        weight: readUint16(cursor),
        port: readUint16(cursor),
        // Senders must not compress, receivers should cope (RFC 2782, RFC 3597 s.4).
        target: readName(cursor),
      }
    case 'CAA':
      return readCaa(cursor)
    case 'TLSA':
      return {
        type,
        usage: readUint8(cursor),
        selector: readUint8(cursor),
        matching: readUint8(cursor),
        data: readRest(cursor),
      }
    case 'SSHFP':
      return {
        type,
        algorithm: readUint8(cursor),
        fingerprintType: readUint8(cursor),
        fingerprint: readRest(cursor),
      }
    case 'SVCB':
    case 'HTTPS':
      return {
        type,
        priority: readUint16(cursor),
        // RFC 9460 s.2.2: uncompressed.
        target: readName(cursor, false),
        params: readSvcParams(cursor),
      }
    case 'SOA':
      return {
        type,
        mname: readName(cursor),
        rname: readName(cursor),
        serial: readUint32(cursor),
        refresh: readUint32(cursor),
        retry: readUint32(cursor),
        expire: readUint32(cursor),
        minimum: readUint32(cursor),
      }
    case 'HINFO':
      return { type, cpu: readLatin1(cursor), os: readLatin1(cursor) }
    case 'ANY':
    case 'OPT':
    default:
      return readOpaque(cursor, code)
  }
}

/** HINFO strings are text of no stated coding: one character stands for one octet. */
function readLatin1(cursor: Cursor): string {
  return Buffer.from(readCharacterString(cursor)).toString('latin1')
}

/** RFC 8659 s.4.1. */
function readCaa(cursor: Cursor): Rdata {
  const flags = readUint8(cursor)
  const tag = readLatin1(cursor)
  if (!/^[a-z0-9]+$/i.test(tag)) throw new WireError('bad-rdata', 'a CAA tag is not alphanumeric')
  return { type: 'CAA', flags, tag, value: readRest(cursor) }
}

/** RFC 9460 s.2.2: keys strictly increasing, else the record is malformed. */
function readSvcParams(cursor: Cursor): SvcParam[] {
  const params: SvcParam[] = []
  let previous = -1
  while (cursor.offset < cursor.end) {
    const key = readUint16(cursor)
    if (key <= previous) throw new WireError('bad-rdata', 'SvcParamKeys are not in order')
    previous = key
    params.push({ key, value: readBytes(cursor, readUint16(cursor)) })
  }
  return params
}

/** Writes RDATA without its length. Names are compressed in RFC 1035 types only (RFC 3597 s.4). */
export function writeRdata(writer: Writer, rdata: Rdata): void {
  switch (rdata.type) {
    case 'A':
      writer.bytes(addressOctets(parseIpv4(rdata.address), 'A'))
      return
    case 'AAAA':
      writer.bytes(addressOctets(parseIpv6(rdata.address), 'AAAA'))
      return
    case 'CNAME':
    case 'NS':
    case 'PTR':
      writer.name(rdata.target, true)
      return
    case 'MX':
      writer.uint16(rdata.preference)
      writer.name(rdata.exchange, true)
      return
    case 'TXT':
      if (rdata.strings.length === 0) throw new WireError('bad-value', 'TXT has no strings')
      for (const string of rdata.strings) writer.characterString(string)
      return
    case 'SRV':
      writer.uint16(rdata.priority)
      writer.uint16(rdata.weight)
      writer.uint16(rdata.port)
      writer.name(rdata.target, false)
      return
    case 'CAA':
      if (!/^[a-z0-9]{1,255}$/i.test(rdata.tag)) {
        throw new WireError('bad-value', 'a CAA tag is not alphanumeric')
      }
      writer.uint8(rdata.flags)
      writer.characterString(Buffer.from(rdata.tag))
      writer.bytes(rdata.value)
      return
    case 'TLSA':
      writer.uint8(rdata.usage)
      writer.uint8(rdata.selector)
      writer.uint8(rdata.matching)
      writer.bytes(rdata.data)
      return
    case 'SSHFP':
      writer.uint8(rdata.algorithm)
      writer.uint8(rdata.fingerprintType)
      writer.bytes(rdata.fingerprint)
      return
    case 'SVCB':
    case 'HTTPS':
      writer.uint16(rdata.priority)
      writer.name(rdata.target, false)
      writeSvcParams(writer, rdata.params)
      return
    case 'SOA':
      writer.name(rdata.mname, true)
      writer.name(rdata.rname, true)
      writer.uint32(rdata.serial)
      writer.uint32(rdata.refresh)
      writer.uint32(rdata.retry)
      writer.uint32(rdata.expire)
      writer.uint32(rdata.minimum)
      return
    case 'HINFO':
      writer.characterString(latin1Octets(rdata.cpu))
      writer.characterString(latin1Octets(rdata.os))
      return
    default:
      writer.bytes(rdata.data)
  }
}

function addressOctets(octets: Uint8Array | undefined, type: string): Uint8Array {
  if (octets === undefined) throw new WireError('bad-value', `${type} data is not an address`)
  return octets
}

function latin1Octets(text: string): Uint8Array {
  const octets = Buffer.from(text, 'latin1')
  if (octets.toString('latin1') !== text) {
    throw new WireError('bad-value', 'HINFO text has a character beyond octet 255')
  }
  return octets
}

function writeSvcParams(writer: Writer, params: readonly SvcParam[]): void {
  let previous = -1
  for (const { key, value } of params.toSorted((a, b) => a.key - b.key)) {
    if (key === previous) throw new WireError('bad-value', `SvcParamKey ${key} occurs twice`)
    previous = key
    writer.uint16(key)
    writer.counted(() => writer.bytes(value))
  }
}

/** The RDATA of `type` in `bytes`, which stand alone: no compression pointers. Throws WireError. */
export function rdataFromWire(type: RecordType, bytes: Uint8Array): Rdata {
  return readRdata(cursorAt(bytes, false), typeCode(type), classes.IN)
}

/** RDATA alone, uncompressed. Throws WireError. */
export function rdataToWire(rdata: Rdata): Uint8Array {
  const writer = createWriter()
  writeRdata(writer, rdata)
  return writer.finish()
}
