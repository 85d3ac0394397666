/** What answers of relays mean, for all generations of their API (specs s.4). Pure. */
import type { PkarrDeliveryView } from '../../../src-preload/contract/pkarr-model.ts'
import type { PkarrKey, Sighting } from './carrier.ts'
import type { RelayReply } from './relay-exchange.ts'
import { fromRelayBody } from './signed-packet.ts'

type Reply = Extract<RelayReply, { kind: 'reply' }>

export type GetAnswer =
  | { readonly kind: 'packet'; readonly sighting: Sighting }
  /** It has none; or the newest item is signed and no DNS message, under `invalidSeq`. */
  | { readonly kind: 'none'; readonly invalidSeq?: bigint }
  /** An answer about a copy we never said we have: a cache in between, or a fault of its own. */
  | { readonly kind: 'unasked' }
  | { readonly kind: 'failed'; readonly problem: string; readonly retryAfterMs?: number }

/** Waiting longer than this is not promised to anybody. */
const longestWaitMs = 10 * 60_000
const longestDetail = 200

/** The answer to GET. Nothing in it is believed without the signature of `key`. */
export function readGetAnswer(key: PkarrKey, reply: Reply, nowMs: number): GetAnswer {
  const { status, headers, body } = reply
  if (status === 304) return { kind: 'unasked' }
  if (status === 404) {
    const invalidSeq = sequenceOf(headers.get('pkarr-invalid-signed-packet-seq'))
    return invalidSeq === undefined ? { kind: 'none' } : { kind: 'none', invalidSeq }
  }
  if (status < 200 || status > 299) return failedAnswer(reply, nowMs)
  // Up to generation 6 this is how newer packets are announced to who sends If-Modified-Since.
  if (body.length === 0) return { kind: 'unasked' }
  const opened = fromRelayBody(key, body)
  if (opened.ok) {
    return {
      kind: 'packet',
      sighting: { packet: opened.value, lastSeenMs: lastSeenMs(headers, nowMs) },
    }
  }
  if (opened.error.code === 'pkarr.not-dns') {
    const timestamp = new DataView(body.buffer, body.byteOffset).getBigUint64(64)
    return { kind: 'none', invalidSeq: timestamp }
  }
  return { kind: 'failed', problem: `sent a packet that is not valid: ${opened.error.message}` }
}

export type PutAnswer =
  | {
      readonly kind: 'settled'
      readonly state: PkarrDeliveryView['state']
      readonly nodes?: number
      readonly detail?: string
    }
  /** It holds something else, or another publication is under way: look before trying again. */
  | { readonly kind: 'conflict' }

/** The answer to PUT. */
export function readPutAnswer(reply: Reply, nowMs: number): PutAnswer {
  const { status, headers } = reply
  if (status >= 200 && status <= 299) {
    // Relays before generation 7 do not say; that one node has it is what success means.
    const nodes = /^\d{1,6}$/u.exec(headers.get('pkarr-dht-stored-nodes') ?? '')?.[0]
    return { kind: 'settled', state: 'stored', nodes: nodes === undefined ? 1 : Number(nodes) }
  }
  // 412 and 428 only up to generation 6.
  if (status === 409 || status === 412 || status === 428) return { kind: 'conflict' }
  const { problem } = failedAnswer(reply, nowMs)
  if (status === 429) return { kind: 'settled', state: 'rate-limited', detail: problem }
  const isRefusal = status >= 400 && status <= 499
  return { kind: 'settled', state: isRefusal ? 'refused' : 'unreachable', detail: problem }
}

/** How long the relay wants to be left alone, if it says so. */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const text = headers.get('retry-after') ?? headers.get('x-ratelimit-after')
  if (text === null) return undefined
  const waitMs = /^\d{1,9}$/u.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs
  return Number.isNaN(waitMs) ? undefined : Math.min(longestWaitMs, Math.max(0, waitMs))
}

function failedAnswer(reply: Reply, nowMs: number): Extract<GetAnswer, { kind: 'failed' }> {
  const waitMs = retryAfterMs(reply.headers, nowMs)
  const problem = `answered ${reply.status}${explanationOf(reply)}`
  return waitMs === undefined
    ? { kind: 'failed', problem }
    : { kind: 'failed', problem, retryAfterMs: waitMs }
}

function explanationOf({ status, body }: Reply): string {
  if (status >= 300 && status <= 399) return ', a redirect: enter its new address instead'
  // The body is a stranger's: one short line of plain characters is shown, HTML pages are not.
  const text = Buffer.from(body)
    .toString()
    .replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]+/gu, ' ')
    .trim()
  if (text === '' || text.startsWith('<')) return status === 429 ? ' (too many requests)' : ''
  return `: ${text.slice(0, longestDetail)}`
}

/**
 * When the relay itself last had the packet from the DHT (generation 7), unless that is in the
 * future; or when it answered, where a cache in between says how long ago (RFC 9111 s.5.1).
 */
function lastSeenMs(headers: Headers, nowMs: number): number {
  const memento = Date.parse(headers.get('memento-datetime') ?? '')
  if (memento >= 0 && memento <= nowMs) return memento
  const age = /^\d{1,9}$/u.exec(headers.get('age') ?? '')?.[0]
  return Math.max(0, nowMs - Number(age ?? 0) * 1000)
}

function sequenceOf(text: string | null): bigint | undefined {
  if (text === null || !/^\d{1,19}$/u.test(text)) return undefined
  const sequence = BigInt(text)
  return sequence < 2n ** 63n ? sequence : undefined
}
