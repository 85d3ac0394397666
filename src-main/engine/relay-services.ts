import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Env, Unsubscribe } from '../env/env.ts'
import { toProblem } from '../env/errors.ts'
import type { Health } from '../env/health.ts'
import type { Service } from '../env/service.ts'
import { createEmbeddedRelay, type EmbeddedRelay } from '../relays/embedded/embedded-relay.ts'
import { createEventStore, type LocalEventStore } from '../relays/event-store.ts'
import { createRelayService, type RelayPool } from '../relays/relay-pool.ts'
import type { RelayHealth } from '../relays/relay-service.ts'
import { createVerifier } from '../relays/verify.ts'
import type { Database } from '../store/database.ts'
import type { RunSettings } from './run-settings.ts'

interface RelayServiceDeps {
  readonly database: Database
  readonly health: Health
  readonly settings: RunSettings
  /** Whether the embedded relay may listen. */
  readonly serve: boolean
}

export interface RelayServices {
  readonly store: LocalEventStore
  readonly pool: Service & RelayPool
  /** Follows its settings: starts, stops and moves as they change. */
  readonly embedded: Service
  /** All relays, with the embedded one. */
  health(): readonly RelayHealth[]
  onHealthChange(listener: () => void): Unsubscribe
}

export function createRelayServices(env: Env, deps: RelayServiceDeps): RelayServices {
  const { settings, health } = deps
  const store = createEventStore(env, deps.database.sublevel('events'), health)
  const verifier = createVerifier(workerOptions())
  const configOf = (): Parameters<RelayPool['reconfigure']>[0] => {
    const { defaults, indexers, user } = settings.get().relays
    return { defaults, indexers, user }
  }
  const pool = createRelayService(env, { store, verifier, config: configOf(), health })
  const listeners = new Set<() => void>()
  let unsubscribe: Unsubscribe | undefined
  let embedded: EmbeddedRelay | undefined
  let wanted = ''
  let changing = Promise.resolve()

  const openEmbedded = async (port: number, lan: boolean): Promise<void> => {
    const relay = createEmbeddedRelay(env, {
      store,
      host: lan ? '0.0.0.0' : '127.0.0.1',
      port,
      verifier,
    })
    try {
      await relay.start()
      embedded = relay
      health.clear('relay.embedded')
    } catch (error) {
      // Names still resolve and publish without it, so a busy port must not stop the engine.
      health.raise('relay.embedded', 'warning', toProblem(error))
    }
  }

  /** Changes are made one after the other: the port of the old relay must be free for the new. */
  const followSettings = (): void => {
    const { enabled, port, lan } = settings.get().relays.embedded
    const next = JSON.stringify([deps.serve && enabled, port, lan])
    if (next === wanted) return
    wanted = next
    changing = changing.then(async () => {
      await embedded?.stop()
      embedded = undefined
      if (deps.serve && enabled) await openEmbedded(port, lan)
      else health.clear('relay.embedded')
      for (const listener of listeners) listener()
    })
  }

  return {
    store,
    pool: {
      ...pool,
      start() {
        pool.reconfigure(configOf())
        return pool.start()
      },
      async stop() {
        await pool.stop()
        await verifier.stop()
      },
    },
    embedded: {
      async start() {
        followSettings()
        unsubscribe = settings.onChange(() => {
          followSettings()
          pool.reconfigure(configOf())
        })
        await changing
      },
      async stop() {
        unsubscribe?.()
        await changing
        await embedded?.stop()
        embedded = undefined
      },
    },
    health: () => [...pool.health(), ...(embedded === undefined ? [] : [healthOf(embedded)])],
    onHealthChange(listener) {
      listeners.add(listener)
      const release = pool.onHealthChange(listener)
      return () => {
        listeners.delete(listener)
        release()
      }
    },
  }
}

function healthOf(relay: EmbeddedRelay): RelayHealth {
  return {
    url: relay.url(),
    origin: 'embedded',
    state: 'connected',
    eventsAccepted: 0,
    eventsRejected: 0,
  }
}

/** The worker is a file of the build; running from sources, signatures are checked on this thread. */
function workerOptions(): { workerUrl?: URL } {
  const workerUrl = new URL('./verify-worker.js', import.meta.url)
  return existsSync(fileURLToPath(workerUrl)) ? { workerUrl } : {}
}
