/** Whether to be connected to one relay, and when to try again. Pure. */
import type { RelayState } from './relay-service.ts'

export interface Link {
  readonly state: RelayState
  /** When `state` was entered. Milliseconds. */
  readonly sinceMs: number
  /** Attempts that failed in a row. */
  readonly failures: number
  /** Times the relay was dropped for what it sent. */
  readonly offences: number
  /** For `waiting`: when to try again. Milliseconds. */
  readonly retryAtMs: number
  /** For `waiting`: nothing shortens the wait. */
  readonly isPenalty: boolean
}

export type LinkInput =
  /** Somebody needs the relay now. */
  | 'wanted'
  /** Nobody needs it any more. */
  | 'unwanted'
  | 'opened'
  /** The attempt failed or the connection ended. */
  | 'lost'
  /** It broke a limit. */
  | 'misbehaved'
  /** `retryAtMs` has come. */
  | 'retry'

const firstDelayMs = 1_000
const maxDelayMs = 5 * 60_000
const firstPenaltyMs = 5 * 60_000
const maxPenaltyMs = 60 * 60_000
/** A wait is cut short when somebody asks, but attempts stay this far apart. */
const minDelayMs = 2_000
/** A connection that held this long was good: counting failures starts anew. */
const stableMs = 30_000

export function idleLink(nowMs: number): Link {
  return {
    state: 'idle',
    sinceMs: nowMs,
    failures: 0,
    offences: 0,
    retryAtMs: 0,
    isPenalty: false,
  }
}

/** Doubling from `firstMs` to `maxMs`, times 0.5 to 1.5, so that clients do not come back at once. */
function backoffMs(count: number, firstMs: number, maxMs: number, jitter: number): number {
  return Math.round(Math.min(maxMs, firstMs * 2 ** Math.min(count - 1, 20)) * (0.5 + jitter))
}

/**
 * The link after `input`. `jitter` is a random number from 0 to 1; `isWanted` says whether somebody
 * still needs the relay.
 */
export function nextLink(
  link: Link,
  input: LinkInput,
  nowMs: number,
  jitter: number,
  isWanted: boolean,
): Link {
  const enter = (state: RelayState, changes: Partial<Link> = {}): Link => {
    return { ...link, isPenalty: false, retryAtMs: 0, ...changes, state, sinceMs: nowMs }
  }
  const isOnline = link.state === 'connected' || link.state === 'connecting'
  switch (input) {
    case 'wanted': {
      if (link.state === 'idle') return enter('connecting')
      const isDue = !link.isPenalty && nowMs - link.sinceMs >= minDelayMs
      return link.state === 'waiting' && isDue ? enter('connecting') : link
    }
    case 'unwanted':
      return isOnline ? enter('idle') : link
    case 'opened':
      return link.state === 'connecting' ? enter('connected') : link
    case 'lost': {
      if (!isOnline) return link
      const wasStable = link.state === 'connected' && nowMs - link.sinceMs >= stableMs
      const failures = wasStable ? 1 : link.failures + 1
      const delayMs = backoffMs(failures, firstDelayMs, maxDelayMs, jitter)
      return enter('waiting', { failures, retryAtMs: nowMs + delayMs })
    }
    case 'misbehaved': {
      if (!isOnline) return link
      const offences = link.offences + 1
      const delayMs = backoffMs(offences, firstPenaltyMs, maxPenaltyMs, jitter)
      return enter('waiting', { offences, isPenalty: true, retryAtMs: nowMs + delayMs })
    }
    case 'retry':
      if (link.state !== 'waiting' || nowMs < link.retryAtMs) return link
      return enter(isWanted ? 'connecting' : 'idle')
  }
}
