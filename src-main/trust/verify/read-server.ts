import type { SecureContext } from 'node:tls'
import type { Clock } from '../../env/env.ts'
import { altContext, canSpeakAlt } from '../origin/verify-alt.ts'
import {
  type Attempt,
  openUpstream,
  routeToAddresses,
  upstreamContext,
} from '../terminator/upstream.ts'

export interface ServerReading {
  /** DER of the leaf; undefined when the server showed none. */
  readonly der: Buffer | undefined
  /** `TLSv1.3 …`, and whether it needed the profile for secp256k1. */
  readonly protocol: string
  readonly isAlt: boolean
}

export interface ReadServer {
  (
    addresses: readonly string[],
    port: number,
    domain: string,
    signal: AbortSignal,
  ): Promise<Attempt<ServerReading>>
}

export interface ReadServerOptions {
  /** Whether this program's TLS has secp256k1. */
  readonly canAlt?: boolean
}

const withoutCurve =
  ' (a server whose TLS key is a Nostr key cannot be asked: the TLS of this program has no secp256k1; plain Node has)'

/**
 * Shakes hands with the first of `addresses` that answers and hangs up. No byte of an application is
 * sent. A server that refuses the usual handshake is asked once more the way servers with a Nostr
 * key need it, where this program's TLS can.
 */
export function createReadServer(
  clock: Clock,
  { canAlt = canSpeakAlt() }: ReadServerOptions = {},
): ReadServer {
  const contexts: { readonly context: SecureContext; readonly isAlt: boolean }[] = [
    { context: upstreamContext(), isAlt: false },
  ]
  if (canAlt) contexts.push({ context: altContext(), isAlt: true })
  return async (addresses, port, domain, signal) => {
    let reason = 'it did not answer'
    for (const { context, isAlt } of contexts) {
      const shaken = await openUpstream(
        { route: routeToAddresses(addresses, port), domain, alpn: ['h2', 'http/1.1'], context },
        clock,
        signal,
      )
      if (shaken.ok) {
        const { socket: server } = shaken.value
        const der = server.getPeerX509Certificate()?.raw
        const protocol = `${server.getProtocol() ?? 'TLS'} ${server.getCipher().name}`
        server.destroy()
        return { ok: true, value: { der, protocol, isAlt } }
      }
      // The first attempt is what servers are expected to take.
      if (!isAlt) reason = shaken.reason
    }
    const mayNeedCurve = reason.startsWith('the TLS handshake failed')
    return { ok: false, reason: canAlt || !mayNeedCurve ? reason : reason + withoutCurve }
  }
}
