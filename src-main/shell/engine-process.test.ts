import { expect, test } from 'vitest'
import type { EngineProcessState } from '../../src-preload/contract/replies.ts'
import { createEngineProcess, type EngineProcess } from './engine-process.ts'
import { createFakeForker, snapshotOf, type FakeChild } from './testing/fake-engine.ts'
import { createStepClock, stepEnv, type StepClock } from './testing/step-clock.ts'

interface Setup {
  readonly engine: EngineProcess
  readonly clock: StepClock
  readonly children: FakeChild[]
  readonly states: EngineProcessState[]
}

async function start(): Promise<Setup> {
  const clock = createStepClock()
  const forker = createFakeForker()
  const { children } = forker
  const engine = createEngineProcess(stepEnv(clock), {
    fork: () => forker.fork(),
    serveOsRequest: async ({ id }) => ({ type: 'os-reply', id, ok: true, bytes: 'c2VhbGVk' }),
  })
  const states: EngineProcessState[] = []
  engine.onState((state) => void states.push(state))
  await engine.start()
  return { engine, clock, children, states }
}

function newest(children: readonly FakeChild[]): FakeChild {
  const child = children.at(-1)
  if (child === undefined) throw new Error('no engine was started')
  return child
}

test('a ready engine runs, is watched, and answers calls by id', async () => {
  const { engine, children, states } = await start()
  const child = newest(children)
  child.say({ type: 'ready' })
  expect(states).toEqual(['starting', 'running'])
  expect(child.received).toEqual([{ type: 'watch' }])

  const first = engine.call('keys.lock', {})
  const second = engine.call('state.snapshot', {})
  const ids = child.received.flatMap((message) => (message.type === 'call' ? [message.id] : []))
  const snapshot = snapshotOf()
  child.say({ type: 'reply', id: ids[1] ?? -1, reply: { ok: true, value: snapshot } })
  child.say({ type: 'reply', id: ids[0] ?? -1, reply: { ok: true, value: null } })
  expect(await first).toEqual({ ok: true, value: null })
  expect(await second).toEqual({ ok: true, value: snapshot })
})

test('a call with no engine running is refused, not kept', async () => {
  const { engine, children } = await start()
  expect(await engine.call('keys.lock', {})).toMatchObject({
    ok: false,
    error: { code: 'engine.not-running' },
  })
  expect(newest(children).received).toEqual([])
})

test('an engine that dies is started again, and calls under way get an answer', async () => {
  const { engine, clock, children, states } = await start()
  let restarts = 0
  engine.onRestarted(() => (restarts += 1))
  newest(children).say({ type: 'ready' })
  const call = engine.call('publish.republish', {})
  newest(children).exit(139)
  expect(await call).toMatchObject({ ok: false, error: { code: 'engine.lost' } })
  expect(engine.state()).toBe('restarting')
  clock.advance(499)
  expect(children).toHaveLength(1)
  clock.advance(1)
  expect(children).toHaveLength(2)
  expect(restarts).toBe(0)
  newest(children).say({ type: 'ready' })
  expect(restarts).toBe(1)
  expect(states).toEqual(['starting', 'running', 'restarting', 'starting', 'running'])
})

test('a dead engine has no say any more', async () => {
  const { engine, clock, children } = await start()
  const [dead] = children
  dead?.say({ type: 'ready' })
  dead?.exit(1)
  clock.advance(500)
  const heard: unknown[] = []
  engine.onDelta((delta) => heard.push(delta))
  dead?.say({ type: 'delta', delta: { seq: 9, slices: {} } })
  dead?.say({ type: 'ready' })
  dead?.exit(1)
  expect(heard).toEqual([])
  expect(engine.state()).toBe('starting')
})

test('an engine that says why it cannot start is tried again later', async () => {
  const { engine, clock, children } = await start()
  const problem = { code: 'store.locked', message: 'Another one uses this folder.' }
  newest(children).say({ type: 'failed', problem })
  newest(children).exit(0)
  expect(engine.state()).toBe('failed')
  expect(engine.problem()).toEqual(problem)
  clock.advance(30_000)
  newest(children).say({ type: 'ready' })
  expect(engine.state()).toBe('running')
  expect(engine.problem()).toBeUndefined()
})

test('stop asks first and waits for the engine to leave', async () => {
  const { engine, children } = await start()
  const child = newest(children)
  child.say({ type: 'ready' })
  let isStopped = false
  const stopping = engine.stop().then(() => (isStopped = true))
  expect(child.received.at(-1)).toEqual({ type: 'stop' })
  await Promise.resolve()
  expect(isStopped).toBe(false)
  child.exit(0)
  await stopping
  expect(child.isKilled()).toBe(false)
  expect(engine.state()).toBe('stopped')
})

test('stop kills an engine that does not leave in 8 seconds', async () => {
  const { engine, clock, children } = await start()
  newest(children).say({ type: 'ready' })
  const stopping = engine.stop()
  clock.advance(7999)
  expect(newest(children).isKilled()).toBe(false)
  clock.advance(1)
  await stopping
  expect(newest(children).isKilled()).toBe(true)
})

test('stop ends the wait for a restart, and may be called twice', async () => {
  const { engine, clock, children } = await start()
  newest(children).say({ type: 'ready' })
  newest(children).exit(1)
  await engine.stop()
  await engine.stop()
  clock.advance(60_000)
  expect(children).toHaveLength(1)
})

test('the keychain is served to the engine that asked', async () => {
  const { children } = await start()
  newest(children).say({ type: 'os-request', id: 7, operation: 'seal', bytes: 'a2V5' })
  await Promise.resolve()
  expect(newest(children).received).toEqual([
    { type: 'os-reply', id: 7, ok: true, bytes: 'c2VhbGVk' },
  ])
})
