import type { Health } from '../env/health.ts'
import type { RelayHealth } from './relay-service.ts'

const key = 'relays.unreachable'

/** Raises the one condition about relays a user can act on: none of them can be reached. */
export function createRelayAlarms(health: Health | undefined) {
  return {
    /** `relays` as they are now; an empty list clears the alarm. */
    review(relays: readonly RelayHealth[]): void {
      const wanted = relays.filter(({ origin }) => origin === 'user' || origin === 'default')
      if (wanted.length > 0 && wanted.every(({ state }) => state === 'waiting')) {
        health?.raise(key, 'warning', {
          code: key,
          message: 'No relay can be reached. Names seen before are answered from this computer.',
          hint: 'Check the connection to the Internet, or add another relay.',
        })
      } else if (wanted.length === 0 || wanted.some(({ state }) => state === 'connected')) {
        health?.clear(key)
      }
    },
  }
}
