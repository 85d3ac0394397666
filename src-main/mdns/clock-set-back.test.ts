/** The computer's clock is put right by hours while names are claimed, announced and asked for. */
import { expect, test } from 'vitest'
import { createManualClock, type ManualClock } from '../relays/testing/manual-clock.ts'
import {
  address,
  brief,
  createFakeLan,
  octets,
  question,
  type FakeLan,
} from './testing/fake-lan.ts'
import {
  createLanComputer,
  mine,
  settledMs,
  theirs,
  type LanComputer,
} from './testing/lan-computer.ts'

const name = `${mine}.local`
const neighbour = { address: '10.9.0.5', port: 5353 }
const hoursMs = 5 * 3_600_000

interface Scene {
  readonly clock: ManualClock
  readonly lan: FakeLan
  readonly computer: LanComputer
  setBack(): void
}

function scene(answerForOthers = false): Scene {
  const clock = createManualClock()
  const lan = createFakeLan(clock)
  let backMs = 0
  const shown = { ...clock, nowMs: () => clock.nowMs() - backMs }
  const computer = createLanComputer(shown, lan, { settings: { answerForOthers } })
  return { clock, lan, computer, setBack: () => void (backMs += hoursMs) }
}

const stateOf = ({ computer }: Scene): string | undefined =>
  computer.responder.view().names[0]?.state

test('what was multicast before is answered again', () => {
  const { clock, lan, setBack } = scene()
  clock.advance(settledMs)
  lan.inject(octets({ questions: [question(name)] }), neighbour)
  clock.advance(2000)
  lan.take()
  setBack()
  clock.advance(2000)
  lan.inject(octets({ questions: [question(name)] }), neighbour)
  clock.advance(1000)
  expect(lan.take().flatMap(({ message }) => brief(message.answers))).toEqual(['A 10.9.0.1'])
})

test('a name being probed for is announced', () => {
  const made = scene()
  made.clock.advance(400)
  made.setBack()
  made.clock.advance(settledMs + 2000)
  expect(stateOf(made)).toBe('announced')
})

test('a name lost to another device is asked for again after two minutes', () => {
  const made = scene()
  made.clock.advance(300)
  made.lan.inject(
    octets({ isResponse: true, authoritative: true, answers: [address(name, '10.9.0.77')] }),
    { address: '10.9.0.77', port: 5353 },
  )
  made.clock.advance(1)
  expect(stateOf(made)).toBe('conflict')
  made.setBack()
  made.clock.advance(130_000)
  expect(stateOf(made)).toBe('announced')
})

test('what was heard of others is forgotten in its time', () => {
  const { clock, lan, computer, setBack } = scene(true)
  clock.advance(settledMs)
  const spoken = address(`${theirs}.local`, '10.9.0.5')
  lan.inject(octets({ isResponse: true, authoritative: true, answers: [spoken] }), neighbour)
  clock.advance(1)
  setBack()
  clock.advance((spoken.ttl + 10) * 1000)
  lan.inject(octets({ questions: [question(`${theirs}.local`)] }), {
    address: '10.9.0.1',
    port: 40_000,
  })
  clock.advance(1)
  expect(computer.lookup).toHaveBeenCalledOnce()
})
