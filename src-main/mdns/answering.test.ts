/** Answers to queries about own names (RFC 6762 s.5.4, s.6, s.7), on a wire made of memory. */
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
  type LanComputerOptions,
} from './testing/lan-computer.ts'

const name = `${mine}.local`
const neighbour = { address: '10.9.0.5', port: 5353 }
const legacy = { address: '10.9.0.5', port: 40_123 }
const both = { eth0: ['10.9.0.1/24', 'fe80::1/64'] }

interface Scene {
  readonly clock: ManualClock
  readonly lan: FakeLan
  /** Asks, and returns what was sent within `withinMs`. */
  ask(fields: Partial<Message>, from?: typeof neighbour, withinMs?: number): readonly Sent[]
}

/** A computer that has announced its names, `quietMs` ago. */
function scene(options: LanComputerOptions = {}, quietMs = 60_000): Scene {
  const clock = createManualClock()
  const lan = createFakeLan(clock)
  createLanComputer(clock, lan, options)
  clock.advance(settledMs + quietMs)
  lan.take()
  return {
    clock,
    lan,
    ask(fields, from = neighbour, withinMs = 10) {
      lan.inject(octets(fields), from)
      clock.advance(withinMs)
      return lan.take()
    },
  }
}

test('a question is answered at once, to the group, with the other family along', () => {
  const [sent, ...more] = scene({ interfaces: both }).ask({ id: 77, questions: [question(name)] })
  expect(more).toEqual([])
  expect(sent?.to).toBeUndefined()
  expect(sent?.message).toMatchObject({
    id: 0,
    isResponse: true,
    authoritative: true,
    questions: [],
  })
  expect(brief(sent?.message.answers ?? [])).toEqual(['A 10.9.0.1'])
  expect(brief(sent?.message.additionals ?? [])).toEqual(['AAAA fe80::1'])
})

test('on a link with one family the answer carries the NSEC that denies the other (s.6.2)', () => {
  const [sent] = scene().ask({ questions: [question(name)] })
  expect(brief(sent?.message.additionals ?? [])).toEqual(['NSEC'])
})

test.each(['AAAA', 'TXT', 'SRV', 'HTTPS', 'TYPE65280'] as const)(
  'a type the name does not have, %s, is denied by NSEC (s.6.1)',
  (type) => {
    const [sent] = scene().ask({ questions: [question(name, type)] })
    expect(brief(sent?.message.answers ?? [])).toEqual(['NSEC'])
    expect(sent?.message.answers[0]).toMatchObject({ name, class: 0x8001, ttl: 120 })
    expect(sent?.message.rcode).toBe(0)
  },
)

test.each([
  ['type ANY', question(name, 'ANY')],
  ['type ANY, class ANY', question(name, 'ANY', { class: 255 })],
])('%s gets all records (s.6.5)', (_, asked) => {
  const [sent] = scene({ interfaces: both }).ask({ questions: [asked] })
  expect(brief(sent?.message.answers ?? [])).toEqual(['A 10.9.0.1', 'AAAA fe80::1'])
})

test.each([
  ['a neighbour’s name', question('printer.local')],
  ['a host below that is not announced', question(`nas.${name}`)],
  ['another class', question(name, 'A', { class: 3 })],
])('silence about %s', (_, asked) => {
  expect(scene().ask({ questions: [asked] }, neighbour, 2000)).toEqual([])
})

test.each([
  ['an OPCODE', { opcode: 4 }],
  ['an RCODE', { rcode: 3 }],
])('%s other than zero is ignored (s.18.3, s.18.11)', (_, fields) => {
  expect(scene().ask({ ...fields, questions: [question(name)] })).toEqual([])
})

