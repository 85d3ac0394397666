import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer, type Socket } from 'node:net'
import type { Clock } from '../../env/env.ts'
import type { Logger } from '../../env/logger.ts'
import { readHead } from './request-head.ts'

export interface ProxyFront {
  readonly port: number
  connections(): number
  close(): Promise<void>
}

export interface ProxyFrontDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly port: number
  /** A client sent `CONNECT target`; what it sent after that is still to be read from `socket`. */
  onConnect(socket: Socket, target: string): void
  /** Every other request. */
  readonly onRequest: RequestListener
}

/** Only this computer's own programs. */
const host = '127.0.0.1'
const maxConnections = 1024
/** Time to send a request head. Milliseconds. */
const headTimeoutMs = 10_000
/** Between TCP keep-alive probes of tunnels. Milliseconds. */
const keepAliveMs = 60_000
/** Silence in the middle of a request or its answer. Milliseconds. */
const requestIdleMs = 120_000
/** Silence between two requests. Milliseconds. */
const idleTimeoutMs = 30_000

/**
 * Listens on the proxy port of IPv4 loopback. CONNECT requests are told from the rest by their first
 * bytes; the others go to an ordinary HTTP server. Rejects with the bind error.
 */
export function openProxyFront(deps: ProxyFrontDeps): Promise<ProxyFront> {
  const sockets = new Set<Socket>()
  const http = createHttpServer({ maxHeaderSize: 64 * 1024 }, deps.onRequest)
  // A server that never listens itself enforces only these two.
  http.timeout = requestIdleMs
  http.keepAliveTimeout = idleTimeoutMs
  // A CONNECT after other requests of a connection is nothing browsers do.
  http.on('connect', (_request, socket) => socket.destroy())
  http.on('clientError', (_error, socket) => socket.destroy())

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    receiveHead(deps, socket, (handedOver) => http.emit('connection', handedOver))
  })
  server.maxConnections = maxConnections

  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port: deps.port, exclusive: true }, () => {
      server.off('error', reject)
      server.on('error', (error) => deps.log.warn('proxy listener error', { error }))
      const bound = server.address()
      let closing: Promise<void> | undefined
      resolve({
        port: typeof bound === 'object' && bound !== null ? bound.port : deps.port,
        connections: () => sockets.size,
        close() {
          closing ??= new Promise((done) => {
            server.close(() => done())
            for (const socket of sockets) socket.destroy()
            http.close()
          })
          return closing
        },
      })
    })
  })
}

function receiveHead(
  deps: ProxyFrontDeps,
  socket: Socket,
  handOver: (socket: Socket) => void,
): void {
  let held: Buffer = Buffer.alloc(0)
  const cancelTimer = deps.clock.schedule(headTimeoutMs, () => socket.destroy())
  const release = (rest: Buffer): void => {
    cancelTimer()
    socket.off('data', onData)
    socket.off('end', onEnd)
    socket.pause()
    if (rest.length > 0) socket.unshift(rest)
  }
  const onEnd = (): void => {
    cancelTimer()
    socket.destroy()
  }
  const onData = (chunk: Buffer): void => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    const head = readHead(held)
    switch (head.kind) {
      case 'incomplete':
        return
      case 'connect':
        release(held.subarray(head.end))
        socket.setKeepAlive(true, keepAliveMs)
        deps.onConnect(socket, head.target)
        return
      case 'other':
        release(held)
        handOver(socket)
        socket.resume()
        return
      case 'invalid':
        release(Buffer.alloc(0))
        refuseTunnel(socket, 400, 'Bad Request', 'this is no CONNECT request')
    }
  }
  socket.on('data', onData)
  socket.on('end', onEnd)
  socket.on('close', cancelTimer)
}

/** Answers a CONNECT request with a refusal and ends the connection. */
export function refuseTunnel(socket: Socket, status: number, phrase: string, reason: string): void {
  const body = `${reason}\n`
  socket.end(
    `HTTP/1.1 ${status} ${phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroySoon(),
  )
  socket.resume()
}
