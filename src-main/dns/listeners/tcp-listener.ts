import type { Socket } from 'node:net'
import { createServer, isIPv6 } from 'node:net'
import type { Clock } from '../../env/env.ts'
import type { Logger } from '../../env/logger.ts'
import { streamLimit } from '../packet-layout.ts'
import type { Endpoint, LateReply, OpenListener, QueryHandler } from './transport.ts'
import { isLoopbackAddress } from './transport.ts'

export interface TcpLimits {
  readonly maxConnections: number
  /** Milliseconds without a complete query before the server hangs up (RFC 7766 s.6.2.3). */
  readonly idleMs: number
  /** Unanswered queries per connection; reading pauses there. */
  readonly maxPipelined: number
  /** Octets of answers the client has not taken; reading pauses there. */
  readonly maxUnsent: number
}

export const defaultTcpLimits: TcpLimits = {
  maxConnections: 256,
  idleMs: 10_000,
  maxPipelined: 100,
  maxUnsent: 1024 * 1024,
}

/**
 * Serves DNS over TCP (RFC 7766): pipelined queries, answers in the order they become ready, several
 * answers in one write. A client that drips, stalls or never closes is dropped `idleMs` after its
 * last complete query. Rejects with the bind error.
 */
export function openTcp(
  handler: QueryHandler,
  endpoint: Endpoint,
  address: string,
  port: number,
  clock: Clock,
  log: Logger,
  limits: TcpLimits = defaultTcpLimits,
): Promise<OpenListener> {
  const sockets = new Set<Socket>()
  const scratch = new Uint8Array(streamLimit)
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    if (!isLoopbackAddress(socket.remoteAddress ?? '') || sockets.size >= limits.maxConnections) {
      socket.destroy()
      return
    }
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    serveConnection(socket, handler, endpoint, scratch, clock, limits)
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: address, port, ipv6Only: isIPv6(address), exclusive: true }, () => {
      server.off('error', reject)
      server.on('error', (error) => log.warn('TCP listener error', { address, error }))
      const bound = server.address()
      let closing: Promise<void> | undefined
      resolve({
        address,
        port: typeof bound === 'object' && bound !== null ? bound.port : port,
        close() {
          closing ??= new Promise((done) => {
            server.close(() => done())
            for (const socket of sockets) socket.destroy()
          })
          return closing
        },
      })
    })
  })
}

function serveConnection(
  socket: Socket,
  handler: QueryHandler,
  endpoint: Endpoint,
  scratch: Uint8Array,
  clock: Clock,
  limits: TcpLimits,
): void {
  /** Chunks of a query that has not arrived whole; `have` octets altogether. */
  let parts: Buffer[] = []
  let have = 0
  let unanswered = 0
  let hasEnded = false
  let isPaused = false
  let cancelIdle = (): void => undefined

  const hangUp = (): void => {
    cancelIdle()
    socket.destroy()
  }
  const restartIdle = (): void => {
    cancelIdle()
    cancelIdle = clock.schedule(limits.idleMs, hangUp)
  }
  const frame = (answer: Uint8Array, length: number): Buffer => {
    const framed = Buffer.allocUnsafe(length + 2)
    framed.writeUInt16BE(length, 0)
    framed.set(length === answer.length ? answer : answer.subarray(0, length), 2)
    return framed
  }
  const finishIfDone = (): void => {
    if (hasEnded && unanswered === 0 && !socket.writableEnded) socket.end()
  }
  const isBusy = (): boolean =>
    unanswered >= limits.maxPipelined || socket.writableLength > limits.maxUnsent
  const pause = (): void => {
    isPaused = true
    socket.pause()
  }
  const resumeIfIdle = (): void => {
    if (!isPaused || isBusy()) return
    isPaused = false
    socket.resume()
    consume()
  }
  const capture = (): LateReply => {
    unanswered += 1
    let isSent = false
    return (answer, length) => {
      if (isSent) return
      isSent = true
      unanswered -= 1
      if (socket.destroyed) return
      socket.write(frame(answer, length))
      resumeIfIdle()
      finishIfDone()
    }
  }

  /** Answers every whole query gathered so far; the answers ready at once leave in one write. */
  const consume = (): void => {
    const [only] = parts
    const input = only && parts.length === 1 ? only : Buffer.concat(parts, have)
    let at = 0
    let answered = false
    socket.cork()
    while (at + 2 <= input.length && !isBusy()) {
      const size = input.readUInt16BE(at)
      if (at + 2 + size > input.length) break
      const query = input.subarray(at + 2, at + 2 + size)
      at += 2 + size
      answered = true
      const length = handler.handle(query, size, scratch, 'stream', endpoint, capture)
      if (length > 0) socket.write(frame(scratch, length))
    }
    socket.uncork()
    parts = at < input.length ? [input.subarray(at)] : []
    have = input.length - at
    if (answered) restartIdle()
    if (isBusy()) pause()
  }

  restartIdle()
  socket.on('data', (chunk) => {
    parts.push(chunk)
    have += chunk.length
    const [first] = parts
    const isWhole = first !== undefined && first.length >= 2 && have >= 2 + first.readUInt16BE(0)
    // A dripped length prefix may be split over chunks: joining two octets costs nothing.
    if (isWhole || (first !== undefined && first.length < 2 && have >= 2)) consume()
  })
  socket.on('drain', resumeIfIdle)
  socket.on('end', () => {
    hasEnded = true
    finishIfDone()
  })
  socket.on('error', hangUp)
  socket.on('close', () => cancelIdle())
}
