import { AbstractRelay } from 'nostr-tools/abstract-relay'
import type { Filter } from 'nostr-tools/filter'
import type { Event } from 'nostr-tools/pure'
import type { Env, Unsubscribe } from '../env/env.ts'
import { createGuardedSocket, type GuardedSocket, type SocketLimits } from './guarded-socket.ts'
import type { Lookup } from './public-lookup.ts'
import { idleLink, nextLink, type LinkInput } from './relay-link.ts'
import type { RelayMessage } from './relay-message.ts'
import type { RelayHealth, RelayState } from './relay-service.ts'

export interface RequestHandlers {
  /** Matches the filters and has the shape of an event; nothing else is checked. */
  readonly onEvent: (event: Event) => void
  readonly onEose: () => void
  /** The relay ended the subscription (CLOSED) or the connection is gone. Not after `close`. */
  readonly onClosed: (reason: string) => void
}

export interface OpenRequest {
  close(): void
}

export interface EventReply {
  readonly outcome: 'ok' | 'refused' | 'unreachable'
  readonly detail: string
}

/** One relay: connected while somebody holds it, with back-off when it fails or misbehaves. */
export interface RelayConnection {
  readonly url: string
  /** Keeps the relay wanted until the returned function is called. */
  hold(): Unsubscribe
  /** Why there is no connection, or undefined once there is one. Ends with the attempt under way. */
  whenConnected(): Promise<string | undefined>
  /** Only while connected. */
  request(filters: readonly Filter[], handlers: RequestHandlers): OpenRequest
  /** Sends an event and waits for its OK; only while connected. The caller sets the time limit. */
  sendEvent(event: Event): Promise<EventReply>
  /** Counts an event this relay delivered: undefined for a good one, or what was wrong with it. */
  countEvent(fault?: string): void
  /**
   * Says that an event of this relay is being checked, until the returned function is called. While
   * many are, nothing more is read from the relay.
   */
  occupy(): Unsubscribe
  /** Ends the connection and shuns the relay for a while. */
  penalize(reason: string): void
  onConnected(listener: () => void): Unsubscribe
  state(): RelayState
  isHeld(): boolean
  health(): Omit<RelayHealth, 'origin'>
  stop(): void
}

export interface RelayConnectionDeps {
  readonly url: string
  readonly lookup: Lookup | undefined
  readonly limits?: SocketLimits
  readonly onHealthChange: () => void
}

export const defaultSocketLimits: SocketLimits = {
  // Follow sets of ordinary users reach 100 KB and more; those are dropped, not the connection.
  maxMessageBytes: 512 * 1024,
  // All follow sets of a hundred people at once is some 40 MB, and honest.
  budgetBytes: 64 * 1024 * 1024,
  budgetMessages: 10_000,
  budgetWindowMs: 10_000,
}

const connectTimeoutMs = 5_000
const idleCloseMs = 60_000
const pingEveryMs = 30_000
const pongTimeoutMs = 20_000
/** Events being checked at which reading stops; it goes on at half of that. */
const maxChecking = 256
/** More faults than this within the window, and the relay is dropped. */
const maxFaults = 20
const faultWindowMs = 60_000
/** nostr-tools calls a time-out EOSE; a forged EOSE is a forged denial, so it must never fire. */
const noEoseTimeoutMs = 2 ** 31 - 1

