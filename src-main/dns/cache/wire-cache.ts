import type { OwnerKey } from '../../names/name.ts'
import { fold, headerLength } from '../packet-layout.ts'
import { createOwnerIndex } from './owner-index.ts'
import type { OwnerHits } from './owner-index.ts'

/** Identifies an entry until the next `put`; 0 is none. */
export type EntryRef = number

/** The part of a query scan that identifies an answer. */
export interface CacheKey {
  readonly hash: number
  readonly shape: number
  /** Offset just past QCLASS in the query. */
  readonly questionEnd: number
}

/** A complete answer in wire form, as `scanResponse` describes it. Times are Unix seconds. */
export interface CacheInput {
  readonly key: CacheKey
  /** The query (or anything with its question at offset 12). */
  readonly query: Uint8Array
  /** Header to last record, without OPT. */
  readonly message: Uint8Array
  readonly messageLength: number
  /** EDNS options to send to clients that speak EDNS, such as an RFC 8914 error. */
  readonly options: Uint8Array
  /** Offsets of the TTL fields in `message`. */
  readonly ttlOffsets: readonly number[]
  readonly storedAt: number
  /** Fresh before this time. */
  readonly expiresAt: number
  /** May be served stale before this time (RFC 8767); 0 when never. */
  readonly staleUntil: number
  /** Made from managed data: not served on hits while resolution is off. */
  readonly isManaged: boolean
  readonly owners: readonly OwnerKey[]
  /** False for an answer that is rendered once and then discarded. */
  readonly isCacheable: boolean
}

export interface WireCacheOptions {
  /** Bytes of all answers together; a multiple of `segmentBytes`. */
  readonly slabBytes: number
  /** Evicted at once: the pause is proportional to it. */
  readonly segmentBytes: number
  /** Slots of the table, a power of two; at most 3/4 are used. */
  readonly slots: number
}

/** 40 MB of answers and 196,608 names: 100,000 names of 200 octets fit with room to spare. */
export const defaultWireCacheOptions: WireCacheOptions = {
  slabBytes: 40 * 1024 * 1024,
  segmentBytes: 1024 * 1024,
  slots: 1 << 18,
}

// Words of an entry's header, in 32-bit units from its ref.
const wordSize = 0
const wordHash = 1
const wordQuestion = 2 // question octets | flags << 16
const wordLengths = 3 // message octets | option octets << 16
const wordStoredAt = 4
const wordExpiresAt = 5
const wordStaleUntil = 6
const wordRetryAt = 7
const wordOwnerNode = 8
const wordShape = 9 // shape | number of TTL fields << 8
const headerWords = 10

const flagLinked = 1
const flagManaged = 2

/** An entry as `renderAnswer` reads it; one reused object, valid until the next call. */
export interface EntryView {
  /** Offset of the message in `slab`. */
  messageAt: number
  messageLength: number
  optionsAt: number
  optionsLength: number
  /** Offset of the first TTL offset in `slab`, as 16-bit units. */
  ttlAt: number
  ttlCount: number
  storedAt: number
  expiresAt: number
}

/**
 * Answers as bytes: a flat open-addressing table over one slab. The slab is filled segment by
 * segment and the oldest segment is evicted whole, so memory is bounded and nothing is ever
 * garbage-collected. Memory pages are touched only as the slab fills.
 */
export interface WireCache {
  readonly slab: Uint8Array
  readonly slab16: Uint16Array
  /** The entry for the question in `query`, fresh or not. */
  find(query: Uint8Array, key: CacheKey): EntryRef
  isFresh(ref: EntryRef, nowSeconds: number): boolean
  isManaged(ref: EntryRef): boolean
  /** Whether the entry may be served stale (RFC 8767). */
  isUsableStale(ref: EntryRef, nowSeconds: number): boolean
  /** Whether a refresh failed lately, so that the stale answer is served without waiting. */
  isRetryDelayed(ref: EntryRef, nowSeconds: number): boolean
  delayRetry(ref: EntryRef, untilSeconds: number): void
  view(ref: EntryRef): EntryView
  countOwnerHit(ref: EntryRef, nowSeconds: number): void
  takeOwnerHits(): OwnerHits[]
  /** Stores an answer, replacing the one for the same key. Invalidates older refs. */
  put(input: CacheInput): EntryRef
  /** Gives back and wipes an entry stored with `isCacheable: false`, right after rendering it. */
  discard(ref: EntryRef): void
  /** Drops every answer made from `owner`'s data and nothing else; returns how many. */
  invalidate(owner: OwnerKey): number
  clear(): void
  /** Linked entries. */
  size(): number
}

