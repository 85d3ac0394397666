/** Probing, announcing, conflicts, goodbye (RFC 6762 s.8, s.9, s.10.1), on a wire made of memory. */
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
  type LanComputer,
  type LanComputerOptions,
} from './testing/lan-computer.ts'

const name = `${mine}.local`
const rival = { address: '10.9.0.77', port: 5353 }

interface Scene {
  readonly clock: ManualClock
  readonly lan: FakeLan
  readonly computer: LanComputer
}

function scene(options: LanComputerOptions = {}): Scene {
  const clock = createManualClock()
  const lan = createFakeLan(clock)
  return { clock, lan, computer: createLanComputer(clock, lan, options) }
}

function settled(options: LanComputerOptions = {}): Scene {
  const made = scene(options)
  made.clock.advance(settledMs)
  made.lan.take()
  return made
}

const stateOf = ({ computer }: Scene): string | undefined =>
  computer.responder.view().names[0]?.state

const claimOf = (text: string): Uint8Array =>
  octets({ isResponse: true, authoritative: true, answers: [address(name, text)] })

test('three probes 250 ms apart, then two announcements a second apart', () => {
  const { clock, lan } = scene()
  clock.advance(settledMs)
  const sent = lan.take()
  const start = sent[0]?.atMs ?? 0
  expect(sent.map(({ atMs, message }) => [atMs - start, message.isResponse])).toEqual([
    [0, false],
    [250, false],
    [500, false],
    [750, true],
    [1750, true],
  ])
  clock.advance(600_000)
  expect(lan.take()).toEqual([])
})

test('the first probe waits up to 250 ms, so that hosts switched on together do not collide', () => {
  const { clock, lan } = scene()
  clock.advance(250)
  expect(lan.take().length).toBeGreaterThan(0)
})

test('a probe asks for ANY, proposes the addresses without flushing, and wants no unicast', () => {
  const { clock, lan } = scene({ interfaces: { eth0: ['10.9.0.1/24', 'fe80::1/64'] } })
  clock.advance(250)
  const [{ message } = { message: undefined }] = lan.take()
  expect(message?.questions).toEqual([{ name, type: 'ANY', class: 1 }])
  expect(brief(message?.authorities ?? [])).toEqual(['A 10.9.0.1', 'AAAA fe80::1'])
  expect(message?.authorities.every((record) => record.class === 1)).toBe(true)
})

test('an announcement has id 0, no question, all addresses, cache-flush bits and TTL 120', () => {
  const { clock, lan } = scene({ interfaces: { eth0: ['10.9.0.1/24', 'fe80::1/64'] } })
  clock.advance(settledMs)
  const announcements = lan.take().filter(({ message }) => message.isResponse)
  expect(announcements.map(({ from }) => from.address)).toEqual([
    '10.9.0.1',
    'fe80::1%eth0',
    '10.9.0.1',
    'fe80::1%eth0',
  ])
  for (const { message, to } of announcements) {
    expect(to).toBeUndefined()
    expect(message).toMatchObject({ id: 0, questions: [], authoritative: true, rcode: 0 })
    expect(brief(message.answers)).toEqual(['A 10.9.0.1', 'AAAA fe80::1'])
    for (const record of message.answers) expect(record).toMatchObject({ class: 0x8001, ttl: 120 })
  }
})

test('each interface tells only its own addresses', () => {
  const { clock, lan } = scene({
    interfaces: { eth0: ['10.9.0.1/24'], wlan0: ['192.168.4.2/24'] },
  })
  clock.advance(settledMs)
  for (const { from, message } of lan.take()) {
    const told = brief([...message.answers, ...message.authorities]).filter(
      (text) => text !== 'NSEC',
    )
    expect(told).toEqual([`A ${from.address}`])
  }
})

test('hosts below the npub are claimed too, all in one packet', () => {
  const { clock, lan } = scene({ names: [{ npub: mine, hosts: ['@', 'nas', 'a.b'] }] })
  clock.advance(250)
  expect(lan.take()[0]?.message.questions.map((asked) => asked.name)).toEqual([
    name,
    `nas.${name}`,
    `a.b.${name}`,
  ])
})

test('many names are split over packets that need no fragments', () => {
  const hosts = Array.from({ length: 60 }, (_, index) => `host-number-${index}`)
  const { clock, lan, computer } = scene({ names: [{ npub: mine, hosts }] })
  clock.advance(250)
  const probes = lan.take()
  expect(probes.flatMap(({ message }) => message.questions)).toHaveLength(61)
  clock.advance(settledMs)
  const announced = lan.take().flatMap(({ message }) => message.answers)
  expect(announced).toHaveLength(2 * 61)
  for (const { bytes } of lan.log) expect(bytes.length).toBeLessThanOrEqual(1232)
  expect(computer.responder.view().names.every(({ state }) => state === 'announced')).toBe(true)
})

