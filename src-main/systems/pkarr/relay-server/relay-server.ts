import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Env } from '../../../env/env.ts'
import { listenOn } from '../../../env/listen.ts'
import type { Service } from '../../../env/service.ts'
import type { PkarrKey } from '../carrier.ts'
import { parseKey } from '../key.ts'
import { createPacketDesk, type HttpAnswer, type PacketSource, tooMany } from './packet-desk.ts'
import { clientOf, createRateLimiter, type RateLimit } from './rate-limit.ts'
import { readBody } from './read-body.ts'
import { type RelayCounters, statusPage } from './status-page.ts'

export interface PkarrRelayDeps {
  /** Cache and carriers: a source of its own, whose only carrier is the DHT. */
  readonly source: PacketSource
  /** `127.0.0.1`, or `0.0.0.0` or `::` to serve others. */
  readonly host: string
  /** 0 takes any free port; relays of the reference use 6881. */
  readonly port: number
  /** Requests of one client. Default: 2 a second, as the reference. */
  readonly requestLimit?: RateLimit
  /** Requests of one client that make work for the DHT. Default: 2 a second. */
  readonly workLimit?: RateLimit
  /** The client is the last address in `X-Forwarded-For`: only behind a proxy that sets it. */
  readonly isBehindProxy?: boolean
}

export interface PkarrRelay extends Service {
  /** Base URL for clients on this computer, valid after `start`. */
  url(): string
  port(): number
}

const defaultLimit: RateLimit = { perSecond: 2, burst: 2 }
const mostConnections = 1000
const requestTimeoutMs = 10_000
/** Web pages may use a relay like everybody else. */
const crossOrigin = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, PUT, OPTIONS',
  'access-control-allow-headers': '*',
  'access-control-expose-headers':
    'Pkarr-Dht-Stored-Nodes, Pkarr-Invalid-Signed-Packet-Seq, Memento-Datetime, Retry-After',
  'access-control-max-age': '86400',
}

const badPath: HttpAnswer = { status: 400, body: 'The path is not a PKARR key.' }

/** An HTTP relay of PKARR packets, of the newest generation (specs s.4). */
export function createPkarrRelay(env: Env, deps: PkarrRelayDeps): PkarrRelay {
  const { clock } = env
  const log = env.log.child('pkarr.relay')
  const requests = createRateLimiter(clock, deps.requestLimit ?? defaultLimit)
  const work = createRateLimiter(clock, deps.workLimit ?? defaultLimit)
  const inTurn = createTurns()
  let server: Server | undefined
  let stopping = new AbortController()
  let counters: RelayCounters = { startedMs: 0, gets: 0, puts: 0, limited: 0 }

  const answer = async (request: IncomingMessage): Promise<HttpAnswer> => {
    const { method = 'GET', headers } = request
    if (method === 'OPTIONS') return { status: 204 }
    // A server is asked for a path (RFC 9112 s.3.2.1); whole URLs are for proxies.
    if (request.url?.startsWith('/') !== true) return badPath
    const url = new URL(`http://relay${request.url}`)
    const isGet = method === 'GET' || method === 'HEAD'
    if (isGet && url.pathname === '/') return page(statusPage(counters, clock.nowMs()))
    if (!isGet && method !== 'PUT') {
      return { status: 405, headers: { allow: 'GET, PUT, OPTIONS' }, body: 'GET or PUT.' }
    }
    const client = clientAddress(request, deps.isBehindProxy ?? false)
    const waitMs = requests.take(client)
    if (waitMs > 0) return tooMany(waitMs)
    const key = keyIn(url.pathname)
    if (key === undefined) return badPath
    const desk = createPacketDesk(
      clock,
      { source: deps.source, takeWork: () => work.take(client) },
      inTurn,
    )
    if (isGet) {
      counters = { ...counters, gets: counters.gets + 1 }
      return desk.get({
        key,
        policy: url.searchParams.get('policy') ?? undefined,
        ifModifiedSince: headers['if-modified-since'],
        cacheControl: headers['cache-control'],
        signal: stopping.signal,
      })
    }
    const body = await readBody(request)
    if (body === undefined) return { status: 413, body: 'A packet has 1072 bytes at most.' }
    counters = { ...counters, puts: counters.puts + 1 }
    return desk.put(key, body, stopping.signal)
  }

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.on('error', () => undefined)
    try {
      const { status, headers, body } = await answer(request)
      if (status === 429) counters = { ...counters, limited: counters.limited + 1 }
      response.writeHead(status, {
        ...crossOrigin,
        ...(typeof body === 'string' && { 'content-type': 'text/plain; charset=utf-8' }),
        ...headers,
        // What was not read of the request would be taken for the next one.
        ...(!request.complete && { connection: 'close' }),
      })
      response.end(body)
    } catch (error) {
      log.debug('a request failed', { reason: error })
      if (response.headersSent) response.destroy()
      else response.writeHead(500, { connection: 'close' }).end()
    }
  }

  const boundPort = (): number => {
    const address = server?.address() as AddressInfo | null | undefined
    if (!address) throw new Error('the PKARR relay is not running')
    return address.port
  }

  return {
    async start() {
      if (server !== undefined) return
      stopping = new AbortController()
      const http = createServer(
        { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs },
        (request, response) => void serve(request, response),
      )
      http.maxConnections = mostConnections
      await listenOn(http, deps.host, deps.port, { code: 'pkarr', name: 'PKARR relay' })
      http.on('error', (error) => log.error('server failed', { reason: error }))
      counters = { startedMs: clock.nowMs(), gets: 0, puts: 0, limited: 0 }
      server = http
    },
    async stop() {
      const closing = server
      server = undefined
      stopping.abort()
      if (closing === undefined) return
      await new Promise<void>((resolve) => {
        closing.close(() => resolve())
        closing.closeAllConnections()
      })
    },
    url: () => `http://${deps.host === '::1' ? '[::1]' : '127.0.0.1'}:${boundPort()}`,
    port: boundPort,
  }
}

function page(body: string): HttpAnswer {
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  }
  return { status: 200, headers, body }
}

/** The one segment of the path; the Rust client puts two slashes in front where its base ends in one. */
function keyIn(path: string): PkarrKey | undefined {
  const segment = /^\/+([a-z0-9]{52})$/iu.exec(path)?.[1]
  const key = segment === undefined ? undefined : parseKey(segment)
  return key?.ok === true ? key.value : undefined
}

function clientAddress(request: IncomingMessage, isBehindProxy: boolean): string {
  const forwarded = isBehindProxy ? request.headers['x-forwarded-for'] : undefined
  const last = [forwarded ?? []].flat().at(-1)?.split(',').at(-1)?.trim()
  return clientOf(last ?? request.socket.remoteAddress ?? '')
}

/** Publications of one key wait for one another; those of different keys do not. */
function createTurns(): <T>(key: PkarrKey, task: () => Promise<T>) => Promise<T> {
  const last = new Map<PkarrKey, Promise<unknown>>()
  return (key, task) => {
    const run = (last.get(key) ?? Promise.resolve()).then(task)
    const settled = run.catch(() => undefined)
    last.set(key, settled)
    void settled.then(() => {
      if (last.get(key) === settled) last.delete(key)
    })
    return run
  }
}
