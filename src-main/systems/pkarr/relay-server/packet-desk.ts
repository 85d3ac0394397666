import type { Clock } from '../../../env/env.ts'
import type { PkarrKey } from '../carrier.ts'
import type { HeldPacket, PacketLookup, PacketSourceService } from '../packet-source.ts'
import { fromRelayBody, isNewer, signedAtMs, toRelayBody } from '../signed-packet.ts'

/** An HTTP answer without what all answers have. */
export interface HttpAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
}

export type PacketSource = Pick<PacketSourceService, 'resolve' | 'publish'>

export interface GetRequest {
  readonly key: PkarrKey
  /** As in the query; absent: `CacheFirst`. */
  readonly policy: string | undefined
  readonly ifModifiedSince: string | undefined
  /** How generation 6 asks for what the network has now. */
  readonly cacheControl: string | undefined
  readonly signal: AbortSignal
}

export interface PacketDesk {
  get(request: GetRequest): Promise<HttpAnswer>
  put(key: PkarrKey, body: Uint8Array, signal: AbortSignal): Promise<HttpAnswer>
}

export interface PacketDeskDeps {
  readonly source: PacketSource
  /** Takes from the client's share of DHT work: 0, or how long to wait. Milliseconds. */
  readonly takeWork: () => number
}

const policies: ReadonlySet<string> = new Set(['CacheOnly', 'CacheFirst', 'NetworkOnly'])
const contentType = 'application/pkarr.org/relays#payload'

/** What a relay answers to requests for one key (specs s.4), for one client. */
export function createPacketDesk(
  clock: Clock,
  { source, takeWork }: PacketDeskDeps,
  inTurn: <T>(key: PkarrKey, task: () => Promise<T>) => Promise<T>,
): PacketDesk {
  const cached = (key: PkarrKey, signal: AbortSignal): Promise<PacketLookup> =>
    source.resolve(key, { policy: 'cache-only', signal })

  const answerOf = (lookup: PacketLookup, ifModifiedSince: string | undefined): HttpAnswer => {
    switch (lookup.kind) {
      case 'found':
        return packetAnswer(lookup.held, clock.nowMs(), ifModifiedSince)
      case 'none': {
        const { invalidSeq } = lookup
        return {
          status: 404,
          body: 'No packet is known for this key.',
          ...(invalidSeq !== undefined && {
            headers: { 'pkarr-invalid-signed-packet-seq': String(invalidSeq) },
          }),
        }
      }
      case 'failed':
        return { status: 503, body: 'The DHT gave no usable answer.' }
    }
  }

  return {
    async get({ key, policy, ifModifiedSince, cacheControl, signal }) {
      if (policy !== undefined && !policies.has(policy)) {
        return { status: 400, body: 'The policy is CacheOnly, CacheFirst or NetworkOnly.' }
      }
      const wantsFresh = policy === 'NetworkOnly' || asksPastCaches(policy, cacheControl)
      const held = await cached(key, signal)
      const isFresh = held.kind === 'found' && !held.isStale
      if (policy === 'CacheOnly' || (isFresh && !wantsFresh)) {
        const isKnown = held.kind !== 'failed'
        return answerOf(isKnown ? held : { kind: 'none', answers: 0 }, ifModifiedSince)
      }
      const waitMs = takeWork()
      if (waitMs > 0) return tooMany(waitMs)
      // A packet that has expired is no answer until the network has been asked for a newer one.
      const isThorough = wantsFresh || held.kind === 'found'
      const lookup = await source.resolve(key, {
        policy: isThorough ? 'network-only' : 'cache-first',
        signal,
      })
      return answerOf(lookup, ifModifiedSince)
    },
    async put(key, body, signal) {
      const opened = fromRelayBody(key, body)
      if (!opened.ok) return { status: 400, body: opened.error.message }
      const packet = opened.value
      return inTurn(key, async () => {
        const held = await cached(key, signal)
        if (held.kind === 'found' && isNewer(held.held.packet, packet)) {
          return { status: 409, body: 'A newer packet is known.' }
        }
        const waitMs = takeWork()
        if (waitMs > 0) return tooMany(waitMs)
        const results = await source.publish(packet, signal)
        const stored = results.filter(({ state }) => state === 'stored')
        if (stored.length > 0 || results.length === 0) {
          const nodes = Math.max(0, ...stored.map((result) => result.nodes ?? 1))
          return { status: 204, headers: { 'pkarr-dht-stored-nodes': String(nodes) } }
        }
        return results.some(({ state }) => state === 'conflict')
          ? { status: 409, body: 'The DHT knows a newer packet.' }
          : { status: 500, body: 'The DHT did not take the packet.' }
      })
    },
  }
}

/** 429 with the time to wait, also under the name the reference's limiter uses. */
export function tooMany(waitMs: number): HttpAnswer {
  const seconds = String(Math.max(1, Math.ceil(waitMs / 1000)))
  return {
    status: 429,
    headers: { 'retry-after': seconds, 'x-ratelimit-after': seconds },
    body: 'Too many requests.',
  }
}

/**
 * The reference sends `no-cache, no-store, must-revalidate`. `no-cache` alone is no wish: `fetch` adds
 * it to every request with If-Modified-Since.
 */
function asksPastCaches(policy: string | undefined, cacheControl = ''): boolean {
  return policy === undefined && /\bmust-revalidate\b/iu.test(cacheControl)
}

function packetAnswer(
  { packet, lastSeenMs, expiresAtMs }: HeldPacket,
  nowMs: number,
  ifModifiedSince: string | undefined,
): HttpAnswer {
  const signedMs = signedAtMs(packet)
  const headers = {
    'content-type': contentType,
    'cache-control': `public, max-age=${Math.max(0, Math.floor((expiresAtMs - nowMs) / 1000))}`,
    'last-modified': new Date(signedMs).toUTCString(),
    'memento-datetime': new Date(lastSeenMs).toUTCString(),
  }
  // Dates have whole seconds: within the same one it cannot be told whether this packet is newer.
  const sinceMs = Date.parse(ifModifiedSince ?? '')
  if (Math.ceil(signedMs / 1000) * 1000 <= sinceMs) return { status: 304, headers }
  return { status: 200, headers, body: toRelayBody(packet) }
}
