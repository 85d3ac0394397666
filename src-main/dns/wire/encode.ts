import { nameKey } from './domain-name.ts'
import { writeOpt } from './edns.ts'
import type { Message, ResourceRecord, RRset } from './message.ts'
import { writeRdata } from './rdata-wire.ts'
import { typeCode } from './record-type.ts'
import { WireError } from './wire-error.ts'
import { createWriter, largestMessage } from './writer.ts'
import type { Writer } from './writer.ts'

const flagsOffset = 2
/** QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT follow one another from here. */
const countsOffset = 4
const truncatedBit = 0x0200
/** RFC 2181 s.8. */
const longestTtl = 0x7fffffff

/**
 * Writes a message, with names compressed and the case of every name kept.
 *
 * What does not fit `maxSize` octets (65,535 unless given) is left out in whole RRsets; the OPT
 * record always stays. Leaving out answers or authority records sets TC and ends the message;
 * leaving out additional records does not (RFC 2181 s.9). Throws WireError when a value has no wire
 * form, when header, question and OPT alone exceed `maxSize`, or when an RCODE above 15 has no OPT
 * record to travel in (RFC 6891 s.6.1.3).
 */
export function encodeMessage(
  message: Message,
  options: { readonly maxSize?: number } = {},
): Uint8Array {
  const { edns, rcode } = message
  if (rcode > 0xfff || (rcode > 0xf && edns === undefined)) {
    throw new WireError('bad-value', `RCODE ${rcode} does not fit the message`)
  }
  const writer = createWriter()
  const flags = headerFlags(message)
  writer.uint16(message.id)
  writer.uint16(flags)
  for (let count = 0; count < 4; count += 1) writer.uint16(0)
  for (const question of message.questions) {
    writer.name(question.name, true)
    writer.uint16(typeCode(question.type))
    writer.uint16(question.class)
  }
  writer.patchUint16(countsOffset, message.questions.length)

  const opt = edns === undefined ? new Uint8Array(0) : optOctets(message)
  const limit = Math.min(options.maxSize ?? largestMessage, largestMessage) - opt.length
  if (writer.length > limit) {
    throw new WireError('too-large', 'header, question and OPT record exceed the size allowed')
  }
  const sections = [message.answers, message.authorities, message.additionals]
  const counts = [0, 0, 0]
  for (const [index, records] of sections.entries()) {
    const written = writeRRsets(writer, records, limit)
    counts[index] = written
    if (written < records.length && index < 2) {
      writer.patchUint16(flagsOffset, flags | truncatedBit)
      break
    }
  }
  if (edns !== undefined) {
    writer.bytes(opt)
    counts[2] = (counts[2] ?? 0) + 1
  }
  for (const [index, count] of counts.entries()) {
    writer.patchUint16(countsOffset + 2 + index * 2, count)
  }
  return writer.finish()
}

function headerFlags(message: Message): number {
  if (!Number.isInteger(message.opcode) || message.opcode < 0 || message.opcode > 0xf) {
    throw new WireError('bad-value', `${message.opcode} is not an OPCODE`)
  }
  return (
    (message.isResponse ? 0x8000 : 0) |
    (message.opcode << 11) |
    (message.authoritative ? 0x0400 : 0) |
    (message.truncated ? truncatedBit : 0) |
    (message.recursionDesired ? 0x0100 : 0) |
    (message.recursionAvailable ? 0x0080 : 0) |
    (message.authenticData ? 0x0020 : 0) |
    (message.checkingDisabled ? 0x0010 : 0) |
    (message.rcode & 0xf)
  )
}

/** The OPT record of `message`; empty when it has none. For answers that are kept without one. */
export function optOctets(message: Pick<Message, 'edns' | 'rcode'>): Uint8Array {
  const writer = createWriter()
  if (message.edns !== undefined) writeOpt(writer, message.edns, message.rcode)
  return writer.finish()
}

/** Writes as many whole RRsets as end before `limit`; returns the number of records written. */
function writeRRsets(writer: Writer, records: readonly ResourceRecord[], limit: number): number {
  let written = 0
  for (const rrset of consecutiveRRsets(records)) {
    const before = writer.length
    for (const record of rrset) writeRecord(writer, record)
    if (writer.length > limit) {
      writer.rewind(before)
      break
    }
    written += rrset.length
  }
  return written
}

function consecutiveRRsets(records: readonly ResourceRecord[]): RRset[] {
  const sets: ResourceRecord[][] = []
  for (const record of records) {
    const current = sets.at(-1)
    const previous = current?.[0]
    if (current !== undefined && previous !== undefined && isSameSet(previous, record)) {
      current.push(record)
    } else {
      sets.push([record])
    }
  }
  return sets
}

function isSameSet(a: ResourceRecord, b: ResourceRecord): boolean {
  return a.rdata.type === b.rdata.type && a.class === b.class && nameKey(a.name) === nameKey(b.name)
}

/** Writes one record, its owner name compressed. Throws WireError when it has no wire form. */
export function writeRecord(writer: Writer, record: ResourceRecord): void {
  if (record.ttl > longestTtl) {
    throw new WireError('bad-value', `TTL ${record.ttl} exceeds ${longestTtl} seconds`)
  }
  writer.name(record.name, true)
  writer.uint16(typeCode(record.rdata.type))
  writer.uint16(record.class)
  writer.uint32(record.ttl)
  writer.counted(() => writeRdata(writer, record.rdata))
}
