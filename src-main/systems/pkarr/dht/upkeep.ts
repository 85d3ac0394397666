import type { Env, Unsubscribe } from '../../../env/env.ts'

/** Between two refreshes while the DHT is in use. Milliseconds. */
const refreshMs = 15 * 60_000
/** Without a use for this long nothing is sent any more. */
const idleMs = 60 * 60_000
const firstRetryMs = 5_000
const maxRetryMs = 5 * 60_000

/** Keeps the nodes fresh while somebody uses the DHT, and looks for it when it is lost. */
export interface Upkeep {
  used(): void
  /** Nobody answered: tries again soon, then after growing pauses. */
  failed(): void
  stop(): void
}

/** `refresh` says whether any node answered. */
export function createUpkeep(env: Env, refresh: () => Promise<boolean>): Upkeep {
  let lastUseMs = 0
  let failures = 0
  let timer: Unsubscribe | undefined
  /** Counts stops, so that a refresh that outlives one starts nothing. */
  let life = 0

  const schedule = (): void => {
    const backoffMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 10))
    const delayMs = failures === 0 ? refreshMs : backoffMs
    const ownLife = life
    timer = env.clock.schedule(delayMs, () => {
      timer = undefined
      if (env.clock.nowMs() - lastUseMs > idleMs) {
        failures = 0
        return
      }
      void refresh().then((hasAnswer) => {
        if (ownLife !== life) return
        failures = hasAnswer ? 0 : failures + 1
        timer?.()
        schedule()
      })
    })
  }

  return {
    used() {
      lastUseMs = env.clock.nowMs()
      if (timer === undefined) schedule()
    },
    failed() {
      if (failures > 0) return
      failures = 1
      timer?.()
      schedule()
    },
    stop() {
      life += 1
      failures = 0
      timer?.()
      timer = undefined
    },
  }
}