test.each([
  ['malformed', Buffer.from('000000000001000000000000', 'hex')],
  ['empty', Buffer.alloc(0)],
  [
    'longer than 9000 octets',
    Buffer.concat([octets({ questions: [question(name)] }), Buffer.alloc(9000)]),
  ],
])('a packet that is %s is ignored', (_, bytes) => {
  const { lan, clock } = scene()
  lan.inject(bytes, neighbour)
  clock.advance(1000)
  expect(lan.take()).toEqual([])
})

test('a source that is not on the link is ignored (s.11)', () => {
  const { ask } = scene()
  expect(ask({ questions: [question(name)] }, { address: '203.0.113.9', port: 5353 })).toEqual([])
  expect(ask({ questions: [question(name)] }, { address: '203.0.113.9', port: 999 })).toEqual([])
})

test('answers come over the address family of the question', () => {
  const { ask } = scene({ interfaces: both })
  const [sent] = ask({ questions: [question(name)] }, { address: 'fe80::5%eth0', port: 5353 })
  expect(sent?.from.address).toBe('fe80::1%eth0')
})

test('the same record is multicast once a second at most; the second asker waits (s.6)', () => {
  const { ask, clock, lan } = scene()
  const [first] = ask({ questions: [question(name)] })
  expect(ask({ questions: [question(name)] }, { address: '10.9.0.6', port: 5353 }, 500)).toEqual([])
  clock.advance(1000)
  const [second, ...more] = lan.take()
  expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBe(1000)
  expect(more).toEqual([])
})

test('records that went along as additional count as multicast', () => {
  const { ask } = scene({ interfaces: both })
  ask({ questions: [question(name)] })
  expect(ask({ questions: [question(name, 'AAAA')] }, neighbour, 500)).toEqual([])
})

test('a copy of the packet, come by another interface, is no second question', () => {
  const { ask, clock, lan } = scene()
  const packet = { questions: [question(name)] }
  ask(packet, neighbour, 1)
  ask(packet, neighbour, 1)
  clock.advance(5000)
  expect(lan.take()).toEqual([])
})

test('a probe for a name that is ours is answered at once, even a quarter second later (s.6)', () => {
  const { ask } = scene()
  const probe = (text: string): Partial<Message> => ({
    questions: [question(name, 'ANY'), question('other.local', 'ANY')],
    authorities: [address(name, text)],
  })
  expect(brief(ask(probe('10.9.0.5'), neighbour, 250)[0]?.message.answers ?? [])).toEqual([
    'A 10.9.0.1',
  ])
  expect(ask(probe('10.9.0.6'), neighbour, 1)).toHaveLength(1)
})

test('several questions: 20 to 120 ms, as others may answer the rest (s.6.3)', () => {
  for (let round = 0; round < 20; round += 1) {
    const { ask, clock } = scene()
    const start = clock.nowMs()
    const sent = ask({ questions: [question('tv.local'), question(name)] }, neighbour, 500)
    expect(sent).toHaveLength(1)
    const delay = (sent[0]?.atMs ?? 0) - start
    expect(delay).toBeGreaterThanOrEqual(20)
    expect(delay).toBeLessThanOrEqual(120)
  }
})

test.each([
  ['half its life left', 60, 0],
  ['less than half', 59, 1],
])('known answer with %s (s.7.1)', (_, ttl, answers) => {
  const known = { ...address(name.toUpperCase(), '10.9.0.1', ttl), class: 1 }
  expect(scene().ask({ questions: [question(name)], answers: [known] })).toHaveLength(answers)
})

test('a set of which not all is known is sent whole (s.10.2)', () => {
  const { ask } = scene({ interfaces: { eth0: ['10.9.0.1/24', '10.9.0.2/24'] } })
  const [sent] = ask({ questions: [question(name)], answers: [address(name, '10.9.0.1')] })
  expect(brief(sent?.message.answers ?? [])).toEqual(['A 10.9.0.1', 'A 10.9.0.2'])
})

test('a known answer with other data suppresses nothing', () => {
  const { ask } = scene()
  const stale = address(name, '10.9.0.200')
  expect(ask({ questions: [question(name)], answers: [stale] })).toHaveLength(1)
})

