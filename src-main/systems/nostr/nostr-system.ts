import { type Env, type Unsubscribe, unixSeconds } from '../../env/env.ts'
import type { Service } from '../../env/service.ts'
import { extendedErrors } from '../../dns/wire/message.ts'
import type { Name, OwnerKey, PubkeyHex } from '../../names/name.ts'
import { identifierOf } from '../../relays/event-address.ts'
import type {
  EventStore,
  RelayHealth,
  RelayService,
  StoredEvent,
} from '../../relays/relay-service.ts'
import type { NameSystem, Resolution } from '../name-system.ts'
import { type OptIn, type Zone, chooseZone } from './choose-zone.ts'
import { isCanonical, ownerFilters } from './owner-filters.ts'
import { type OwnerStanding, standingOf } from './owner-standing.ts'
import {
  type OwnerState,
  freshnessOf,
  freshnessRules,
  isKeptFresh,
  msBetween,
  shortfallOf,
} from './owner-state.ts'
import { createOwnerTable } from './owner-table.ts'
import { futureTolerance } from './read-event.ts'
import { ownerKey, resolve } from './resolution.ts'
import { warmUp } from './warm-up.ts'
import { type KnownZone, viewOf } from './zone-view.ts'

/** Read when needed, so that a changed setting counts at once. */
export interface NostrSystemConfig {
  /** True for the user's own keys and those on the allow-list: private addresses are served. */
  allowsPrivateAddresses(owner: PubkeyHex): boolean
  optIn(): OptIn
}

export interface NostrSystemDeps {
  readonly relays: RelayService
  readonly store: EventStore
  readonly config: NostrSystemConfig
}

/** Names that are public keys, answered from what their owners signed. */
export interface NostrSystem extends NameSystem, Service {
  /** What is known about every owner asked for since the start, latest used first. */
  zones(): readonly KnownZone[]
  /** As in `zones`, of one owner; undefined when it was not asked for since the start. */
  knownZone(owner: PubkeyHex): KnownZone | undefined
  onZones(listener: () => void): Unsubscribe
  /** Records, pins and certificates of `owner` as chosen now, from memory. */
  zone(owner: PubkeyHex): Zone | undefined
  /**
   * What is known of `owner`, after asking the relays unless they confirmed it within 5 minutes or
   * a subscription is live. `isThorough`: waits for all relays also when one has a canonical event.
   * Returns what is at hand when relays fail, take too long or `signal` fires.
   */
  confirm(
    owner: PubkeyHex,
    signal: AbortSignal,
    options?: { readonly isThorough?: boolean },
  ): Promise<OwnerStanding>
  /** The same from memory, now; undefined when `owner` was not asked for since the start. */
  standing(owner: PubkeyHex): OwnerStanding | undefined
  /** Asks the relays again, now. Resolves when they have answered or failed. */
  refresh(owner: PubkeyHex): Promise<void>
  /** Drops everything held about `owner`, except the marks that stop relays from rolling back. */
  forget(owner: PubkeyHex): Promise<void>
  /** Relays that somebody named as good places to ask for `owner` (NIP-05). */
  addHints(owner: PubkeyHex, urls: readonly string[]): void
  /** Settings changed: everything is read again when next asked for, and caches drop it. */
  settingsChanged(): void
}

const maxHintedOwners = 1_000
const followForMs = 24 * 3_600_000
const sweepEveryMs = 600_000
/** Stub resolvers give up at about five seconds: a late answer is of no use. */
const answerWithinMs = 4_000
/** Relays that failed are asked again on the side, but not waited for, this long. */
const giveRestMs = 60_000
/** How often the freshness of a live zone reaches the disk, for the next start. */
const markEveryMs = 600_000

/** Relays that tell nothing new about strangers: our own, and those that hold relay lists only. */
const deafOrigins: ReadonlySet<RelayHealth['origin']> = new Set(['embedded', 'indexer'])

