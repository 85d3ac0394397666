import { WebSocket as WsSocket } from 'ws'
import type { Clock } from '../env/env.ts'
import type { Lookup } from './public-lookup.ts'
import { readRelayMessage, type RelayMessage } from './relay-message.ts'

/** What one relay may send before it is dropped. */
export interface SocketLimits {
  /** Bytes of one message. */
  readonly maxMessageBytes: number
  /** Bytes and messages within `budgetWindowMs`: bounds streams that never end. */
  readonly budgetBytes: number
  readonly budgetMessages: number
  readonly budgetWindowMs: number
}

export interface SocketHooks {
  /** Every well-formed message, before the relay class sees it. */
  readonly onMessage: (message: RelayMessage) => void
  /** A frame that is no message of the protocol; it is dropped. */
  readonly onInvalid: (reason: string) => void
  /** The relay broke a limit; the connection should end. */
  readonly onAbuse: (reason: string) => void
  /** Any sign of life. */
  readonly onAlive: () => void
}

export interface GuardedSocket {
  /** To be injected into nostr-tools' relay, which makes exactly one. */
  readonly implementation: typeof WebSocket
  send(message: readonly unknown[]): void
  ping(): void
  /** Stops and goes on reading, so that a fast relay waits in its own buffers. */
  pause(): void
  resume(): void
  /** Ends the connection now. */
  terminate(): void
  /** Why the connection failed, if it did and the reason is known. */
  failure(): string | undefined
}

/** The part of the browser's WebSocket that nostr-tools' relay uses. */
interface RelaySocket {
  onopen: (() => void) | null
  onerror: (() => void) | null
  onclose: ((event: { message: string }) => void) | null
  onmessage: ((event: { data: string }) => void) | null
  readonly readyState: number
  send(text: string): void
  close(): void
}

/**
 * A WebSocket between nostr-tools' relay and a relay that may be hostile. nostr-tools trusts what it
 * receives: it would log junk to the console, throw on missing fields, and keep any amount. Here
 * frames are bounded and parsed first, and only well-formed messages go on.
 */
export function createGuardedSocket(
  clock: Clock,
  limits: SocketLimits,
  hooks: SocketHooks,
  lookup: Lookup | undefined,
): GuardedSocket {
  let socket: WsSocket | undefined
  let failure: string | undefined
  let windowStartMs = clock.nowMs()
  let windowBytes = 0
  let windowMessages = 0

  /** What is over the budget with a message of `bytes`, if anything. */
  const excess = (bytes: number): string | undefined => {
    const nowMs = clock.nowMs()
    if (nowMs - windowStartMs >= limits.budgetWindowMs) {
      windowStartMs = nowMs
      windowBytes = 0
      windowMessages = 0
    }
    windowBytes += bytes
    windowMessages += 1
    if (windowBytes > limits.budgetBytes) return `${limits.budgetBytes} bytes`
    if (windowMessages > limits.budgetMessages) return `${limits.budgetMessages} messages`
    return undefined
  }

  const take = (data: Buffer, isBinary: boolean): RelayMessage | undefined => {
    hooks.onAlive()
    const over = excess(data.length)
    if (over !== undefined) {
      hooks.onAbuse(`sent more than ${over} in ${limits.budgetWindowMs / 1000} seconds`)
      return undefined
    }
    const message = isBinary ? undefined : readRelayMessage(data.toString('utf8'))
    if (message === undefined) hooks.onInvalid(isBinary ? 'a binary frame' : 'not a Nostr message')
    else hooks.onMessage(message)
    return message
  }

  const open = (url: string): RelaySocket => {
    const active = new WsSocket(url, {
      maxPayload: limits.maxMessageBytes,
      maxFragments: 1024,
      // Compression would let a small frame unpack to a large one.
      perMessageDeflate: false,
      followRedirects: false,
      ...(lookup === undefined ? {} : { lookup }),
    })
    socket = active
    const facade: RelaySocket = {
      onopen: null,
      onerror: null,
      onclose: null,
      onmessage: null,
      get readyState() {
        return active.readyState
      },
      send: (text) => active.send(text, () => undefined),
      close: () => active.close(),
    }
    active.on('open', () => facade.onopen?.())
    active.on('pong', hooks.onAlive)
    active.on('error', (error: NodeJS.ErrnoException) => {
      failure = error.message
      if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
        hooks.onAbuse(`sent a message of more than ${limits.maxMessageBytes} bytes`)
      } else if (error.code?.startsWith('WS_ERR_') === true) {
        hooks.onAbuse(`broke the WebSocket protocol (${error.message})`)
      }
      facade.onerror?.()
    })
    active.on('close', () => facade.onclose?.({ message: failure ?? 'the relay hung up' }))
    active.on('message', (data: Buffer, isBinary) => {
      const message = take(data, isBinary)
      // Written anew: nostr-tools finds the subscription by text search in its usual form.
      if (message !== undefined) facade.onmessage?.({ data: JSON.stringify(message) })
    })
    return facade
  }

  const implementation = Object.assign(
    // A plain function, because it is called with `new` and gives another object.
    function implementation(url: string): RelaySocket {
      return open(url)
    },
    { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 },
  )
  return {
    implementation: implementation as unknown as typeof WebSocket,
    send: (message) => socket?.send(JSON.stringify(message), () => undefined),
    ping: () => socket?.ping(undefined, undefined, () => undefined),
    pause: () => socket?.pause(),
    resume: () => socket?.resume(),
    terminate: () => socket?.terminate(),
    failure: () => failure,
  }
}
