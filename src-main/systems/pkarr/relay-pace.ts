import type { Clock } from '../../env/env.ts'

/** When a relay may be asked again. */
export interface RelayPace {
  /** Milliseconds to wait before asking; 0 when there is nothing to wait for. */
  waitMs(): number
  succeeded(): void
  /** `retryAfterMs`: what the relay asked for, if it did. */
  limited(retryAfterMs: number | undefined): void
}

const firstWaitMs = 1_000
const longestWaitMs = 5 * 60_000

/** Leaves a relay alone for as long as it asks, and twice as long each time it does not say. */
export function createRelayPace(clock: Clock): RelayPace {
  let untilMs = 0
  let nextWaitMs = firstWaitMs
  return {
    // A clock set back must not make the wait longer than it ever was.
    waitMs: () => Math.min(Math.max(0, untilMs - clock.nowMs()), 2 * longestWaitMs),
    succeeded() {
      untilMs = 0
      nextWaitMs = firstWaitMs
    },
    limited(retryAfterMs) {
      untilMs = clock.nowMs() + (retryAfterMs ?? nextWaitMs)
      nextWaitMs = Math.min(longestWaitMs, nextWaitMs * 2)
    },
  }
}
