import { expect, test } from 'vitest'
import type { SystemState } from '../../src-preload/contract/system-model.ts'
import type { Notice } from './notices.ts'
import { createSystemWatch } from './system-notice.ts'
import { snapshotOf } from './testing/fake-engine.ts'
import { createStepClock } from './testing/step-clock.ts'

function setUp() {
  const clock = createStepClock()
  const told: Notice[] = []
  const watch = createSystemWatch(clock, (notice) => void told.push(notice))
  return {
    watch,
    clock,
    told,
    /** The state, for `forMs`. */
    become(state: SystemState, forMs = 60_000, enabled = true) {
      const { resolver } = snapshotOf()
      watch.follow({ resolver: { ...resolver, enabled }, system: { state, suffixes: [] } })
      clock.advance(forMs)
    },
  }
}

test.each([
  ['paused', '.nostr names are paused'],
  ['not-working', '.nostr names stopped working'],
  ['changed', 'The resolver’s settings were changed'],
  ['conflict', 'The resolver’s settings were changed'],
] as const)('%s after it worked is told once', (state, title) => {
  const { become, told } = setUp()
  become('on')
  become(state)
  become(state)
  expect(told.map((notice) => notice.title)).toEqual([title])
})

test('the reason is told too', () => {
  const { watch, clock, told, become } = setUp()
  become('on')
  const reason = { code: 'system.vpn', message: 'A VPN takes all names.' }
  watch.follow({ ...snapshotOf(), system: { state: 'not-working', suffixes: [], reason } })
  clock.advance(60_000)
  expect(told[0]?.body).toMatch(/ A VPN takes all names\.$/u)
})

test('nobody is said to have edited what only the settings, or another port, put out of date', () => {
  const { watch, clock, told, become } = setUp()
  become('on')
  const message = 'The system asks at port 5364, but this app is to listen on port 5365.'
  const reason = { code: 'system.other-settings', message, hint: 'Rewrite it.' }
  watch.follow({ ...snapshotOf(), system: { state: 'changed', suffixes: [], reason } })
  clock.advance(60_000)
  expect(told).toEqual([
    {
      title: '.nostr names need to be set up again',
      body: `${message} Open the window to rewrite it.`,
    },
  ])
})

test.each<[string, (set: ReturnType<typeof setUp>) => void]>([
  ['what never worked', ({ become }) => become('not-working')],
  [
    'a restart of the engine',
    ({ become }) => {
      become('on')
      become('paused', 9000)
      become('on')
    },
  ],
  [
    'being undone',
    ({ become }) => {
      become('on')
      become('asking')
      become('off')
    },
  ],
  [
    'being switched off in the tray',
    ({ become }) => {
      become('on')
      become('not-working', 60_000, false)
      become('not-working', 60_000, false)
    },
  ],
  [
    'being switched off while it is about to be told',
    ({ become }) => {
      become('on')
      become('not-working', 5000)
      become('not-working', 60_000, false)
    },
  ],
  [
    'a stopped watch',
    ({ become, watch, clock }) => {
      become('on')
      become('paused', 1000)
      watch.stop()
      clock.advance(60_000)
    },
  ],
])('%s is no news', (_title, story) => {
  const set = setUp()
  story(set)
  expect(set.told).toEqual([])
})

test('trouble that comes and goes is told again only after half an hour', () => {
  const { become, told } = setUp()
  for (let round = 0; round < 5; round += 1) {
    become('on')
    become('not-working')
  }
  expect(told).toHaveLength(1)
  become('on', 30 * 60_000)
  become('not-working')
  expect(told).toHaveLength(2)
})
