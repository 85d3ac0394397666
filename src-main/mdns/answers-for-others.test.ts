/** Answers from published records for questions of this very computer. */
import { expect, test } from 'vitest'
import type { Message } from '../dns/wire/message.ts'
import { createManualClock, type ManualClock } from '../relays/testing/manual-clock.ts'
import {
  address,
  brief,
  createFakeLan,
  octets,
  question,
  type FakeLan,
  type Sent,
} from './testing/fake-lan.ts'
import {
  createLanComputer,
  mine,
  settledMs,
  theirs,
  type LanComputer,
  type LanComputerOptions,
} from './testing/lan-computer.ts'

const name = `${theirs}.local`
const self = { address: '10.9.0.1', port: 40_000 }
const systemResponder = { address: '10.9.0.1', port: 5353 }
const neighbour = { address: '10.9.0.5', port: 5353 }

interface Scene {
  readonly clock: ManualClock
  readonly lan: FakeLan
  readonly computer: LanComputer
  /** Asks and waits until an answer is due. */
  ask(fields: Partial<Message>, from?: typeof self): Promise<readonly Sent[]>
}

function scene(options: LanComputerOptions = {}): Scene {
  const clock = createManualClock()
  const lan = createFakeLan(clock)
  const computer = createLanComputer(clock, lan, {
    ...options,
    settings: { answerForOthers: true, ...options.settings },
  })
  computer.lookup.mockImplementation((_owner, _host, family) =>
    Promise.resolve([{ address: family === 4 ? '203.0.113.7' : '2001:db8::7', ttl: 300 }]),
  )
  clock.advance(settledMs)
  lan.take()
  return {
    clock,
    lan,
    computer,
    async ask(fields, from = self) {
      lan.inject(octets(fields), from)
      clock.advance(300)
      await new Promise((resolve) => setImmediate(resolve))
      return lan.take()
    },
  }
}

test('a program of this computer gets the published address, by unicast and no other way', async () => {
  const { ask, computer } = scene()
  const asked = question(name)
  const [sent, ...more] = await ask({ id: 99, questions: [asked] })
  expect(more).toEqual([])
  expect(sent?.to).toEqual(self)
  expect(sent?.message).toMatchObject({ id: 99, isResponse: true, questions: [asked] })
  expect(sent?.message.answers).toEqual([
    { name, class: 1, ttl: 10, rdata: { type: 'A', address: '203.0.113.7' } },
  ])
  expect(computer.lookup).toHaveBeenCalledTimes(1)
})

test('the system’s responder gets it too: no question, no cache-flush bit, by unicast', async () => {
  const [sent, ...more] = await scene().ask({ questions: [question(name)] }, systemResponder)
  expect(more).toEqual([])
  expect(sent?.to).toEqual(systemResponder)
  expect(sent?.message).toMatchObject({ id: 0, questions: [] })
  expect(sent?.message.answers[0]).toMatchObject({ class: 1, ttl: 120 })
})

test('hosts below, A for A and AAAA for AAAA, in one packet', async () => {
  const { ask, computer } = scene()
  const host = `nas.${name}`
  const [sent] = await ask({ questions: [question(host), question(host, 'AAAA')] })
  expect(brief(sent?.message.answers ?? [])).toEqual(['A 203.0.113.7', 'AAAA 2001:db8::7'])
  expect(computer.lookup.mock.calls.map(([, hostName, family]) => [hostName, family])).toEqual([
    ['nas', 4],
    ['nas', 6],
  ])
})

test.each([
  ['another computer', { questions: [question(name)] }, neighbour],
  ['another type', { questions: [question(name, 'TXT')] }, self],
  ['ANY, as probes ask', { questions: [question(name, 'ANY')] }, self],
  ['a probe', { questions: [question(name)], authorities: [address(name, '10.9.0.1')] }, self],
  ['a name that is no key', { questions: [question('printer.local')] }, self],
  ['a broken npub', { questions: [question(`${theirs.slice(0, -1)}q.local`)] }, self],
  ['a name outside .local', { questions: [question(`${theirs}.nostr`)] }, self],
  ['another class', { questions: [question(name, 'A', { class: 3 })] }, self],
  ['a response', { isResponse: true, questions: [question(name)] }, systemResponder],
])('no look-up and no answer: %s', async (_, fields, from) => {
  const { ask, computer } = scene()
  expect(await ask(fields, from)).toEqual([])
  expect(computer.lookup).not.toHaveBeenCalled()
})

test('switched off: nothing', async () => {
  const { ask, computer } = scene({ settings: { answerForOthers: false } })
  expect(await ask({ questions: [question(name)] })).toEqual([])
  expect(computer.lookup).not.toHaveBeenCalled()
})

