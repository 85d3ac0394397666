/** The responder as a service: settings, networks that come and go, sockets that fail. */
import { expect, test, vi } from 'vitest'
import { createManualClock, type ManualClock } from '../relays/testing/manual-clock.ts'
import {
  brief,
  createFakeLan,
  octets,
  question,
  address,
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

interface Scene {
  readonly clock: ManualClock
  readonly lan: FakeLan
  readonly computer: LanComputer
}

function settled(options: LanComputerOptions = {}): Scene {
  const clock = createManualClock()
  const lan = createFakeLan(clock)
  const computer = createLanComputer(clock, lan, options)
  clock.advance(settledMs)
  lan.take()
  return { clock, lan, computer }
}

test('switched off: no socket, no packet', () => {
  const { lan, computer } = settled({ settings: { enabled: false } })
  expect(computer.responder.view()).toEqual({ state: 'off', interfaces: [], names: [] })
  expect(lan.open()).toBe(0)
  expect(lan.log).toEqual([])
})

test('switching off says goodbye and lets go; switching on probes anew', async () => {
  const { clock, lan, computer } = settled()
  computer.setSettings({ enabled: false })
  expect(lan.take().map(({ message }) => message.answers[0]?.ttl)).toEqual([0])
  await new Promise((resolve) => setImmediate(resolve))
  expect(lan.open()).toBe(0)
  computer.setSettings({ enabled: true })
  clock.advance(settledMs)
  expect(lan.take().filter(({ message }) => !message.isResponse)).toHaveLength(3)
})

test('announcing off, answering on: listens and claims nothing', () => {
  const { lan, computer } = settled({ settings: { enabled: false, answerForOthers: true } })
  expect(computer.responder.view()).toMatchObject({ state: 'running', names: [] })
  expect(lan.open()).toBe(1)
  expect(lan.log).toEqual([])
})

test('no network yet: the names wait, and are claimed when one comes', () => {
  const { clock, computer } = settled({ interfaces: { lo: ['127.0.0.1/8'] } })
  expect(computer.responder.view()).toEqual({
    state: 'running',
    interfaces: [],
    names: [{ name, state: 'probing', detail: 'Waiting for a network.' }],
  })
  computer.setInterfaces({ lo: ['127.0.0.1/8'], wlan0: ['192.168.4.2/24'] })
  clock.advance(2000 + settledMs)
  expect(computer.responder.view()).toMatchObject({
    interfaces: [{ name: 'wlan0', addresses: ['192.168.4.2'] }],
    names: [{ name, state: 'announced' }],
  })
})

test('a network that goes takes its sockets along; the other one stays announced', async () => {
  const { clock, lan, computer } = settled({
    interfaces: { eth0: ['10.9.0.1/24'], wlan0: ['192.168.4.2/24'] },
  })
  expect(lan.open()).toBe(2)
  computer.setInterfaces({ eth0: ['10.9.0.1/24'] })
  clock.advance(2000)
  await new Promise((resolve) => setImmediate(resolve))
  expect(lan.open()).toBe(1)
  expect(lan.take().map(({ from, message }) => [from.address, message.answers[0]?.ttl])).toEqual([
    ['192.168.4.2', 0],
  ])
  expect(computer.responder.view().names).toEqual([{ name, state: 'announced' }])
})

test('another Wi-Fi is another network: names are probed for again', () => {
  const { clock, lan, computer } = settled()
  computer.setInterfaces({ eth0: ['192.168.7.9/24'] })
  clock.advance(2000 + settledMs)
  const fresh = lan.take().filter(({ from }) => from.address === '192.168.7.9')
  expect(fresh.filter(({ message }) => !message.isResponse)).toHaveLength(3)
  expect(fresh.filter(({ message }) => message.isResponse)).toHaveLength(2)
})

test('a new address on the same network is announced, not probed for (s.8.4)', () => {
  const { clock, lan, computer } = settled()
  computer.setInterfaces({ eth0: ['10.9.0.1/24', '10.9.0.2/24'] })
  clock.advance(2000 + settledMs)
  expect(lan.take().map(({ message }) => brief(message.answers))).toEqual([
    ['A 10.9.0.1', 'A 10.9.0.2'],
    ['A 10.9.0.1', 'A 10.9.0.2'],
  ])
})

test('the last address of a family goes: goodbye over the other family', () => {
  const { clock, lan, computer } = settled({
    interfaces: { eth0: ['10.9.0.1/24', '2001:db8::1/64'] },
  })
  computer.setInterfaces({ eth0: ['2001:db8::1/64'] })
  clock.advance(2000)
  const [goodbye, announcement] = lan.take().map(({ message }) => message)
  expect(goodbye?.answers).toEqual([
    expect.objectContaining({ ttl: 0, rdata: { type: 'A', address: '10.9.0.1' } }),
  ])
  expect(brief(announcement?.answers ?? [])).toEqual(['AAAA 2001:db8::1'])
})

test('after sleep, names are verified again', () => {
  const { clock, lan } = settled()
  // What a suspended computer sees: time is gone, and no timer ran.
  const asleep = vi.spyOn(clock, 'nowMs').mockReturnValue(clock.nowMs() + 3_600_000)
  clock.advance(2000)
  asleep.mockRestore()
  clock.advance(4_000_000)
  expect(lan.take().filter(({ message }) => !message.isResponse).length).toBeGreaterThanOrEqual(3)
})

test('the port is taken: failed, with the reason, and tried again after a while', () => {
  const problem = { code: 'mdns.port-in-use', message: 'Taken.' }
  const { clock, computer } = settled({ failures: { 4: problem } })
  expect(computer.responder.view()).toMatchObject({ state: 'failed', problem, interfaces: [] })
  expect(computer.logged.filter(({ level }) => level === 'warn')).toHaveLength(1)
  clock.advance(60_000)
  expect(computer.responder.view().state).toBe('failed')
})

test('one family fails: the other works, and the reason is shown', () => {
  const problem = { code: 'mdns.port-in-use', message: 'Taken.' }
  const { computer } = settled({
    interfaces: { eth0: ['10.9.0.1/24', 'fe80::1/64'] },
    failures: { 4: problem },
  })
  expect(computer.responder.view()).toMatchObject({
    state: 'running',
    problem,
    names: [{ state: 'announced' }],
  })
})

test('changes are told once each, and only changes', () => {
  const clock = createManualClock()
  const lan = createFakeLan(clock)
  const computer = createLanComputer(clock, lan)
  const states: unknown[] = []
  computer.responder.onChange(() => states.push(computer.responder.view().names[0]?.state))
  computer.setSettings({ enabled: false })
  computer.setSettings({ enabled: true })
  expect(states.splice(0)).toEqual([undefined, 'probing'])
  clock.advance(60_000)
  expect(states).toEqual(['announced'])
  const conflict = octets({ isResponse: true, answers: [address(name, '10.9.0.77')] })
  lan.inject(conflict, { address: '10.9.0.77', port: 5353 })
  clock.advance(settledMs)
  expect(states).toEqual(['announced', 'probing', 'announced'])
})

test('no name is ever logged', () => {
  const { clock, lan, computer } = settled({ names: [{ npub: mine, hosts: ['diary'] }] })
  lan.inject(octets({ questions: [question('secret-project.local')] }), {
    address: '10.9.0.5',
    port: 5353,
  })
  clock.advance(1000)
  expect(computer.logged.length).toBeGreaterThan(0)
  expect(JSON.stringify(computer.logged)).not.toMatch(/npub1|diary|secret-project/)
})
