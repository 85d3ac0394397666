/** The shell's own copy of the engine's state, for tray, theme and login item. */
import type { Delta, NameEntry, Snapshot } from '../../src-preload/contract/model.ts'
import type { Unsubscribe } from '../env/env.ts'
import type { EngineProcess } from './engine-process.ts'

export interface StateMirror {
  /** The newest state known; stays, as the last known one, while the engine is away. */
  snapshot(): Snapshot | undefined
  onChange(listener: (snapshot: Snapshot) => void): Unsubscribe
  stop(): void
}

/** The snapshot after `delta`, or `gap` when one before it was missed (only a new snapshot helps). */
export function applyDelta(snapshot: Snapshot, delta: Delta): Snapshot | 'gap' {
  if (delta.seq <= snapshot.seq) return snapshot
  if (delta.seq !== snapshot.seq + 1) return 'gap'
  const names = new Map<string, NameEntry>(snapshot.names.map((entry) => [entry.id, entry]))
  for (const id of delta.names?.remove ?? []) names.delete(id)
  for (const entry of delta.names?.upsert ?? []) names.set(entry.id, entry)
  return { ...snapshot, ...delta.slices, names: [...names.values()], seq: delta.seq }
}

export function createStateMirror(engine: EngineProcess): StateMirror {
  const listeners = new Set<(snapshot: Snapshot) => void>()
  let current: Snapshot | undefined
  /** Deltas that came while a snapshot was on its way. */
  let held: Delta[] | undefined

  const replace = (snapshot: Snapshot): void => {
    current = snapshot
    for (const listener of listeners) listener(snapshot)
  }

  const take = (delta: Delta): void => {
    if (held !== undefined) held.push(delta)
    else if (current !== undefined) {
      const next = applyDelta(current, delta)
      if (next === 'gap') void fetchSnapshot()
      else if (next !== current) replace(next)
    }
  }

  const fetchSnapshot = async (): Promise<void> => {
    const waiting: Delta[] = []
    held = waiting
    const reply = await engine.call('state.snapshot', {})
    // A newer fetch, after a restart, has taken over.
    if (held !== waiting) return
    held = undefined
    if (!reply.ok) return
    replace(reply.value)
    for (const delta of waiting) take(delta)
  }

  const stopDeltas = engine.onDelta(take)
  const stopStates = engine.onState((state) => {
    if (state === 'running') void fetchSnapshot()
    else held = undefined
  })
  return {
    snapshot: () => current,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop() {
      stopDeltas()
      stopStates()
      listeners.clear()
    },
  }
}