export function createWireCache(options: WireCacheOptions = defaultWireCacheOptions): WireCache {
  const buffer = new ArrayBuffer(options.slabBytes)
  const slab = new Uint8Array(buffer)
  const slab16 = new Uint16Array(buffer)
  const words = new Uint32Array(buffer)
  const mask = options.slots - 1
  const maxEntries = Math.floor(options.slots * 0.75)
  const tableRef = new Uint32Array(options.slots)
  const tableHash = new Uint32Array(options.slots)
  const segmentWords = options.segmentBytes / 4
  const segments = options.slabBytes / options.segmentBytes
  /** First unused word of each segment; its start when it is empty. */
  const segmentEnd = Uint32Array.from({ length: segments }, (_, index) => index * segmentWords)
  segmentEnd[0] = 1 // ref 0 means none
  let segment = 0
  let count = 0
  const owners = createOwnerIndex()
  const view: EntryView = {
    messageAt: 0,
    messageLength: 0,
    optionsAt: 0,
    optionsLength: 0,
    ttlAt: 0,
    ttlCount: 0,
    storedAt: 0,
    expiresAt: 0,
  }

  const word = (index: number): number => words[index] ?? 0
  const segmentStart = (index: number): number => (index === 0 ? 1 : index * segmentWords)
  const messageAt = (ref: EntryRef): number =>
    (ref + headerWords + (((word(ref + wordShape) >>> 8) + 1) >>> 1)) << 2

  const isQuestion = (ref: EntryRef, query: Uint8Array, questionEnd: number): boolean => {
    const length = questionEnd - headerLength
    if ((word(ref + wordQuestion) & 0xffff) !== length) return false
    const base = messageAt(ref)
    for (let at = headerLength; at < questionEnd; at += 1) {
      if (slab[base + at] !== fold[query[at] ?? 0]) return false
    }
    return true
  }

  const findSlot = (query: Uint8Array, key: CacheKey): number => {
    let slot = key.hash & mask
    for (;;) {
      const ref = tableRef[slot] ?? 0
      if (ref === 0) return -1
      if (
        tableHash[slot] === key.hash &&
        (word(ref + wordShape) & 0xff) === key.shape &&
        isQuestion(ref, query, key.questionEnd)
      ) {
        return slot
      }
      slot = (slot + 1) & mask
    }
  }

  const slotOf = (ref: EntryRef): number => {
    let slot = word(ref + wordHash) & mask
    while (tableRef[slot] !== ref) slot = (slot + 1) & mask
    return slot
  }

  /** Empties `slot` and moves later entries of the probe run back, so that no tombstone stays. */
  const removeSlot = (slot: number): void => {
    let hole = slot
    let next = (slot + 1) & mask
    while (tableRef[next] !== 0) {
      const home = (tableHash[next] ?? 0) & mask
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        tableRef[hole] = tableRef[next] ?? 0
        tableHash[hole] = tableHash[next] ?? 0
        hole = next
      }
      next = (next + 1) & mask
    }
    tableRef[hole] = 0
  }

  const forget = (ref: EntryRef): void => {
    owners.detach(word(ref + wordOwnerNode))
    words[ref + wordOwnerNode] = 0
    words[ref + wordQuestion] = word(ref + wordQuestion) & ~(flagLinked << 16)
    count -= 1
  }

  const unlink = (ref: EntryRef): void => {
    if (((word(ref + wordQuestion) >>> 16) & flagLinked) === 0) return
    removeSlot(slotOf(ref))
    forget(ref)
  }

  const openNextSegment = (): void => {
    segment = (segment + 1) % segments
    const end = segmentEnd[segment] ?? 0
    let ref = segmentStart(segment)
    while (ref < end) {
      const size = word(ref + wordSize)
      unlink(ref)
      ref += size
    }
    segmentEnd[segment] = segmentStart(segment)
  }

  const allocate = (size: number): EntryRef => {
    if ((segmentEnd[segment] ?? 0) + size > (segment + 1) * segmentWords) openNextSegment()
    while (count >= maxEntries) openNextSegment()
    const ref = segmentEnd[segment] ?? 0
    segmentEnd[segment] = ref + size
    return ref
  }

  const link = (ref: EntryRef, input: CacheInput): void => {
    const existing = findSlot(input.query, input.key)
    if (existing >= 0) {
      const old = tableRef[existing] ?? 0
      forget(old)
      tableRef[existing] = ref
    } else {
      let slot = input.key.hash & mask
      while (tableRef[slot] !== 0) slot = (slot + 1) & mask
      tableRef[slot] = ref
      tableHash[slot] = input.key.hash
    }
    count += 1
  }

  return {
    slab,
    slab16,
    find(query, key) {
      const slot = findSlot(query, key)
      return slot < 0 ? 0 : (tableRef[slot] ?? 0)
    },
    isFresh: (ref, nowSeconds) => nowSeconds < word(ref + wordExpiresAt),
    isManaged: (ref) => ((word(ref + wordQuestion) >>> 16) & flagManaged) !== 0,
    isUsableStale: (ref, nowSeconds) => nowSeconds < word(ref + wordStaleUntil),
    isRetryDelayed: (ref, nowSeconds) => nowSeconds < word(ref + wordRetryAt),
    delayRetry(ref, untilSeconds) {
      words[ref + wordRetryAt] = untilSeconds
    },
    view(ref) {
      const lengths = word(ref + wordLengths)
      const at = messageAt(ref)
      view.messageAt = at
      view.messageLength = lengths & 0xffff
      view.optionsAt = at + ((view.messageLength + 3) & ~3)
      view.optionsLength = lengths >>> 16
      view.ttlAt = (ref + headerWords) << 1
      view.ttlCount = word(ref + wordShape) >>> 8
      view.storedAt = word(ref + wordStoredAt)
      view.expiresAt = word(ref + wordExpiresAt)
      return view
    },
    countOwnerHit(ref, nowSeconds) {
      owners.countHit(word(ref + wordOwnerNode), nowSeconds)
    },
    takeOwnerHits: () => owners.takeHits(),
    put(input) {
      const { key, message, messageLength, options: edns, ttlOffsets } = input
      const ttlWords = (ttlOffsets.length + 1) >>> 1
      const size = headerWords + ttlWords + ((messageLength + 3) >>> 2) + ((edns.length + 3) >>> 2)
      const ref = allocate(size)
      const flags = (input.isCacheable ? flagLinked : 0) | (input.isManaged ? flagManaged : 0)
      words[ref + wordSize] = size
      words[ref + wordHash] = key.hash
      words[ref + wordQuestion] = (key.questionEnd - headerLength) | (flags << 16)
      words[ref + wordLengths] = messageLength | (edns.length << 16)
      words[ref + wordStoredAt] = input.storedAt
      words[ref + wordExpiresAt] = input.expiresAt
      words[ref + wordStaleUntil] = input.staleUntil
      words[ref + wordRetryAt] = 0
      words[ref + wordShape] = key.shape | (ttlOffsets.length << 8)
      words[ref + wordOwnerNode] =
        input.isCacheable && input.owners.length > 0 ? owners.attach(ref, input.owners) : 0
      const ttlAt = (ref + headerWords) << 1
      for (let index = 0; index < ttlOffsets.length; index += 1) {
        slab16[ttlAt + index] = ttlOffsets[index] ?? 0
      }
      const at = (ref + headerWords + ttlWords) << 2
      if (messageLength < 96) {
        for (let index = 0; index < messageLength; index += 1) {
          slab[at + index] = message[index] ?? 0
        }
      } else {
        slab.set(message.subarray(0, messageLength), at)
      }
      for (let index = headerLength; index < key.questionEnd; index += 1) {
        slab[at + index] = fold[input.query[index] ?? 0] ?? 0
      }
      if (edns.length > 0) slab.set(edns, at + ((messageLength + 3) & ~3))
      if (input.isCacheable) link(ref, input)
      return ref
    },
    discard(ref) {
      if (((word(ref + wordQuestion) >>> 16) & flagLinked) !== 0) return
      const size = word(ref + wordSize)
      if (ref + size !== segmentEnd[segment]) return
      words.fill(0, ref, ref + size)
      segmentEnd[segment] = ref
    },
    invalidate(owner) {
      const entries = owners.entriesOf(owner)
      for (const ref of entries) unlink(ref)
      return entries.length
    },
    clear() {
      for (let index = 0; index < segments; index += 1) openNextSegment()
    },
    size: () => count,
  }
}