export function createNostrSystem(env: Env, deps: NostrSystemDeps): NostrSystem {
  const { relays, store, config } = deps
  const log = env.log.child('systems.nostr')
  const owners = createOwnerTable((owner) =>
    relays.follow(owner, ownerFilters(owner, config.optIn())),
  )
  const loading = new Map<PubkeyHex, Promise<OwnerState>>()
  const hints = new Map<PubkeyHex, readonly string[]>()
  const changeListeners = new Set<(owner: OwnerKey) => void>()
  const zoneListeners = new Set<() => void>()
  let stopping = new AbortController()
  let subscriptions: Unsubscribe[] = []
  let cancelSweep: Unsubscribe | undefined
  /** When at least one relay with our subscriptions was last connected. */
  let liveAtMs = 0
  let wasLive = false
  let wanted = config.optIn()
  /** Relays were not asked for all that is wanted now before this time. */
  let wantedSinceMs = 0

  const announce = (owner: PubkeyHex): void => {
    for (const listener of changeListeners) listener(ownerKey(owner))
    announceZones()
  }
  const view = (state: OwnerState): KnownZone =>
    viewOf(state, config.allowsPrivateAddresses(state.owner))
  const announceZones = (): void => {
    for (const listener of zoneListeners) listener()
  }

  const noteLiveness = (): void => {
    const isLive = relays
      .health()
      .some(({ origin, state }) => !deafOrigins.has(origin) && state === 'connected')
    // The moment of loss counts too: until then, changes would have been pushed.
    if (isLive || wasLive) liveAtMs = env.clock.nowMs()
    wasLive = isLive
  }

  /**
   * `held` are events of the store, which takes none that is signed further ahead than that: a clock
   * that says less was set back, and what was replaced or taken back must not count again.
   */
  const choose = (
    held: readonly StoredEvent[],
    owner: PubkeyHex,
    unheld: readonly StoredEvent[] = [],
  ) => {
    const earliest = held.map(({ event }) => event.created_at - futureTolerance)
    const now = Math.max(unixSeconds(env.clock), ...earliest)
    return chooseZone([...held, ...unheld], owner, now, config.optIn())
  }

  const load = async (owner: PubkeyHex): Promise<OwnerState> => {
    const [events, fetched] = await Promise.all([store.byOwner(owner), store.lastFetched(owner)])
    const choice = choose(events, owner)
    const used = new Set(choice.zone?.parts.flatMap(({ eventIds }) => eventIds))
    const seenAtMs = events
      .filter(({ event }) => used.has(event.id))
      .map(({ lastSeenMs }) => lastSeenMs)
    // A fetch that no relay finished confirmed nothing.
    const fetchedAtMs = fetched !== undefined && fetched.eoseCount > 0 ? fetched.atMs : 0
    const state: OwnerState = {
      owner,
      choice,
      confirmedAtMs: Math.max(fetchedAtMs, ...seenAtMs),
      fetchedAtMs: fetchedAtMs > wantedSinceMs ? fetchedAtMs : 0,
      eoseCount: fetched?.eoseCount ?? 0,
      attemptedAtMs: 0,
      wasThorough: false,
      followedAtMs: 0,
      shortfall: shortfallOf([], 0),
      lastUsedMs: env.clock.nowMs(),
    }
    owners.touch(state, env.clock.nowMs())
    return state
  }

  /** The state of `owner`, read from the store if it is not in memory. */
  const use = async (owner: PubkeyHex): Promise<OwnerState> => {
    let state = owners.get(owner)
    if (state === undefined) {
      const running = loading.get(owner) ?? load(owner).finally(() => loading.delete(owner))
      loading.set(owner, running)
      state = await running
    }
    owners.touch(state, env.clock.nowMs())
    if (state.choice.reviewAt <= unixSeconds(env.clock)) await reload(state)
    if (state.choice.zone !== undefined) owners.follow(state, env.clock.nowMs())
    return state
  }

  /** Chooses anew from the store and, where it could not keep them, the events just fetched. */
  const reload = async (state: OwnerState, fetched: readonly StoredEvent[] = []): Promise<void> => {
    const held = await store.byOwner(state.owner)
    const ids = new Set(held.map(({ event }) => event.id))
    const unheld: StoredEvent[] = []
    for (const stored of fetched) {
      const { id, kind, pubkey, created_at: createdAt } = stored.event
      if (ids.has(id)) continue
      const mark = await store.highWaterMark(kind, pubkey, identifierOf(stored.event))
      if (mark === undefined || createdAt >= mark) unheld.push(stored)
    }
    const before = fingerprint(state.choice.zone)
    state.choice = choose(held, state.owner, unheld)
    if (fingerprint(state.choice.zone) !== before) announce(state.owner)
  }

  /** One bounded look-up over the relays, shared by everybody who waits for this owner. */
  const fetch = (state: OwnerState, isThorough = false): Promise<void> => {
    state.fetching ??= runFetch(state, isThorough)
      .catch((error: unknown) => {
        log.error('fetch failed', { reason: error })
        state.attemptedAtMs = env.clock.nowMs()
        // Without an answer, nothing is denied.
        if (state.choice.zone === undefined) state.eoseCount = 0
      })
      .finally(() => {
        delete state.fetching
        announceZones()
      })
    return state.fetching
  }

  const runFetch = async (state: OwnerState, isThorough: boolean): Promise<void> => {
    const { owner } = state
    const outcome = await relays.fetchOwner({
      owner,
      filters: ownerFilters(owner, config.optIn()),
      isDecisive: (event) => !isThorough && isCanonical(event),
      hints: hints.get(owner) ?? [],
      signal: stopping.signal,
    })
    const nowMs = env.clock.nowMs()
    state.attemptedAtMs = nowMs
    state.wasThorough = isThorough
    const home = new Set(
      relays
        .health()
        .filter(({ origin }) => origin === 'embedded')
        .map(({ url }) => url),
    )
    const witnesses = outcome.relays.filter(({ url }) => !home.has(url))
    state.shortfall = shortfallOf(witnesses, outcome.eoseCount)
    if (outcome.eoseCount > 0 || witnesses.some(({ events }) => events > 0)) {
      const isRecent = msBetween(nowMs, state.fetchedAtMs) <= freshnessRules.freshForMs
      // An early end must not take back what more relays said a moment ago.
      state.eoseCount = Math.max(outcome.eoseCount, isRecent ? state.eoseCount : 0)
      state.confirmedAtMs = nowMs
      state.fetchedAtMs = nowMs
    } else if (state.choice.zone === undefined) {
      state.eoseCount = 0
    }
    await reload(state, outcome.events)
    if (state.choice.zone !== undefined) owners.follow(state, env.clock.nowMs())
  }

  const mayRetry = (state: OwnerState): boolean =>
    msBetween(env.clock.nowMs(), state.attemptedAtMs) >= freshnessRules.retryAfterMs

  const answerNow = (
    question: Parameters<typeof resolve>[0],
    state: OwnerState,
    isStale = false,
  ): Resolution =>
    resolve(question, state, {
      nowMs: env.clock.nowMs(),
      isStale,
      allowsPrivate: config.allowsPrivateAddresses(state.owner),
    })

  const lookup: NameSystem['lookup'] = async (name, qname, type, signal) => {
    if (name.kind !== 'nostr') throw new TypeError(`not a key's name: ${name.kind}`)
    const question = { name, qname, type }
    const state = await use(name.owner)
    noteLiveness()
    const freshness = freshnessOf(state, env.clock.nowMs(), liveAtMs, freshnessRules)
    if (freshness === 'unknown') {
      if (state.fetching !== undefined || mayRetry(state)) {
        announceZones()
        if (!(await settles(fetch(state), signal))) return tooLate
      }
      const isKnown = freshnessOf(state, env.clock.nowMs(), liveAtMs, freshnessRules) !== 'unknown'
      // A zone too old to be served stale is as good as none.
      if (!isKnown && state.choice.zone !== undefined) {
        return { kind: 'failure', ede: state.shortfall }
      }
    } else {
      if (freshness !== 'fresh' && mayRetry(state)) void fetch(state)
      else if (freshness === 'fresh' && state.unfollow !== undefined && wasLive) markLive(state)
      if (freshness === 'stale') return answerNow(question, state, true)
    }
    const answer = answerNow(question, state)
    const needsMoreRelays = answer.kind === 'failure' && state.choice.zone !== undefined
    if (!needsMoreRelays || (state.wasThorough && !mayRetry(state))) return answer
    if (!(await settles(fetch(state, true), signal))) return tooLate
    return answerNow(question, state)
  }

  const standing = (state: OwnerState): OwnerStanding => {
    const freshness = freshnessOf(state, env.clock.nowMs(), liveAtMs, freshnessRules)
    const isFollowing = isKeptFresh(state, freshnessRules)
    return standingOf(state, {
      isFresh: freshness === 'fresh' || (wasLive && isFollowing),
      followedUntilMs: isFollowing ? liveAtMs : 0,
    })
  }

  /** False where a subscription works, or where relays failed so lately that waiting is in vain. */
  const mustWait = (state: OwnerState): boolean => {
    if (state.choice.zone === undefined) return true
    const hasFailed = state.attemptedAtMs > state.fetchedAtMs
    const isRecent = msBetween(env.clock.nowMs(), state.attemptedAtMs) < giveRestMs
    return !(wasLive && isKeptFresh(state, freshnessRules)) && !(hasFailed && isRecent)
  }

  /** A restart must not make stale what was live until a moment ago. */
  const markLive = (state: OwnerState): void => {
    const nowMs = env.clock.nowMs()
    if (msBetween(nowMs, state.confirmedAtMs) < markEveryMs) return
    state.confirmedAtMs = nowMs
    store
      .markFetched(state.owner, state.eoseCount)
      .catch((error: unknown) => log.error('mark failed', { reason: error }))
  }

  /** True when `work` ended in time; false when the asker gave up or it takes too long. */
  const settles = (work: Promise<void>, signal: AbortSignal): Promise<boolean> =>
    new Promise((done) => {
      const giveUp = (): void => finish(false)
      const cancelTimer = env.clock.schedule(answerWithinMs, giveUp)
      const finish = (isDone: boolean): void => {
        cancelTimer()
        signal.removeEventListener('abort', giveUp)
        done(isDone)
      }
      signal.addEventListener('abort', giveUp)
      if (signal.aborted) giveUp()
      void work.then(() => finish(true))
    })

  const onStored = ({ event }: StoredEvent): void => {
    const state = owners.get(event.pubkey)
    if (state === undefined) {
      for (const listener of changeListeners) listener(ownerKey(event.pubkey))
      return
    }
    reload(state).catch((error: unknown) => log.error('reload failed', { reason: error }))
  }

  const sweep = (): void => {
    const nowMs = env.clock.nowMs()
    for (const state of owners.all()) {
      if (nowMs - state.lastUsedMs > followForMs) owners.unfollow(state)
    }
    cancelSweep = env.clock.schedule(sweepEveryMs, sweep)
  }

  return {
    id: 'nostr',
    suffixes: ['nostr'],
    claims: (name: Name) => name.kind === 'nostr',
    lookup,
    onChange(listener) {
      changeListeners.add(listener)
      return () => changeListeners.delete(listener)
    },
    start() {
      stopping = new AbortController()
      subscriptions = [store.onStored(onStored), relays.onHealthChange(noteLiveness)]
      noteLiveness()
      sweep()
      warmUp(unixSeconds(env.clock))
      return Promise.resolve()
    },
    async stop() {
      stopping.abort()
      cancelSweep?.()
      for (const unsubscribe of subscriptions.splice(0)) unsubscribe()
      const states = owners.all()
      const live = states.filter((state) => wasLive && state.unfollow !== undefined)
      owners.clear()
      await Promise.all([
        ...live.map((state) => store.markFetched(state.owner, state.eoseCount)),
        ...states.map((state) => state.fetching),
      ])
    },
    zones: () => owners.all().map(view).toReversed(),
    knownZone(owner) {
      const state = owners.get(owner)
      return state && view(state)
    },
    onZones(listener) {
      zoneListeners.add(listener)
      return () => zoneListeners.delete(listener)
    },
    zone: (owner) => owners.get(owner)?.choice.zone,
    async confirm(owner, signal, { isThorough = false } = {}) {
      const state = await use(owner)
      noteLiveness()
      const freshness = freshnessOf(state, env.clock.nowMs(), liveAtMs, freshnessRules)
      const isMissing = isThorough && (!state.wasThorough || mayRetry(state))
      const isDue = state.fetching !== undefined || mayRetry(state)
      if (isMissing || (freshness !== 'fresh' && isDue)) {
        const run = fetch(state, isThorough)
        if (isMissing || mustWait(state)) await settles(run, signal)
      }
      return standing(state)
    },
    standing(owner) {
      const state = owners.get(owner)
      return state && standing(state)
    },
    refresh: async (owner) => fetch(await use(owner), true),
    async forget(owner) {
      const state = owners.get(owner)
      if (state !== undefined) owners.drop(state)
      hints.delete(owner)
      await store.forget(owner)
      announce(owner)
    },
    addHints(owner, urls) {
      hints.delete(owner)
      hints.set(owner, urls)
      for (const oldest of hints.keys()) {
        if (hints.size <= maxHintedOwners) break
        hints.delete(oldest)
      }
    },
    settingsChanged() {
      const before = wanted
      wanted = config.optIn()
      const isWidened = (wanted.nns && !before.nns) || (wanted.dnstr && !before.dnstr)
      if (isWidened) wantedSinceMs = env.clock.nowMs()
      for (const state of owners.all()) {
        owners.drop(state)
        announce(state.owner)
      }
    },
  }
}

const tooLate: Resolution = {
  kind: 'failure',
  ede: { code: extendedErrors.networkError, text: 'relays did not answer in time' },
}

/** Equal as long as the same events speak. */
function fingerprint(zone: Zone | undefined): string {
  if (zone === undefined) return ''
  const parts = zone.parts.map((part) => `${part.host} ${part.signedAt} ${part.eventIds.join(' ')}`)
  const hints = zone.pinHints.map(({ eventId }) => eventId)
  return [zone.format, ...parts, ...hints].join('\n')
}
