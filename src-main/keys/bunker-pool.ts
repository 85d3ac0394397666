import {
  AbstractSimplePool,
  type SubCloser,
  type SubscribeManyParams,
} from 'nostr-tools/abstract-pool'
import { type Filter, matchFilter } from 'nostr-tools/filter'
import { type Event, verifyEvent } from 'nostr-tools/pure'
import WebSocket from 'ws'
import { isEventLike, plainEvent } from './sign-event.ts'

interface Subscription {
  readonly filter: Filter
  readonly urls: ReadonlySet<string>
  readonly params: SubscribeManyParams
  readonly seen: Set<string>
}

interface Acknowledgement {
  readonly url: string
  resolve(reason: string): void
  reject(reason: Error): void
}

const handshakeTimeoutMs = 10_000
/** NIP-44 messages end at 64 KiB of text; this leaves room for the envelope. */
const largestMessage = 512 * 1024
/** Ids remembered to drop what several relays deliver. */
const mostSeen = 1000

/**
 * The connections of one NIP-46 session: what BunkerSigner asks of a pool, and no more. The pool of
 * nostr-tools prints what relays say to the console, and a handler of BunkerSigner that rejects on a
 * malformed message would end the process; here neither can happen.
 */
export class BunkerPool extends AbstractSimplePool {
  readonly #sockets = new Map<string, Promise<WebSocket>>()
  /** Every socket that is not closed yet, connected or not. */
  readonly #live = new Set<WebSocket>()
  readonly #subscriptions = new Map<string, Subscription>()
  readonly #acknowledgements = new Map<string, Acknowledgement>()
  #lastId = 0
  #isDestroyed = false

  constructor() {
    super({ verifyEvent, maxWaitForConnection: handshakeTimeoutMs })
  }

  override subscribe(relays: string[], filter: Filter, params: SubscribeManyParams): SubCloser {
    const id = `${++this.#lastId}`
    this.#subscriptions.set(id, { filter, urls: new Set(relays), params, seen: new Set() })
    for (const url of relays) {
      // A socket that opens for this sends the REQ itself.
      const isOpening = !this.#sockets.has(url)
      void this.#connect(url).then(
        (socket) => {
          if (!isOpening) socket.send(JSON.stringify(['REQ', id, filter]))
        },
        () => undefined,
      )
    }
    return {
      close: () => {
        if (!this.#subscriptions.delete(id)) return
        for (const socket of this.#live) {
          if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(['CLOSE', id]))
        }
      },
    }
  }

  override publish(relays: string[], event: Event): Promise<string>[] {
    return relays.map(async (url) => {
      const socket = await this.#connect(url)
      return new Promise<string>((resolve, reject) => {
        const key = `${url} ${event.id}`
        this.#acknowledgements.set(key, { url, resolve, reject })
        socket.send(JSON.stringify(['EVENT', event]))
      })
    })
  }

  override destroy(): void {
    this.#isDestroyed = true
    this.#subscriptions.clear()
    for (const socket of this.#live) socket.terminate()
    this.#sockets.clear()
  }

  #connect(url: string): Promise<WebSocket> {
    const held = this.#sockets.get(url)
    if (held !== undefined) return held
    const opening = new Promise<WebSocket>((resolve, reject) => {
      if (this.#isDestroyed) throw new Error('the session is closed')
      const socket = new WebSocket(url, {
        handshakeTimeout: handshakeTimeoutMs,
        maxPayload: largestMessage,
      })
      this.#live.add(socket)
      // Stays for good: a socket that is ended while it connects emits an error too.
      socket.on('error', reject)
      socket.on('message', (data, isBinary) => {
        if (!isBinary) this.#receive(url, asText(data))
      })
      socket.once('open', () => {
        for (const [id, { filter, urls }] of this.#subscriptions) {
          if (urls.has(url)) socket.send(JSON.stringify(['REQ', id, filter]))
        }
        resolve(socket)
      })
      socket.once('close', () => {
        this.#live.delete(socket)
        if (this.#sockets.get(url) === opening) this.#sockets.delete(url)
        const closed = new Error('the relay closed the connection')
        reject(closed)
        for (const [key, waiting] of this.#acknowledgements) {
          if (waiting.url !== url) continue
          this.#acknowledgements.delete(key)
          waiting.reject(closed)
        }
      })
    })
    this.#sockets.set(url, opening)
    opening.catch(() => {
      if (this.#sockets.get(url) === opening) this.#sockets.delete(url)
    })
    return opening
  }

  #receive(url: string, text: string): void {
    const message = parseMessage(text)
    if (message === undefined) return
    const [type, id] = message
    if (type === 'OK') {
      const waiting = this.#acknowledgements.get(`${url} ${String(id)}`)
      this.#acknowledgements.delete(`${url} ${String(id)}`)
      if (message[2] === true) waiting?.resolve('')
      else waiting?.reject(new Error('the relay refused the message'))
    }
    const subscription = type === 'EVENT' ? this.#subscriptions.get(String(id)) : undefined
    if (subscription !== undefined) deliver(subscription, message[2])
  }
}

function deliver(subscription: Subscription, received: unknown): void {
  const { filter, params, seen } = subscription
  if (!isEventLike(received) || seen.has(received.id)) return
  const event = plainEvent(received)
  if (!matchFilter(filter, event) || !verifyEvent(event)) return
  if (seen.size >= mostSeen) seen.clear()
  seen.add(event.id)
  void handle(params, event)
}

/** A message that cannot be decrypted or is not JSON is dropped; its request runs into its time-out. */
async function handle(params: SubscribeManyParams, event: Event): Promise<void> {
  try {
    await (params.onevent as ((event: Event) => unknown) | undefined)?.(event)
  } catch {
    return
  }
}

function parseMessage(text: string): readonly unknown[] | undefined {
  try {
    const message: unknown = JSON.parse(text)
    return Array.isArray(message) ? message : undefined
  } catch {
    return undefined
  }
}

function asText(data: WebSocket.RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8')
  return Buffer.from(data as Buffer).toString('utf8')
}
