import type { Clock, Unsubscribe } from '../env/env.ts'
import type { Delta, NameEntry, Snapshot } from '../../src-preload/contract/model.ts'

type Slice = keyof Delta['slices']

/** How each slice of the snapshot is read; called only when asked for. */
export type SliceReaders = { readonly [S in Slice]: () => Snapshot[S] }

export interface StateFeed {
  snapshot(): Snapshot
  /** Says that `slice` changed; front ends hear of it within `coalesceMs`. */
  touch(slice: Slice): void
  touchName(id: string): void
  onDelta(listener: (delta: Delta) => void): Unsubscribe
  stop(): void
}

/** Changes closer together than this travel as one delta: a busy resolver must not flood the window. */
const coalesceMs = 150

/**
 * One snapshot, then numbered deltas (DESIGN s.10). Nothing is read or sent while nobody listens,
 * but the number still rises, so that a late listener can tell that its snapshot is old.
 */
export function createStateFeed(
  clock: Clock,
  identity: { readonly version: string; readonly startedAtMs: number },
  readers: SliceReaders,
  names: { list(): readonly NameEntry[]; get(id: string): NameEntry | undefined },
): StateFeed {
  let seq = 0
  const dirty = new Set<Slice>()
  const dirtyNames = new Set<string>()
  const listeners = new Set<(delta: Delta) => void>()
  let cancelFlush: Unsubscribe | undefined

  const read = <S extends Slice>(slice: S): Pick<Snapshot, S> =>
    ({ [slice]: readers[slice]() }) as unknown as Pick<Snapshot, S>

  const flush = (): void => {
    cancelFlush = undefined
    seq += 1
    if (listeners.size > 0) {
      let slices: Delta['slices'] = {}
      for (const slice of dirty) slices = { ...slices, ...read(slice) }
      const upsert: NameEntry[] = []
      const remove: string[] = []
      for (const id of dirtyNames) {
        const entry = names.get(id)
        if (entry) upsert.push(entry)
        else remove.push(id)
      }
      const delta: Delta =
        dirtyNames.size > 0 ? { seq, slices, names: { upsert, remove } } : { seq, slices }
      for (const listener of listeners) listener(delta)
    }
    dirty.clear()
    dirtyNames.clear()
  }

  const schedule = (): void => {
    cancelFlush ??= clock.schedule(coalesceMs, flush)
  }

  return {
    snapshot: () => ({
      seq,
      ...identity,
      resolver: readers.resolver(),
      counters: readers.counters(),
      relays: readers.relays(),
      names: names.list(),
      petnames: readers.petnames(),
      keyChanges: readers.keyChanges(),
      publish: readers.publish(),
      trust: readers.trust(),
      certificates: readers.certificates(),
      ownCertificates: readers.ownCertificates(),
      keys: readers.keys(),
      system: readers.system(),
      mdns: readers.mdns(),
      pkarr: readers.pkarr(),
      settings: readers.settings(),
      health: readers.health(),
    }),
    touch(slice) {
      dirty.add(slice)
      schedule()
    },
    touchName(id) {
      dirtyNames.add(id)
      schedule()
    },
    onDelta(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop() {
      cancelFlush?.()
      cancelFlush = undefined
      listeners.clear()
    },
  }
}
