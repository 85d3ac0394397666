import type { Clock } from '../../env/env.ts'

/** A clock that moves only when told to. */
export interface ManualClock extends Clock {
  /** Moves time on, running what falls due in order. */
  advance(milliseconds: number): void
}

export function createManualClock(startMs = 1_780_003_600_000): ManualClock {
  let now = startMs
  let timers: { readonly atMs: number; readonly task: () => void }[] = []
  return {
    nowMs: () => now,
    schedule(delayMs, task) {
      const timer = { atMs: now + delayMs, task }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    advance(milliseconds) {
      const end = now + milliseconds
      for (;;) {
        const due = timers
          .filter((timer) => timer.atMs <= end)
          .toSorted((a, b) => a.atMs - b.atMs)[0]
        if (!due) break
        timers = timers.filter((timer) => timer !== due)
        now = Math.max(now, due.atMs)
        due.task()
      }
      now = end
    },
  }
}
