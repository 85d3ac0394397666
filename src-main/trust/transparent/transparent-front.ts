import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import type { Logger } from '../../env/logger.ts'

/** Sockets that take what programs send to a name's own ports when it leads to this computer. */
export interface TransparentFront {
  /** Loopback addresses that take TLS: what names are led to. */
  readonly addresses: readonly string[]
  readonly tlsPort: number
  /** Undefined when somebody else holds that port, or may not be had. */
  readonly httpPort: number | undefined
  close(): Promise<void>
}

export interface TransparentFrontDeps {
  readonly log: Logger
  /** 0 takes any free port. */
  readonly tlsPort: number
  readonly httpPort: number
  /** A client connected, and nothing was read yet. */
  onTls(socket: Socket): void
  readonly onRequest: RequestListener
}

const ipv4 = '127.0.0.1'
const ipv6 = '::1'
const maxConnections = 1024
/** Between TCP keep-alive probes. Milliseconds. */
const keepAliveMs = 60_000
/** Silence in the middle of a request or its answer, and between two. Milliseconds. */
const requestIdleMs = 120_000
const idleTimeoutMs = 30_000

/**
 * Listens on IPv4 loopback, and on IPv6 loopback where that can be had. Rejects with the bind error
 * of the TLS port; the HTTP port is an extra.
 */
export async function openTransparentFront(deps: TransparentFrontDeps): Promise<TransparentFront> {
  const { log } = deps
  const sockets = new Set<Socket>()
  const servers: Server[] = []
  const hold = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
  }
  const openTls = async (host: string, port: number): Promise<number> => {
    const server = createServer(
      { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs },
      (socket) => {
        hold(socket)
        deps.onTls(socket)
      },
    )
    server.maxConnections = maxConnections
    const bound = await listen(server, host, port, log)
    servers.push(server)
    return bound
  }
  const openHttp = async (host: string, port: number): Promise<number> => {
    const server = createHttpServer({ maxHeaderSize: 64 * 1024 }, deps.onRequest)
    server.on('connection', hold)
    server.on('clientError', (_error, socket) => socket.destroy())
    server.maxConnections = maxConnections
    server.timeout = requestIdleMs
    server.keepAliveTimeout = idleTimeoutMs
    const bound = await listen(server, host, port, log)
    servers.push(server)
    return bound
  }
  /** The port; undefined when it cannot be had. */
  const attempt = (opening: Promise<number>): Promise<number | undefined> =>
    opening.catch((error: unknown) => {
      log.info('a port of the transparent mode is not available', { error })
      return undefined
    })

  const tlsPort = await openTls(ipv4, deps.tlsPort)
  const hasIpv6 = (await attempt(openTls(ipv6, tlsPort))) !== undefined
  const httpPort = await attempt(openHttp(ipv4, deps.httpPort))
  if (hasIpv6 && httpPort !== undefined) await attempt(openHttp(ipv6, httpPort))
  return {
    addresses: hasIpv6 ? [ipv4, ipv6] : [ipv4],
    tlsPort,
    httpPort,
    async close() {
      const closing = servers.map(
        (server) => new Promise<void>((done) => server.close(() => done())),
      )
      for (const socket of sockets) socket.destroy()
      await Promise.all(closing)
    },
  }
}

function listen(server: Server, host: string, port: number, log: Logger): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject)
      server.on('error', (error) => log.warn('listener error', { error }))
      const bound = server.address()
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port)
    })
  })
}
