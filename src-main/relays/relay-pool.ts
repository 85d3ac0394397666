import type { Filter } from 'nostr-tools/filter'
import type { Env, Unsubscribe } from '../env/env.ts'
import { toProblem } from '../env/errors.ts'
import type { Health } from '../env/health.ts'
import type { PubkeyHex } from '../names/name.ts'
import { kindClass } from './event-address.ts'
import { createEventIntake } from './event-intake.ts'
import { localOrigin, type LocalEventStore } from './event-store.ts'
import { everyoneRules, lookupRules } from './fetch-rules.ts'
import { createFollows } from './follows.ts'
import type { SocketLimits } from './guarded-socket.ts'
import { createOutbox } from './outbox.ts'
import { createRelayAlarms } from './relay-alarms.ts'
import type { ResolveHost } from './public-lookup.ts'
import { publishTo } from './publish-to-relay.ts'
import type { RelayConnection } from './relay-connection.ts'
import { createRelayDirectory, type RelayConfig } from './relay-directory.ts'
import { runFetch, type FetchPlan, type RunningFetch } from './relay-fetch.ts'
import { maxWriteRelays, relayListKind } from './relay-list.ts'
import type {
  AcceptVerdict,
  FetchOutcome,
  PublishOutcome,
  RelayService,
  StoredEvent,
  VerifiedEvent,
} from './relay-service.ts'
import type { Verifier } from './verify.ts'

export interface RelayServiceDeps {
  readonly store: LocalEventStore
  readonly verifier: Verifier
  readonly config: RelayConfig
  readonly health?: Health
  /** Addresses of relay hosts; by default the operating system's resolver. */
  readonly resolveHost?: ResolveHost
  readonly socketLimits?: SocketLimits
}

export interface RelayPool extends RelayService {
  /** Takes a changed relay list into use at once; connections that stay are kept. */
  reconfigure(config: RelayConfig): void
}

/** Relays asked for one name (specs/nostr-dns.md s.4.6). */
const maxRelaysPerName = 8
/** Of those, kept free for the owner's own relays while these are not known yet. */
const roomForOutbox = 2
/** Write relays of an owner at which it is followed. */
const followedWriteRelays = 2
/** Health changes within this time are told together. Milliseconds. */
const healthSettleMs = 100

const localRefusals: Partial<Record<AcceptVerdict, string>> = {
  older: 'replaced: a newer event at this address is held here',
  future: 'invalid: created_at is more than 10 minutes ahead of this clock',
  expired: 'invalid: the event is expired (NIP-40)',
  deleted: 'blocked: its author deleted it (NIP-09)',
}

