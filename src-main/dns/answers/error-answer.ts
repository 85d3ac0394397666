import type { ExtendedError } from '../wire/message.ts'
import { writeOpt } from '../cache/render-answer.ts'
import {
  bitCd,
  bitRd,
  bitRa,
  bitQr,
  headerLength,
  optionExtendedError,
  writeUint16,
} from '../packet-layout.ts'

const textEncoder = new TextEncoder()
const noOptions = new Uint8Array(0)
/** Keeps an error with its text well inside 512 octets. */
const maxTextLength = 160

/** `error` as an EDNS option in wire form (RFC 8914 s.2). */
export function encodeExtendedError(error: ExtendedError): Uint8Array {
  const text = textEncoder.encode(error.text).subarray(0, maxTextLength)
  const option = new Uint8Array(6 + text.length)
  writeUint16(option, 0, optionExtendedError)
  writeUint16(option, 2, 2 + text.length)
  writeUint16(option, 4, error.code)
  option.set(text, 6)
  return option
}

/** What of a query its error answer repeats. */
export interface ErrorQuery {
  /** Offset past the question, or 12 when the question could not be read and is left out. */
  readonly questionEnd: number
  readonly hasEdns: boolean
  readonly dnssecOk: boolean
}

/**
 * Writes an answer without records for `packet` into `out`: 12-bit `rcode`, and `error` when the
 * client speaks EDNS. Needs no decoding, so it works for broken queries. Returns the length, at
 * most 12 + 259 + 11 + 166 octets.
 */
export function writeError(
  packet: Uint8Array,
  query: ErrorQuery,
  out: Uint8Array,
  rcode: number,
  error?: ExtendedError,
): number {
  out[0] = packet[0] ?? 0
  out[1] = packet[1] ?? 0
  // OPCODE and RD are repeated (RFC 1035 s.4.1.1), CD too (RFC 4035 s.3.1.6).
  out[2] = bitQr | ((packet[2] ?? 0) & (0x78 | bitRd))
  out[3] = bitRa | ((packet[3] ?? 0) & bitCd) | (rcode & 0x0f)
  out.fill(0, 4, headerLength)
  out[5] = query.questionEnd > headerLength ? 1 : 0
  for (let at = headerLength; at < query.questionEnd; at += 1) out[at] = packet[at] ?? 0
  if (!query.hasEdns) return query.questionEnd
  out[11] = 1
  const options = error ? encodeExtendedError(error) : noOptions
  return writeOpt(out, query.questionEnd, query.dnssecOk, rcode >>> 4, options)
}
