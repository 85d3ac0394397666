import type { Resolved } from '../answers/resolved.ts'
import { encodeExtendedError, writeError } from '../answers/error-answer.ts'
import { failureSeconds } from '../answers/managed-answers.ts'
import { bitAa, bitAd, bitRa, bitTc, writeUint16 } from '../packet-layout.ts'
import type { DnsName, RecordType, ResourceRecord } from '../wire/message.ts'
import { rcodes } from '../wire/message.ts'
import { encodeMessage } from '../wire/encode.ts'
import type { ResponseScan } from './response-scanner.ts'
import { scanResponse } from './response-scanner.ts'
import type { CacheKey, EntryRef, WireCache } from './wire-cache.ts'

/** RFC 8767 s.5: how long an expired answer stays usable. */
const staleSeconds = 86_400
const noOptions = new Uint8Array(0)

/** Turns answers of either origin into cache entries. */
export interface AnswerStore {
  /** Stores what a system or this program itself says; `query` has the question at offset 12. */
  putResolved(
    resolved: Resolved,
    name: DnsName,
    type: RecordType,
    query: Uint8Array,
    key: CacheKey,
    nowSeconds: number,
    isCacheable: boolean,
  ): EntryRef
  /** Stores an upstream's response. `packet` is patched in place: AD, AA and TC are cleared. */
  putForwarded(
    packet: Uint8Array,
    scan: ResponseScan,
    query: Uint8Array,
    key: CacheKey,
    nowSeconds: number,
  ): EntryRef
  /** Stores SERVFAIL with `options`, RFC 8914 errors in wire form, for a few seconds. */
  putFailure(options: Uint8Array, query: Uint8Array, key: CacheKey, nowSeconds: number): EntryRef
}

export function createAnswerStore(cache: WireCache): AnswerStore {
  return {
    putResolved(resolved, name, type, query, key, nowSeconds, isCacheable) {
      const left = Math.max(0, (resolved.validUntil ?? nowSeconds + 0x7fff_ffff) - nowSeconds)
      const clamp = (record: ResourceRecord): ResourceRecord =>
        record.ttl > left ? { ...record, ttl: left } : record
      const message = encodeMessage({
        id: 0,
        isResponse: true,
        opcode: 0,
        authoritative: resolved.isAuthoritative,
        truncated: false,
        recursionDesired: false,
        recursionAvailable: true,
        authenticData: false,
        checkingDisabled: false,
        rcode: resolved.rcode,
        // Lower case, as the keys are: the client's own case is patched in when rendering.
        questions: [{ name, type, class: 1 }],
        answers: resolved.answers.map(clamp),
        authorities: resolved.authorities.map(clamp),
        additionals: [],
      })
      const scan = scanResponse(message, message.length)
      if (!scan) throw new Error('the codec wrote a message that does not scan')
      const ttl = resolved.rcode === rcodes.SERVFAIL ? failureSeconds : scan.ttl
      return cache.put({
        key,
        query,
        message,
        messageLength: scan.messageLength,
        options: resolved.ede ? encodeExtendedError(resolved.ede) : noOptions,
        ttlOffsets: scan.ttlOffsets,
        storedAt: nowSeconds,
        expiresAt: nowSeconds + Math.min(ttl, left),
        staleUntil: 0,
        isManaged: resolved.isManaged,
        owners: resolved.owners,
        isCacheable: isCacheable && resolved.isCacheable && ttl > 0 && left > 0,
      })
    },
    putForwarded(packet, scan, query, key, nowSeconds) {
      const { ttl } = scan
      packet[2] = (packet[2] ?? 0) & ~(bitAa | bitTc)
      // AD is not repeated: the path to the upstream is not authenticated (RFC 6840 s.5.8).
      packet[3] = ((packet[3] ?? 0) & ~bitAd) | bitRa
      writeUint16(packet, 10, scan.additionalCount)
      return cache.put({
        key,
        query,
        message: packet,
        messageLength: scan.messageLength,
        options: scan.extendedErrors,
        ttlOffsets: scan.ttlOffsets,
        storedAt: nowSeconds,
        expiresAt: nowSeconds + ttl,
        staleUntil: ttl > 0 ? nowSeconds + ttl + staleSeconds : 0,
        isManaged: false,
        owners: [],
        isCacheable: ttl > 0,
      })
    },
    putFailure(options, query, key, nowSeconds) {
      const message = new Uint8Array(key.questionEnd)
      const shape = { questionEnd: key.questionEnd, hasEdns: false, dnssecOk: false }
      writeError(query, shape, message, rcodes.SERVFAIL)
      return cache.put({
        key,
        query,
        message,
        messageLength: message.length,
        options,
        ttlOffsets: [],
        storedAt: nowSeconds,
        expiresAt: nowSeconds + failureSeconds,
        staleUntil: 0,
        isManaged: false,
        owners: [],
        isCacheable: true,
      })
    },
  }
}
