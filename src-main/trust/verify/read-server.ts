import type { Clock } from '../../env/env.ts'
import { canSpeakAlt } from '../origin/verify-alt.ts'
import { openServer, tlsProfiles } from '../terminator/open-server.ts'
import { type Attempt, routeToAddresses } from '../terminator/upstream.ts'

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

/**
 * Shakes hands with the first of `addresses` that answers and hangs up. No byte of an application is
 * sent. A server that refuses the usual handshake is asked once more the way servers with a Nostr
 * key need it, where this program's TLS can.
 */
export function createReadServer(
  clock: Clock,
  { canAlt = canSpeakAlt() }: ReadServerOptions = {},
): ReadServer {
  const profiles = tlsProfiles(canAlt)
  return async (addresses, port, domain, signal) => {
    const route = routeToAddresses(addresses, port)
    const options = { route, domain, alpn: ['h2', 'http/1.1'] }
    const shaken = await openServer(options, profiles, undefined, clock, signal)
    if (!shaken.ok) return shaken
    const { socket: server, isAlt } = shaken.value
    const der = server.getPeerX509Certificate()?.raw
    const protocol = `${server.getProtocol() ?? 'TLS'} ${server.getCipher().name}`
    server.destroy()
    return { ok: true, value: { der, protocol, isAlt } }
  }
}
