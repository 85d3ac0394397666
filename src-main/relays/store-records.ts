/** Keys and values of the event store on disk. Parts of a key are joined by `/`, which sorts. */
import type { Event } from 'nostr-tools/pure'
import type { UnixSeconds } from '../env/env.ts'
import type { PubkeyHex } from '../names/name.ts'
import { identifierOf, kindClass } from './event-address.ts'
import { readEvent } from './event-shape.ts'
import type { VerifiedEvent } from './relay-service.ts'

/** The part of LevelDB the store uses: a classic-level database or a sublevel of one. */
export interface EventDatabase {
  getMany(keys: string[]): Promise<(string | undefined)[]>
  batch(writes: DatabaseWrite[], options: { sync: boolean }): Promise<void>
  iterator(range: {
    gte: string
    lt: string
  }): AsyncIterable<[string, string]> & { close(): Promise<void> }
}

export type DatabaseWrite =
  { type: 'put'; key: string; value: string } | { type: 'del'; key: string }

/**
 * Where an event is kept: `<pubkey>/<kind>/=<d>` for what is replaced by newer versions, and
 * `<pubkey>/<kind>/#<id>` for regular events.
 */
export type Slot = string

/** Rollback protection of one address. It outlives the event. */
export interface Mark {
  /** `created_at` of the newest event ever accepted; 0 before the first. */
  readonly at: UnixSeconds
  readonly id: string
  /** Time of the newest deletion of the address (NIP-09). */
  readonly deletedAt?: UnixSeconds
}

export interface SeenBy {
  readonly relays: readonly string[]
  readonly firstSeenMs: number
  readonly lastSeenMs: number
}

export interface Fetched {
  readonly atMs: number
  readonly eoseCount: number
}

export const keys = {
  event: (slot: Slot) => `e/${slot}`,
  seen: (slot: Slot) => `p/${slot}`,
  mark: (slot: Slot) => `m/${slot}`,
  deletedId: (pubkey: PubkeyHex, id: string) => `x/${pubkey}/${id}`,
  byId: (id: string) => `i/${id}`,
  byKind: (kind: number, at: UnixSeconds, id: string) => `k/${pad(kind)}/${newestFirst(at)}/${id}`,
  byTime: (at: UnixSeconds, id: string) => `t/${newestFirst(at)}/${id}`,
  fetched: (pubkey: PubkeyHex) => `f/${pubkey}`,
}

/** Ranges of keys; `0` is the character after `/`. */
export const ranges = {
  ownerEvents: (pubkey: PubkeyHex) => ({ gte: `e/${pubkey}/`, lt: `e/${pubkey}0` }),
  ownerSeen: (pubkey: PubkeyHex) => ({ gte: `p/${pubkey}/`, lt: `p/${pubkey}0` }),
  /** Entries no newer than `until`, newest first. */
  kind: (kind: number, until?: UnixSeconds) => ({
    gte: until === undefined ? `k/${pad(kind)}/` : `k/${pad(kind)}/${newestFirst(until)}/`,
    lt: `k/${pad(kind)}0`,
  }),
  time: (until?: UnixSeconds) => ({
    gte: until === undefined ? 't/' : `t/${newestFirst(until)}/`,
    lt: 't0',
  }),
}

export function slotOf(event: Event): Slot {
  const replaced = kindClass(event.kind) !== 'regular'
  return replaced
    ? addressSlot(event.kind, event.pubkey, identifierOf(event))
    : `${event.pubkey}/${pad(event.kind)}/#${event.id}`
}

export function addressSlot(kind: number, pubkey: PubkeyHex, identifier: string): Slot {
  return `${pubkey}/${pad(kind)}/=${identifier}`
}

export function ownerOfSlot(slot: Slot): PubkeyHex {
  return slot.slice(0, 64)
}

/** The event of a stored value, or undefined if the value is damaged. Events on disk were verified. */
export function decodeEvent(value: string): VerifiedEvent | undefined {
  const reading = readEvent(parse(value), Number.MAX_SAFE_INTEGER)
  return reading.ok ? reading.event : undefined
}

export function decodeMark(value: string | undefined): Mark | undefined {
  const mark = parse(value) as Partial<Mark> | undefined
  return typeof mark?.at === 'number' && typeof mark.id === 'string' ? (mark as Mark) : undefined
}

export function decodeSeen(value: string | undefined): SeenBy | undefined {
  const seen = parse(value) as Partial<SeenBy> | undefined
  return Array.isArray(seen?.relays) && typeof seen.firstSeenMs === 'number'
    ? (seen as SeenBy)
    : undefined
}

export function decodeFetched(value: string | undefined): Fetched | undefined {
  const fetched = parse(value) as Partial<Fetched> | undefined
  return typeof fetched?.atMs === 'number' && typeof fetched.eoseCount === 'number'
    ? (fetched as Fetched)
    : undefined
}

function parse(value: string | undefined): unknown {
  if (value === undefined) return undefined
  try {
    return JSON.parse(value) ?? undefined
  } catch {
    return undefined
  }
}

function pad(kind: number): string {
  return String(kind).padStart(5, '0')
}

/** Digits that sort newest first; times past the year 2286 share the first place. */
function newestFirst(at: UnixSeconds): string {
  return String(Math.max(0, 9_999_999_999 - at)).padStart(10, '0')
}
