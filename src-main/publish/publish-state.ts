/**
 * What publishing must never forget: the hosts and their records, the times already signed, and the
 * signed events that relays still lack. One fsynced file, since none of it can be fetched again.
 */
import type { Event } from 'nostr-tools/pure'
import { z } from 'zod'
import type { Env, UnixSeconds } from '../env/env.ts'
import type { Health } from '../env/health.ts'
import { createJsonDocument, type JsonDocument } from '../store/json-document.ts'
import type { PublishedHost, PublishReport } from './publisher.ts'

const version = 1
const hex64 = z.string().regex(/^[0-9a-f]{64}$/u)
const seconds = z.number().int().nonnegative()

const zoneRecordSchema = z.strictObject({
  name: z.string(),
  type: z.string(),
  ttl: z.number(),
  rdata: z.string(),
})

const eventSchema = z.object({
  id: hex64,
  pubkey: hex64,
  created_at: seconds,
  kind: z.number().int(),
  tags: z.array(z.array(z.string())),
  content: z.string(),
  sig: z.string(),
})

/** A report is shown, never acted on: its frame is checked, its details are taken as written. */
const reportSchema = z.custom<PublishReport>(
  (value) =>
    z
      .looseObject({ atMs: z.number(), state: z.string(), copies: z.array(z.unknown()) })
      .safeParse(value).success,
)

/** Keys pinned for one port, kept apart from the records so that edits do not lose them. */
const portPinsSchema = z.strictObject({
  host: z.string(),
  port: z.number().int(),
  /** Put the whole certificates into the canonical event. */
  includeDer: z.boolean(),
  /** The key in use first. */
  keys: z.array(
    z.strictObject({
      spkiSha256: hex64,
      /** Certificate, base64. */
      der: z.string(),
      /** When it was first published. */
      since: seconds,
      /** Dropped from this time on: another key has followed it. */
      until: seconds.optional(),
    }),
  ),
})

const hostSchema = z.strictObject({
  pubkey: hex64,
  host: z.string(),
  records: z.array(zoneRecordSchema),
  followsAddress: z.boolean(),
  lifetime: z.enum(['dynamic', 'normal', 'fixed']),
  isWithdrawn: z.boolean(),
  /** `created_at` and expiration of the canonical event in force. */
  signedAt: seconds.optional(),
  expiresAt: seconds.optional(),
  /** Pinned keys of this host and of hosts below it without an entry of their own. */
  pins: z.array(portPinsSchema).optional(),
  lastPublished: reportSchema.optional(),
})

const queuedSchema = z.strictObject({
  event: eventSchema,
  pubkey: hex64,
  host: z.string(),
  /** Relays that took the event. */
  okUrls: z.array(z.string()),
  attempts: z.number().int(),
  nextAttemptMs: z.number(),
})

const stateSchema = z.strictObject({
  version: z.literal(version),
  hosts: z.array(hostSchema),
  /** Largest `created_at` ever signed, by `kind:pubkey:d` (NIP-01 address). */
  signedTimes: z.record(z.string(), seconds),
  queue: z.array(queuedSchema),
  /** Ids of the compatibility copies we made, by `format:pubkey`. */
  copyIds: z.record(z.string(), hex64),
  /** Owners whose compatibility copies are not up to date on the relays. */
  copiesDue: z.array(hex64),
})

export type PublishState = z.output<typeof stateSchema>
export type HostState = PublishState['hosts'][number]
export type QueuedEvent = PublishState['queue'][number]
export type StateDocument = JsonDocument<PublishState>

export function createStateDocument(env: Env, path: string, health: Health): StateDocument {
  return createJsonDocument<PublishState>(env, {
    path,
    code: 'publish',
    title: 'The published names',
    schema: stateSchema,
    version,
    migrations: {},
    initial: { version, hosts: [], signedTimes: {}, queue: [], copyIds: {}, copiesDue: [] },
    health,
  })
}

/** NIP-01 address of an event: `kind:pubkey:d`. */
export function addressOf(event: Pick<Event, 'kind' | 'pubkey' | 'tags'>): string {
  const d = event.tags.find(([name]) => name === 'd')?.[1] ?? ''
  return `${event.kind}:${event.pubkey}:${d}`
}

export function findHost(state: PublishState, pubkey: string, host: string): HostState | undefined {
  return state.hosts.find((entry) => entry.pubkey === pubkey && entry.host === host)
}

/** `state` with `host` added or replaced. */
export function withHost(state: PublishState, host: HostState): PublishState {
  const others = state.hosts.filter(
    (entry) => entry.pubkey !== host.pubkey || entry.host !== host.host,
  )
  return { ...state, hosts: [...others, host] }
}

/** `state` remembering that `event` was signed. */
export function withSigned(state: PublishState, event: Event): PublishState {
  const address = addressOf(event)
  const time = Math.max(event.created_at, state.signedTimes[address] ?? 0)
  return { ...state, signedTimes: { ...state.signedTimes, [address]: time } }
}

/** `state` with `event` waiting for relays, in place of any older event at its address. */
export function withQueued(state: PublishState, host: string, event: Event): PublishState {
  const address = addressOf(event)
  const others = state.queue.filter((entry) => addressOf(entry.event) !== address)
  const { id, pubkey, created_at, kind, tags, content, sig } = event
  const entry: QueuedEvent = {
    event: { id, pubkey, created_at, kind, tags, content, sig },
    pubkey,
    host,
    okUrls: [],
    attempts: 0,
    nextAttemptMs: 0,
  }
  return { ...state, queue: [...others, entry] }
}

/** The contract's view of a host. */
export function toPublishedHost(host: HostState): PublishedHost {
  const { signedAt: _signedAt, expiresAt: _expiresAt, pins: _pins, lastPublished, ...rest } = host
  const next = nextHeartbeat(host)
  return {
    ...rest,
    ...(lastPublished !== undefined && { lastPublished }),
    ...(next !== undefined && { nextHeartbeatAt: next }),
  }
}

const day = 86_400

/** How long a canonical event stays valid, by lifetime (specs: expiration <= 30 d). Seconds. */
const validity: Readonly<Record<HostState['lifetime'], number>> = {
  dynamic: day,
  normal: 7 * day,
  fixed: 30 * day,
}

/** A tombstone must outlive every event it replaces, so it always gets the longest validity. */
export function validityOf(host: Pick<HostState, 'lifetime' | 'isWithdrawn'>): number {
  return host.isWithdrawn ? validity.fixed : validity[host.lifetime]
}

/**
 * When `host` must be signed again: every 24 h, in any case at half of its validity, so that one
 * missed heartbeat never lets a name lapse; sooner to drop a TLS key whose time is over. A tombstone has nothing to keep fresh; it is renewed a
 * day before it ends. Undefined before the first publication.
 */
export function nextHeartbeat(host: HostState): UnixSeconds | undefined {
  if (host.signedAt === undefined || host.expiresAt === undefined) return undefined
  const valid = host.expiresAt - host.signedAt
  if (host.isWithdrawn) return host.signedAt + valid - day
  const keyEnds = (host.pins ?? []).flatMap(({ keys }) => keys.flatMap(({ until }) => until ?? []))
  return Math.min(host.signedAt + Math.min(day, Math.floor(valid / 2)), ...keyEnds)
}
