import { describe, expect, it } from 'vitest'
import type { Clock } from '../../env/env.ts'
import { systemClock, systemRandom } from '../../env/system-env.ts'
import { createCanary } from './canary.ts'
import { sendCanary, systemLookup, type SystemLookup } from './canary-check.ts'

/** Waits no longer than needed to let everything else go first. */
const hasty: Clock = {
  nowMs: () => 0,
  schedule(_delay, task) {
    const timer = setTimeout(task, 20)
    return () => clearTimeout(timer)
  },
}
const never = new Promise<never>(() => undefined)
const { signal } = new AbortController()

/** A system resolver that asks `canary` and does `then` with its answer; names it was asked for. */
function resolverOf(
  then: (answer: string | undefined) => readonly string[] | Promise<readonly string[]>,
  asksUs = true,
) {
  const canary = createCanary(systemRandom)
  const names: string[] = []
  const ask: SystemLookup = async (name) => {
    names.push(name)
    return then(asksUs ? canary.answersCanary(name) : undefined)
  }
  return { canary, names, ask }
}

describe('sendCanary', () => {
  it.each<[string, ReturnType<typeof resolverOf>, string, number]>([
    ['it came back', resolverOf((answer) => [answer ?? '']), 'came-back', 1],
    [
      'nobody asked',
      resolverOf(() => Promise.reject(new Error('ENOTFOUND')), false),
      'not-asked',
      3,
    ],
    ['nobody answered', resolverOf(() => never, false), 'not-asked', 3],
    [
      'the answer was dropped',
      resolverOf(() => Promise.reject(new Error('SERVFAIL'))),
      'answer-lost',
      3,
    ],
    ['the answer was changed', resolverOf(() => ['127.0.0.1']), 'answer-lost', 3],
    ['somebody else answered', resolverOf(() => ['192.0.2.1'], false), 'foreign-answer', 3],
  ])('%s', async (_what, { canary, names, ask }, expected, tries) => {
    expect(await sendCanary(hasty, canary, { ask, suffix: 'nostr' }, signal)).toBe(expected)
    expect(new Set(names).size).toBe(tries)
    // No name outlives its question.
    expect(names.map((name) => canary.answersCanary(name))).toEqual(names.map(() => undefined))
  })

  it('tries again: changes take a moment to arrive', async () => {
    let tries = 0
    const { canary, ask } = resolverOf((answer) => {
      tries += 1
      return tries < 3 ? Promise.reject(new Error('ENOTFOUND')) : [answer ?? '']
    })
    expect(await sendCanary(hasty, canary, { ask, suffix: 'nostr' }, signal)).toBe('came-back')
  })

  it('gives up at once when nobody waits any more', async () => {
    const stopping = new AbortController()
    const { canary, names } = resolverOf(() => [])
    const sent = sendCanary(
      systemClock,
      canary,
      {
        suffix: 'nostr',
        ask(name) {
          names.push(name)
          stopping.abort()
          return never
        },
      },
      stopping.signal,
    )
    expect(await sent).toBe('not-asked')
    expect(names).toHaveLength(1)
  })

  it('asks as every other program does', async () => {
    expect(await systemLookup('localhost')).toContain('127.0.0.1')
  })
})