export function createRelayConnection(env: Env, deps: RelayConnectionDeps): RelayConnection {
  const { url } = deps
  const { clock } = env
  const log = env.log.child('relays')
  const limits = deps.limits ?? defaultSocketLimits
  const waiters = new Set<(failure: string | undefined) => void>()
  const connectedListeners = new Set<() => void>()
  const pendingOks = new Map<string, Set<(reply: EventReply) => void>>()
  let link = idleLink(clock.nowMs())
  let holders = 0
  let relay: AbstractRelay | undefined
  let socket: GuardedSocket | undefined
  let lastError: string | undefined
  let latencyMs: number | undefined
  let eventsAccepted = 0
  let eventsRejected = 0
  let faultTimes: number[] = []
  /** Timers of the present state; all end with it. */
  let timers: Unsubscribe[] = []
  let cancelIdle: Unsubscribe | undefined
  let isStopped = false
  let checking = 0

  const jitter = (): number => (env.random.bytes(1)[0] ?? 0) / 255

  const input = (what: LinkInput): void => {
    if (isStopped) return
    const before = link
    link = nextLink(before, what, clock.nowMs(), jitter(), holders > 0)
    if (link === before) return
    for (const cancel of timers) cancel()
    timers = []
    enterState()
    log.debug('relay state', { url, from: before.state, to: link.state })
    deps.onHealthChange()
  }

  const enterState = (): void => {
    switch (link.state) {
      case 'connecting':
        open()
        timers.push(clock.schedule(connectTimeoutMs, () => fail('no answer to the connection')))
        break
      case 'connected':
        lastError = undefined
        faultTimes = []
        schedulePing()
        settle(undefined)
        for (const listener of connectedListeners) listener()
        break
      case 'waiting':
        tearDown()
        settle(lastError ?? 'the connection was lost')
        timers.push(clock.schedule(link.retryAtMs - clock.nowMs(), () => input('retry')))
        break
      case 'idle':
        tearDown()
        settle('not needed any more')
        break
    }
  }

  const settle = (failure: string | undefined): void => {
    const settled = [...waiters]
    waiters.clear()
    for (const resolve of settled) resolve(failure)
  }

  const fail = (reason: string): void => {
    lastError = reason
    input('lost')
  }

  const penalize = (reason: string): void => {
    lastError = reason
    log.warn('relay dropped', { url, reason })
    input('misbehaved')
  }

  const countFault = (fault: string): void => {
    eventsRejected += 1
    const nowMs = clock.nowMs()
    faultTimes = [...faultTimes.filter((atMs) => atMs > nowMs - faultWindowMs), nowMs]
    if (faultTimes.length > maxFaults) {
      penalize(`sent ${faultTimes.length} bad messages within a minute, the last one ${fault}`)
    } else {
      deps.onHealthChange()
    }
  }

  const open = (): void => {
    const guard = createGuardedSocket(
      clock,
      limits,
      {
        onMessage: (message) => {
          if (guard === socket) hear(message)
        },
        onInvalid: (reason) => {
          if (guard === socket) countFault(reason)
        },
        onAbuse: (reason) => {
          if (guard === socket) penalize(reason)
        },
        onAlive: () => {
          if (guard === socket && link.state === 'connected') schedulePing()
        },
      },
      deps.lookup,
    )
    const opening = new AbstractRelay(url, {
      // Signatures are checked later, off this path, and only where they matter.
      verifyEvent: () => true,
      websocketImplementation: guard.implementation,
    })
    socket = guard
    relay = opening
    opening.onnotice = (text) => log.debug('notice', { url, text })
    opening.onclose = () => {
      if (opening === relay) fail(guard.failure() ?? 'the relay hung up')
    }
    opening.connect().then(
      () => {
        if (opening === relay) input('opened')
      },
      () => {
        if (opening === relay) fail(guard.failure() ?? 'the connection failed')
      },
    )
  }

  const tearDown = (): void => {
    const [closing, guard] = [relay, socket]
    relay = undefined
    socket = undefined
    closing?.close()
    guard?.terminate()
    const unanswered = [...pendingOks.values()].flatMap((resolves) => [...resolves])
    pendingOks.clear()
    for (const resolve of unanswered) {
      resolve({ outcome: 'unreachable', detail: lastError ?? 'the connection was lost' })
    }
  }

  /** Any message starts the wait anew; silence is probed, because NAT drops connections quietly. */
  const schedulePing = (): void => {
    for (const cancel of timers) cancel()
    timers = [
      clock.schedule(pingEveryMs, () => {
        socket?.ping()
        timers = [clock.schedule(pongTimeoutMs, () => fail('no answer to a ping'))]
      }),
    ]
  }

  const hear = (message: RelayMessage): void => {
    if (message[0] !== 'OK') return
    const [, id, isAccepted, detail] = message
    const waiting = pendingOks.get(id)
    pendingOks.delete(id)
    // A duplicate is held by the relay, which is all that was asked for.
    const isHeld = isAccepted || detail.startsWith('duplicate:')
    for (const resolve of waiting ?? []) resolve({ outcome: isHeld ? 'ok' : 'refused', detail })
  }

  return {
    url,
    hold() {
      holders += 1
      cancelIdle?.()
      cancelIdle = undefined
      input('wanted')
      let isHolding = true
      return () => {
        if (!isHolding) return
        isHolding = false
        holders -= 1
        if (holders === 0) {
          cancelIdle?.()
          cancelIdle = clock.schedule(idleCloseMs, () => input('unwanted'))
        }
      }
    },
    whenConnected() {
      input('wanted')
      if (link.state === 'connected') return Promise.resolve(undefined)
      if (link.state !== 'connecting') return Promise.resolve(lastError ?? 'not connected')
      return new Promise((resolve) => waiters.add(resolve))
    },
    request(filters, handlers) {
      const active = relay
      if (active?.connected !== true) throw new Error(`not connected to ${url}`)
      const startMs = clock.nowMs()
      let isClosing = false
      const subscription = active.subscribe(
        filters.map((filter) => ({ ...filter })),
        {
          label: 'd',
          eoseTimeout: noEoseTimeoutMs,
          onevent: handlers.onEvent,
          oninvalidevent: () => countFault('an event that was not asked for'),
          oneose() {
            latencyMs = clock.nowMs() - startMs
            deps.onHealthChange()
            handlers.onEose()
          },
          onclose(reason) {
            // `receivedEose` is how nostr-tools' own EOSE timer is cleared.
            subscription.oneose = undefined
            subscription.receivedEose()
            if (!isClosing) handlers.onClosed(reason)
          },
        },
      )
      return {
        close() {
          if (isClosing) return
          isClosing = true
          if (!subscription.closed || active.openSubs.has(subscription.id)) subscription.close()
        },
      }
    },
    sendEvent(event) {
      const active = socket
      if (active === undefined || link.state !== 'connected') {
        return Promise.resolve({ outcome: 'unreachable', detail: lastError ?? 'not connected' })
      }
      return new Promise((resolve) => {
        const waiting = pendingOks.get(event.id) ?? new Set()
        waiting.add(resolve)
        pendingOks.set(event.id, waiting)
        active.send(['EVENT', event])
      })
    },
    countEvent(fault) {
      if (fault !== undefined) return countFault(fault)
      eventsAccepted += 1
      deps.onHealthChange()
    },
    occupy() {
      checking += 1
      if (checking === maxChecking) socket?.pause()
      let isChecking = true
      return () => {
        if (!isChecking) return
        isChecking = false
        checking -= 1
        if (checking === maxChecking / 2) socket?.resume()
      }
    },
    penalize,
    onConnected(listener) {
      connectedListeners.add(listener)
      return () => connectedListeners.delete(listener)
    },
    state: () => link.state,
    isHeld: () => holders > 0,
    health: () => ({
      url,
      state: link.state,
      eventsAccepted,
      eventsRejected,
      ...(lastError === undefined ? {} : { lastError }),
      ...(latencyMs === undefined ? {} : { latencyMs }),
      ...(link.state === 'connected' ? { connectedSinceMs: link.sinceMs } : {}),
    }),
    stop() {
      holders = 0
      cancelIdle?.()
      input('unwanted')
      isStopped = true
      for (const cancel of timers) cancel()
      timers = []
    },
  }
}
