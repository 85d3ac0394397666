import type { Clock, Env } from '../../env/env.ts'
import { silentLogger } from '../../env/logger.ts'
import { systemRandom } from '../../env/system-env.ts'

export interface StepClock extends Clock {
  /** Moves time on and runs what falls due, in order. */
  advance(milliseconds: number): void
}

/** A clock that only the test moves. */
export function createStepClock(): StepClock {
  let nowMs = 1_000_000
  let timers: { readonly atMs: number; readonly task: () => void }[] = []
  return {
    nowMs: () => nowMs,
    schedule(delayMs, task) {
      const timer = { atMs: nowMs + delayMs, task }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    advance(milliseconds) {
      const endMs = nowMs + milliseconds
      const due = () => timers.filter((timer) => timer.atMs <= endMs)
      while (due().length > 0) {
        const [next] = due().toSorted((a, b) => a.atMs - b.atMs)
        timers = timers.filter((timer) => timer !== next)
        nowMs = next?.atMs ?? endMs
        next?.task()
      }
      nowMs = endMs
    },
  }
}

export function stepEnv(clock: Clock): Env {
  return { clock, random: systemRandom, log: silentLogger }
}
