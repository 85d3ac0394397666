import { describe, expect, it } from 'vitest'
import type { Delta, Snapshot } from '../../src-preload/contract/model.ts'
import type { EngineProcessState, RendererApi, Reply } from '../../src-preload/contract/replies.ts'
import { sceneSnapshot } from '../test/fixtures.ts'
import { startEngineSync } from './engine-sync.ts'
import { createWindowStore } from './window-store.ts'

const base = sceneSnapshot('rich', 1_780_000_000_000)

type SnapshotReply = Reply<'state.snapshot'>

/** An engine whose snapshots are answered one by one, by hand. */
function setUp(state: EngineProcessState = 'running') {
  const waiting: ((reply: SnapshotReply) => void)[] = []
  const timers: { readonly delayMs: number; readonly task: () => void }[] = []
  let sendDelta = (_delta: Delta): void => undefined
  let sendState = (_state: EngineProcessState): void => undefined
  let listeners = 0
  const listen = (): (() => void) => {
    listeners += 1
    return () => {
      listeners -= 1
    }
  }
  const api = {
    call: () =>
      new Promise<SnapshotReply>((resolve) => {
        waiting.push(resolve)
      }),
    onDelta: (listener: (delta: Delta) => void) => {
      sendDelta = listener
      return listen()
    },
    engineState: () => Promise.resolve(state),
    onEngineState: (listener: (state: EngineProcessState) => void) => {
      sendState = listener
      return listen()
    },
  } as unknown as RendererApi
  const store = createWindowStore()
  const sync = startEngineSync(api, store, (delayMs, task) => {
    const timer = { delayMs, task }
    timers.push(timer)
    return () => void timers.splice(timers.indexOf(timer), 1)
  })
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return {
    store,
    sync,
    timers,
    settle,
    asked: () => waiting.length,
    listeners: () => listeners,
    delta: (seq: number, slices: Delta['slices'] = {}) => sendDelta({ seq, slices }),
    state: (next: EngineProcessState) => sendState(next),
    async answer(index: number, value: Partial<Snapshot> = {}) {
      waiting[index]?.({ ok: true, value: { ...base, ...value } })
      await settle()
    },
    async refuse(index: number) {
      waiting[index]?.({ ok: false, error: { code: 'engine.gone', message: 'Gone.' } })
      await settle()
    },
  }
}

describe('startEngineSync', () => {
  it('asks for one snapshot when the engine runs and applies deltas to it', async () => {
    const { store, settle, answer, delta, asked } = setUp()
    await settle()
    expect(store.getState().snapshot).toBeUndefined()
    await answer(0)
    delta(11, { petnames: [] })
    expect(store.getState().snapshot).toMatchObject({ seq: 11, petnames: [] })
    expect(asked()).toBe(1)
  })

  it('holds deltas that overtake the snapshot and drops those it already includes', async () => {
    const { store, settle, answer, delta, asked } = setUp()
    await settle()
    delta(10, { petnames: [{ label: 'old', npub: '' }] })
    delta(11, { petnames: [{ label: 'new', npub: '' }] })
    await answer(0)
    expect(store.getState().snapshot).toMatchObject({ seq: 11, petnames: [{ label: 'new' }] })
    expect(asked()).toBe(1)
  })

  it('asks for a new snapshot after a gap', async () => {
    const { store, settle, answer, delta, asked } = setUp()
    await settle()
    await answer(0)
    delta(13)
    expect(asked()).toBe(2)
    await answer(1, { seq: 13 })
    delta(14)
    expect(store.getState().snapshot?.seq).toBe(14)
  })

  it('keeps the last state while the engine restarts, then takes the new one from its start', async () => {
    const { store, settle, answer, state, asked } = setUp()
    await settle()
    await answer(0)
    state('restarting')
    expect(store.getState()).toMatchObject({ engine: 'restarting', snapshot: { seq: 10 } })
    state('running')
    expect(asked()).toBe(2)
    await answer(1, { seq: 0 })
    expect(store.getState().snapshot?.seq).toBe(0)
  })

  it('ignores a snapshot that a restart has overtaken', async () => {
    const { store, settle, answer, state } = setUp()
    await settle()
    state('restarting')
    await answer(0, { seq: 400 })
    expect(store.getState().snapshot).toBeUndefined()
    state('running')
    await answer(1, { seq: 1 })
    expect(store.getState().snapshot?.seq).toBe(1)
  })

  it('tells why there is no snapshot and tries again with growing pauses', async () => {
    const { store, settle, refuse, answer, timers } = setUp()
    await settle()
    await refuse(0)
    expect(store.getState().syncProblem?.code).toBe('engine.gone')
    timers[0]?.task()
    await refuse(1)
    expect(timers.at(-1)?.delayMs).toBe(1000)
    timers.at(-1)?.task()
    await answer(2)
    expect(store.getState()).toMatchObject({ snapshot: { seq: 10 }, syncProblem: undefined })
  })

  it('does not ask a stopped engine', async () => {
    const { store, settle, asked } = setUp('stopped')
    await settle()
    expect(asked()).toBe(0)
    expect(store.getState().engine).toBe('stopped')
  })

  it('lets go of everything when stopped', async () => {
    const { sync, store, settle, answer, listeners } = setUp()
    await settle()
    sync.stop()
    await answer(0)
    expect(listeners()).toBe(0)
    expect(store.getState().snapshot).toBeUndefined()
  })
})
