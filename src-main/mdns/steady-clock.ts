import type { Clock } from '../env/env.ts'

/**
 * `clock`, but its time never goes back: where the computer's clock is set back, it goes on from where
 * it was. All that mDNS measures are spans, and a span must not grow by what the clock was put right.
 */
export function createSteadyClock(clock: Clock): Clock {
  let offsetMs = 0
  let lastMs = -Infinity
  return {
    ...clock,
    nowMs() {
      const now = clock.nowMs()
      if (now + offsetMs < lastMs) offsetMs = lastMs - now
      lastMs = now + offsetMs
      return lastMs
    },
  }
}
