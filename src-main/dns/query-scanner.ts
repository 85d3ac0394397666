import type { RandomSource } from '../env/env.ts'
import {
  bitCd,
  bitQr,
  classIn,
  ednsPayload,
  fold,
  headerLength,
  plainUdpLimit,
  readUint16,
  readUint32,
  typeOpt,
} from './packet-layout.ts'

/** Parts of the cache key beside the question: what else changes the bytes of an answer. */
export const shapeDnssecOk = 1
export const shapeCheckingDisabled = 2

/**
 * What one pass over a query found out. One object is reused for every packet: it is valid until
 * the next `scan` and must not be kept.
 */
export interface QueryScan {
  /** Offset just past QCLASS. */
  questionEnd: number
  /** Seeded hash of the case-folded question and the shape. */
  hash: number
  shape: number
  type: number
  hasEdns: boolean
  /** Octets the client takes over UDP: 512 without EDNS, never more than 1232. */
  udpLimit: number
}

/**
 * - `plain`: an ordinary question; the scan is filled in.
 * - `odd`: anything else that deserves an answer; the slow path decodes it and says what is wrong.
 * - `ignore`: shorter than a header, or itself a response (answering those makes loops).
 */
export type ScanVerdict = 'plain' | 'odd' | 'ignore'

export interface QueryScanner {
  readonly result: QueryScan
  scan(packet: Uint8Array, length: number): ScanVerdict
}

/**
 * Reads a query once without building objects. The hash is seeded from `random`, so that nobody can
 * prepare names that collide in the cache table.
 */
export function createQueryScanner(random: RandomSource): QueryScanner {
  const seedBytes = random.bytes(8)
  const seed = readUint32(seedBytes, 0) | 0
  // Odd, so that multiplication is a bijection on 32 bits.
  const multiplier = readUint32(seedBytes, 4) | 1
  const result: QueryScan = {
    questionEnd: 0,
    hash: 0,
    shape: 0,
    type: 0,
    hasEdns: false,
    udpLimit: plainUdpLimit,
  }

  /** Reads the OPT record at `at`; false when the record is not a version 0 OPT ending the packet. */
  const scanOpt = (packet: Uint8Array, at: number, length: number): boolean => {
    if (at + 11 > length || packet[at] !== 0) return false
    if (readUint16(packet, at + 1) !== typeOpt) return false
    // Extended RCODE and version must be 0 here: BADVERS is the slow path's.
    if (packet[at + 5] !== 0 || packet[at + 6] !== 0) return false
    if (at + 11 + readUint16(packet, at + 9) !== length) return false
    const size = readUint16(packet, at + 3)
    result.udpLimit = size <= plainUdpLimit ? plainUdpLimit : Math.min(size, ednsPayload)
    if ((packet[at + 7] ?? 0) & 0x80) result.shape |= shapeDnssecOk
    result.hasEdns = true
    return true
  }

  return {
    result,
    scan(packet, length) {
      if (length < headerLength) return 'ignore'
      const flags = packet[2] ?? 0
      if (flags & bitQr) return 'ignore'
      // OPCODE, AA and TC must be clear; one question, nothing else but at most one OPT.
      if (flags & 0x7e) return 'odd'
      if (packet[4] !== 0 || packet[5] !== 1) return 'odd'
      if (packet[6] !== 0 || packet[7] !== 0 || packet[8] !== 0 || packet[9] !== 0) return 'odd'
      const additionals = packet[11] ?? 0
      if (packet[10] !== 0 || additionals > 1) return 'odd'

      let at = headerLength
      let hash = seed
      for (;;) {
        if (at >= length) return 'odd'
        const size = packet[at] ?? 0
        hash = Math.imul(hash ^ size, multiplier)
        at += 1
        if (size === 0) break
        if (size > 63) return 'odd'
        const end = at + size
        if (end >= length) return 'odd'
        for (; at < end; at += 1) {
          hash = Math.imul(hash ^ (fold[packet[at] ?? 0] ?? 0), multiplier)
          hash ^= hash >>> 15
        }
      }
      if (at - headerLength > 255 || at + 4 > length) return 'odd'
      const type = readUint16(packet, at)
      if (readUint16(packet, at + 2) !== classIn) return 'odd'
      at += 4
      result.questionEnd = at
      result.type = type
      result.shape = (packet[3] ?? 0) & bitCd ? shapeCheckingDisabled : 0
      result.hasEdns = false
      result.udpLimit = plainUdpLimit
      if (additionals === 1) {
        if (!scanOpt(packet, at, length)) return 'odd'
      } else if (at !== length) {
        return 'odd'
      }
      hash = Math.imul(hash ^ type, multiplier)
      hash ^= hash >>> 13
      hash = Math.imul(hash ^ result.shape, multiplier)
      hash ^= hash >>> 16
      result.hash = hash >>> 0
      return 'plain'
    },
  }
}
