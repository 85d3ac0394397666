import type { Clock, Env } from '../../env/env.ts'
import { silentLogger, type Logger } from '../../env/logger.ts'
import { systemRandom } from '../../env/system-env.ts'

export interface ManualClock extends Clock {
  /** Moves time on and runs what falls due, in order. */
  advance(milliseconds: number): void
  /** Timers not yet run. */
  pending(): number
}

/** A clock that only the test moves. Starts at 1,780,003,600 s, the `now` of the fixtures. */
export function createManualClock(startMs = 1_780_003_600_000): ManualClock {
  let nowMs = startMs
  const timers = new Set<{ readonly atMs: number; readonly task: () => void }>()
  return {
    nowMs: () => nowMs,
    schedule(delayMs, task) {
      const timer = { atMs: nowMs + delayMs, task }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    advance(milliseconds) {
      const endMs = nowMs + milliseconds
      for (;;) {
        const next = [...timers].toSorted((a, b) => a.atMs - b.atMs)[0]
        if (next === undefined || next.atMs > endMs) break
        timers.delete(next)
        nowMs = Math.max(nowMs, next.atMs)
        next.task()
      }
      nowMs = endMs
    },
    pending: () => timers.size,
  }
}

export function testEnv(clock: Clock, log: Logger = silentLogger): Env {
  return { clock, random: systemRandom, log }
}
