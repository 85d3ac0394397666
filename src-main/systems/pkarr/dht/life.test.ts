import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createHealth } from '../../../env/health.ts'
import { createManualClock } from '../../../relays/testing/manual-clock.ts'
import { testKey } from '../testing/test-keys.ts'
import type { Message, StorageNode, Tamper } from './testing/storage-node.ts'
import type { DhtSettings } from './dht-carrier.ts'
import {
  createGate,
  createMemoryNodes,
  doorOf,
  lookUp,
  savedNode,
  seenBy,
  useDhtFixture,
} from './testing/carrier-fixture.ts'
import { itemOf, payloadOfSize, store } from './testing/stored-items.ts'

const owner = testKey(7)
const packet = owner.packet(1_700_000_000_000_000n, payloadOfSize(100))

describe('the life of the DHT carrier', () => {
  const { startNet, startCarrier, after } = useDhtFixture()

  it('opens nothing before the first question', async () => {
    const net = await startNet(1)
    const nodes = createMemoryNodes()
    let loads = 0
    const carrier = await startCarrier(doorOf(net), {
      nodes: { ...nodes, load: () => nodes.load().finally(() => (loads += 1)) },
    })
    expect([loads, carrier.status().state]).toEqual([0, 'unused'])
    await lookUp(carrier, owner)
    expect([loads, carrier.status().state]).toEqual([1, 'ok'])
  })

  it('starts from the nodes of the last run, asking no bootstrap node and no name', async () => {
    const net = await startNet(8)
    store(net, owner, itemOf(packet))
    const nodes = createMemoryNodes()
    const first = await startCarrier(doorOf(net), { nodes })
    await lookUp(first, owner)
    await first.stop()
    expect(nodes.saved()).toHaveLength(8)
    expect(nodes.saved()).toContainEqual(savedNode(net[3] as StorageNode))
    const second = await startCarrier(['never-asked.example:1'], { nodes })
    expect((await lookUp(second, owner)).packets).toEqual([packet])
  })

  it('asks bootstrap names when the nodes of the last run are gone', async () => {
    const gone = await startNet(6)
    const nodes = createMemoryNodes(gone.map(savedNode))
    await Promise.all(gone.map((node) => node.stop()))
    const net = await startNet(3)
    store(net, owner, itemOf(packet))
    const asked: string[] = []
    const carrier = await startCarrier([`boot.example:${net[0]?.port}`], {
      nodes,
      lookupHost(name) {
        asked.push(name)
        return Promise.resolve(['127.0.0.1'])
      },
    })
    expect((await lookUp(carrier, owner)).packets).toEqual([packet])
    expect(asked).toEqual(['boot.example'])
  })

  it('survives saved nodes that are damaged', async () => {
    const net = await startNet(2)
    const nodes = createMemoryNodes([
      { id: 'zz', host: '127.0.0.1', port: 1 },
      { id: '00'.repeat(20), host: '127.0.0.1; rm', port: 1 },
      { id: '00'.repeat(20), host: '127.0.0.1', port: 99_999 },
    ])
    const carrier = await startCarrier(doorOf(net), { nodes })
    expect((await lookUp(carrier, owner)).end).toEqual({ kind: 'done', answers: 2 })
    const unreadable = await startCarrier(doorOf(net), {
      nodes: { load: () => Promise.reject(new Error('disk')), save: nodes.save },
    })
    expect((await lookUp(unreadable, owner)).end).toEqual({ kind: 'done', answers: 2 })
  })

  it('starts offline, says so, and finds the network by itself when it is back', async () => {
    const net = await startNet(3)
    const clock = createManualClock()
    let isOnline = false
    const carrier = await startCarrier(
      [`boot.example:${net[0]?.port}`],
      {
        lookupHost: () =>
          isOnline ? Promise.resolve(['127.0.0.1']) : Promise.reject(new Error('offline')),
      },
      { clock },
    )
    expect((await lookUp(carrier, owner)).end).toEqual({
      kind: 'failed',
      problem: 'No DHT node answered.',
    })
    expect(carrier.status()).toMatchObject({
      state: 'failing',
      lastError: 'No DHT node answered.',
    })
    isOnline = true
    const back = new Promise<void>((resolve) => {
      carrier.onChange(() => {
        if (carrier.status().state === 'ok') resolve()
      })
    })
    clock.advance(5_000)
    await back
    expect(carrier.status()).toMatchObject({ state: 'ok', nodes: 3 })
  })

  it('frees its port and its timers when stopped, and ends what is under way', async () => {
    const asked = createGate()
    const net = await startNet(1, () => {
      asked.open()
      return undefined
    })
    const clock = createManualClock()
    const port = await freePort()
    const carrier = await startCarrier(
      [],
      { settings: () => ({ enabled: true, port, bootstrap: doorOf(net) }) },
      { clock },
    )
    const lookup = lookUp(carrier, owner)
    await asked.opened
    await Promise.all([carrier.stop(), carrier.stop()])
    expect((await lookup).end).toMatchObject({ kind: 'failed' })
    expect(clock.pending()).toBe(0)
    await bound(port)
    expect((await lookUp(carrier, owner)).end).toMatchObject({ kind: 'failed' })
  })

  it('can be started again', async () => {
    const net = await startNet(2)
    const carrier = await startCarrier(doorOf(net))
    await lookUp(carrier, owner)
    await carrier.stop()
    await carrier.start()
    expect((await lookUp(carrier, owner)).end).toEqual({ kind: 'done', answers: 2 })
  })

  it('takes another port when the one in the settings is in use, and says so', async () => {
    const net = await startNet(2)
    const port = await freePort()
    const taken = await bound(port)
    const health = createHealth(() => 0)
    const settings: DhtSettings = { enabled: true, port, bootstrap: doorOf(net) }
    const carrier = await startCarrier([], { health, settings: () => settings })
    expect((await lookUp(carrier, owner)).end).toEqual({ kind: 'done', answers: 2 })
    expect(health.list().map(({ code }) => code)).toEqual(['pkarr.dht-port-in-use'])
    expect(seenBy(net, 'get')[0]?.from.port).not.toBe(port)
    expect(taken.address().port).toBe(port)
  })

  it('follows the settings: another port, off, on', async () => {
    const net = await startNet(1)
    let settings: DhtSettings = { enabled: true, port: 0, bootstrap: doorOf(net) }
    const carrier = await startCarrier([], { settings: () => settings })
    await lookUp(carrier, owner)
    const port = await freePort()
    settings = { ...settings, port }
    carrier.settingsChanged()
    await lookUp(carrier, owner)
    expect(seenBy(net, 'get').at(-1)?.from.port).toBe(port)
    settings = { ...settings, enabled: false }
    carrier.settingsChanged()
    expect(carrier.status().state).toBe('off')
    await bound(port)
    expect((await lookUp(carrier, owner)).end).toEqual({
      kind: 'failed',
      problem: 'The DHT is turned off in the settings.',
    })
    settings = { ...settings, port: 0, enabled: true }
    carrier.settingsChanged()
    expect((await lookUp(carrier, owner)).end).toEqual({ kind: 'done', answers: 1 })
  })

  it('does not take settings changed during a look-up for silence of the network', async () => {
    const gate = createGate()
    const net = await startNet(1, async (honest) => {
      await gate.opened
      return honest
    })
    let settings: DhtSettings = { enabled: true, port: 0, bootstrap: doorOf(net) }
    const carrier = await startCarrier([], { settings: () => settings })
    const first = lookUp(carrier, owner)
    const isAsked = async (times: number): Promise<void> => {
      while (seenBy(net, 'get').length < times) {
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    await isAsked(1)
    const ports = [await freePort(), await freePort()] as const
    settings = { ...settings, port: ports[0] }
    carrier.settingsChanged()
    const opening = lookUp(carrier, owner)
    settings = { ...settings, port: ports[1] }
    carrier.settingsChanged()
    const second = lookUp(carrier, owner)
    await Promise.all([first, opening])
    expect(carrier.status().lastError).toBeUndefined()
    await isAsked(2)
    const third = lookUp(carrier, owner)
    gate.open()
    expect((await second).end).toEqual({ kind: 'done', answers: 1 })
    expect((await third).end).toEqual({ kind: 'done', answers: 1 })
    expect(carrier.status().state).toBe('ok')
    expect(seenBy(net, 'get').at(-1)?.from.port).toBe(ports[1])
  })

  it('takes an id that fits its address once several nodes agree on it', async () => {
    const sawAt =
      (host: readonly number[]): Tamper =>
      (honest): Message => ({ ...honest, ip: Buffer.from([...host, 0x1a, 0xe1]) })
    // BEP 42 gives ids for 21.75.31.124 the prefix 5a3ce9, if `rand` is 86 (mod 8: 6).
    const net = await startNet(5, sawAt([21, 75, 31, 124]))
    const [liar] = net
    if (liar !== undefined) liar.tamper = sawAt([198, 51, 100, 1])
    const random = { bytes: (length: number) => randomBytesWith(length, 86) }
    const carrier = await startCarrier(doorOf(net), {}, { random })
    await lookUp(carrier, owner)
    await lookUp(carrier, owner)
    const ids = seenBy(net, 'get').map(({ args }) =>
      Buffer.from(args.get('id') as Uint8Array).toString('hex'),
    )
    expect(ids[0]).not.toMatch(/^5a3ce/u)
    expect(ids.at(-1)).toMatch(/^5a3ce/u)
    expect(carrier.status().nodes).toBe(5)
  })

  /** A socket on `port` of every address; fails when it is in use. */
  async function bound(port: number): Promise<ReturnType<typeof createSocket>> {
    const socket = createSocket('udp4')
    socket.bind({ port, address: '0.0.0.0', exclusive: true })
    await once(socket, 'listening')
    after(
      () =>
        new Promise<void>((resolve) => {
          socket.close(() => resolve())
        }),
    )
    return socket
  }
})

async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, '0.0.0.0')
  await once(socket, 'listening')
  const { port } = socket.address()
  await new Promise<void>((resolve) => {
    socket.close(() => resolve())
  })
  return port
}

let counter = 0
function randomBytesWith(length: number, last: number): Uint8Array {
  counter += 1
  const bytes = new Uint8Array(length).fill(counter % 251)
  bytes[length - 1] = length === 4 ? counter >> 3 : last
  return bytes
}
