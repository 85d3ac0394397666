import {
  headerLength,
  optionExtendedError,
  readUint16,
  readUint32,
  typeOpt,
  typeSoa,
} from '../packet-layout.ts'

/** What the cache needs to know of a response in wire form. */
export interface ResponseScan {
  /** 12-bit RCODE, with the EDNS extension. */
  readonly rcode: number
  /** Octets up to the last record that is not OPT. */
  readonly messageLength: number
  /** Octets up to the last record of any type. */
  readonly end: number
  /** Offsets of all TTL fields, OPT's excepted. */
  readonly ttlOffsets: readonly number[]
  /**
   * Seconds the whole response stays true: the smallest TTL, and for negative answers the SOA
   * minimum (RFC 2308 s.5). 0 for a negative answer without SOA, which must not be cached.
   */
  readonly ttl: number
  /** RFC 8914 options found in the response's OPT, in wire form. */
  readonly extendedErrors: Uint8Array
  readonly answerCount: number
  /** Additional records without OPT. */
  readonly additionalCount: number
}

/** No TTL is believed for longer (RFC 8767 s.4 proposes a limit; resolvers use one day). */
export const maxTtl = 86_400
/** RFC 2308 s.5: negative answers for three hours at most. */
export const maxNegativeTtl = 10_800

const noOptions = new Uint8Array(0)

/** Offset after the name at `at`; -1 when malformed. A pointer must point backwards: no loops. */
function skipName(packet: Uint8Array, start: number, length: number): number {
  let at = start
  while (at < length) {
    const size = packet[at] ?? 0
    if (size === 0) return at + 1
    if (size >= 0xc0) {
      const target = ((size & 0x3f) << 8) | (packet[at + 1] ?? 0)
      return at + 2 <= length && target < start && target >= headerLength ? at + 2 : -1
    }
    if (size > 63) return -1
    at += 1 + size
  }
  return -1
}

/** The RFC 8914 options among EDNS options, in wire form. */
function keepExtendedErrors(packet: Uint8Array, start: number, end: number): Uint8Array {
  let kept: Uint8Array = noOptions
  for (let at = start; at + 4 <= end;) {
    const next = at + 4 + readUint16(packet, at + 2)
    if (next > end) break
    if (readUint16(packet, at) === optionExtendedError) {
      const joined = new Uint8Array(kept.length + next - at)
      joined.set(kept)
      joined.set(packet.subarray(at, next), kept.length)
      kept = joined
    }
    at = next
  }
  return kept
}

/**
 * Walks a response without building records. Undefined when it is malformed, has other than one
 * question, or has an OPT that is not its last record (legal but unknown in practice; the caller
 * treats it as a failed answer).
 */
export function scanResponse(packet: Uint8Array, length: number): ResponseScan | undefined {
  if (length < headerLength || readUint16(packet, 4) !== 1) return undefined
  let rcode = (packet[3] ?? 0) & 0x0f
  const answers = readUint16(packet, 6)
  const authorities = readUint16(packet, 8)
  const records = answers + authorities + readUint16(packet, 10)
  let at = skipName(packet, headerLength, length) + 4
  if (at < headerLength + 5 || at > length) return undefined
  let ttl = maxTtl
  let hasSoa = false
  let messageLength = at
  let extendedErrors: Uint8Array = noOptions
  const ttlOffsets: number[] = []
  for (let index = 0; index < records; index += 1) {
    const fixed = skipName(packet, at, length)
    if (fixed < 0 || fixed + 10 > length) return undefined
    const type = readUint16(packet, fixed)
    const end = fixed + 10 + readUint16(packet, fixed + 8)
    if (end > length) return undefined
    if (type === typeOpt) {
      if (index !== records - 1 || index < answers + authorities) return undefined
      rcode |= (packet[fixed + 4] ?? 0) << 4
      extendedErrors = keepExtendedErrors(packet, fixed + 10, end)
      at = end
      break
    }
    const recordTtl = readUint32(packet, fixed + 4)
    // RFC 2181 s.8: a TTL with the top bit set is zero.
    ttl = Math.min(ttl, recordTtl > 0x7fffffff ? 0 : recordTtl)
    ttlOffsets.push(fixed + 4)
    if (
      type === typeSoa &&
      index >= answers &&
      index < answers + authorities &&
      end - fixed >= 32
    ) {
      hasSoa = true
      ttl = Math.min(ttl, readUint32(packet, end - 4), maxNegativeTtl)
    }
    at = end
    messageLength = end
  }
  if (answers === 0 && !hasSoa) ttl = 0
  return {
    rcode,
    messageLength,
    end: at,
    ttlOffsets,
    ttl,
    extendedErrors,
    answerCount: answers,
    additionalCount: ttlOffsets.length - answers - authorities,
  }
}
