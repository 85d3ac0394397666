import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Env, Unsubscribe } from '../../env/env.ts'
import { listenOn } from '../../env/listen.ts'
import type { Service } from '../../env/service.ts'
import { embeddedOrigin, localOrigin, type LocalEventStore } from '../event-store.ts'
import type { StoredEvent, VerifiedEvent } from '../relay-service.ts'
import { createVerifier, type Verifier } from '../verify.ts'
import { createClientSession, type ClientSession } from './client-session.ts'
import { defaultRelayLimits, type RelayLimits } from './limits.ts'
import { answerHttp } from './relay-information.ts'

export interface EmbeddedRelayDeps {
  readonly store: LocalEventStore
  /** `127.0.0.1`, or `0.0.0.0` or `::` for the local network. */
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** Shared with the relay pool if given; otherwise the relay has its own. */
  readonly verifier?: Verifier
  readonly limits?: Partial<RelayLimits>
}

export interface EmbeddedRelay extends Service {
  /** `ws://` address for clients on this computer, valid after `start`. */
  url(): string
  port(): number
  /** Clients connected now. */
  connections(): number
}

const pingIntervalMs = 60_000

/**
 * A NIP-01 relay with NIP-09, 11 and 40 over the event store.
 *
 * It serves what was made here or sent to it, and not what this program fetched from elsewhere:
 * any web page may open a WebSocket to loopback, and those events tell which names were looked up.
 *
 * Written here because `@nostr-relay/core` 0.0.40 ignores tag filters in live subscriptions, answers
 * from a cache for a second after an event was stored, loses events stored while a REQ is answered,
 * and drops subscriptions over its limit without CLOSED.
 */
export function createEmbeddedRelay(env: Env, deps: EmbeddedRelayDeps): EmbeddedRelay {
  const limits: RelayLimits = { ...defaultRelayLimits, ...deps.limits }
  const log = env.log.child('relays.embedded')
  const sessions = new Map<WebSocket, ClientSession>()
  const isShared = ({ relays }: StoredEvent): boolean =>
    relays.includes(localOrigin) || relays.includes(embeddedOrigin)
  let server: Server | undefined
  let verifier: Verifier | undefined
  let cleanups: Unsubscribe[] = []

  const relayLive = (event: VerifiedEvent): void => {
    for (const session of sessions.values()) session.deliver(event)
  }

  const welcome = (socket: WebSocket, active: Verifier): void => {
    const { store } = deps
    const session = createClientSession(env, socket, {
      store,
      verifier: active,
      limits,
      isShared,
      relayLive,
    })
    sessions.set(socket, session)
    let isAlive = true
    let cancelPing: Unsubscribe
    const ping = (): void => {
      if (!isAlive) return socket.terminate()
      isAlive = false
      socket.ping()
      cancelPing = env.clock.schedule(pingIntervalMs, ping)
    }
    cancelPing = env.clock.schedule(pingIntervalMs, ping)
    socket.on('pong', () => (isAlive = true))
    socket.on('error', (error) => log.debug('client failed', { reason: error }))
    socket.on('close', () => {
      cancelPing()
      sessions.delete(socket)
    })
  }

  const boundPort = (): number => {
    const address = server?.address() as AddressInfo | null | undefined
    if (!address) throw new Error('the embedded relay is not running')
    return address.port
  }

  return {
    async start() {
      if (server !== undefined) return
      const http = createServer((request, response) => answerHttp(request, response, limits))
      http.maxConnections = limits.maxConnections * 2
      const sockets = new WebSocketServer({
        noServer: true,
        // Four times the limit, so that a little too much gets a reason instead of a disconnect.
        maxPayload: limits.maxMessageBytes * 4,
        // Compression would let a small frame unpack to a large one.
        perMessageDeflate: false,
      })
      const active = deps.verifier ?? createVerifier({ maxEventBytes: limits.maxEventBytes })
      http.on('upgrade', (request, socket, head) => {
        socket.on('error', () => socket.destroy())
        if (sessions.size >= limits.maxConnections) return refuse(socket)
        sockets.handleUpgrade(request, socket, head, (client) => welcome(client, active))
      })
      await listenOn(http, deps.host, deps.port, { code: 'relay', name: 'embedded relay' })
      http.on('error', (error) => log.error('server failed', { reason: error }))
      server = http
      verifier = deps.verifier === undefined ? active : undefined
      cleanups = [
        deps.store.onStored((stored) => {
          if (isShared(stored)) relayLive(stored.event)
        }),
      ]
    },
    async stop() {
      const stopping = server
      server = undefined
      for (const cleanup of cleanups) cleanup()
      cleanups = []
      for (const socket of sessions.keys()) {
        socket.close(1001, 'the relay stops')
        socket.terminate()
      }
      await verifier?.stop()
      verifier = undefined
      if (stopping === undefined) return
      await new Promise<void>((resolve) => {
        stopping.close(() => resolve())
        stopping.closeAllConnections()
      })
    },
    url: () => `ws://${deps.host === '::1' ? '[::1]' : '127.0.0.1'}:${boundPort()}`,
    port: boundPort,
    connections: () => sessions.size,
  }
}

function refuse(socket: Duplex): void {
  socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
}
