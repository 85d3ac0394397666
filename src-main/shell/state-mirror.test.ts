import { expect, test } from 'vitest'
import type { NameEntry } from '../../src-preload/contract/model.ts'
import { createEngineProcess } from './engine-process.ts'
import { applyDelta, createStateMirror } from './state-mirror.ts'
import { createFakeForker, snapshotOf, type FakeChild } from './testing/fake-engine.ts'
import { createStepClock, stepEnv } from './testing/step-clock.ts'

const off = { enabled: false, listeners: [], upstreams: [] }

function nameEntry(id: string): NameEntry {
  return {
    id,
    name: `${id}.nostr`,
    hosts: [],
    npub: 'npub1',
    isOwn: false,
    state: 'ok',
    records: [],
    eventIds: [],
    relays: [],
    lastAskedMs: 0,
    asked: 1,
    notes: [],
  }
}

test.each([
  ['the next delta replaces slices', 2, { enabled: false, seq: 2 }],
  ['one that is already part of the snapshot changes nothing', 1, { enabled: true, seq: 1 }],
])('%s', (_title, seq, expected) => {
  const after = applyDelta(snapshotOf(), { seq, slices: { resolver: off } })
  expect(after).toMatchObject({ seq: expected.seq, resolver: { enabled: expected.enabled } })
})

test('a missed delta is a gap', () => {
  expect(applyDelta(snapshotOf(), { seq: 3, slices: {} })).toBe('gap')
})

test('names change row by row', () => {
  const before = snapshotOf({ names: [nameEntry('a'), nameEntry('b')] })
  const names = { upsert: [{ ...nameEntry('b'), asked: 2 }, nameEntry('c')], remove: ['a'] }
  const after = applyDelta(before, { seq: 2, slices: {}, names })
  expect(after).toMatchObject({ names: [{ id: 'b', asked: 2 }, { id: 'c' }] })
})

async function startMirror() {
  const forker = createFakeForker()
  const { children } = forker
  const clock = createStepClock()
  const engine = createEngineProcess(stepEnv(clock), {
    fork: () => forker.fork(),
    serveOsRequest: async ({ id }) => ({ type: 'os-reply', id, ok: false }),
  })
  const mirror = createStateMirror(engine)
  await engine.start()
  const child = (): FakeChild => children.at(-1) as FakeChild
  const answerSnapshot = async (snapshot: ReturnType<typeof snapshotOf>): Promise<void> => {
    const asked = child().received.filter((message) => message.type === 'call')
    child().say({
      type: 'reply',
      id: asked.at(-1)?.id ?? -1,
      reply: { ok: true, value: snapshot },
    })
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { mirror, child, clock, answerSnapshot }
}

test('deltas that overtake the snapshot are applied on top of it', async () => {
  const { mirror, child, answerSnapshot } = await startMirror()
  child().say({ type: 'ready' })
  child().say({ type: 'delta', delta: { seq: 1, slices: {} } })
  child().say({ type: 'delta', delta: { seq: 2, slices: { resolver: off } } })
  expect(mirror.snapshot()).toBeUndefined()
  await answerSnapshot(snapshotOf())
  expect(mirror.snapshot()).toMatchObject({ seq: 2, resolver: { enabled: false } })
})

test('a gap asks for a new snapshot', async () => {
  const { mirror, child, answerSnapshot } = await startMirror()
  child().say({ type: 'ready' })
  await answerSnapshot(snapshotOf())
  child().say({ type: 'delta', delta: { seq: 5, slices: {} } })
  await answerSnapshot(snapshotOf({ seq: 5, resolver: off }))
  expect(mirror.snapshot()).toMatchObject({ seq: 5, resolver: { enabled: false } })
})

test('a new engine counts from one again; the last state stays meanwhile', async () => {
  const { mirror, child, clock, answerSnapshot } = await startMirror()
  child().say({ type: 'ready' })
  await answerSnapshot(snapshotOf({ seq: 40 }))
  child().exit(1)
  expect(mirror.snapshot()?.seq).toBe(40)
  clock.advance(500)
  child().say({ type: 'ready' })
  await answerSnapshot(snapshotOf({ seq: 1 }))
  expect(mirror.snapshot()?.seq).toBe(1)
})