test('what is no npub name is not claimed', () => {
  const { clock, computer } = scene({
    names: [
      { npub: mine, hosts: ['*', 'ok', 'bad label'] },
      { npub: 'npub1broken', hosts: [] },
    ],
  })
  clock.advance(settledMs)
  expect(computer.responder.view().names.map((shown) => shown.name)).toEqual([name, `ok.${name}`])
})

test('the view follows: probing, announced', () => {
  const made = scene()
  expect(stateOf(made)).toBe('probing')
  made.clock.advance(settledMs)
  expect(made.computer.responder.view()).toEqual({
    state: 'running',
    interfaces: [{ name: 'eth0', addresses: ['10.9.0.1'] }],
    names: [{ name, state: 'announced' }],
  })
})

test('another device has the name: yield, say so, stay silent, ask again later', () => {
  const made = scene()
  const { clock, lan, computer } = made
  clock.advance(300)
  lan.inject(claimOf('10.9.0.77'), rival)
  clock.advance(1)
  expect(computer.responder.view().names).toEqual([
    { name, state: 'conflict', detail: expect.stringContaining('10.9.0.77') as string },
  ])
  lan.take()
  lan.inject(octets({ questions: [question(name)] }), { address: '10.9.0.5', port: 5353 })
  clock.advance(60_000)
  expect(lan.take()).toEqual([])
  clock.advance(60_000 + settledMs)
  expect(lan.take().filter(({ message }) => !message.isResponse)).toHaveLength(3)
  expect(stateOf(made)).toBe('announced')
})

test('a record of any type at the name is a conflict while probing (s.8.1)', () => {
  const made = scene()
  made.clock.advance(300)
  const text = {
    ...address(name, '0.0.0.0'),
    rdata: { type: 'TXT', strings: [Buffer.from('x')] },
  } as const
  made.lan.inject(octets({ isResponse: true, additionals: [text] }), rival)
  made.clock.advance(1)
  expect(stateOf(made)).toBe('conflict')
})

test('responses before the first probe are no conflict (s.8.1)', () => {
  const made = scene({ names: [] })
  made.clock.advance(1000)
  made.lan.inject(claimOf('10.9.0.77'), rival)
  made.computer.setNames([{ npub: mine, hosts: [] }])
  made.clock.advance(settledMs)
  expect(stateOf(made)).toBe('announced')
})

test.each([
  ['from a port that is not 5353', { address: '10.9.0.77', port: 40_000 }],
  ['from another network', { address: '10.8.0.77', port: 5353 }],
])('a claim %s is ignored (s.6, s.11)', (_, from) => {
  const made = scene()
  made.clock.advance(300)
  made.lan.inject(claimOf('10.9.0.77'), from)
  made.clock.advance(settledMs)
  expect(stateOf(made)).toBe('announced')
})

test('the device that has the name says goodbye: we take it within seconds', () => {
  const made = scene()
  const { clock, lan } = made
  clock.advance(300)
  lan.inject(claimOf('10.9.0.77'), rival)
  clock.advance(5000)
  expect(stateOf(made)).toBe('conflict')
  lan.inject(octets({ isResponse: true, answers: [address(name, '10.9.0.77', 0)] }), rival)
  clock.advance(settledMs)
  expect(stateOf(made)).toBe('announced')
})

test.each([
  ['later data wins and goes on', '10.9.0.0', 'announced'],
  ['the same data is no rival', '10.9.0.1', 'announced'],
])('simultaneous probe: %s', (_, text, expected) => {
  const made = scene()
  made.clock.advance(300)
  made.lan.inject(
    octets({ questions: [question(name, 'ANY')], authorities: [address(name, text)] }),
    rival,
  )
  made.clock.advance(1000)
  expect(stateOf(made)).toBe(expected)
})

test('simultaneous probe with later data: wait a second, then ask again (s.8.2)', () => {
  const { clock, lan } = scene()
  clock.advance(300)
  lan.take()
  const lostAt = clock.nowMs()
  lan.inject(
    octets({ questions: [question(name, 'ANY')], authorities: [address(name, '10.9.0.200')] }),
    { address: '10.9.0.200', port: 5353 },
  )
  clock.advance(999)
  expect(lan.take()).toEqual([])
  clock.advance(1)
  expect(lan.take().map(({ atMs }) => atMs - lostAt)).toEqual([1000])
})

test('what looks like a probe but comes from another port decides nothing', () => {
  const made = scene()
  made.clock.advance(300)
  made.lan.inject(
    octets({ questions: [question(name, 'ANY')], authorities: [address(name, '10.9.0.200')] }),
    { address: '10.9.0.200', port: 40_000 },
  )
  made.clock.advance(1000)
  expect(stateOf(made)).toBe('announced')
})

