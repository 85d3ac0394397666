/**
 * Each fault of the original proof of concept's mDNS part, and of its handling of secret keys, by
 * name: none may come back.
 */
import { nip19 } from 'nostr-tools'
import { expect, test } from 'vitest'
import { createManualClock } from '../relays/testing/manual-clock.ts'
import { brief, createFakeLan, octets, question, type Sent } from './testing/fake-lan.ts'
import {
  createLanComputer,
  mine,
  settledMs,
  theirs,
  type LanComputer,
  type LanComputerOptions,
} from './testing/lan-computer.ts'

const name = `${mine}.local`
const neighbour = { address: '10.9.0.5', port: 5353 }
const self = { address: '10.9.0.1', port: 40_000 }

interface Scene {
  readonly computer: LanComputer
  /** Everything sent, on any link, within a second. */
  hear(bytes: Uint8Array, from: typeof neighbour): Promise<readonly Sent[]>
  readonly startUp: readonly Sent[]
}

function scene(options: LanComputerOptions = {}): Scene {
  const clock = createManualClock()
  const lan = createFakeLan(clock)
  const computer = createLanComputer(clock, lan, options)
  clock.advance(60_000 + settledMs)
  const startUp = lan.take()
  return {
    computer,
    startUp,
    async hear(bytes, from) {
      lan.inject(bytes, from)
      clock.advance(1000)
      await new Promise((resolve) => setImmediate(resolve))
      return lan.take()
    },
  }
}

test('it answered responses: never tested the QR bit, so two responders spoke forever', async () => {
  const { hear } = scene({ settings: { answerForOthers: true } })
  for (const from of [neighbour, { ...self, port: 5353 }]) {
    for (const asked of [name, `${theirs}.local`]) {
      expect(await hear(octets({ isResponse: true, questions: [question(asked)] }), from)).toEqual(
        [],
      )
    }
  }
})

test('it put a question into its answers, which made the next responder answer them', async () => {
  const [sent] = await scene().hear(octets({ questions: [question(name)] }), neighbour)
  expect(sent?.message.isResponse).toBe(true)
  expect(sent?.message.questions).toEqual([])
})

test('two responders that hear each other fall silent after one answer each', () => {
  const clock = createManualClock()
  const lan = createFakeLan(clock)
  const settings = { answerForOthers: true }
  createLanComputer(clock, lan, { settings })
  createLanComputer(clock, lan, {
    settings,
    interfaces: { eth0: ['10.9.0.2/24'] },
    names: [{ npub: theirs, hosts: [] }],
  })
  clock.advance(60_000)
  lan.take()
  lan.inject(octets({ questions: [question(name), question(`${theirs}.local`)] }), neighbour)
  clock.advance(600_000)
  expect(
    lan
      .take()
      .map(({ from }) => from.address)
      .toSorted(),
  ).toEqual(['10.9.0.1', '10.9.0.2'])
})

test('it answered an AAAA question with an A record', async () => {
  const { hear, computer } = scene({ settings: { answerForOthers: true } })
  computer.lookup.mockImplementation((_owner, _host, family) =>
    Promise.resolve(family === 4 ? [{ address: '203.0.113.7', ttl: 60 }] : undefined),
  )
  const own = await hear(octets({ questions: [question(name, 'AAAA')] }), neighbour)
  expect(own.flatMap(({ message }) => brief(message.answers))).toEqual(['NSEC'])
  expect(await hear(octets({ questions: [question(`${theirs}.local`, 'AAAA')] }), self)).toEqual([])
})

test('two questions in one packet made a malformed reply', async () => {
  const interfaces = { eth0: ['10.9.0.1/24', 'fe80::1/64'] }
  const bytes = octets({ questions: [question(name), question(name, 'AAAA')] })
  const sent = await scene({ interfaces }).hear(bytes, neighbour)
  expect(sent.map(({ message }) => brief(message.answers))).toEqual([
    ['A 10.9.0.1', 'AAAA fe80::1'],
  ])
})

test('it answered the sender alone instead of the group', async () => {
  const [sent] = await scene().hear(octets({ questions: [question(name)] }), neighbour)
  expect(sent?.to).toBeUndefined()
})

