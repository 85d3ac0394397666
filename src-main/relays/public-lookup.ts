import { lookup, type LookupAddress, type LookupOptions } from 'node:dns'
import { isPublicAddress } from './relay-url.ts'

export type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void

/** The shape `net.connect` wants for its `lookup` option. */
export type Lookup = (host: string, options: LookupOptions, callback: LookupCallback) => void

/** All addresses of a host by the operating system's resolver. */
export type ResolveHost = (host: string, family: number | undefined) => Promise<LookupAddress[]>

/** The operating system's resolver, never our own server: that one needs relays itself. */
export const systemResolveHost: ResolveHost = (host, family) =>
  new Promise((resolve, reject) => {
    lookup(host, { all: true, family: family ?? 0 }, (error, addresses) => {
      if (error === null) resolve(addresses)
      else reject(error)
    })
  })

/**
 * A `lookup` that gives public addresses only, so that a host name in somebody's relay list cannot
 * point this program at the user's own network.
 */
export function publicLookup(resolveHost: ResolveHost = systemResolveHost): Lookup {
  return (host, options, callback) => {
    const family = typeof options.family === 'number' ? options.family : undefined
    resolveHost(host, family).then(
      (addresses) => {
        const allowed = addresses.filter(({ address }) => isPublicAddress(address))
        const [first] = allowed
        if (first === undefined) {
          callback(new Error(`${host} has no public address`), '')
        } else if (options.all === true) {
          callback(null, allowed)
        } else {
          callback(null, first.address, first.family)
        }
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), ''),
    )
  }
}
