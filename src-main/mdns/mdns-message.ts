/** Multicast DNS messages as octets: read with care, written as RFC 6762 s.18 wants. Pure. */
import { decodeMessage } from '../dns/wire/decode.ts'
import { encodeMessage } from '../dns/wire/encode.ts'
import { classes, rcodes } from '../dns/wire/message.ts'
import type { Message, Question, ResourceRecord } from '../dns/wire/message.ts'
import { WireError } from '../dns/wire/wire-error.ts'
import { addressRecords, plainClass, type HostRecords } from './host-records.ts'

export const mdnsPort = 5353
/** RFC 6762 s.17, with the IP and UDP headers. */
const largestMessage = 9000 - 48
/** What crosses any IPv6 link in one piece (RFC 8200 s.5), so that nothing of ours is fragmented. */
const comfortableSize = 1280 - 48
/** Seconds; RFC 6762 s.6.7. */
const legacyTtl = 10

/**
 * The message in `bytes`; undefined for what RFC 6762 s.18 says to ignore in silence: malformed or
 * over-long messages, and any OPCODE or RCODE but zero.
 */
export function readMessage(bytes: Uint8Array): Message | undefined {
  if (bytes.length > largestMessage) return undefined
  try {
    const message = decodeMessage(bytes)
    return message.opcode === 0 && message.rcode === 0 ? message : undefined
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

const blank: Message = {
  // RFC 6762 s.18.1: zero in everything that is multicast.
  id: 0,
  isResponse: false,
  opcode: 0,
  authoritative: false,
  truncated: false,
  recursionDesired: false,
  recursionAvailable: false,
  authenticData: false,
  checkingDisabled: false,
  rcode: rcodes.NOERROR,
  questions: [],
  answers: [],
  authorities: [],
  additionals: [],
}

/**
 * Probes for `hosts` (RFC 6762 s.8.1), as few messages as hold them. They ask for multicast answers:
 * on a port shared with the system's responder a unicast one could end there (s.15.1).
 */
export function probeMessages(hosts: readonly HostRecords[]): readonly Uint8Array[] {
  return inPackets(hosts, (some) => ({
    ...blank,
    questions: some.map(({ name }) => ({ name, type: 'ANY', class: classes.IN })),
    authorities: some
      .flatMap(addressRecords)
      // RFC 6762 s.10.2: nothing is flushed by a name that is not won yet.
      .map((record) => ({ ...record, class: plainClass(record.class) })),
  }))
}

/** Address records of `hosts` with TTL 0: they are going (RFC 6762 s.10.1). */
export function goodbyeMessages(hosts: readonly HostRecords[]): readonly Uint8Array[] {
  return inPackets(hosts, (some) => ({
    ...blank,
    isResponse: true,
    authoritative: true,
    answers: some.flatMap(addressRecords).map((record) => ({ ...record, ttl: 0 })),
  }))
}

export interface Reply {
  readonly answers: readonly ResourceRecord[]
  readonly additionals: readonly ResourceRecord[]
}

/**
 * Responses for ears that speak mDNS: no questions (RFC 6762 s.6); `id` only when unicast. Each of
 * `replies` stays in one piece.
 */
export function responseMessages(replies: readonly Reply[], id = 0): readonly Uint8Array[] {
  return inPackets(replies, (some) => ({
    ...blank,
    id,
    isResponse: true,
    authoritative: true,
    answers: some.flatMap(({ answers }) => answers),
    additionals: some.flatMap(({ additionals }) => additionals),
  }))
}

/**
 * A response for a program that thinks it talks to an ordinary DNS server (RFC 6762 s.6.7): its id
 * and questions again, short TTLs, and no cache-flush bits, which would be another class to it.
 */
export function legacyMessage(
  query: Message,
  questions: readonly Question[],
  reply: Reply,
): Uint8Array {
  const plain = (records: readonly ResourceRecord[]): ResourceRecord[] =>
    records.map((record) => ({
      ...record,
      class: plainClass(record.class),
      ttl: Math.min(record.ttl, legacyTtl),
    }))
  return written({
    ...blank,
    id: query.id,
    isResponse: true,
    authoritative: true,
    recursionDesired: query.recursionDesired,
    questions,
    answers: plain(reply.answers),
    additionals: plain(reply.additionals),
  })
}

/** Splits `items` over several messages where one would be too large. */
function inPackets<T>(
  items: readonly T[],
  messageOf: (some: readonly T[]) => Message,
): readonly Uint8Array[] {
  if (items.length === 0) return []
  const bytes = written(messageOf(items))
  if (bytes.length <= comfortableSize || items.length === 1) return [bytes]
  const half = items.length >> 1
  return [...inPackets(items.slice(0, half), messageOf), ...inPackets(items.slice(half), messageOf)]
}

function written(message: Message): Uint8Array {
  return encodeMessage(message, { maxSize: largestMessage })
}
