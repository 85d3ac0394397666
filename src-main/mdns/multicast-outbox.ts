/** Multicast answers waiting for their time: aggregated, never the same record twice in a second. */
import type { Clock, Unsubscribe } from '../env/env.ts'
import type { SetKey } from './answer-plan.ts'

/** RFC 6762 s.6: milliseconds between two multicasts of a record, and when it answers a probe. */
export const multicastGapMs = { usual: 1000, defence: 250 }

export interface MulticastOutboxDeps {
  readonly send: (answers: readonly SetKey[], additionals: readonly SetKey[]) => void
  /** What goes along with `answers`, if it was not multicast just before. */
  readonly companions: (answers: readonly SetKey[]) => readonly SetKey[]
}

export interface MulticastOutbox {
  /** Sends `keys` at once, or later if they were multicast less than `gapMs` before. */
  add(keys: readonly SetKey[], gapMs: number): void
  /** Milliseconds since `key` was last multicast; Infinity if never. */
  sinceSent(key: SetKey): number
  /** Drops what waits for `name`, and forgets when it was sent. */
  forget(name: string): void
  /** Drops everything that waits. */
  stop(): void
}

export function createMulticastOutbox(clock: Clock, deps: MulticastOutboxDeps): MulticastOutbox {
  const sentAtMs = new Map<string, number>()
  const waiting = new Map<string, { readonly key: SetKey; readonly dueMs: number }>()
  let cancel: Unsubscribe | undefined

  const sinceSent = (key: SetKey): number => clock.nowMs() - (sentAtMs.get(idOf(key)) ?? -Infinity)

  const flush = (): void => {
    const now = clock.nowMs()
    const due = [...waiting.values()].filter(({ dueMs }) => dueMs <= now).map(({ key }) => key)
    const companions = deps.companions(due).filter((key) => sinceSent(key) >= multicastGapMs.usual)
    for (const key of [...due, ...companions]) {
      waiting.delete(idOf(key))
      sentAtMs.set(idOf(key), now)
    }
    arm()
    if (due.length > 0) deps.send(due, companions)
  }

  const arm = (): void => {
    cancel?.()
    cancel = undefined
    if (waiting.size === 0) return
    const next = Math.min(...[...waiting.values()].map(({ dueMs }) => dueMs))
    cancel = clock.schedule(Math.max(0, next - clock.nowMs()), flush)
  }

  return {
    add(keys, gapMs) {
      const now = clock.nowMs()
      for (const key of keys) {
        const id = idOf(key)
        const allowedMs = (sentAtMs.get(id) ?? -Infinity) + gapMs
        const earlierMs = waiting.get(id)?.dueMs ?? Infinity
        const dueMs = Math.min(Math.max(now, allowedMs), earlierMs)
        waiting.set(id, { key, dueMs })
      }
      const isDue = [...waiting.values()].some(({ dueMs }) => dueMs <= now)
      if (isDue) flush()
      else arm()
    },
    sinceSent,
    forget(name) {
      for (const map of [waiting, sentAtMs]) {
        for (const id of map.keys()) if (id.startsWith(`${name} `)) map.delete(id)
      }
      arm()
    },
    stop() {
      waiting.clear()
      cancel?.()
      cancel = undefined
    },
  }
}

function idOf({ name, type }: SetKey): string {
  return `${name} ${type}`
}