test('truncated: waits 400 to 500 ms for more known answers (s.7.2)', () => {
  const { ask, clock } = scene()
  const start = clock.nowMs()
  const sent = ask({ truncated: true, questions: [question(name)] }, neighbour, 600)
  expect(sent).toHaveLength(1)
  expect((sent[0]?.atMs ?? 0) - start).toBeGreaterThanOrEqual(400)
  expect((sent[0]?.atMs ?? 0) - start).toBeLessThanOrEqual(500)
})

test('truncated: known answers in a later packet of the same asker count (s.7.2)', () => {
  const { ask } = scene()
  ask({ truncated: true, questions: [question(name)] }, neighbour, 101)
  const more = { truncated: true, answers: [address('tv.local', '10.9.0.9')] }
  // That packet promises one more, so the wait begins anew: 500 ms after the question, still nothing.
  expect(ask(more, neighbour, 399)).toEqual([])
  expect(ask({ answers: [address(name, '10.9.0.1')] }, neighbour, 1000)).toEqual([])
})

test('truncated: known answers of another asker do not count', () => {
  const { ask } = scene()
  ask({ truncated: true, questions: [question(name)] }, neighbour, 100)
  const other = { address: '10.9.0.6', port: 5353 }
  expect(ask({ answers: [address(name, '10.9.0.1')] }, other, 1000)).toHaveLength(1)
})

test('the unicast-response bit: unicast, with the id, if neighbours know the record (s.5.4)', () => {
  const { ask } = scene({}, 1000)
  const [sent, ...more] = ask({ id: 4711, questions: [question(name, 'A', { unicast: true })] })
  expect(more).toEqual([])
  expect(sent?.to).toEqual(neighbour)
  expect(sent?.message).toMatchObject({ id: 4711, questions: [] })
  expect(sent?.message.answers[0]).toMatchObject({ class: 0x8001, ttl: 120 })
})

test('the unicast-response bit: multicast if it is long since neighbours heard it (s.5.4)', () => {
  const { ask } = scene({}, 31_000)
  const [sent, ...more] = ask({ questions: [question(name, 'A', { unicast: true })] })
  expect(more).toEqual([])
  expect(sent?.to).toBeUndefined()
})

test('a legacy asker gets a conventional answer (s.6.7)', () => {
  const asked = question(name.toUpperCase())
  const [sent, ...more] = scene().ask(
    { id: 0xbeef, recursionDesired: true, questions: [asked] },
    legacy,
  )
  expect(more).toEqual([])
  expect(sent?.to).toEqual(legacy)
  expect(sent?.message).toMatchObject({ id: 0xbeef, isResponse: true, questions: [asked] })
  for (const record of [...(sent?.message.answers ?? []), ...(sent?.message.additionals ?? [])]) {
    expect(record.class).toBe(1)
    expect(record.ttl).toBeLessThanOrEqual(10)
  }
  expect(brief(sent?.message.answers ?? [])).toEqual(['A 10.9.0.1'])
})

test('a legacy asker for what is not there gets no answer record, so it knows', () => {
  const [sent] = scene().ask({ id: 5, questions: [question(name, 'AAAA')] }, legacy)
  expect(sent?.message).toMatchObject({ id: 5, rcode: 0, answers: [] })
})

test('names match whatever the case, and are said in lower case', () => {
  const [sent] = scene().ask({ questions: [question(name.toUpperCase())] })
  expect(sent?.message.answers[0]?.name).toBe(name)
})

test('a name that is not verified yet is not answered for', () => {
  const clock = createManualClock()
  const lan = createFakeLan(clock)
  createLanComputer(clock, lan)
  clock.advance(300)
  lan.inject(octets({ questions: [question(name)] }), neighbour)
  clock.advance(100)
  expect(lan.take().filter(({ message }) => message.isResponse)).toEqual([])
})
