import type { Clock, Unsubscribe } from './env.ts'

/** Runs `task` every `periodMs` until the returned function is called. */
export function repeat(clock: Clock, periodMs: number, task: () => void): Unsubscribe {
  let cancel: Unsubscribe
  const run = (): void => {
    cancel = clock.schedule(periodMs, run)
    task()
  }
  cancel = clock.schedule(periodMs, run)
  return () => cancel()
}