test('a conflict with a name already held: ask anew, and keep it if nobody answers (s.9)', () => {
  const made = settled()
  made.lan.inject(claimOf('10.9.0.77'), rival)
  made.clock.advance(1)
  expect(stateOf(made)).toBe('probing')
  made.clock.advance(settledMs)
  expect(made.lan.take().filter(({ message }) => !message.isResponse)).toHaveLength(3)
  expect(stateOf(made)).toBe('announced')
})

test('a storm of conflicts over many names slows every probe down to five seconds (s.8.1)', () => {
  const hosts = Array.from({ length: 20 }, (_, index) => `h${index}`)
  const { clock, lan } = settled({ names: [{ npub: mine, hosts }] })
  const answers = hosts.map((host) => address(`${host}.${name}`, '10.9.0.77'))
  lan.inject(octets({ isResponse: true, answers }), rival)
  clock.advance(4999)
  const early = lan.take().flatMap(({ message }) => message.questions)
  expect(new Set(early.map((asked) => asked.name)).size).toBe(14)
  clock.advance(1)
  expect(lan.take().some(({ message }) => message.questions.length === 6)).toBe(true)
})

test('both devices with one key: one announces, the other says it does not', () => {
  const clock = createManualClock()
  const lan = createFakeLan(clock)
  const first = createLanComputer(clock, lan)
  clock.advance(settledMs)
  const second = createLanComputer(clock, lan, { interfaces: { eth0: ['10.9.0.2/24'] } })
  clock.advance(settledMs)
  expect(first.responder.view().names[0]?.state).toBe('announced')
  expect(second.responder.view().names[0]?.state).toBe('conflict')
})

test('both switched on at once: exactly one wins', () => {
  const clock = createManualClock()
  const lan = createFakeLan(clock)
  const pair = [1, 2].map((host) =>
    createLanComputer(clock, lan, { interfaces: { eth0: [`10.9.0.${host}/24`] } }),
  )
  clock.advance(10_000)
  const states = pair.map(({ responder }) => responder.view().names[0]?.state)
  expect(new Set(states)).toEqual(new Set(['announced', 'conflict']))
})

test('two interfaces on one network are no rivals of each other', () => {
  const { clock, computer } = scene({
    interfaces: { eth0: ['10.9.0.1/24'], wlan0: ['10.9.0.9/24'] },
  })
  clock.advance(settledMs)
  expect(computer.responder.view().names).toEqual([{ name, state: 'announced' }])
})

test('an address that is seconds old is no rival’s', () => {
  const { clock, lan, computer } = settled()
  computer.setInterfaces({ eth0: ['10.9.0.1/24', '10.9.0.77/24'] })
  lan.inject(claimOf('10.9.0.77'), rival)
  clock.advance(1)
  expect(computer.responder.view().names).toEqual([{ name, state: 'announced' }])
})

test('another program of this computer with the same name and addresses is no rival', () => {
  const { clock, lan, computer } = settled()
  const second = createLanComputer(clock, lan)
  clock.advance(settledMs)
  expect(computer.responder.view().names[0]?.state).toBe('announced')
  expect(second.responder.view().names[0]?.state).toBe('announced')
  lan.take()
  void second.responder.stop()
  clock.advance(1000)
  const last = lan
    .take()
    .filter(({ message }) => message.isResponse)
    .at(-1)
  expect(last?.message.answers[0]?.ttl).toBe(120)
})

test('stop says goodbye: TTL 0 for every address', async () => {
  const { lan, computer } = settled({ interfaces: { eth0: ['10.9.0.1/24', 'fe80::1/64'] } })
  await computer.responder.stop()
  const sent = lan.take()
  expect(sent).toHaveLength(2)
  for (const { message } of sent) {
    expect(message).toMatchObject({ isResponse: true, id: 0, questions: [] })
    expect(brief(message.answers)).toEqual(['A 10.9.0.1', 'AAAA fe80::1'])
    expect(message.answers.every(({ ttl }) => ttl === 0)).toBe(true)
  }
  expect(lan.open()).toBe(0)
  await computer.responder.stop()
  expect(computer.responder.view().state).toBe('off')
})

test('no goodbye for a name that is another device’s', async () => {
  const { clock, lan, computer } = scene()
  clock.advance(300)
  lan.inject(claimOf('10.9.0.77'), rival)
  clock.advance(1000)
  lan.take()
  await computer.responder.stop()
  expect(lan.take()).toEqual([])
})

test('a name taken off the list says goodbye; the others stay', () => {
  const { lan, computer } = settled({ names: [{ npub: mine, hosts: ['nas'] }] })
  computer.setNames([{ npub: mine, hosts: [] }])
  const [goodbye] = lan.take()
  expect(goodbye?.message.answers).toEqual([
    expect.objectContaining({
      name: `nas.${name}`,
      ttl: 0,
      rdata: { type: 'A', address: '10.9.0.1' },
    }),
  ])
  expect(computer.responder.view().names).toEqual([{ name, state: 'announced' }])
})
