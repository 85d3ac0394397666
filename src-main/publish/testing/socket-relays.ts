import type { Event } from 'nostr-tools/pure'
import { verifyEvent } from 'nostr-tools/pure'
import { WebSocket } from 'ws'
import type {
  FetchOutcome,
  PublishOutcome,
  RelayAnswer,
  RelayHealth,
  RelayService,
  StoredEvent,
} from '../../relays/relay-service.ts'

export interface SocketRelays extends RelayService {
  /** The relays in use. */
  urls: string[]
  /** Relays that are part of the program itself. */
  embedded: Set<string>
  /** Tells listeners which relays are connected. */
  setConnected(urls: readonly string[]): void
  /** Every event sent, in order, by relay. */
  readonly sent: { readonly url: string; readonly event: Event }[]
}

/**
 * A RelayService without pool, cache or timing rules: a WebSocket for each question. What tests of
 * publishing need, over real relays.
 */
export function createSocketRelays(...urls: string[]): SocketRelays {
  const listeners = new Set<() => void>()
  let connected: readonly string[] = []
  const service: SocketRelays = {
    urls,
    embedded: new Set(),
    sent: [],
    setConnected(now) {
      connected = now
      for (const listener of listeners) listener()
    },
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    fetchOwner: () => Promise.reject(new Error('not for publishing')),
    follow: () => () => undefined,
    async publish(event, options) {
      const outcomes = await Promise.all(
        (options.urls ?? service.urls).map(async (url) => {
          service.sent.push({ url, event })
          const outcome = await offer(url, event, options.signal)
          options.onOutcome?.(outcome)
          return outcome
        }),
      )
      return outcomes
    },
    async fetchFromAll(filters, options): Promise<FetchOutcome> {
      const events = new Map<string, StoredEvent>()
      const relays = await Promise.all(
        service.urls.map(async (url): Promise<RelayAnswer> => {
          const answer = await ask(url, ['REQ', 's', ...filters], options.signal)
          for (const event of answer.events) {
            const held = events.get(event.id)?.relays ?? []
            events.set(event.id, {
              event,
              relays: [...held, url],
              firstSeenMs: 0,
              lastSeenMs: 0,
            })
          }
          const { outcome } = answer
          return { url, outcome, events: answer.events.length, elapsedMs: 0 }
        }),
      )
      const eoseCount = relays.filter(({ outcome }) => outcome === 'eose').length
      return { events: [...events.values()], relays, eoseCount }
    },
    health: () =>
      service.urls.map((url): RelayHealth => ({
        url,
        origin: service.embedded.has(url) ? 'embedded' : 'user',
        state: connected.includes(url) ? 'connected' : 'idle',
        eventsAccepted: 0,
        eventsRejected: 0,
      })),
    onHealthChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return service
}

/** What a relay at `url` holds for one REQ message. */
export async function ask(
  url: string,
  request: readonly unknown[],
  signal = new AbortController().signal,
): Promise<{ readonly outcome: 'eose' | 'unreachable' | 'aborted'; readonly events: Event[] }> {
  const events: Event[] = []
  const outcome = await converse(url, request, signal, (message) => {
    if (message[0] === 'EVENT' && verifyEvent(message[2] as Event)) events.push(message[2] as Event)
    return message[0] === 'EOSE'
  })
  if (outcome !== 'answered') return { outcome, events: [] }
  return { outcome: 'eose', events }
}

async function offer(url: string, event: Event, signal: AbortSignal): Promise<PublishOutcome> {
  let answer: unknown[] = []
  const outcome = await converse(url, ['EVENT', event], signal, (message) => {
    answer = message
    return message[0] === 'OK'
  })
  if (outcome !== 'answered') {
    return { url, outcome: outcome === 'aborted' ? 'timeout' : 'unreachable', elapsedMs: 0 }
  }
  return answer[2] === true
    ? { url, outcome: 'ok', elapsedMs: 0 }
    : { url, outcome: 'refused', detail: String(answer[3]), elapsedMs: 0 }
}

function converse(
  url: string,
  request: readonly unknown[],
  signal: AbortSignal,
  isLast: (message: unknown[]) => boolean,
): Promise<'answered' | 'unreachable' | 'aborted'> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url)
    const end = (outcome: 'answered' | 'unreachable' | 'aborted'): void => {
      signal.removeEventListener('abort', onAbort)
      socket.terminate()
      resolve(outcome)
    }
    const onAbort = (): void => end('aborted')
    socket.on('error', () => end('unreachable'))
    socket.on('close', () => end('unreachable'))
    socket.on('open', () => socket.send(JSON.stringify(request)))
    socket.on('message', (data: Buffer) => {
      if (isLast(JSON.parse(data.toString('utf8')) as unknown[])) end('answered')
    })
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort)
  })
}
