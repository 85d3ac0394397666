import type { Problem } from './errors.ts'
import type { Unsubscribe } from './env.ts'

export type Severity = 'info' | 'warning' | 'error'

export interface HealthItem extends Problem {
  readonly severity: Severity
  /** Milliseconds since the Unix epoch when this condition began. */
  readonly sinceMs: number
}

/** The one list of conditions a user can act on; tray, window and CLI all read it. */
export interface Health {
  /** Sets or replaces the condition `key` (unique per condition, for example `dns.udp:5354`). */
  raise(key: string, severity: Severity, problem: Problem): void
  clear(key: string): void
  list(): readonly HealthItem[]
  onChange(listener: () => void): Unsubscribe
}

const rank: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 }

export function createHealth(nowMs: () => number): Health {
  const items = new Map<string, HealthItem>()
  const listeners = new Set<() => void>()
  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  return {
    raise(key, severity, problem) {
      const held = items.get(key)
      if (held?.message === problem.message && held.severity === severity) return
      items.set(key, { ...problem, severity, sinceMs: held?.sinceMs ?? nowMs() })
      changed()
    },
    clear(key) {
      if (items.delete(key)) changed()
    },
    list: () =>
      [...items.values()].toSorted(
        (a, b) => rank[a.severity] - rank[b.severity] || a.sinceMs - b.sinceMs,
      ),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
