import { describe, expect, it } from 'vitest'
import type { PutAnswer } from './dht-client.ts'
import { judgePut } from './put-outcome.ts'

const answer = (number: number, outcome: 'stored' | 'silent' | number): PutAnswer => ({
  holder: { id: new Uint8Array(20), host: '203.0.113.1', port: number, token: new Uint8Array(4) },
  outcome:
    typeof outcome === 'number'
      ? { kind: 'refusal', transaction: '', code: outcome, message: 'no' }
      : outcome,
})

const judge = (
  outcomes: readonly ('stored' | 'silent' | number)[],
  holding: readonly number[] = [],
): ReturnType<typeof judgePut> =>
  judgePut(
    outcomes.map((outcome, index) => answer(index + 1, outcome)),
    new Set(holding.map((port) => `203.0.113.1:${port}`)),
  )

describe('judgePut', () => {
  it.each([
    ['nobody to ask', [], 'unreachable'],
    ['silence', ['silent', 'silent'], 'unreachable'],
    ['one of many', ['stored', 'silent', 203, 203], 'stored'],
    ['a minority of conflicts', ['stored', 'stored', 302], 'stored'],
    ['a majority of conflicts', ['stored', 302, 301], 'conflict'],
    ['a majority of those that answered', ['silent', 'silent', 'silent', 302], 'conflict'],
    ['refusals', [205, 206], 'refused'],
    ['as many refusals as conflicts', [205, 302], 'refused'],
  ] as const)('%s', (_what, outcomes, state) => {
    expect(judge(outcomes).state).toBe(state)
  })

  it('counts a node that has the very packet as storing it, whatever it says', () => {
    expect(judge([302, 302, 302], [1, 2])).toMatchObject({ state: 'stored', nodes: 2 })
  })

  it('says why', () => {
    expect(judge([205]).detail).toContain('205 no')
  })
})
