import { describe, expect, it } from 'vitest'
import type { Clock } from '../env/env.ts'
import type { Delta, NameEntry, Snapshot } from '../../src-preload/contract/model.ts'
import { createStateFeed, type SliceReaders } from './state-feed.ts'

/** A clock whose timers run when told to. */
function manualClock(): { clock: Clock; runTimers(): void } {
  const tasks = new Set<() => void>()
  return {
    clock: {
      nowMs: () => 0,
      schedule(_delay, task) {
        tasks.add(task)
        return () => tasks.delete(task)
      },
    },
    runTimers() {
      const due = [...tasks]
      tasks.clear()
      for (const task of due) task()
    },
  }
}

function setUp() {
  const { clock, runTimers } = manualClock()
  let queries = 0
  const names = new Map<string, NameEntry>()
  const readers = {
    resolver: () => ({ enabled: true, listeners: [], upstreams: [] }),
    counters: () => ({ queries }) as Snapshot['counters'],
    relays: () => [],
    petnames: () => [],
    keyChanges: () => [],
    trust: () => ({}) as Snapshot['trust'],
    certificates: () => [],
    ownCertificates: () => [],
    publish: () => ({ hosts: [], running: [], queued: 0 }),
    keys: () => ({}) as Snapshot['keys'],
    system: () => ({ state: 'unknown', suffixes: [] }),
    mdns: () => ({}) as Snapshot['mdns'],
    pkarr: () => ({}) as Snapshot['pkarr'],
    settings: () => ({}) as Snapshot['settings'],
    health: () => [],
  } satisfies SliceReaders
  const feed = createStateFeed(clock, { version: '1', startedAtMs: 5 }, readers, {
    list: () => [...names.values()],
    get: (id) => names.get(id),
  })
  return {
    feed,
    runTimers,
    names,
    ask: () => {
      queries += 1
      feed.touch('counters')
    },
  }
}

describe('createStateFeed', () => {
  it('sends changes made close together as one numbered delta', () => {
    const { feed, runTimers, ask } = setUp()
    const deltas: Delta[] = []
    feed.onDelta((delta) => deltas.push(delta))
    ask()
    ask()
    feed.touch('health')
    runTimers()
    expect(deltas).toEqual([{ seq: 1, slices: { counters: { queries: 2 }, health: [] } }])
    runTimers()
    expect(deltas).toHaveLength(1)
  })

  it('numbers snapshots so that a listener that came late sees the gap', () => {
    const { feed, runTimers, ask } = setUp()
    const before = feed.snapshot().seq
    ask()
    runTimers()
    const deltas: Delta[] = []
    feed.onDelta((delta) => deltas.push(delta))
    ask()
    runTimers()
    expect(deltas[0]?.seq).toBe(before + 2)
    expect(feed.snapshot().seq).toBe(before + 2)
  })

  it('sends rows of the names table one by one, and removals by id', () => {
    const { feed, runTimers, names } = setUp()
    const deltas: Delta[] = []
    feed.onDelta((delta) => deltas.push(delta))
    const entry = { id: 'nostr:1' } as NameEntry
    names.set(entry.id, entry)
    feed.touchName(entry.id)
    feed.touchName('nostr:2')
    runTimers()
    expect(deltas[0]?.names).toEqual({ upsert: [entry], remove: ['nostr:2'] })
  })

  it('sends nothing after stop', () => {
    const { feed, runTimers, ask } = setUp()
    const deltas: Delta[] = []
    feed.onDelta((delta) => deltas.push(delta))
    ask()
    feed.stop()
    runTimers()
    expect(deltas).toEqual([])
  })
})
