import { describe, expect, test } from 'vitest'
import type { PublishOutcome, RelayHealth } from '../relays/relay-service.ts'
import { nextCreatedAt } from './created-at.ts'
import { copyState, isWorthRetrying, publicationState } from './delivery.ts'
import { retryDelayMs, withAnswers } from './outbox-state.ts'
import type { PublishState } from './publish-state.ts'

const a = 'wss://a.example'
const b = 'wss://b.example'
const inside = 'ws://127.0.0.1:7447'
const ok = (url: string): PublishOutcome => ({ url, outcome: 'ok', elapsedMs: 1 })
const down = (url: string): PublishOutcome => ({ url, outcome: 'unreachable', elapsedMs: 1 })
const refused = (url: string, detail: string): PublishOutcome => ({
  url,
  outcome: 'refused',
  detail,
  elapsedMs: 1,
})
const health: readonly RelayHealth[] = [
  { url: inside, origin: 'embedded', state: 'connected', eventsAccepted: 0, eventsRejected: 0 },
]
const noRandom = { bytes: (length: number) => new Uint8Array(length) }

const event = {
  id: 'e'.repeat(64),
  pubkey: 'a'.repeat(64),
  created_at: 1,
  kind: 31_111,
  tags: [['d', 'dns:@']],
  content: '',
  sig: 'f'.repeat(128),
}

function queued(okUrls: string[] = []): PublishState {
  const entry = { event, pubkey: event.pubkey, host: '@', okUrls, attempts: 0, nextAttemptMs: 0 }
  const empty = { hosts: [], signedTimes: {}, copyIds: {}, copiesDue: [] }
  return { version: 1, queue: [entry], ...empty }
}

const after = (okUrls: string[], outcomes: PublishOutcome[]): PublishState['queue'] =>
  withAnswers(queued(okUrls), event.id, { outcomes, health, nowMs: 1000, random: noRandom }).queue

describe('the queue', () => {
  test.each<[string, string[], PublishOutcome[], number]>([
    ['two takers end the wait', [], [ok(a), ok(b), down('wss://c.example')], 0],
    ['takers of several tries add up', [a], [down(a), ok(b)], 0],
    ['the same taker twice is one', [a], [ok(a), down(b)], 1],
    ['one taker waits for another', [], [ok(a), down(b)], 1],
    [
      'one taker is enough when all others refuse for good',
      [],
      [ok(a), refused(b, 'blocked: no')],
      0,
    ],
    ['a rate limit is no final answer', [], [ok(a), refused(b, 'rate-limited: slow down')], 1],
    ['refused by all for good', [], [refused(a, 'blocked: no'), refused(b, 'pow: 20 bits')], 0],
    ['nobody was asked', [], [], 1],
    ['the relay inside and one outside are not two', [], [ok(inside), ok(a), down(b)], 1],
  ])('%s', (_name, okUrls, outcomes, left) => {
    expect(after(okUrls, outcomes)).toHaveLength(left)
  })

  test('remembers takers and when to try again', () => {
    expect(after([], [ok(a), down(b)])).toMatchObject([
      { okUrls: [a], attempts: 1, nextAttemptMs: 6_000 },
    ])
  })

  test('ignores answers about an event it no longer has', () => {
    const state = queued()
    const answers = { outcomes: [ok(a), ok(b)], health, nowMs: 0, random: noRandom }
    expect(withAnswers(state, '0'.repeat(64), answers)).toBe(state)
  })
})

test('waits grow to an hour, and are spread by up to a fifth', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7].map((attempts) => retryDelayMs(attempts, noRandom) / 1000)
  expect(waits).toEqual([5, 15, 60, 300, 900, 3600, 3600])
  const full = { bytes: (length: number) => new Uint8Array(length).fill(255) }
  expect(retryDelayMs(1, full)).toBeGreaterThan(5_900)
  expect(retryDelayMs(1, full)).toBeLessThan(6_000)
})

test.each<[number, PublishOutcome[], string]>([
  [2, [ok(a), ok(b)], 'published'],
  [1, [ok(a), down(b)], 'partial'],
  [0, [down(a), down(b)], 'queued'],
  [0, [], 'queued'],
  [0, [refused(a, 'blocked: no'), down(b)], 'queued'],
  [0, [refused(a, 'blocked: no'), refused(b, 'invalid: x')], 'failed'],
])('%i takers of %j: %s', (takers, outcomes, state) => {
  expect(publicationState(takers, outcomes)).toBe(state)
})

test('a copy needs one taker', () => {
  expect([[ok(a), down(b)], [down(b)], [refused(a, 'blocked: x')], []].map(copyState)).toEqual([
    'published',
    'queued',
    'failed',
    'queued',
  ])
})

test.each([
  ['rate-limited: x', true],
  ['error: could not connect to the database', true],
  ['auth-required: x', true],
  ['', true],
  ['blocked: x', false],
  ['replaced: have newer event', false],
  ['pow: difficulty 26', false],
])('a refusal saying "%s" is worth another try: %s', (detail, expected) => {
  expect(isWorthRetrying(refused(a, detail))).toBe(expected)
})

test.each<[number, (number | undefined)[], number | string]>([
  [1000, [], 1000],
  [1000, [undefined, 500], 1000],
  [1000, [1000], 1001],
  [1000, [900, 1300, 1200], 1301],
  [1000, [1599], 1600],
  [1000, [1600], 'publish.clock'],
])('at %i after %j the next created_at is %s', (now, earlier, expected) => {
  const result = nextCreatedAt(now, earlier)
  expect(result.ok ? result.value : result.error.code).toBe(expected)
})