test('it kept the id of the query in its answers', async () => {
  const [sent] = await scene().hear(octets({ id: 1234, questions: [question(name)] }), neighbour)
  expect(sent?.message.id).toBe(0)
})

test('it did not set the cache-flush bit, and its TTL was 60', async () => {
  const [sent] = await scene().hear(octets({ questions: [question(name)] }), neighbour)
  expect(sent?.message.answers[0]).toMatchObject({ class: 0x8001, ttl: 120 })
})

test('it joined one interface, and IPv4 only', () => {
  const { startUp } = scene({
    interfaces: { eth0: ['10.9.0.1/24', 'fe80::1/64'], wlan0: ['192.168.4.2/24', 'fe80::2/64'] },
  })
  expect(new Set(startUp.map(({ from }) => from.address))).toEqual(
    new Set(['10.9.0.1', 'fe80::1%eth0', '192.168.4.2', 'fe80::2%wlan0']),
  )
})

test('it read 1024 octets of a packet and no more', async () => {
  const questions = [
    ...Array.from({ length: 60 }, (_, index) => question(`a-rather-long-name-${index}.local`)),
    question(name),
  ]
  const bytes = octets({ questions })
  expect(bytes.length).toBeGreaterThan(1024)
  expect(await scene().hear(bytes, neighbour)).toHaveLength(1)
})

test('it announced what the owner published to the world: no LAN address', () => {
  const { startUp } = scene({ settings: { answerForOthers: true } })
  const told = startUp.flatMap(({ message }) => brief(message.answers))
  expect(new Set(told)).toEqual(new Set(['A 10.9.0.1']))
})

test('it had no subdomains, and was deaf to capitals', async () => {
  const { hear } = scene({ names: [{ npub: mine, hosts: ['nas'] }] })
  const bytes = octets({ questions: [question(`NAS.${name.toUpperCase()}`)] })
  expect(await hear(bytes, neighbour)).toHaveLength(1)
})

test('it was deaf while it looked something up', async () => {
  const { hear, computer } = scene({ settings: { answerForOthers: true } })
  computer.lookup.mockReturnValue(new Promise(() => undefined))
  await hear(octets({ questions: [question(`${theirs}.local`)] }), self)
  expect(await hear(octets({ questions: [question(name)] }), neighbour)).toHaveLength(1)
})

test('it answered the whole network for keys of others', async () => {
  const { hear, computer } = scene({ settings: { answerForOthers: true } })
  const bytes = octets({ questions: [question(`${theirs}.local`)] })
  expect(await hear(bytes, neighbour)).toEqual([])
  expect(await hear(bytes, { ...neighbour, port: 40_000 })).toEqual([])
  expect(computer.lookup).not.toHaveBeenCalled()
})

test('no probing, no conflict handling, no goodbye, no known answers, no NSEC', async () => {
  const { startUp, hear, computer } = scene()
  expect(startUp.filter(({ message }) => !message.isResponse)).toHaveLength(3)
  const known = startUp.at(-1)?.message.answers ?? []
  expect(await hear(octets({ questions: [question(name)], answers: known }), neighbour)).toEqual([])
  const [denial] = await hear(octets({ questions: [question(name, 'TXT')] }), neighbour)
  expect(brief(denial?.message.answers ?? [])).toEqual(['NSEC'])
  await computer.responder.stop()
})

test('a secret key typed as a name was sent to the relay: it is not looked up, logged or sent', async () => {
  const secret = nip19.nsecEncode(new Uint8Array(32).fill(3))
  const { hear, computer } = scene({ settings: { answerForOthers: true } })
  for (const asked of [`${secret}.local`, `www.${secret}.local`, `${secret}.${theirs}.local`]) {
    for (const from of [self, { ...self, port: 5353 }, neighbour]) {
      for (const isResponse of [false, true]) {
        expect(await hear(octets({ isResponse, questions: [question(asked)] }), from)).toEqual([])
      }
    }
  }
  expect(computer.lookup).not.toHaveBeenCalled()
  expect(JSON.stringify(computer.logged)).not.toMatch(/nsec/)
})
