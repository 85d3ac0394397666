import type { Env, Unsubscribe } from '../env/env.ts'
import type { Service } from '../env/service.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { RelayService } from '../relays/relay-service.ts'
import type { AddressWatch } from './address-watch.ts'
import type { Outbox } from './outbox.ts'
import type { Renewal } from './renewal.ts'

/**
 * How often to look for work. Short against everything waited for, because a computer sleeps and
 * clocks are set: only comparing times with now, again and again, survives that. Milliseconds.
 */
const tickMs = 5_000

/** After `start` the first look comes this soon, for what fell due while the program was off. */
const firstTickMs = 1_000

export interface UpkeepDeps {
  readonly relays: RelayService
  readonly keyring: Keyring
  readonly outbox: Outbox
  readonly renewal: Renewal
  readonly watch: AddressWatch
  readonly checkMinutes: () => number
}

/** The clockwork of publishing: retries, heartbeats and address checks, each when it is time. */
export function createUpkeep(env: Env, deps: UpkeepDeps): Service {
  const { relays, keyring, outbox, renewal, watch, checkMinutes } = deps
  const log = env.log.child('publish.upkeep')
  const stopping = new AbortController()
  const { signal } = stopping
  const busy = new Map<string, Promise<void>>()
  let connected: ReadonlySet<string> = new Set()
  let nextCheckMs = 0
  let cancelTick: Unsubscribe = () => undefined
  let releases: Unsubscribe[] = []

  /** Starts `task` unless it is still running. */
  const start = (name: string, task: () => Promise<void>): void => {
    if (signal.aborted || busy.has(name)) return
    const run = task()
      .catch((error: unknown) => log.error('upkeep failed', { task: name, reason: error }))
      .finally(() => busy.delete(name))
    busy.set(name, run)
  }

  const tick = (): void => {
    const now = env.clock.nowMs()
    start('queue', () => outbox.drain(signal))
    start('renewal', () => renewal.renewDue(signal))
    const period = checkMinutes() * 60_000
    // A clock that was set back must not postpone the next look for longer than one period.
    if (now >= nextCheckMs || nextCheckMs > now + period) {
      nextCheckMs = now + period
      start('address', () => watch.check(signal))
    }
    cancelTick = env.clock.schedule(tickMs, tick)
  }

  const onRelays = (): void => {
    const now = new Set(
      relays
        .health()
        .filter(({ state }) => state === 'connected')
        .map(({ url }) => url),
    )
    const gained = [...now].filter((url) => !connected.has(url))
    connected = now
    if (gained.length === 0) return
    start(`queue:${gained.join(' ')}`, () => outbox.drain(signal, gained))
    renewal.onRelayUp()
    start('renewal', () => renewal.renewDue(signal))
  }

  return {
    start() {
      releases.push(relays.onHealthChange(onRelays))
      releases.push(
        keyring.onChange(() => {
          renewal.onKeysChanged()
          start('renewal', () => renewal.renewDue(signal))
        }),
      )
      onRelays()
      cancelTick = env.clock.schedule(firstTickMs, tick)
      return Promise.resolve()
    },
    async stop() {
      stopping.abort()
      cancelTick()
      for (const release of releases) release()
      releases = []
      await Promise.all(busy.values())
    },
  }
}
