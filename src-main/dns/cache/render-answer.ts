import {
  bitCd,
  bitRd,
  bitTc,
  ednsPayload,
  headerLength,
  optLength,
  optionExtendedError,
  writeUint16,
  writeUint32,
} from '../packet-layout.ts'
import type { QueryScan } from '../query-scanner.ts'
import { shapeDnssecOk } from '../query-scanner.ts'
import type { EntryRef, WireCache } from './wire-cache.ts'

/** RFC 8767 s.5.2: stale records are served with a TTL of 30 seconds. */
export const staleTtl = 30

/** RFC 8914 s.4.4 without text: option code, length, info code. */
const staleOption = Uint8Array.of(0, optionExtendedError, 0, 2, 0, 3)

/** The facts of a query that shape the rendering; a `QueryScan` has them. */
export type RenderQuery = Pick<QueryScan, 'questionEnd' | 'hasEdns' | 'shape'>

/** Writes an OPT record at `at`; returns the offset after it. */
export function writeOpt(
  out: Uint8Array,
  at: number,
  dnssecOk: boolean,
  extendedRcode: number,
  options: Uint8Array,
): number {
  out[at] = 0
  out[at + 1] = 0
  out[at + 2] = 41
  writeUint16(out, at + 3, ednsPayload)
  out[at + 5] = extendedRcode
  out[at + 6] = 0
  out[at + 7] = dnssecOk ? 0x80 : 0
  out[at + 8] = 0
  writeUint16(out, at + 9, options.length)
  if (options.length > 0) out.set(options, at + optLength)
  return at + optLength + options.length
}

/**
 * Writes the answer `ref` for `query` into `out` and returns its length. Copies bytes and patches:
 * id, RD and CD from the query, the question's case, TTLs lowered by the entry's age. An answer
 * longer than `limit` becomes the question with TC set (RFC 2181 s.9). `stale` sends 30 s TTLs and
 * EDE 3 (RFC 8767).
 */
export function renderAnswer(
  cache: WireCache,
  ref: EntryRef,
  packet: Uint8Array,
  query: RenderQuery,
  out: Uint8Array,
  limit: number,
  nowSeconds: number,
  stale: boolean,
): number {
  const entry = cache.view(ref)
  const { slab } = cache
  const from = entry.messageAt
  const optionsLength = stale ? staleOption.length : entry.optionsLength
  const full = entry.messageLength + (query.hasEdns ? optLength + optionsLength : 0)
  const isTruncated = full > limit
  let length = isTruncated ? query.questionEnd : entry.messageLength
  if (length < 96) {
    for (let at = 0; at < length; at += 1) out[at] = slab[from + at] ?? 0
  } else {
    out.set(slab.subarray(from, from + length), 0)
  }
  out[0] = packet[0] ?? 0
  out[1] = packet[1] ?? 0
  out[2] = ((out[2] ?? 0) & ~bitRd) | ((packet[2] ?? 0) & bitRd)
  out[3] = ((out[3] ?? 0) & ~bitCd) | ((packet[3] ?? 0) & bitCd)
  for (let at = headerLength; at < query.questionEnd; at += 1) out[at] = packet[at] ?? 0
  if (isTruncated) {
    out[2] |= bitTc
    out.fill(0, 6, headerLength)
  } else {
    const age = nowSeconds - entry.storedAt
    if (stale || age > 0) {
      const { slab16 } = cache
      for (let index = 0; index < entry.ttlCount; index += 1) {
        const at = slab16[entry.ttlAt + index] ?? 0
        const ttl =
          (((slab[from + at] ?? 0) << 24) |
            ((slab[from + at + 1] ?? 0) << 16) |
            ((slab[from + at + 2] ?? 0) << 8) |
            (slab[from + at + 3] ?? 0)) >>>
          0
        writeUint32(out, at, stale ? staleTtl : ttl > age ? ttl - age : 0)
      }
    }
  }
  if (query.hasEdns) {
    const options = isTruncated
      ? slab.subarray(0, 0)
      : stale
        ? staleOption
        : slab.subarray(entry.optionsAt, entry.optionsAt + optionsLength)
    writeUint16(out, 10, isTruncated ? 1 : ((((out[10] ?? 0) << 8) | (out[11] ?? 0)) + 1) & 0xffff)
    length = writeOpt(out, length, (query.shape & shapeDnssecOk) !== 0, 0, options)
  }
  return length
}
