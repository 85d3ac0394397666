import { isIPv6, type Socket, type TcpSocketConnectOpts } from 'node:net'
import type { Writable } from 'node:stream'
import {
  type ConnectionOptions,
  connect as connectTls,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from 'node:tls'
import type { Clock } from '../../env/env.ts'
import { createDelivery } from './delivery.ts'

/** How to reach the first of some addresses (literals) that answers: options of `net.connect`. */
export type Route = (addresses: readonly string[], port: number) => TcpSocketConnectOpts

export type Attempt<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string }

/** Time for a server to accept a connection and to shake hands. Milliseconds. */
const upstreamTimeoutMs = 15_000
/** RFC 8305 s.5: connection attempt delay. Milliseconds. */
const attemptDelayMs = 250

/** Protocols that may be spoken through the terminator. */
const protocols: readonly string[] = ['h2', 'http/1.1']

/**
 * Address literals only, so that nobody can answer a second lookup otherwise than the first
 * (specs: tls-trust s.5.3 step 5); one after the other and both families (RFC 8305).
 */
export const routeToAddresses: Route = (addresses, port) => ({
  host: 'signed.invalid',
  port,
  lookup: (_host, options, done) => {
    const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }))
    const [first] = found
    if (options.all === true) done(null, found)
    else done(null, first?.address ?? '', first?.family)
  },
  autoSelectFamily: true,
  autoSelectFamilyAttemptTimeout: attemptDelayMs,
})

/** The settings every server is spoken to with: made once, because making them costs milliseconds. */
export function upstreamContext(): SecureContext {
  // No authority is trusted: pins decide, and loading the system's roots would only cost time.
  return createSecureContext({ minVersion: 'TLSv1.2', ca: [] })
}

/** Protocols to offer a server on behalf of a client that offered `alpn`. */
export function offeredProtocols(alpn: readonly string[]): string[] {
  return alpn.filter((protocol) => protocols.includes(protocol))
}

/** A server whose handshake is done and whose certificate nobody has looked at. */
export interface Upstream {
  readonly socket: TLSSocket
  /** Sends what the server says to `sink`, from the first byte on. */
  deliverTo(sink: Writable): void
}

export interface UpstreamOptions {
  readonly route: TcpSocketConnectOpts
  readonly domain: string
  readonly alpn: readonly string[]
  readonly context: SecureContext
  /** Time to accept the connection and to shake hands; 15 s unless given. */
  readonly timeoutMs?: number
}

/**
 * Dials a server and shakes hands as `domain`. The certificate is not looked at here, but the server
 * has proved to hold its key. No session is ever resumed: then there would be no certificate to judge.
 */
export async function openUpstream(
  { route, domain, alpn, context, timeoutMs = upstreamTimeoutMs }: UpstreamOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<Attempt<Upstream>> {
  const delivery = createDelivery()
  const options: ConnectionOptions & TcpSocketConnectOpts & { allowHalfOpen: boolean } = {
    ...route,
    noDelay: true,
    allowHalfOpen: true,
    onread: delivery.onread,
    servername: domain,
    secureContext: context,
    ALPNProtocols: [...alpn],
    minVersion: 'TLSv1.2',
    // The judge decides after the handshake and before any byte (specs: tls-trust s.5.3 step 7).
    rejectUnauthorized: false,
  }
  const socket = connectTls(options)
  const shaken = await settle(socket, 'secureConnect', clock, timeoutMs, signal)
  if (!shaken.ok) return shaken
  return { ok: true, value: { socket, deliverTo: (sink) => delivery.start(socket, sink) } }
}

/** Waits until `event` says that `socket` is ready; destroys it when that takes too long. */
export function settle<T extends Socket>(
  socket: T,
  event: string,
  clock: Clock,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Attempt<T>> {
  return new Promise((resolve) => {
    const finish = (result: Attempt<T>): void => {
      cancelTimer()
      socket.off(event, onReady)
      socket.off('close', onClose)
      signal.removeEventListener('abort', onAbort)
      if (!result.ok) socket.destroy()
      resolve(result)
    }
    let failure: unknown
    const onReady = (): void => finish({ ok: true, value: socket })
    const onClose = (): void => finish({ ok: false, reason: reasonOf(failure) })
    const onAbort = (): void => finish({ ok: false, reason: 'the client went away' })
    const cancelTimer = clock.schedule(timeoutMs, () =>
      finish({ ok: false, reason: 'it did not answer in time' }),
    )
    // Stays: an error after success belongs to the 'close' that follows it.
    socket.on('error', (error) => (failure = error))
    socket.on(event, onReady)
    socket.on('close', onClose)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    else if (socket.destroyed) onClose()
  })
}

const phrases: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'it refused the connection',
  ECONNRESET: 'it broke off the connection',
  EPIPE: 'it broke off the connection',
  ETIMEDOUT: 'it did not answer',
  EHOSTUNREACH: 'there is no way to its address from here',
  ENETUNREACH: 'there is no way to its address from here',
}

const handshakeFailed = 'the TLS handshake failed'

/** Whether an attempt with this `reason` reached a server that did not want to shake hands. */
export function isHandshakeFailure(reason: string): boolean {
  return reason.startsWith(handshakeFailed)
}

function reasonOf(error: unknown): string {
  // With several addresses Node reports all attempts together.
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error
  const code = (first as { code?: unknown } | null | undefined)?.code
  if (typeof code !== 'string') return 'it broke off the connection'
  return (
    phrases[code] ??
    (code.startsWith('ERR_SSL')
      ? `${handshakeFailed} (${code})`
      : `the connection failed (${code})`)
  )
}
