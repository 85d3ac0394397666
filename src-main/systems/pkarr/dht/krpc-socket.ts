import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import type { Clock, RandomSource, Unsubscribe } from '../../../env/env.ts'
import type { Bencodable } from './bencode.ts'
import { endpointKey, type Endpoint } from './contact.ts'
import {
  decodeAnswer,
  encodeQuery,
  transactionText,
  type Method,
  type Refusal,
  type Reply,
} from './krpc-message.ts'

/** A reply, and the milliseconds from sending the query to it. */
export type TimedReply = Reply & { readonly rttMs: number }

/** How a query ended. `silence`: nobody answered in time, or the socket is closed. */
export type Answer = TimedReply | Refusal | { readonly kind: 'silence' }

export interface Query {
  readonly to: Endpoint
  readonly method: Method
  readonly args: Readonly<Record<string, Bencodable | undefined>>
  /** Called once when the answer is late: the node may be dead. */
  readonly onSlow?: () => void
  /** Ends it as silence. */
  readonly signal?: AbortSignal
}

/** One UDP socket for all queries. It answers none (BEP 43) and believes only whom it asked. */
export interface KrpcSocket {
  /** Binds 0.0.0.0, letting go of what was bound before. Rejects with the error of the operating system, such as `EADDRINUSE`. */
  open(port: number): Promise<void>
  /** Never rejects. */
  query(query: Query): Promise<Answer>
  /** The port it is bound to. */
  port(): number | undefined
  setId(ownId: Uint8Array): void
  close(): void
}

/** After this an answer is late and the query is sent once more: UDP is lossy. Milliseconds. */
export const slowMs = 1_000
/** After this a node counts as silent. Milliseconds. */
export const silenceMs = 3_000
/** Queries under way; more wait for their turn. */
const maxInFlight = 512

interface Transaction {
  readonly to: Endpoint
  readonly bytes: Uint8Array
  readonly sentMs: number
  readonly finish: (answer: Answer) => void
}

/** Twenty look-ups at once get some 300 answers in one burst. Bytes; systems may grant less. */
const receiveBuffer = 1024 * 1024

function widen(socket: Socket): void {
  try {
    socket.setRecvBufferSize(receiveBuffer)
  } catch {
    // What is lost in a burst is asked for again.
  }
}

/** `onGone` is called when the operating system takes an open socket away. */
export function createKrpcSocket(
  env: { readonly clock: Clock; readonly random: RandomSource },
  onGone: (error: Error) => void,
): KrpcSocket {
  let socket: Socket | undefined
  let boundPort: number | undefined
  let ownId: Uint8Array = env.random.bytes(20)
  const transactions = new Map<string, Transaction>()
  /** Queries under way by endpoint: what comes from anywhere else is not even parsed. */
  const asked = new Map<string, number>()
  const waiting: (() => void)[] = []

  const receive = (bytes: Uint8Array, from: RemoteInfo): void => {
    if (!asked.has(endpointKey({ host: from.address, port: from.port }))) return
    const answer = decodeAnswer(bytes)
    if (answer === undefined) return
    const transaction = transactions.get(answer.transaction)
    if (transaction === undefined) return
    if (transaction.to.host !== from.address || transaction.to.port !== from.port) return
    transaction.finish(
      answer.kind === 'reply'
        ? { ...answer, rttMs: env.clock.nowMs() - transaction.sentMs }
        : answer,
    )
  }

  const close = (): void => {
    socket?.close()
    socket = undefined
    boundPort = undefined
    for (const { finish } of [...transactions.values()]) finish({ kind: 'silence' })
    for (const begin of waiting.splice(0)) begin()
  }

  const newTransaction = (): Uint8Array => {
    // Four random bytes: with the port, too many to guess for one who cannot see our queries.
    for (;;) {
      const bytes = env.random.bytes(4)
      if (!transactions.has(transactionText(bytes))) return bytes
    }
  }

  const send = ({ to, bytes, finish }: Transaction): void => {
    socket?.send(bytes, to.port, to.host, (error) => {
      // No route, no permission: waiting would not help.
      if (error !== null) finish({ kind: 'silence' })
    })
  }

  const begin = (query: Query, resolve: (answer: Answer) => void): void => {
    const { signal } = query
    if (socket === undefined || signal?.aborted === true) {
      resolve({ kind: 'silence' })
      return
    }
    const abort = (): void => transaction.finish({ kind: 'silence' })
    const id = newTransaction()
    const text = transactionText(id)
    const key = endpointKey(query.to)
    let cancel: Unsubscribe = () => undefined
    const transaction: Transaction = {
      to: query.to,
      bytes: encodeQuery(query.method, id, ownId, query.args),
      sentMs: env.clock.nowMs(),
      finish(answer) {
        if (!transactions.delete(text)) return
        cancel()
        signal?.removeEventListener('abort', abort)
        const others = (asked.get(key) ?? 1) - 1
        if (others === 0) asked.delete(key)
        else asked.set(key, others)
        resolve(answer)
        pump()
      },
    }
    transactions.set(text, transaction)
    asked.set(key, (asked.get(key) ?? 0) + 1)
    signal?.addEventListener('abort', abort, { once: true })
    cancel = env.clock.schedule(slowMs, () => {
      cancel = env.clock.schedule(silenceMs - slowMs, () => transaction.finish({ kind: 'silence' }))
      send(transaction)
      query.onSlow?.()
    })
    send(transaction)
  }

  const pump = (): void => {
    while (transactions.size < maxInFlight) {
      const start = waiting.shift()
      if (start === undefined) return
      start()
    }
  }

  return {
    open(port) {
      close()
      const opening = createSocket({ type: 'udp4', reuseAddr: false })
      socket = opening
      return new Promise((resolve, reject) => {
        opening.once('close', () => reject(new Error('The socket was closed.')))
        opening.once('error', (error) => {
          if (socket === opening) close()
          reject(error)
        })
        opening.bind({ port, address: '0.0.0.0', exclusive: true }, () => {
          opening.removeAllListeners('error')
          opening.on('error', (error) => {
            if (socket !== opening) return
            close()
            onGone(error)
          })
          opening.on('message', receive)
          widen(opening)
          boundPort = opening.address().port
          resolve()
        })
      })
    },
    query: (query) =>
      new Promise((resolve) => {
        waiting.push(() => begin(query, resolve))
        pump()
      }),
    port: () => boundPort,
    setId(id) {
      ownId = id
    },
    close,
  }
}
