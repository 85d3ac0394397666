import { expect, test } from 'vitest'
import type { CallName } from '../../src-preload/contract/calls.ts'
import type { Snapshot } from '../../src-preload/contract/model.ts'
import type { EngineProcessState } from '../../src-preload/contract/replies.ts'
import type { Result } from '../env/errors.ts'
import type { EngineProcess } from './engine-process.ts'
import type { Notice } from './notices.ts'
import { snapshotOf } from './testing/fake-engine.ts'
import { createStepClock, stepEnv } from './testing/step-clock.ts'
import { createTrayControl } from './tray-control.ts'
import type { TrayView } from './tray-menu.ts'

function setUp(reply: Result<unknown> = { ok: true, value: {} }) {
  const calls: [CallName, unknown][] = []
  const views: TrayView[] = []
  const notices: [Notice, string | undefined][] = []
  const done: string[] = []
  const stateListeners = new Set<(state: EngineProcessState) => void>()
  const changeListeners = new Set<(snapshot: Snapshot) => void>()
  let snapshot = snapshotOf()
  const clock = createStepClock()
  const call = async (name: CallName, argument: unknown) => {
    calls.push([name, argument])
    return reply
  }
  const control = createTrayControl(stepEnv(clock), {
    engine: {
      call: call as EngineProcess['call'],
      state: () => 'running',
      problem: () => undefined,
      onState(listener) {
        stateListeners.add(listener)
        return () => stateListeners.delete(listener)
      },
    },
    mirror: {
      snapshot: () => snapshot,
      onChange(listener) {
        changeListeners.add(listener)
        return () => changeListeners.delete(listener)
      },
    },
    show: (view) => void views.push(view),
    openWindow: (...args) => void done.push(['window', ...args].join(' ')),
    openAddress: async (address) => void done.push(`address ${address}`),
    notify: (notice, screen) => void notices.push([notice, screen]),
    quit: () => void done.push('quit'),
  })
  return {
    control,
    clock,
    calls,
    views,
    notices,
    done,
    toggle: () => views.at(-1)?.menu[0],
    listeners: () => stateListeners.size + changeListeners.size,
    become(next: Snapshot) {
      snapshot = next
      for (const listener of changeListeners) listener(next)
    },
  }
}

const { resolver } = snapshotOf()

test('off and on drive the resolver, and nothing that needs the administrator', async () => {
  const { control, calls, toggle, become, clock } = setUp()
  become(snapshotOf({ system: { state: 'on', suffixes: ['nostr'] } }))
  clock.advance(1000)
  const switching = control.act({ type: 'set-enabled', enabled: false })
  // Shown before the engine has answered.
  expect(toggle()).toMatchObject({ isChecked: false })
  await switching
  await control.act({ type: 'set-enabled', enabled: true })
  expect(calls).toEqual([
    ['resolver.setEnabled', { enabled: false }],
    ['resolver.setEnabled', { enabled: true }],
  ])
})

test('what the engine refuses is taken back and told', async () => {
  const { control, toggle, notices } = setUp({ ok: false, error: { code: 'x', message: 'No.' } })
  await control.act({ type: 'set-enabled', enabled: false })
  expect(toggle()).toMatchObject({ isChecked: true })
  expect(notices).toEqual([[{ title: 'Nostr DNS', body: 'No.' }, undefined]])
})

test('what the engine never confirms is taken back', async () => {
  const { control, toggle, clock } = setUp()
  await control.act({ type: 'set-enabled', enabled: false })
  expect(toggle()).toMatchObject({ isChecked: false })
  clock.advance(3000)
  expect(toggle()).toMatchObject({ isChecked: true })
})

test('what the engine confirms stays', async () => {
  const { control, toggle, clock, become } = setUp()
  await control.act({ type: 'set-enabled', enabled: false })
  become(snapshotOf({ resolver: { ...resolver, enabled: false } }))
  clock.advance(10_000)
  expect(toggle()).toMatchObject({ isChecked: false })
})

test('the panel of the operating system’s part is opened, and nothing is asked for', async () => {
  const { control, calls, done, views } = setUp()
  control.draw()
  const item = views.at(-1)?.menu[2]
  if (item?.kind !== 'action') throw new Error('no item')
  await control.act(item.action)
  expect(done).toEqual(['window overview '])
  expect(calls).toEqual([])
})

test('publishing is shown while it runs and told when it is over', async () => {
  const error = { code: 'x', message: 'No key.' }
  const { control, calls, notices } = setUp({ ok: false, error })
  await control.act({ type: 'publish-address' })
  expect(calls).toEqual([['publish.address', {}]])
  expect(notices).toEqual([[{ title: 'Address not published', body: 'No key.' }, 'publish']])
})

test('the other items', async () => {
  const { control, done } = setUp()
  await control.act({ type: 'open', screen: 'names', entryId: 'nostr:1' })
  await control.act({ type: 'open-address', address: 'a.nostr' })
  await control.act({ type: 'quit' })
  expect(done).toEqual(['window names nostr:1', 'address a.nostr', 'quit'])
})

test('a burst of changes is drawn once; nothing is drawn after the end', () => {
  const { control, clock, views, become, listeners } = setUp()
  for (let seq = 0; seq < 10; seq += 1) become(snapshotOf({ seq }))
  clock.advance(250)
  expect(views).toHaveLength(1)
  become(snapshotOf())
  control.stop()
  clock.advance(1000)
  expect(views).toHaveLength(1)
  expect(listeners()).toBe(0)
})
