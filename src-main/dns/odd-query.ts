import { writeError } from './answers/error-answer.ts'
import { bitQr, classIn, headerLength, readUint16, typeOpt } from './packet-layout.ts'
import { scanResponse } from './cache/response-scanner.ts'
import { decodeMessage } from './wire/decode.ts'
import type { Message } from './wire/message.ts'
import { rcodes } from './wire/message.ts'

const opcodeQuery = 0
const noQuestion = { questionEnd: headerLength, hasEdns: false, dnssecOk: false }

/**
 * What to do with a query the scanner calls odd: an error answer in `out` (its length), or a plain
 * query saying the same in the form the scanner reads (records that do not matter left out).
 */
export type OddVerdict =
  | { readonly kind: 'error'; readonly length: number }
  | { readonly kind: 'plain'; readonly query: Uint8Array }

/**
 * Judges a query that is not plain, by RFC 1035 s.4.1.1, RFC 6891 s.6.1.3 and RFC 9619. `packet` is
 * at least a header with QR clear.
 */
export function judgeOddQuery(packet: Uint8Array, length: number, out: Uint8Array): OddVerdict {
  const error = (rcode: number, query = noQuestion): OddVerdict => ({
    kind: 'error',
    length: writeError(packet, query, out, rcode),
  })
  const opcode = ((packet[2] ?? 0) >>> 3) & 0x0f
  if (opcode !== opcodeQuery) return error(rcodes.NOTIMP)
  if (readUint16(packet, 4) !== 1) return error(rcodes.FORMERR)
  let message: Message
  try {
    message = decodeMessage(packet.subarray(0, length))
  } catch {
    return error(rcodes.FORMERR)
  }
  const questionEnd = endOfQuestion(packet, length)
  const [question] = message.questions
  // A compressed question has nothing to point to.
  if (questionEnd === undefined || !question) return error(rcodes.FORMERR)
  const end = scanResponse(packet, length)?.end
  if (end !== undefined && end !== length) return error(rcodes.FORMERR)
  const { edns } = message
  const query = {
    questionEnd,
    hasEdns: edns !== undefined,
    dnssecOk: edns?.dnssecOk ?? false,
  }
  if (edns && edns.version > 0) return error(rcodes.BADVERS, query)
  if (question.class !== classIn) return error(rcodes.REFUSED, query)
  // Answers inside a query are nonsense; an authority section is IXFR's or UPDATE's.
  if (message.answers.length > 0) return error(rcodes.FORMERR, query)
  if (message.authorities.length > 0) return error(rcodes.REFUSED, query)
  return { kind: 'plain', query: plainQuery(packet, questionEnd, edns) }
}

function plainQuery(packet: Uint8Array, questionEnd: number, edns: Message['edns']): Uint8Array {
  const query = new Uint8Array(questionEnd + (edns ? 11 : 0))
  query.set(packet.subarray(0, questionEnd))
  query[2] = (packet[2] ?? 0) & ~(bitQr | 0x7e)
  query.fill(0, 6, headerLength)
  if (edns) {
    query[11] = 1
    query[questionEnd + 2] = typeOpt
    query[questionEnd + 3] = edns.udpPayloadSize >>> 8
    query[questionEnd + 4] = edns.udpPayloadSize & 0xff
    query[questionEnd + 7] = edns.dnssecOk ? 0x80 : 0
  }
  return query
}

/** Offset past the question when its name is written out in full. */
function endOfQuestion(packet: Uint8Array, length: number): number | undefined {
  let at = headerLength
  while (at < length) {
    const size = packet[at] ?? 0
    if (size > 63) return undefined
    at += size + 1
    if (size === 0) return at + 4 <= length ? at + 4 : undefined
  }
  return undefined
}