test('without announcing own names, and even then never for them', async () => {
  const { ask, computer } = scene({ settings: { enabled: false } })
  expect(await ask({ questions: [question(`${mine}.local`)] })).toEqual([])
  expect(computer.lookup).not.toHaveBeenCalled()
  expect(await ask({ questions: [question(name)] })).toHaveLength(1)
})

test('own names are answered once, from the announcement', async () => {
  const { ask, computer, clock } = scene()
  clock.advance(5000)
  const sent = await ask({ questions: [question(`${mine}.local`)] }, systemResponder)
  expect(sent.map(({ to }) => to)).toEqual([undefined])
  expect(computer.lookup).not.toHaveBeenCalled()
})

test('nothing published: silence', async () => {
  const { ask, computer } = scene()
  computer.lookup.mockResolvedValue(undefined)
  expect(await ask({ questions: [question(name)] })).toEqual([])
  computer.lookup.mockResolvedValue([])
  expect(await ask({ questions: [question(name, 'AAAA')] })).toEqual([])
})

test('the device on the link that has the name goes first', async () => {
  const { ask, computer, lan, clock } = scene()
  const announcement = octets({ isResponse: true, answers: [address(name, '10.9.0.5')] })
  lan.inject(octets({ questions: [question(name)] }), self)
  clock.advance(50)
  lan.inject(announcement, neighbour)
  clock.advance(300)
  await new Promise((resolve) => setImmediate(resolve))
  expect(lan.take()).toEqual([])
  expect(computer.lookup).toHaveBeenCalledTimes(1)
  expect(await ask({ id: 1, questions: [question(name)] })).toEqual([])
  expect(computer.lookup).toHaveBeenCalledTimes(1)
  clock.advance(121_000)
  expect(await ask({ id: 2, questions: [question(name)] })).toHaveLength(1)
})

test('the device says goodbye: we answer again', async () => {
  const { ask, lan, clock } = scene()
  lan.inject(octets({ isResponse: true, answers: [address(name, '10.9.0.5')] }), neighbour)
  lan.inject(octets({ isResponse: true, answers: [address(name, '10.9.0.5', 0)] }), neighbour)
  clock.advance(10)
  expect(await ask({ questions: [question(name)] })).toHaveLength(1)
})

test('asked again while looking: one look-up, one answer', async () => {
  const { computer, lan, clock } = scene()
  let found: (value: readonly { address: string; ttl: number }[]) => void = () => undefined
  computer.lookup.mockReturnValue(new Promise((resolve) => (found = resolve)))
  for (let round = 0; round < 3; round += 1) {
    lan.inject(octets({ questions: [question(name)] }), systemResponder)
    clock.advance(1000)
  }
  found([{ address: '203.0.113.7', ttl: 60 }])
  await new Promise((resolve) => setImmediate(resolve))
  expect(computer.lookup).toHaveBeenCalledTimes(1)
  expect(lan.take()).toHaveLength(1)
})

test('a known answer is not said again', async () => {
  const answers = [{ ...address(name, '203.0.113.7', 100), class: 1 }]
  expect(await scene().ask({ questions: [question(name)], answers })).toEqual([])
})

test('a look-up that takes too long is given up', async () => {
  const { computer, lan, clock } = scene()
  let signal: AbortSignal | undefined
  computer.lookup.mockImplementation((_owner, _host, _family, given) => {
    signal = given
    return new Promise(() => undefined)
  })
  lan.inject(octets({ questions: [question(name)] }), self)
  clock.advance(6000)
  expect(signal?.aborted).toBe(true)
})

test('a look-up that fails is a line in the log, no more', async () => {
  const { ask, computer } = scene()
  computer.lookup.mockRejectedValue(new Error('store closed'))
  expect(await ask({ questions: [question(name)] })).toEqual([])
  expect(computer.logged.filter(({ level }) => level === 'warn')).toHaveLength(1)
})

test('stop ends look-ups and answers nothing afterwards', async () => {
  const { computer, lan, clock } = scene()
  let signal: AbortSignal | undefined
  computer.lookup.mockImplementation(async (_owner, _host, _family, given) => {
    signal = given
    return [{ address: '203.0.113.7', ttl: 60 }]
  })
  lan.inject(octets({ questions: [question(name)] }), self)
  clock.advance(50)
  await computer.responder.stop()
  lan.take()
  clock.advance(1000)
  await new Promise((resolve) => setImmediate(resolve))
  expect(signal?.aborted).toBe(true)
  expect(lan.take()).toEqual([])
})
