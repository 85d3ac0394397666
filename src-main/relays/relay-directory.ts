import type { Env } from '../env/env.ts'
import type { Health } from '../env/health.ts'
import type { SocketLimits } from './guarded-socket.ts'
import { redact } from '../env/redact.ts'
import { publicLookup, type ResolveHost } from './public-lookup.ts'
import { createRelayConnection, type RelayConnection } from './relay-connection.ts'
import type { RelayHealth } from './relay-service.ts'
import { mayBePrivate, readRelayUrl, type RelayOrigin } from './relay-url.ts'

/** Relays the settings name. */
export interface RelayConfig {
  readonly defaults: readonly string[]
  readonly indexers: readonly string[]
  readonly user: readonly string[]
  /** URL of our own embedded relay, if it runs. It is published to and asked, but no witness. */
  readonly embedded?: string
}

/** All relays in use, one connection each. */
export interface RelayDirectory {
  configure(config: RelayConfig): void
  /** Normalized URLs of the settings, of one origin. */
  configured(origin: RelayOrigin): readonly string[]
  /**
   * Connections for `urls`, made as needed; bad or superfluous URLs are left out. None before
   * `configure` and after `stop`.
   */
  connect(urls: readonly string[], origin: RelayOrigin): readonly RelayConnection[]
  origin(url: string): RelayOrigin | undefined
  health(): readonly RelayHealth[]
  stop(): void
}

interface Entry {
  readonly connection: RelayConnection
  readonly origin: RelayOrigin
}

/** Connections beyond those of the settings: relay lists are written by strangers. */
const maxForeignRelays = 64

/** Which of two origins of one URL stands, the first here. */
const originOrder: readonly RelayOrigin[] = [
  'user',
  'embedded',
  'default',
  'indexer',
  'outbox',
  'hint',
]

export interface RelayDirectoryDeps {
  readonly health?: Health
  readonly resolveHost?: ResolveHost
  readonly socketLimits?: SocketLimits
  readonly onHealthChange: () => void
}

export function createRelayDirectory(env: Env, deps: RelayDirectoryDeps): RelayDirectory {
  const log = env.log.child('relays')
  const entries = new Map<string, Entry>()
  let configured: ReadonlyMap<string, RelayOrigin> = new Map()
  let complaints: readonly string[] = []
  let isOpen = false

  const add = (url: string, origin: RelayOrigin): RelayConnection => {
    const connection = createRelayConnection(env, {
      url,
      // A name on the user's own network is fine where the user wrote it down.
      lookup: mayBePrivate(origin) ? undefined : publicLookup(deps.resolveHost),
      onHealthChange: deps.onHealthChange,
      ...(deps.socketLimits === undefined ? {} : { limits: deps.socketLimits }),
    })
    entries.set(url, { connection, origin })
    return connection
  }

  const remove = (url: string): void => {
    entries.get(url)?.connection.stop()
    entries.delete(url)
  }

  /** Makes room for one more foreign relay; false when all are in use. */
  const makeRoom = (): boolean => {
    const foreign = [...entries.keys()].filter((url) => !configured.has(url))
    if (foreign.length < maxForeignRelays) return true
    const spare = foreign.filter((url) => entries.get(url)?.connection.isHeld() === false)
    // One that waits may do so for its misbehaviour, which had better not be forgotten.
    const leastUseful = spare.find((url) => entries.get(url)?.connection.state() === 'idle')
    const removed = leastUseful ?? spare[0]
    if (removed !== undefined) remove(removed)
    return removed !== undefined
  }

  const read = (text: string, origin: RelayOrigin): string | undefined => {
    const url = readRelayUrl(text, origin)
    if (url.ok) return url.value
    if (origin === 'outbox' || origin === 'hint') return undefined
    const key = `relays.url:${redact(text)}`
    log.warn('relay address refused', { code: url.error.code })
    deps.health?.raise(key, 'warning', url.error)
    complaints = [...complaints, key]
    return undefined
  }

  return {
    configure(config) {
      for (const key of complaints) deps.health?.clear(key)
      complaints = []
      const next = new Map<string, RelayOrigin>()
      const take = (texts: readonly string[], origin: RelayOrigin): void => {
        for (const text of texts) {
          const url = read(text, origin)
          if (url !== undefined && !next.has(url)) next.set(url, origin)
        }
      }
      take(config.user, 'user')
      take(config.embedded === undefined ? [] : [config.embedded], 'embedded')
      take(config.defaults, 'default')
      take(config.indexers, 'indexer')
      configured = next
      isOpen = true
      for (const [url, { origin }] of entries) {
        if (next.get(url) !== origin) remove(url)
      }
      for (const [url, origin] of next) if (!entries.has(url)) add(url, origin)
      deps.onHealthChange()
    },
    configured: (origin) =>
      [...configured].filter(([, known]) => known === origin).map(([url]) => url),
    connect(texts, origin) {
      const connections = new Set<RelayConnection>()
      if (!isOpen) return []
      for (const text of texts) {
        const url = read(text, origin)
        // A relay of the settings may be asked for by its URL whatever it is.
        const asUser = readRelayUrl(text, 'user')
        const known = asUser.ok ? entries.get(asUser.value) : undefined
        if (known !== undefined) connections.add(known.connection)
        else if (url !== undefined && makeRoom()) connections.add(add(url, origin))
      }
      return [...connections]
    },
    origin: (url) => entries.get(url)?.origin,
    health: () =>
      [...entries.values()]
        .toSorted((a, b) => originOrder.indexOf(a.origin) - originOrder.indexOf(b.origin))
        .map(({ connection, origin }) => ({ ...connection.health(), origin })),
    stop() {
      isOpen = false
      for (const url of [...entries.keys()]) remove(url)
      for (const key of complaints) deps.health?.clear(key)
      complaints = []
    },
  }
}
