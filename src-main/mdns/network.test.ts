/**
 * The responder on real sockets against avahi, on computers made of network namespaces. Needs Linux
 * and root; avahi never runs outside the namespaces.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { generateSecretKey, getPublicKey, nip19 } from 'nostr-tools'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { MdnsView } from '../../src-preload/contract/system-model.ts'
import { decodeMessage } from '../dns/wire/decode.ts'
import { bundleFixture, type Fixture } from '../store/bundle-fixture.ts'
import { startAvahi, type Avahi } from './testing/avahi.ts'
import type { ChildLines } from './testing/child-lines.ts'
import { findAvahi, isInstalled } from './testing/avahi-programs.ts'
import { brief, question } from './testing/fake-lan.ts'
import type { HeardPacket, LabOrders } from './testing/lab-program.fixture.ts'
import {
  createNetworkLab,
  labObstacle,
  type LabHost,
  type NetworkLab,
} from './testing/network-lab.ts'

const obstacle = labObstacle()
const programs = obstacle === undefined ? findAvahi() : undefined
const reason =
  obstacle ?? (programs === undefined ? 'needs avahi, unpacked by npm test, or installed' : '')

describe.skipIf(reason !== '')(`mDNS between computers${reason && ` (skipped: ${reason})`}`, () => {
  /** New for each test: what avahi remembers of other tests does not matter. */
  let mine = ''
  let theirs = ''
  let name = ''
  let fixture: Fixture
  let lab: NetworkLab
  let pc: LabHost
  let laptop: LabHost
  let watcher: LabHost
  /** Avahi on the computer beside ours, and on the very one that runs our responder. */
  let avahi: Avahi
  let localAvahi: Avahi
  const running: ChildLines[] = []

  beforeAll(async () => {
    if (programs === undefined) return
    fixture = await bundleFixture(new URL('testing/lab-program.fixture.ts', import.meta.url))
    lab = await createNetworkLab(['pc', 'laptop', 'watcher'])
    ;[pc, laptop, watcher] = [lab.host('pc'), lab.host('laptop'), lab.host('watcher')]
    ;[localAvahi, avahi] = await Promise.all([
      startAvahi(pc, programs),
      startAvahi(laptop, programs),
    ])
  }, 120_000)

  afterAll(async () => {
    await Promise.all([avahi?.stop(), localAvahi?.stop()])
    await lab?.stop()
    if (fixture !== undefined) await rm(fixture.folder, { recursive: true, force: true })
  }, 60_000)

  beforeEach(() => {
    ;[mine, theirs] = [newNpub(), newNpub()]
    name = `${mine}.local`
  })

  afterEach(async () => {
    await Promise.all(running.splice(0).map((child) => child.kill()))
  })

  const program = (host: LabHost, ...args: readonly string[]): ChildLines => {
    const child = host.run([process.execPath, join(fixture.folder, 'fixture.mjs'), ...args])
    running.push(child)
    return child
  }
  const respond = (host: LabHost, change: Partial<LabOrders> = {}): ChildLines => {
    const orders: LabOrders = {
      settings: { enabled: true, answerForOthers: false },
      names: [{ npub: mine, hosts: [] }],
      published: {},
      ...change,
    }
    return program(host, 'responder', JSON.stringify(orders))
  }

  /** Waits for a view that `accept` takes, among those printed after the first `seen` lines. */
  const viewOf = async (
    child: ChildLines,
    accept: (view: MdnsView) => boolean,
    seen = 0,
  ): Promise<MdnsView> => {
    const line = await child.line((text) => {
      const { view } = JSON.parse(text) as { view?: MdnsView }
      return view !== undefined && child.lines.indexOf(text, seen) >= 0 && accept(view)
    })
    return (JSON.parse(line) as { view: MdnsView }).view
  }
  const isIn =
    (state: MdnsView['names'][number]['state']) =>
    ({ names }: MdnsView): boolean =>
      names.length > 0 && names.every((shown) => shown.state === state)

  const watch = async (): Promise<ChildLines> => {
    const listener = program(watcher, 'listen', watcher.address)
    await listener.line((line) => line === '"ready"')
    return listener
  }
  const heardBy = (listener: ChildLines): readonly HeardPacket[] =>
    listener.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
  const responsesIn = (packets: readonly HeardPacket[]): readonly HeardPacket[] =>
    packets.filter(({ hex }) => decodeMessage(Buffer.from(hex, 'hex')).isResponse)
  const answersIn = ({ hex }: HeardPacket): readonly string[] =>
    brief(decodeMessage(Buffer.from(hex, 'hex')).answers)

  test('avahi on another computer resolves the name, hosts below it, in any case, both families', async () => {
    const responder = respond(pc, { names: [{ npub: mine, hosts: ['nas'] }] })
    const view = await viewOf(responder, isIn('announced'))
    const [{ addresses } = { addresses: [] }] = view.interfaces
    expect(await avahi.resolve(name)).toBe(pc.address)
    expect(await avahi.resolve(`nas.${name}`)).toBe(pc.address)
    expect(await avahi.resolve(name.toUpperCase())).toBe(pc.address)
    expect(addresses).toContain(await avahi.resolve(name, 6))
  }, 60_000)

  test('beside the system’s responder: both answer, here and on the other computer', async () => {
    await viewOf(respond(pc), isIn('announced'))
    expect(await localAvahi.resolve(name)).toBe(pc.address)
    expect(await localAvahi.resolve('laptop.local')).toBe(laptop.address)
    expect(await avahi.resolve('pc.local')).toBe(pc.address)
    expect(await avahi.resolve(name)).toBe(pc.address)
  }, 60_000)

  test('the system’s responder may come second', async () => {
    if (programs === undefined) return
    await localAvahi.stop()
    await viewOf(respond(pc), isIn('announced'))
    localAvahi = await startAvahi(pc, programs)
    expect(await localAvahi.resolve(name)).toBe(pc.address)
    expect(await avahi.resolve(name)).toBe(pc.address)
  }, 60_000)

  test('avahi has the name: conflict is said and the name left alone, until avahi lets go', async () => {
    const rival = avahi.publish(name, laptop.address)
    running.push(rival)
    await rival.line((line) => line.includes('Established'))
    const responder = respond(pc)
    const view = await viewOf(responder, isIn('conflict'))
    expect(view.names[0]?.detail).toContain('on eth0')
    expect(await avahi.resolve(name)).toBe(laptop.address)
    const seen = responder.lines.length
    await rival.kill('SIGTERM')
    await viewOf(responder, isIn('announced'), seen)
    expect(await localAvahi.resolve(name)).toBe(pc.address)
  }, 60_000)

  test('we have the name: avahi is told so and does not take it', async () => {
    const responder = respond(pc)
    await viewOf(responder, isIn('announced'))
    const rival = avahi.publish(name, laptop.address)
    running.push(rival)
    await rival.line((line) => /collision/i.test(line))
    expect(await avahi.resolve(name)).toBe(pc.address)
  }, 60_000)

  test('goodbye: once we stop, avahi’s cache forgets the name long before its 120 s', async () => {
    const responder = respond(pc)
    await viewOf(responder, isIn('announced'))
    expect(await avahi.resolve(name)).toBe(pc.address)
    responder.closeInput()
    expect(await responder.ended).toBe(0)
    // The cache keeps what ends for a second (s.10.1). Should it keep it longer, time runs out here.
    while ((await avahi.resolve(name)) !== undefined) await pause(100)
  }, 60_000)

  test('killed without goodbye, the name stays in avahi’s cache: what the test above relies on', async () => {
    const responder = respond(pc)
    await viewOf(responder, isIn('announced'))
    expect(await avahi.resolve(name)).toBe(pc.address)
    await responder.kill()
    expect(await avahi.resolve(name)).toBe(pc.address)
  }, 60_000)

  test('two responders on one link: one answer each to a question, and no echo', async () => {
    const other = { names: [{ npub: theirs, hosts: [] }] }
    await Promise.all([
      viewOf(respond(pc), isIn('announced')),
      viewOf(respond(laptop, other), isIn('announced')),
    ])
    const listener = await watch()
    const denials = (): readonly HeardPacket[] =>
      responsesIn(heardBy(listener)).filter((packet) => answersIn(packet).includes('NSEC'))
    // The second answers come a second after the first (s.6): time enough for an echo to show.
    for (const [first, second, expected] of [
      [name, `${theirs}.local`, 2],
      [`${theirs}.local`, name, 4],
    ] as const) {
      listener.write(`${first} ${second}`)
      await listener.line(() => denials().length >= expected)
    }
    expect(denials().filter(({ from }) => from === pc.address)).toHaveLength(2)
    expect(denials().filter(({ from }) => from === laptop.address)).toHaveLength(2)
  }, 60_000)

  test('a legacy asker gets a conventional answer by unicast (s.6.7)', async () => {
    await viewOf(respond(pc), isIn('announced'))
    const listener = await watch()
    const asker = program(laptop, 'ask', name)
    const reply = JSON.parse(await asker.line((line) => line.startsWith('{'))) as HeardPacket
    expect(reply).toMatchObject({ from: pc.address, port: 5353 })
    const message = decodeMessage(Buffer.from(reply.hex, 'hex'))
    expect(message).toMatchObject({ id: 0x1234, isResponse: true })
    expect(message.questions).toEqual([question(name)])
    expect(message.answers).toEqual([
      { name, class: 1, ttl: 10, rdata: { type: 'A', address: pc.address } },
    ])
    const told = responsesIn(heardBy(listener)).map(({ hex }) => hex)
    expect(told).not.toContain(reply.hex)
  }, 60_000)

  test.skipIf(!isInstalled('tcpdump'))(
    'every packet leaves with IP TTL 255 (s.11)',
    async () => {
      const filter = ['udp', 'port', '5353']
      const capture = watcher.run(['tcpdump', '-i', 'eth0', '-nvl', '-Z', 'root', ...filter])
      running.push(capture)
      await capture.line((line) => line.includes('listening on'))
      await viewOf(respond(pc), isIn('announced'))
      const isFrom = (start: string) => (line: string) => line.trimStart().startsWith(start)
      await capture.line(isFrom(`${pc.address}.5353`))
      const headers = capture.lines.filter(
        (line) => /\bIP6? \(/.test(line) || / > 224\.0/.test(line),
      )
      const text = headers.join('\n')
      expect(text).toMatch(/\(tos 0x0, ttl 255/)
      expect(text).not.toMatch(/ttl (?!255)\d+|hlim (?!255)\d+/)
    },
    60_000,
  )

  test('for names of others: this computer’s avahi gets the published address, nobody else hears it', async () => {
    const published = '203.0.113.7'
    const listener = await watch()
    const responder = respond(pc, {
      settings: { enabled: true, answerForOthers: true },
      published: {
        [theirs]: [published, '2001:db8::7'],
        [`nas.${theirs}`]: ['203.0.113.8'],
      },
    })
    await viewOf(responder, isIn('announced'))
    expect(await localAvahi.resolve(`${theirs}.local`)).toBe(published)
    expect(await localAvahi.resolve(`nas.${theirs}.local`)).toBe('203.0.113.8')
    expect(await localAvahi.resolve(`${theirs}.local`, 6)).toBe('2001:db8::7')
    expect(await avahi.resolve(`${theirs}.local`)).toBeUndefined()
    const told = responsesIn(heardBy(listener)).flatMap(answersIn)
    expect(told).toContain(`A ${pc.address}`)
    expect(told.filter((record) => /203\.0\.113|2001:db8/.test(record))).toEqual([])
  }, 60_000)

  test('the device on the link goes before its published record', async () => {
    await viewOf(respond(laptop, { names: [{ npub: theirs, hosts: [] }] }), isIn('announced'))
    const responder = respond(pc, {
      settings: { enabled: true, answerForOthers: true },
      published: { [theirs]: ['203.0.113.7'] },
    })
    await viewOf(responder, isIn('announced'))
    expect(await localAvahi.resolve(`${theirs}.local`)).toBe(laptop.address)
  }, 60_000)

  test('a network that goes and comes back: probed and announced again', async () => {
    const responder = respond(watcher)
    await viewOf(responder, isIn('announced'))
    await watcher.do('ip', 'link', 'set', 'eth0', 'down')
    await viewOf(responder, ({ interfaces }) => interfaces.length === 0)
    const seen = responder.lines.length
    await watcher.do('ip', 'link', 'set', 'eth0', 'up')
    await viewOf(responder, isIn('announced'), seen)
    expect(await avahi.resolve(name)).toBe(watcher.address)
  }, 60_000)

  test('a program that shares no port: failed, with the reason and the next step; it goes on', async () => {
    const script = `require('dgram').createSocket('udp4').bind(5353, () => console.log('mine'));
      require('dgram').createSocket({ type: 'udp6', ipv6Only: true }).bind(5353)`
    const selfish = watcher.run([process.execPath, '-e', script])
    running.push(selfish)
    await selfish.line((line) => line === 'mine')
    const responder = respond(watcher)
    const view = await viewOf(responder, ({ state }) => state === 'failed')
    expect(view.problem?.code).toBe('mdns.port-in-use')
    expect(view.problem?.hint).toBeDefined()
    responder.closeInput()
    expect(await responder.ended).toBe(0)
  }, 60_000)
})

function newNpub(): string {
  return nip19.npubEncode(getPublicKey(generateSecretKey()))
}
