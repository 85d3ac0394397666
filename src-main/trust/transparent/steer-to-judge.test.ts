import { expect, it, test } from 'vitest'
import type { Lead } from '../../dns/answers/steered-answers.ts'
import { parseName } from '../../names/parse-name.ts'
import { createManualClock } from '../../relays/testing/manual-clock.ts'
import type { PinDecision } from '../pin-policy.ts'
import { pinned, pinOf } from '../terminator/testing/fake-pins.ts'
import { domain } from '../terminator/testing/test-names.ts'
import { certificateFor } from '../terminator/testing/test-origin.ts'
import { createSteering, type SteerDeps } from './steer-to-judge.ts'

const clock = createManualClock()
const now = Math.floor(clock.nowMs() / 1000)
const addresses = ['127.0.0.1', '::1']
const good = pinned(pinOf(certificateFor([domain]).der))
const none: PinDecision = { kind: 'no-certificate', reason: 'none' }
const ended: PinDecision = { kind: 'expired', expiredAt: now - 1, eventId: 'e'.repeat(64) }
const unknown: PinDecision = { kind: 'cannot-check', reason: 'no relay answers' }

function steer(pins: Partial<SteerDeps['pins']>, name = domain): Promise<Lead> {
  const steering = createSteering({
    clock,
    addresses,
    pins: {
      decide: async () => none,
      lastDecision: () => undefined,
      wasEverPinned: () => false,
      ...pins,
    },
  })
  return steering(parseName(name), new AbortController().signal)
}

const here = (validUntil: number): Lead => ({ kind: 'here', addresses, validUntil })

test.each<[string, PinDecision, boolean, Lead]>([
  ['with pins', good, true, here(4_000_000_000)],
  ['whose pins ran out', ended, true, here(Infinity)],
  ['that cannot be checked and had pins', unknown, true, here(now + 5)],
  ['that cannot be checked', unknown, false, { kind: 'own', validUntil: now + 5 }],
  ['without pins', none, false, { kind: 'own' }],
  ['whose pins were withdrawn', none, true, here(Infinity)],
])('names %s', async (_what, decision, hadPins, lead) => {
  const asked: unknown[] = []
  const decide: SteerDeps['pins']['decide'] = async (name, port) => {
    asked.push([name.host, port])
    return decision
  }
  expect(await steer({ decide, wasEverPinned: () => hadPins })).toEqual(lead)
  expect(asked).toEqual([['@', 443]])
})

it('leaves names alone that are no keys', async () => {
  expect(await steer({ decide: async () => good }, 'alice.nostr')).toEqual({ kind: 'own' })
})

it('goes by what was decided last when a decision takes too long, and gives that up', async () => {
  let signal: AbortSignal | undefined
  const steering = steer({
    decide: (_name, _port, given) => {
      signal = given
      return new Promise(() => undefined)
    },
    lastDecision: () => good,
  })
  clock.advance(1_000)
  expect(await steering).toEqual(here(4_000_000_000))
  expect(signal?.aborted).toBe(true)
})
