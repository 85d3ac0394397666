import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect as connectTcp, type Socket } from 'node:net'
import type { Clock } from '../../env/env.ts'
import type { Logger } from '../../env/logger.ts'
import type { PubkeyHex } from '../../names/name.ts'
import { readTarget, type ProxyTarget, type TargetReading } from '../proxy/connect-target.ts'
import { openProxyFront, refuseTunnel } from '../proxy/proxy-front.ts'
import { usableAddresses, type AddressDeps } from '../terminator/approach.ts'
import type { Block } from '../terminator/block.ts'
import { routeToAddresses, settle, type Route } from '../terminator/upstream.ts'

export interface DirectProxyDeps extends AddressDeps {
  readonly clock: Clock
  readonly log: Logger
  /** Whether the program at the other end of a connection may use this proxy. */
  isAllowed(peer: Socket): Promise<boolean>
  /** Why `target` may not be spoken to at all, known before anything is said to it. */
  admit(target: ProxyTarget, signal: AbortSignal): Promise<Block | undefined>
  /** How servers are reached; at their addresses unless told otherwise. */
  readonly route?: Route
}

/** The proxy that the `.nostr` window reaches servers through: it knows addresses, not contents. */
export interface DirectProxy {
  readonly port: number
  /** Why the last connection to this server was refused; undefined when it was not. */
  refusal(target: ProxyTarget): Block | undefined
  /** Ends every connection to servers of `owner`. */
  drop(owner: PubkeyHex): void
  connections(): number
  close(): Promise<void>
}

/** Time for a server to accept a connection. Milliseconds. */
const connectTimeoutMs = 15_000
/** Silence after which a connection is given up. Milliseconds. */
const idleTimeoutMs = 3_600_000
/** Time one direction may stay open after the other has ended. Milliseconds. */
const halfOpenTimeoutMs = 60_000
/** Refusals remembered, to be explained. */
const refusalCapacity = 64
const authority = /^([\w.-]+):(\d{1,5})$/

/**
 * Listens on a free port of IPv4 loopback and passes bytes, untouched, to the servers of `.nostr`
 * names of a key, on any port. The window itself speaks TLS with the server, and has its certificate
 * judged; here only the signed address is looked up and dialled as a literal. Rejects with the bind
 * error.
 */
export async function createDirectProxy(deps: DirectProxyDeps): Promise<DirectProxy> {
  const { log } = deps
  const refusals = new Map<string, Block>()
  const tunnels = new Map<PubkeyHex, Set<Socket>>()

  const refuse = (socket: Socket, target: ProxyTarget, block: Block): void => {
    const key = keyOf(target)
    refusals.delete(key)
    refusals.set(key, block)
    const [oldest] = refusals.keys()
    if (refusals.size > refusalCapacity && oldest !== undefined) refusals.delete(oldest)
    refuseTunnel(socket, 502, 'Bad Gateway', block.kind)
  }

  const serve = async (client: Socket, target: ProxyTarget): Promise<void> => {
    if (!(await deps.isAllowed(client))) {
      client.destroy()
      return
    }
    const abort = new AbortController()
    const { signal } = abort
    const { owner } = target.name
    const held = tunnels.get(owner) ?? new Set()
    tunnels.set(owner, held.add(client))
    client.once('close', () => {
      abort.abort()
      held.delete(client)
      if (held.size === 0) tunnels.delete(owner)
    })
    if (client.destroyed) return
    const connected = await connect(deps, target, signal)
    if (client.destroyed) {
      if (connected.ok) connected.server.destroy()
      return
    }
    if (!connected.ok) {
      refuse(client, target, connected.block)
      return
    }
    refusals.delete(keyOf(target))
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    join(client, connected.server)
    join(connected.server, client)
  }

  const front = await openProxyFront({
    clock: deps.clock,
    log,
    port: 0,
    onConnect(socket, text) {
      const reading = readConnect(text)
      if (!reading.ok) {
        refuseTunnel(socket, 403, 'Forbidden', reading.reason)
        return
      }
      serve(socket, reading.target).catch((error: unknown) => {
        log.error('a tunnel of the window failed', { error })
        socket.destroy()
      })
    },
    onRequest(request, response) {
      response.on('error', () => undefined)
      answerPlain(deps, request, response).catch((error: unknown) => {
        log.error('a request of the window failed', { error })
        response.destroy()
      })
    },
  })

  return {
    port: front.port,
    refusal: (target) => refusals.get(keyOf(target)),
    drop(owner) {
      for (const client of tunnels.get(owner) ?? []) client.destroy()
    },
    connections: () => front.connections(),
    close: () => front.close(),
  }
}

function keyOf({ domain, port }: ProxyTarget): string {
  return `${domain}:${port}`
}

/** The target of `CONNECT host:port` (RFC 9110 s.9.3.6), any port: the address bar chose it. */
function readConnect(text: string): TargetReading {
  const match = authority.exec(text)
  const port = Number(match?.[2])
  if (match === null || port < 1 || port > 65_535) {
    return { ok: false, reason: 'the target must be host:port' }
  }
  return readTarget(match[1] ?? '', port)
}

/** Finds and dials a server, as far as its owner and the address filter allow. */
async function connect(
  deps: DirectProxyDeps,
  target: ProxyTarget,
  signal: AbortSignal,
): Promise<
  { readonly ok: true; readonly server: Socket } | { readonly ok: false; readonly block: Block }
> {
  const [forbidden, addresses] = await Promise.all([
    deps.admit(target, signal),
    usableAddresses(deps, target, signal),
  ])
  if (forbidden !== undefined) return { ok: false, block: forbidden }
  if (!addresses.ok) return addresses
  const route = (deps.route ?? routeToAddresses)(addresses.value, target.port)
  const server = connectTcp({ ...route, noDelay: true, allowHalfOpen: true })
  const settled = await settle(server, 'connect', deps.clock, connectTimeoutMs, signal)
  return settled.ok
    ? { ok: true, server }
    : { ok: false, block: { kind: 'unreachable', reason: settled.reason } }
}

/** Copies from `one` to `other`; an end or an error of one reaches the other. */
function join(one: Socket, other: Socket): void {
  one.setTimeout(idleTimeoutMs, () => one.destroy())
  one.on('error', () => undefined)
  one.on('end', () => other.setTimeout(halfOpenTimeoutMs))
  one.on('close', () => other.destroySoon())
  one.pipe(other)
}

/** Plain http is never spoken: `http://NAME/` is sent to https, all else is refused. */
async function answerPlain(
  deps: DirectProxyDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!(await deps.isAllowed(request.socket))) {
    request.socket.destroy()
    return
  }
  request.resume()
  const text = request.url ?? ''
  const url = URL.canParse(text) ? new URL(text) : undefined
  const reading =
    url?.protocol === 'http:' && url.port === '' ? readTarget(url.hostname, 80) : undefined
  const headers = { 'cache-control': 'no-store', 'content-length': 0, connection: 'close' }
  if (url === undefined || reading?.ok !== true) {
    response.writeHead(403, headers).end()
    return
  }
  const location = `https://${reading.target.domain}${url.pathname}${url.search}`
  response.writeHead(307, { ...headers, location }).end()
}
