import { describe, expect, it } from 'vitest'
import type { RendererApi } from '../../src-preload/contract/replies.ts'
import { createCalls } from './calls.ts'
import { createToasts } from './toasts.ts'
import { createWindowStore } from './window-store.ts'

/** An API whose calls end when the test says so. */
function setUp() {
  const ends: {
    readonly resolve: (reply: unknown) => void
    readonly reject: (e: Error) => void
  }[] = []
  const api = {
    call: () =>
      new Promise((resolve, reject: (error: Error) => void) => {
        ends.push({ resolve, reject })
      }),
  } as unknown as RendererApi
  const store = createWindowStore()
  return { store, ends, calls: createCalls(api, store) }
}

describe('calls', () => {
  it('are pending from start to end, under their name or the key given', async () => {
    const { store, ends, calls } = setUp()
    const first = calls.call('keys.lock', {})
    const second = calls.call('names.refresh', { id: 'a' }, 'names.refresh a')
    expect([...store.getState().pending]).toEqual(['keys.lock', 'names.refresh a'])
    ends[0]?.resolve({ ok: true, value: null })
    await expect(first).resolves.toEqual({ ok: true, value: null })
    expect([...store.getState().pending]).toEqual(['names.refresh a'])
    ends[1]?.resolve({ ok: false, error: { code: 'names.unknown', message: 'No such name.' } })
    await expect(second).resolves.toMatchObject({ ok: false, error: { code: 'names.unknown' } })
    expect(store.getState().pending.size).toBe(0)
  })

  it('stay pending until the last of several under one key ends', async () => {
    const { store, ends, calls } = setUp()
    const both = [calls.call('keys.lock', {}), calls.call('keys.lock', {})]
    ends[0]?.resolve({ ok: true, value: null })
    await both[0]
    expect(store.getState().pending.has('keys.lock')).toBe(true)
    ends[1]?.resolve({ ok: true, value: null })
    await both[1]
    expect(store.getState().pending.has('keys.lock')).toBe(false)
  })

  it('turn a broken bridge into a problem', async () => {
    const { store, ends, calls } = setUp()
    const call = calls.call('keys.lock', {})
    ends[0]?.reject(new Error('An object could not be cloned'))
    await expect(call).resolves.toMatchObject({ ok: false, error: { code: 'engine.unreachable' } })
    expect(store.getState().pending.size).toBe(0)
  })

  it('cover what the shell does as well', async () => {
    const { store, calls } = setUp()
    const work = calls.track('shell.importKey', () => Promise.reject(new Error('gone')))
    expect(store.getState().pending.has('shell.importKey')).toBe(true)
    await expect(work).resolves.toMatchObject({ ok: false })
    expect(store.getState().pending.size).toBe(0)
  })
})

describe('toasts', () => {
  it('keep the newest four and go when dismissed', () => {
    const store = createWindowStore()
    const toasts = createToasts(store)
    for (const title of ['1', '2', '3', '4', '5']) toasts.show({ tone: 'ok', title })
    expect(store.getState().toasts.map(({ title }) => title)).toEqual(['2', '3', '4', '5'])
    toasts.dismiss(store.getState().toasts[0]?.id ?? 0)
    expect(store.getState().toasts.map(({ title }) => title)).toEqual(['3', '4', '5'])
  })

  it('word a problem, and keep the sentence of one that is not known here', () => {
    const store = createWindowStore()
    const toasts = createToasts(store)
    toasts.showProblem({ code: 'keys.locked', message: 'locked' })
    toasts.showProblem({ code: 'x.y', message: 'Disk on fire.', hint: 'Leave.' })
    expect(store.getState().toasts).toMatchObject([
      { tone: 'error', title: 'Your keys are locked.' },
      { tone: 'error', title: 'Disk on fire.', detail: 'Leave.' },
    ])
  })
})