/** All traffic with relays, over one connection each. */
export function createRelayService(env: Env, deps: RelayServiceDeps): RelayPool {
  const { store } = deps
  const { clock } = env
  const healthListeners = new Set<() => void>()
  let cancelHealth: Unsubscribe | undefined
  let isRunning = false
  let config = deps.config
  const permanent = new Map<RelayConnection, Unsubscribe>()
  const fetches = new Set<RunningFetch>()

  const onHealthChange = (): void => {
    if (!isRunning) return
    cancelHealth ??= clock.schedule(healthSettleMs, () => {
      cancelHealth = undefined
      alarms.review(directory.health())
      for (const listener of healthListeners) listener()
    })
  }
  const directory = createRelayDirectory(env, {
    onHealthChange,
    ...(deps.health === undefined ? {} : { health: deps.health }),
    ...(deps.resolveHost === undefined ? {} : { resolveHost: deps.resolveHost }),
    ...(deps.socketLimits === undefined ? {} : { socketLimits: deps.socketLimits }),
  })
  const intake = createEventIntake(env, store, deps.verifier)

  const start = (plan: FetchPlan): RunningFetch => {
    const running = runFetch(env, intake, plan)
    fetches.add(running)
    void running.done.then(() => fetches.delete(running))
    return running
  }

  const countsAsWitness = (url: string): boolean => directory.origin(url) !== 'embedded'

  const alarms = createRelayAlarms(deps.health)
  const outbox = createOutbox(clock, store, async (filters, signal) => {
    const connections = directory.connect(directory.configured('indexer'), 'indexer')
    const plan = { connections, filters, signal, countsAsWitness, rules: lookupRules }
    return start({ ...plan, isDecisive: ({ kind }) => kind === relayListKind }).outcome
  })

  const configured = (): readonly RelayConnection[] =>
    (['user', 'embedded', 'default'] as const).flatMap((origin) =>
      directory.connect(directory.configured(origin), origin),
    )

  /** The relays of the settings, held open so that the first look-up finds them connected. */
  const holdConfigured = (): void => {
    const wanted = new Set(configured())
    for (const [connection, release] of permanent) {
      if (wanted.has(connection)) continue
      release()
      permanent.delete(connection)
    }
    for (const connection of wanted) {
      if (!permanent.has(connection)) permanent.set(connection, connection.hold())
    }
  }

  /** At most `count` relays to ask for an owner, and our embedded relay. */
  const lookupRelays = (
    writeUrls: readonly string[],
    hints: readonly string[],
    count = maxRelaysPerName,
  ): readonly RelayConnection[] => {
    const own = directory.connect(directory.configured('user'), 'user')
    const embedded = directory.connect(directory.configured('embedded'), 'embedded')
    const defaults = directory.connect(directory.configured('default'), 'default')
    const outboxRelays = directory.connect(writeUrls.slice(0, maxWriteRelays), 'outbox')
    const hinted = directory.connect(hints.slice(0, maxWriteRelays), 'hint')
    // In the order of who knows best; the defaults' place is kept by their two first.
    const ordered = [...own, ...outboxRelays, ...defaults.slice(0, 2), ...hinted, ...defaults]
    return [...[...new Set(ordered)].slice(0, count), ...embedded]
  }

  const latest = async (found: readonly StoredEvent[]): Promise<readonly StoredEvent[]> => {
    const events: StoredEvent[] = []
    for (const stored of found) {
      const held = await store.heldAt(stored.event).catch(() => undefined)
      // Another relay's answer may have replaced it while the look-up ran.
      if (held === undefined) events.push(stored)
      else if (held.event.id === stored.event.id) events.push(held)
    }
    return events
  }

  const follows = createFollows(env, {
    intake,
    async relaysOf(owner) {
      const writeUrls = await outbox.lastKnown(owner)
      return lookupRelays(writeUrls.slice(0, followedWriteRelays), [])
    },
    isForeign({ url }) {
      const origin = directory.origin(url)
      return origin === 'outbox' || origin === 'hint'
    },
  })

  const writeConnections = async (owner: PubkeyHex | undefined, signal: AbortSignal) => {
    const writeUrls = owner === undefined ? [] : await outbox.discover(owner, signal)
    return [...new Set([...configured(), ...directory.connect(writeUrls, 'outbox')])]
  }

  const publish: RelayService['publish'] = async (event, options) => {
    const refuse = (detail: string): readonly PublishOutcome[] => {
      const outcome = { url: localOrigin, outcome: 'refused', detail, elapsedMs: 0 } as const
      options.onOutcome?.(outcome)
      return [outcome]
    }
    if (kindClass(event.kind) !== 'ephemeral') {
      // Durable first: what relays were told and we forgot would later look like a rollback.
      const verdict = await store.accept(event, localOrigin, { durable: true })
      const refusal = localRefusals[verdict]
      if (refusal !== undefined) return refuse(refusal)
    }
    const connections =
      options.urls === undefined
        ? await writeConnections(event.pubkey, options.signal)
        : directory.connect(options.urls, 'outbox')
    return Promise.all(
      connections.map(async (connection) => {
        const outcome = await publishTo(clock, connection, event, options.signal)
        options.onOutcome?.(outcome)
        return outcome
      }),
    )
  }

  const fetchOwner: RelayService['fetchOwner'] = async (request) => {
    const filters: Filter[] = request.filters.map((filter) => {
      return { ...filter, authors: [request.owner] }
    })
    const known = await outbox.known(request.owner)
    const hints = request.hints ?? []
    const firstCount = maxRelaysPerName - (known === undefined ? roomForOutbox : 0)
    const connections = lookupRelays(known ?? [], hints, firstCount)
    const asked = connections.filter(({ url }) => countsAsWitness(url)).length
    const more = async (): Promise<readonly RelayConnection[]> => {
      const writeUrls = await outbox.discover(request.owner, request.signal)
      const count = Math.min(maxRelaysPerName - asked, maxWriteRelays)
      return directory.connect(writeUrls.slice(0, count), 'outbox')
    }
    const outcome = await start({
      connections,
      filters,
      rules: lookupRules,
      isDecisive: request.isDecisive,
      countsAsWitness,
      signal: request.signal,
      ...(known === undefined ? { more: more() } : {}),
    }).outcome
    if (!request.signal.aborted) await store.markFetched(request.owner, outcome.eoseCount)
    follows.review(request.owner)
    return { ...outcome, events: await latest(outcome.events) }
  }

  const fetchFromAll: RelayService['fetchFromAll'] = async (filters, options) => {
    const connections =
      options.urls === undefined
        ? await writeConnections(filters.flatMap(({ authors }) => authors ?? [])[0], options.signal)
        : directory.connect(options.urls, 'outbox')
    const outcome: FetchOutcome = await start({
      connections,
      filters,
      rules: everyoneRules,
      isDecisive: () => false,
      countsAsWitness,
      everything: true,
      signal: options.signal,
    }).outcome
    return outcome
  }

  const apply = (): void => {
    directory.configure(config)
    holdConfigured()
    follows.reviewAll()
  }

  return {
    start() {
      isRunning = true
      apply()
      return Promise.resolve()
    },
    stop() {
      isRunning = false
      for (const running of [...fetches]) running.cancel()
      follows.stop()
      for (const release of permanent.values()) release()
      permanent.clear()
      directory.stop()
      alarms.review([])
      cancelHealth?.()
      cancelHealth = undefined
      return Promise.resolve()
    },
    reconfigure(next) {
      config = next
      if (isRunning) apply()
    },
    fetchOwner,
    fetchFromAll,
    publish: (event: VerifiedEvent, options) =>
      publish(event, options).catch((error: unknown) => {
        env.log.child('relays').error('publish failed', { code: toProblem(error).code })
        throw error
      }),
    follow: (owner, filters) => follows.follow(owner, filters),
    health: () => directory.health(),
    onHealthChange(listener) {
      healthListeners.add(listener)
      return () => healthListeners.delete(listener)
    },
  }
}
