import { cursorAt, readName, readUint16, readUint32 } from './cursor.ts'
import type { Cursor } from './cursor.ts'
import { readOpt } from './edns.ts'
import { recordTypes } from './message.ts'
import type { DnsName, Edns, Message, Question, ResourceRecord } from './message.ts'
import { readRdata } from './rdata-wire.ts'
import { typeFromCode } from './record-type.ts'
import { WireError } from './wire-error.ts'

/** RFC 1035 s.4.1: a root name, and a type and class, or all fixed fields of a record. */
const smallestQuestion = 5
const smallestRecord = 11

/**
 * Reads a DNS message (RFC 1035 s.4). Throws WireError, and nothing else, when it is malformed.
 *
 * Lenient where deployed servers are: any QDCOUNT, unknown types and classes, and octets behind the
 * last record are accepted (the latter ignored). Strict where leniency would make two programs see
 * different messages: pointers, lengths, record data, and the OPT record (RFC 6891 s.6.1.1).
 */
export function decodeMessage(bytes: Uint8Array): Message {
  const cursor = cursorAt(bytes)
  const id = readUint16(cursor)
  const flags = readUint16(cursor)
  const questionCount = readUint16(cursor)
  const recordCounts = [readUint16(cursor), readUint16(cursor), readUint16(cursor)] as const
  const promised =
    questionCount * smallestQuestion +
    (recordCounts[0] + recordCounts[1] + recordCounts[2]) * smallestRecord
  if (promised > cursor.end - cursor.offset) {
    throw new WireError('truncated', 'the counts promise more than the message holds')
  }
  const questions: Question[] = []
  for (let index = 0; index < questionCount; index += 1) questions.push(readQuestion(cursor))
  const answers = readSection(cursor, recordCounts[0])
  const authorities = readSection(cursor, recordCounts[1])
  const additionals = readSection(cursor, recordCounts[2])
  if (answers.edns !== undefined || authorities.edns !== undefined) {
    throw new WireError('bad-opt', 'an OPT record stands outside the additional section')
  }
  const { edns } = additionals
  return {
    id,
    isResponse: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 0xf,
    authoritative: (flags & 0x0400) !== 0,
    truncated: (flags & 0x0200) !== 0,
    recursionDesired: (flags & 0x0100) !== 0,
    recursionAvailable: (flags & 0x0080) !== 0,
    authenticData: (flags & 0x0020) !== 0,
    checkingDisabled: (flags & 0x0010) !== 0,
    rcode: ((edns?.extendedRcode ?? 0) << 4) | (flags & 0xf),
    questions,
    answers: answers.records,
    authorities: authorities.records,
    additionals: additionals.records,
    ...(edns === undefined ? {} : { edns }),
  }
}

function readQuestion(cursor: Cursor): Question {
  const name = readName(cursor)
  return { name, type: typeFromCode(readUint16(cursor)), class: readUint16(cursor) }
}

interface Section {
  readonly records: ResourceRecord[]
  readonly edns?: Edns
}

function readSection(cursor: Cursor, count: number): Section {
  const records: ResourceRecord[] = []
  let edns: Edns | undefined
  for (let index = 0; index < count; index += 1) {
    const name = readName(cursor)
    const code = readUint16(cursor)
    if (code === recordTypes.OPT) {
      if (edns !== undefined) throw new WireError('bad-opt', 'there are two OPT records')
      edns = readOptRecord(cursor, name)
    } else {
      records.push(readRecord(cursor, name, code))
    }
  }
  return edns === undefined ? { records } : { records, edns }
}

function readRecord(cursor: Cursor, name: DnsName, code: number): ResourceRecord {
  const recordClass = readUint16(cursor)
  const ttl = readUint32(cursor)
  const rdata = withinRdata(cursor, () => readRdata(cursor, code, recordClass))
  // RFC 2181 s.8: a TTL with the top bit set counts as zero.
  return { name, class: recordClass, ttl: ttl > 0x7fffffff ? 0 : ttl, rdata }
}

function readOptRecord(cursor: Cursor, name: DnsName): Edns {
  if (name !== '.') throw new WireError('bad-opt', 'the owner of the OPT record is not the root')
  const udpPayloadSize = readUint16(cursor)
  const ttl = readUint32(cursor)
  return withinRdata(cursor, () => readOpt(cursor, udpPayloadSize, ttl))
}

/** Runs `read` with the cursor's end at the end of the RDATA whose length comes next. */
function withinRdata<T>(cursor: Cursor, read: () => T): T {
  const length = readUint16(cursor)
  const outerEnd = cursor.end
  const end = cursor.offset + length
  if (end > outerEnd) throw new WireError('truncated', 'record data exceeds the message')
  cursor.end = end
  const value = read()
  cursor.end = outerEnd
  return value
}
