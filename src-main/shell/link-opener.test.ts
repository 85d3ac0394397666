import { expect, test } from 'vitest'
import type { NameEntry, ResolveReport, Snapshot } from '../../src-preload/contract/model.ts'
import type { EngineProcessState, Reply } from '../../src-preload/contract/replies.ts'
import type { CallName } from '../../src-preload/contract/calls.ts'
import type { Problem } from '../env/errors.ts'
import type { EngineProcess } from './engine-process.ts'
import { createLinkOpener } from './link-opener.ts'
import { nameEntry, snapshotOf } from './testing/fake-engine.ts'
import { createStepClock, stepEnv } from './testing/step-clock.ts'

const npub = `npub1${'q'.repeat(58)}`
const name = `${npub}.nostr`
const link = `nostr-dns://${name}/details`

function report(changes: Partial<ResolveReport> = {}): ResolveReport {
  return { name, type: 'A', rcode: 'NOERROR', answers: [], steps: [], elapsedMs: 1, ...changes }
}

function setUp(start: EngineProcessState = 'running') {
  const asked: [CallName, unknown][] = []
  const shown: (string | undefined)[] = []
  const told: Problem[] = []
  const stateListeners = new Set<(state: EngineProcessState) => void>()
  const changeListeners = new Set<(snapshot: Snapshot) => void>()
  let state = start
  let snapshot = snapshotOf()
  let reply: Reply<'names.resolve'> = { ok: true, value: report() }
  const clock = createStepClock()
  const call = async (called: CallName, argument: unknown) => {
    asked.push([called, argument])
    return reply
  }
  const opener = createLinkOpener(stepEnv(clock), {
    engine: {
      call: call as EngineProcess['call'],
      state: () => state,
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
    showNames: (entryId) => void shown.push(entryId),
    tell: (problem) => void told.push(problem),
  })
  return {
    opener,
    clock,
    asked,
    shown,
    told,
    listeners: () => stateListeners.size + changeListeners.size,
    answer: (next: Reply<'names.resolve'>) => void (reply = next),
    become(next: EngineProcessState) {
      state = next
      for (const listener of stateListeners) listener(next)
    },
    know(...names: readonly NameEntry[]) {
      snapshot = snapshotOf({ names })
      for (const listener of changeListeners) listener(snapshot)
    },
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

test('the name is looked up, and its row opens when it comes', async () => {
  const { opener, asked, shown, told, know, listeners } = setUp()
  const opening = opener.open(link)
  await settle()
  expect(asked).toEqual([['names.resolve', { name, type: 'A' }]])
  expect(shown).toEqual([undefined])
  know(nameEntry({ id: 'nostr:1', name, npub }))
  await opening
  expect(shown).toEqual([undefined, 'nostr:1'])
  expect(told).toEqual([])
  expect(listeners()).toBe(0)
})

test.each([
  ['called by another name', link, { name: 'first.asked.nostr', npub }, report()],
  ['of the key a petname stands for', 'nostr-dns:al.nostr', { npub: 'npub1z' }, signedBy('npub1z')],
  ['of the apex, for a host', `nostr-dns:www.${name}`, { name }, report()],
])('a row %s is found', async (_title, text, changes, value) => {
  const { opener, shown, know, answer } = setUp()
  answer({ ok: true, value })
  know(nameEntry({ id: 'other', name: 'other.nostr' }), nameEntry({ id: 'row', ...changes }))
  await opener.open(text)
  expect(shown.at(-1)).toBe('row')
})

function signedBy(signer: string): ResolveReport {
  return report({ steps: [{ name, type: 'A', kind: 'answer', records: [], signer }] })
}

test('a link that starts the app waits for the engine', async () => {
  const { opener, asked, shown, become, know } = setUp('starting')
  know(nameEntry({ id: 'row', name }))
  const opening = opener.open(link)
  await settle()
  expect(asked).toEqual([])
  become('running')
  await opening
  expect(shown).toEqual([undefined, 'row'])
})

test('an engine that does not come up is told', async () => {
  const { opener, told, clock, answer, listeners } = setUp('failed')
  answer({ ok: false, error: { code: 'engine.not-running', message: 'No.' } })
  const opening = opener.open(link)
  await settle()
  clock.advance(30_000)
  await opening
  expect(told).toEqual([{ code: 'engine.not-running', message: 'No.' }])
  expect(listeners()).toBe(0)
})

test('a name without a row is told, with the reason', async () => {
  const { opener, told, clock, answer } = setUp()
  answer({ ok: true, value: report({ rcode: 'NXDOMAIN', ede: { code: 0, text: 'A bad npub.' } }) })
  const opening = opener.open(link)
  await settle()
  clock.advance(3000)
  await opening
  expect(told).toMatchObject([{ code: 'link.not-found', hint: 'A bad npub.' }])
})

test('garbage asks the engine nothing and opens no window', async () => {
  const { opener, asked, shown, told } = setUp()
  await opener.open('nostr-dns:what is this')
  await opener.open(`nostr-dns:nsec1${'q'.repeat(58)}.nostr`)
  expect(told.map(({ code }) => code)).toEqual(['link.malformed', 'link.secret'])
  expect([...asked, ...shown]).toEqual([])
})

test('a newer link takes the place of one that is still being opened', async () => {
  const { opener, shown, told, know, become } = setUp('starting')
  const first = opener.open('nostr-dns:first.nostr')
  await settle()
  const second = opener.open('nostr-dns:second.nostr')
  become('running')
  know(
    nameEntry({ id: 'first', name: 'first.nostr' }),
    nameEntry({ id: 'second', name: 'second.nostr' }),
  )
  await Promise.all([first, second])
  expect(shown).toEqual([undefined, undefined, 'second'])
  expect(told).toEqual([])
})

test('stopping ends what waits, silently', async () => {
  const { opener, told, listeners } = setUp('starting')
  const opening = opener.open(link)
  await settle()
  opener.stop()
  await opening
  expect(told).toEqual([])
  expect(listeners()).toBe(0)
})
