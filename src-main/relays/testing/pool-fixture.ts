import type { Filter } from 'nostr-tools/filter'
import { onTestFinished, vi } from 'vitest'
import { createHealth, type Health } from '../../env/health.ts'
import type { LocalEventStore } from '../event-store.ts'
import type { SocketLimits } from '../guarded-socket.ts'
import type { ResolveHost } from '../public-lookup.ts'
import type { RelayConfig } from '../relay-directory.ts'
import { createRelayService, type RelayPool } from '../relay-pool.ts'
import type { FetchOutcome, FetchRequest, RelayHealth } from '../relay-service.ts'
import { createVerifier } from '../verify.ts'
import { createManualClock, testEnv, type ManualClock } from './manual-clock.ts'
import { tempStore } from './temp-store.ts'

export interface PoolFixture {
  readonly pool: RelayPool
  readonly store: LocalEventStore
  readonly clock: ManualClock
  readonly health: Health
  /** `fetchOwner` for canonical events, with parts of the request replaced. */
  fetch(owner: string, request?: Partial<FetchRequest>): Promise<FetchOutcome>
  relay(url: string): RelayHealth
}

export const canonicalFilters: readonly Filter[] = [{ kinds: [31_111] }]

/** A running pool over a store of its own. Time stands still unless the test moves it. */
export async function startPool(
  config: Partial<RelayConfig>,
  options: {
    readonly store?: LocalEventStore
    readonly socketLimits?: SocketLimits
    readonly resolveHost?: ResolveHost
  } = {},
): Promise<PoolFixture> {
  const clock = createManualClock()
  const env = testEnv(clock)
  const store = options.store ?? (await tempStore(env))
  const verifier = createVerifier()
  const health = createHealth(() => clock.nowMs())
  const pool = createRelayService(env, {
    store,
    verifier,
    health,
    resolveHost: options.resolveHost ?? (() => Promise.reject(new Error('no network in tests'))),
    config: { defaults: [], indexers: [], user: [], ...config },
    ...(options.socketLimits === undefined ? {} : { socketLimits: options.socketLimits }),
  })
  await pool.start()
  onTestFinished(async () => {
    await pool.stop()
    await verifier.stop()
  })
  return {
    pool,
    store,
    clock,
    health,
    fetch: (owner, request) =>
      pool.fetchOwner({
        owner,
        filters: canonicalFilters,
        isDecisive: () => false,
        signal: new AbortController().signal,
        ...request,
      }),
    relay(url) {
      const found = pool.health().find((relay) => relay.url === url)
      if (found === undefined) throw new Error(`no relay ${url}`)
      return found
    },
  }
}

/** Waits until `condition` holds: for what happens on other sockets, not for time to pass. */
export function eventually(condition: () => void): Promise<void> {
  return vi.waitFor(condition, { timeout: 10_000, interval: 5 })
}
