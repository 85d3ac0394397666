import { isIPv4 } from 'node:net'
import type { Env } from '../../../env/env.ts'
import { parseHostPort, type Endpoint } from './contact.ts'

/** How long addresses of bootstrap names are good for. Milliseconds. */
const freshMs = 30 * 60_000
const firstRetryMs = 2_000
const maxRetryMs = 5 * 60_000
/** Addresses taken of one name. */
const maxAddresses = 4

/** The addresses of the bootstrap nodes. */
export interface Bootstrap {
  /**
   * Looks the names up unless that was done lately; one look-up serves all who wait. With names that
   * do not resolve it gives what is known, and asks again only after a growing pause. Never rejects.
   */
  endpoints(): Promise<readonly Endpoint[]>
}

/**
 * `names` are `host:port`; a host that is an IPv4 address is not looked up. `lookupHost` must not
 * ask our own listeners: they may be waiting for this very answer.
 */
export function createBootstrap(
  env: Env,
  names: () => readonly string[],
  lookupHost: (name: string) => Promise<readonly string[]>,
): Bootstrap {
  let known: readonly Endpoint[] = []
  let knownFor = ''
  let dueMs = 0
  let failures = 0
  let running: Promise<readonly Endpoint[]> | undefined

  const resolveOne = async ({ host, port }: Endpoint): Promise<readonly Endpoint[]> => {
    if (isIPv4(host)) return [{ host, port }]
    try {
      const addresses = await lookupHost(host)
      return addresses
        .filter((address) => isIPv4(address))
        .slice(0, maxAddresses)
        .map((address) => ({ host: address, port }))
    } catch (error) {
      env.log.debug('a bootstrap name does not resolve', { host, error })
      return []
    }
  }

  const resolveAll = async (list: readonly string[]): Promise<readonly Endpoint[]> => {
    const wanted = list.flatMap((text) => parseHostPort(text) ?? [])
    const found = (await Promise.all(wanted.map(resolveOne))).flat()
    if (found.length > 0) {
      known = found
      failures = 0
      dueMs = env.clock.nowMs() + freshMs
    } else {
      dueMs = env.clock.nowMs() + Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(failures, 10))
      failures += 1
    }
    return known
  }

  return {
    endpoints() {
      const list = names()
      const listKey = list.join(' ')
      if (listKey !== knownFor) {
        knownFor = listKey
        known = []
        dueMs = 0
        failures = 0
      }
      if (running === undefined) {
        if (env.clock.nowMs() < dueMs) return Promise.resolve(known)
        running = resolveAll(list).finally(() => {
          running = undefined
        })
      }
      return running
    },
  }
}
