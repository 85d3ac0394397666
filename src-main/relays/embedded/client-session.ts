import { matchFilters, type Filter } from 'nostr-tools/filter'
import type { WebSocket } from 'ws'
import type { Env } from '../../env/env.ts'
import { toProblem } from '../../env/errors.ts'
import { kindClass } from '../event-address.ts'
import type { EventFault } from '../event-shape.ts'
import { embeddedOrigin, type LocalEventStore } from '../event-store.ts'
import type { AcceptVerdict, StoredEvent, VerifiedEvent } from '../relay-service.ts'
import type { Verifier } from '../verify.ts'
import { readClientMessage } from './client-message.ts'
import type { RelayLimits } from './limits.ts'

export interface SessionDeps {
  readonly store: LocalEventStore
  readonly verifier: Verifier
  readonly limits: RelayLimits
  readonly isShared: (stored: StoredEvent) => boolean
  /** Hands an event that is not stored (NIP-01 ephemeral) to every session. */
  readonly relayLive: (event: VerifiedEvent) => void
}

export interface ClientSession {
  /** Sends `event` to every subscription that asked for it. */
  deliver(event: VerifiedEvent): void
}

interface Subscription {
  readonly filters: Filter[]
  /** Events that came while stored ones are still being sent; undefined after EOSE. */
  waiting: VerifiedEvent[] | undefined
}

/** Unread messages of one client from which it is no longer read until it catches up. */
const maxQueuedMessages = 64
/** A client that lets this much pile up is not reading. Bytes. */
const maxUnsentBytes = 4 * 1024 * 1024

const faultReplies: Readonly<Record<EventFault, string>> = {
  malformed: 'invalid: not an event as NIP-01 describes it',
  'too-large': 'invalid: the event is too large',
  'bad-id': 'invalid: the id does not match the event',
  'bad-signature': 'invalid: the signature is wrong',
}

const verdictReplies: Readonly<Record<AcceptVerdict, readonly [boolean, string]>> = {
  stored: [true, ''],
  duplicate: [true, 'duplicate: already have this event'],
  older: [false, 'invalid: a newer event at this address is already here'],
  future: [false, 'invalid: created_at is more than 10 minutes ahead'],
  expired: [false, 'invalid: the event is expired (NIP-40)'],
  deleted: [false, 'blocked: its author deleted it (NIP-09)'],
}

/** Speaks NIP-01 with one client, one message after the other. */
export function createClientSession(env: Env, socket: WebSocket, deps: SessionDeps): ClientSession {
  const { store, verifier, limits } = deps
  const log = env.log.child('relays.embedded')
  const subscriptions = new Map<string, Subscription>()
  const recentEvents: number[] = []
  let tail: Promise<void> = Promise.resolve()
  let queued = 0

  /** Resolves when the message has left this process, so that slow readers slow us down. */
  const send = (message: readonly unknown[]): Promise<void> => {
    if (socket.bufferedAmount > maxUnsentBytes) socket.terminate()
    return new Promise((resolve) => socket.send(JSON.stringify(message), () => resolve()))
  }

  const isTooFast = (): boolean => {
    const nowMs = env.clock.nowMs()
    while (recentEvents[0] !== undefined && recentEvents[0] <= nowMs - 60_000) recentEvents.shift()
    if (recentEvents.length >= limits.eventsPerMinute) return true
    recentEvents.push(nowMs)
    return false
  }

  const takeEvent = async (value: unknown): Promise<readonly [boolean, string]> => {
    if (isTooFast()) {
      return [false, `rate-limited: at most ${limits.eventsPerMinute} events a minute`]
    }
    const verdict = await verifier.inspect(value)
    if (!verdict.ok) return [false, faultReplies[verdict.fault]]
    const { event } = verdict
    if (kindClass(event.kind) === 'ephemeral') {
      deps.relayLive(event)
      return [true, '']
    }
    try {
      return verdictReplies[await store.accept(event, embeddedOrigin, { durable: true })]
    } catch (error) {
      return [false, `error: ${toProblem(error).message}`]
    }
  }

  const answer = async (id: string, filters: Filter[]): Promise<void> => {
    if (!subscriptions.has(id) && subscriptions.size >= limits.maxSubscriptions) {
      const reason = `rate-limited: at most ${limits.maxSubscriptions} subscriptions at a time`
      return send(['CLOSED', id, reason])
    }
    // Registered before the look-up: what is stored meanwhile would otherwise be missed.
    const subscription: Subscription = { filters, waiting: [] }
    subscriptions.set(id, subscription)
    const sent = new Set<string>()
    for (const event of await store.query(filters, { isVisible: deps.isShared })) {
      sent.add(event.id)
      await send(['EVENT', id, event])
    }
    void send(['EOSE', id])
    for (const event of subscription.waiting ?? []) {
      if (!sent.has(event.id)) void send(['EVENT', id, event])
    }
    subscription.waiting = undefined
  }

  const handle = async (text: string): Promise<void> => {
    const message = readClientMessage(text, limits)
    switch (message.kind) {
      case 'event': {
        const [accepted, reason] = await takeEvent(message.event)
        return send(['OK', idOf(message.event), accepted, reason])
      }
      case 'request':
        return answer(message.id, [...message.filters])
      case 'close':
        subscriptions.delete(message.id)
        return undefined
      case 'refused':
        return send(message.reply)
    }
  }

  socket.on('message', (data, isBinary) => {
    queued += 1
    if (queued >= maxQueuedMessages) socket.pause()
    const text = isBinary ? undefined : (data as Buffer).toString('utf8')
    tail = tail
      .then(() => {
        if (text === undefined) return send(['NOTICE', 'error: binary messages are not supported'])
        if (Buffer.byteLength(text) <= limits.maxMessageBytes) return handle(text)
        return send(['NOTICE', `error: a message has at most ${limits.maxMessageBytes} bytes`])
      })
      .catch((error: unknown) => log.error('message failed', { reason: error }))
      .then(() => {
        queued -= 1
        if (socket.isPaused && queued < maxQueuedMessages / 2) socket.resume()
      })
  })
  socket.on('close', () => subscriptions.clear())

  return {
    deliver(event) {
      for (const [id, { filters, waiting }] of subscriptions) {
        if (!matchFilters(filters, event)) continue
        if (waiting === undefined) void send(['EVENT', id, event])
        else if (waiting.length < limits.maxLimit) waiting.push(event)
      }
    },
  }
}

function idOf(event: unknown): string {
  const id = (event as { id?: unknown } | null)?.id
  return typeof id === 'string' ? id.slice(0, 64) : ''
}
