import { isIP } from 'node:net'
import type { Env } from '../env/env.ts'
import type { Health } from '../env/health.ts'
import type { Result } from '../env/errors.ts'
import { addressesOf, isSameAddresses } from './host-addresses.ts'
import type { HostState, StateDocument } from './publish-state.ts'
import type { AddressReport, PublishReport } from './publisher.ts'

/** Checks in a row that must miss an address of one family before it is given up. */
const missesToDrop = 3

const healthKey = 'publish.address'

export interface AddressWatchDeps {
  readonly state: StateDocument
  readonly health: Health
  readonly detect: (signal: AbortSignal) => Promise<AddressReport>
  readonly publish: (
    host: HostState,
    addresses: readonly string[],
    signal: AbortSignal,
  ) => Promise<Result<PublishReport>>
}

/** Publishes hosts that follow this computer's address again when it changes. */
export interface AddressWatch {
  /** Looks once; does nothing, and asks nobody, when no host follows. */
  check(signal: AbortSignal): Promise<void>
}

export function createAddressWatch(env: Env, deps: AddressWatchDeps): AddressWatch {
  const { state, health, detect, publish } = deps
  const log = env.log.child('publish.address')
  const misses = { 4: 0, 6: 0 }

  /** The addresses `host` should have. One missed answer is no reason to take an address away. */
  const wanted = (host: HostState, found: AddressReport): readonly string[] => {
    const held = addressesOf(host.records, host.host)
    return ([4, 6] as const).flatMap((family) => {
      const seen = family === 4 ? found.v4 : found.v6
      if (seen !== undefined) return [seen]
      return misses[family] < missesToDrop ? held.filter((text) => isIP(text) === family) : []
    })
  }

  return {
    async check(signal) {
      const following = state
        .get()
        .hosts.filter(({ followsAddress, isWithdrawn }) => followsAddress && !isWithdrawn)
      if (following.length === 0) return health.clear(healthKey)
      const found = await detect(signal)
      if (signal.aborted) return
      if (found.v4 === undefined && found.v6 === undefined) {
        // Nobody answered: offline, which the relays' health shows already.
        if (found.sightings.some(({ address }) => address !== undefined)) {
          health.raise(healthKey, 'warning', noAddressProblem(found))
        }
        return
      }
      health.clear(healthKey)
      misses[4] = found.v4 === undefined ? misses[4] + 1 : 0
      misses[6] = found.v6 === undefined ? misses[6] + 1 : 0
      for (const host of following) {
        const addresses = wanted(host, found)
        if (isSameAddresses(addresses, addressesOf(host.records, host.host))) continue
        const result = await publish(host, addresses, signal)
        if (!result.ok) log.warn('changed address not published', { code: result.error.code })
      }
    },
  }
}

/** Says which sources answered what, so that a person can see why no address was chosen. */
export function noAddressProblem({ sightings }: AddressReport): {
  readonly code: string
  readonly message: string
  readonly hint: string
} {
  const seen = sightings.filter(({ address }) => address !== undefined)
  const list = seen.map(({ source, address }) => `${source} says ${address ?? ''}`).join(', ')
  return seen.length === 0
    ? {
        code: 'publish.no-address',
        message: 'The public address of this computer could not be found: no source answered.',
        hint: 'Check the connection, or give the address by hand.',
      }
    : {
        code: 'publish.address-unsure',
        message: `No two independent sources agree on the public address of this computer: ${list}.`,
        hint: 'Try again, give the address by hand, or add an address service in Settings.',
      }
}
