import type { Unsubscribe } from '../../env/env.ts'
import type { ExtendedError } from '../../dns/wire/message.ts'
import { extendedErrors } from '../../dns/wire/message.ts'
import type { PubkeyHex } from '../../names/name.ts'
import { embeddedOrigin, localOrigin } from '../../relays/event-store.ts'
import type { RelayAnswer } from '../../relays/relay-service.ts'
import type { Choice } from './choose-zone.ts'

/** How long what relays said is taken for true, in milliseconds. */
export interface FreshnessRules {
  /** After a fetch, or after the live subscription was last known to work. */
  readonly freshForMs: number
  /** Beyond that: still answered, marked stale, while asking again (RFC 8767). */
  readonly staleForMs: number
  /** A denial is believed as long as its SOA minimum says. */
  readonly denialForMs: number
  /** A live zone that is asked for is still fetched anew this often: subscriptions can be mute. */
  readonly reviewEveryMs: number
  /** Not asked again sooner after relays failed. */
  readonly retryAfterMs: number
}

export const freshnessRules: FreshnessRules = {
  freshForMs: 300_000,
  staleForMs: 3_600_000,
  denialForMs: 60_000,
  reviewEveryMs: 1_800_000,
  retryAfterMs: 5_000,
}

/** Relays that must deny a name before it is denied here. */
export const quorum = 2

/** All that is held in memory about one owner. Changed only by `nostr-system.ts`. */
export interface OwnerState {
  readonly owner: PubkeyHex
  choice: Choice
  /** When a relay last confirmed this, by a fetch or a subscription; 0 for never. Milliseconds. */
  confirmedAtMs: number
  /** When relays were last asked with success; 0 for never. Milliseconds. */
  fetchedAtMs: number
  /** Relays that finished the fetch behind `fetchedAtMs`. */
  eoseCount: number
  /** End of the last fetch, successful or not; 0 for none since the start. */
  attemptedAtMs: number
  /** That fetch waited for every relay, not only for a canonical event. */
  wasThorough: boolean
  /** Why the last fetch proves no denial. */
  shortfall: ExtendedError
  lastUsedMs: number
  fetching?: Promise<void>
  unfollow?: Unsubscribe
  /** When the live subscription began; milliseconds. */
  followedAtMs: number
}

/**
 * `fresh`: answer. `aging`: answer, and ask relays on the side. `stale`: the same, marked stale.
 * `unknown`: ask relays first.
 */
export type Freshness = 'fresh' | 'aging' | 'stale' | 'unknown'

const homeOrigins: ReadonlySet<string> = new Set([localOrigin, embeddedOrigin])

/**
 * Milliseconds between two times. A time in the future was noted before the clock was set back: how
 * long ago is unknown then, and it must not count as just now until the clock has caught up.
 */
export function msBetween(nowMs: number, thenMs: number): number {
  return Math.abs(nowMs - thenMs)
}

/** How far `state` can be relied on. `liveAtMs`: when subscriptions were last known to work. */
export function freshnessOf(
  state: OwnerState,
  nowMs: number,
  liveAtMs: number,
  rules: FreshnessRules,
): Freshness {
  const { zone } = state.choice
  const fetchedAge = msBetween(nowMs, state.fetchedAtMs)
  if (zone === undefined) {
    const isProven = state.choice.hasExpired || state.eoseCount >= quorum
    return isProven && fetchedAge <= rules.denialForMs ? 'fresh' : 'unknown'
  }
  const aliveAtMs = Math.max(state.confirmedAtMs, isKeptFresh(state, rules) ? liveAtMs : 0)
  const age = msBetween(nowMs, aliveAtMs)
  if (age <= rules.freshForMs) return fetchedAge <= rules.reviewEveryMs ? 'fresh' : 'aging'
  // What was published here, or to the relay in this program, may be known nowhere else.
  const isHome = zone.parts.some(({ relays }) => relays.some((relay) => homeOrigins.has(relay)))
  if (isHome) return 'aging'
  return age <= rules.freshForMs + rules.staleForMs ? 'stale' : 'unknown'
}

/** A subscription tells what changes; it keeps fresh only what was fresh when it began. */
export function isKeptFresh(state: OwnerState, rules: FreshnessRules): boolean {
  return (
    state.choice.zone !== undefined &&
    state.unfollow !== undefined &&
    state.confirmedAtMs >= state.followedAtMs - rules.freshForMs
  )
}

/**
 * What keeps a fetch from proving that something does not exist, in the words of RFC 8914.
 * `relays`: those that count as witnesses.
 */
export function shortfallOf(relays: readonly RelayAnswer[], eoseCount: number): ExtendedError {
  const asked = `${relays.length} ${relays.length === 1 ? 'relay' : 'relays'}`
  if (relays.length === 0) {
    return { code: extendedErrors.noReachableAuthority, text: 'no relay to ask' }
  }
  if (relays.every(({ outcome }) => outcome === 'unreachable')) {
    return {
      code: extendedErrors.noReachableAuthority,
      text: `none of ${asked} could be reached`,
    }
  }
  return {
    code: extendedErrors.networkError,
    text: `${eoseCount} of ${asked} answered, ${quorum} must agree that a name does not exist`,
  }
}
