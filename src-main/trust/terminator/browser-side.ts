import type { Socket } from 'node:net'
import { TLSSocket, type SecureContext } from 'node:tls'
import type { Clock } from '../../env/env.ts'

/** Time a browser may take for its side of the handshake. Milliseconds. */
const handshakeTimeoutMs = 10_000

/**
 * Lays our own TLS server over a client's connection, whose ClientHello was put back before. Every
 * connection gets here only after its own check, so that resuming a session skips nothing
 * (specs: tls-trust s.10 pitfalls 1 and 3).
 */
export function acceptBrowser(
  raw: Socket,
  secureContext: SecureContext,
  alpn: readonly string[],
  clock: Clock,
): TLSSocket {
  const socket = new TLSSocket(raw, {
    isServer: true,
    secureContext,
    ...(alpn.length > 0 ? { ALPNProtocols: [...alpn] } : {}),
  })
  const cancelTimer = clock.schedule(handshakeTimeoutMs, () => socket.destroy())
  socket.once('secure', () => {
    cancelTimer()
    // Only a tls.Server does this for its sockets, and node:http2 waits for it.
    Object.assign(socket, { secureConnecting: false })
  })
  socket.once('close', cancelTimer)
  // Node reports errors of TLS sockets without a server of their own by this event only.
  socket.on('_tlsError', () => socket.destroy())
  socket.on('error', () => undefined)
  return socket
}
