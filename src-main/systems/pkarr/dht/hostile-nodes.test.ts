import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { silentLogger } from '../../../env/logger.ts'
import { systemClock, systemRandom } from '../../../env/system-env.ts'
import { testKey } from '../testing/test-keys.ts'
import { encodeBencode, type Bencodable } from './bencode.ts'
import { writeContacts } from './contact.ts'
import { createDhtCarrier } from './dht-carrier.ts'
import {
  createMemoryNodes,
  doorOf,
  lookUp,
  seenBy,
  useDhtFixture,
} from './testing/carrier-fixture.ts'
import type { Message, StoredItem, Tamper } from './testing/storage-node.ts'
import { itemOf, payloadOfSize, signItem, store } from './testing/stored-items.ts'

const owner = testKey(7)
const stranger = testKey(8)
const old = owner.packet(1_700_000_000_000_000n, payloadOfSize(100))
const fresh = owner.packet(1_700_000_000_000_001n, payloadOfSize(100))

/** The honest answer with some of its values changed. */
function withValues(honest: Message, values: Readonly<Record<string, Bencodable>>): Message {
  return { ...honest, r: { ...(honest['r'] as Readonly<Record<string, Bencodable>>), ...values } }
}

describe('nodes that lie', () => {
  const { startNet, startCarrier, after } = useDhtFixture()

  it.each<[string, StoredItem]>([
    ['a bad signature', { ...itemOf(fresh), signature: new Uint8Array(64).fill(3) }],
    ['a short signature', { ...itemOf(fresh), signature: new Uint8Array(63) }],
    ['another time', { ...itemOf(fresh), seq: fresh.timestampUs + 1n }],
    ['another payload', { ...itemOf(fresh), value: payloadOfSize(99) }],
    ['a negative time', signItem(owner, -1n, payloadOfSize(50))],
    ['a packet of another key', itemOf(stranger.packet(9n, payloadOfSize(50)))],
    ['a value beyond 1000 bytes', signItem(owner, 9n, Buffer.alloc(1200))],
    ['a value nobody signed', { ...itemOf(fresh), value: [1n] }],
  ])('are left out when they send %s', async (_what, forged) => {
    const net = await startNet(6)
    store(net.slice(0, 3), owner, itemOf(old))
    store(net.slice(3), owner, forged)
    const { end, packets } = await lookUp(await startCarrier(doorOf(net)), owner)
    expect(packets).toEqual([old])
    expect(end).toEqual({ kind: 'done', answers: 3 })
  })

  it('name nobody we would ask', async () => {
    const liars = await startNet(1)
    const victims = await startNet(2)
    store(liars, owner, { ...itemOf(fresh), signature: new Uint8Array(64) })
    for (const liar of liars) {
      liar.tamper = (honest) => withValues(honest, { nodes: writeContacts(victims) })
    }
    const { end } = await lookUp(await startCarrier(doorOf(liars)), owner)
    expect(end).toMatchObject({ kind: 'failed' })
    expect(seenBy(victims, 'get')).toEqual([])
  })

  it('cannot answer for others, or to what was not asked', async () => {
    const net = await startNet(1)
    const outsiders = await startNet(1)
    store(net, owner, itemOf(fresh))
    for (const node of net) {
      node.tamper = async (honest, { from }) => {
        for (const outsider of outsiders) await outsider.send(encodeBencode(honest), from)
        await node.send(encodeBencode({ ...honest, t: 'zzzz' }), from)
        return { t: honest['t'], y: 'e', e: [202, 'Server Error'] }
      }
    }
    const { end, packets } = await lookUp(await startCarrier(doorOf(net)), owner)
    expect(packets).toEqual([])
    expect(end).toMatchObject({ kind: 'failed' })
  })

  it('cannot keep honest ones from being heard', async () => {
    const net = await startNet(20)
    store(net, owner, itemOf(old))
    const tampers: Tamper[] = [
      () => Buffer.from('d1:rd2:id20:'),
      () => Buffer.alloc(0),
      () => Buffer.alloc(6000, 'd'),
      (honest) => ({ t: honest['t'], y: 'r' }),
      (honest) => ({ t: honest['t'], y: 'e', e: [201, 'Generic Error'] }),
      (honest) => ({ t: honest['t'], y: 'e', e: 'what' }),
      (honest) => withValues(honest, { id: 'short' }),
    ]
    for (const [index, tamper] of tampers.entries()) {
      const node = net[index + 1]
      if (node !== undefined) node.tamper = tamper
    }
    const { end, packets } = await lookUp(await startCarrier(doorOf(net)), owner)
    expect(packets).toEqual([old])
    expect(end).toEqual({ kind: 'done', answers: 20 - tampers.length })
  })

  it('cannot make a look-up endless', async () => {
    const net = await startNet(1)
    for (const node of net) {
      node.tamper = (honest) => {
        const names = Array.from({ length: 30 }, () => ({ ...node, id: randomBytes(20) }))
        const ports = names.map((name, index) => ({ ...name, port: 1 + index }))
        return withValues(honest, { nodes: writeContacts([...names, ...ports]) })
      }
    }
    const { end } = await lookUp(await startCarrier(doorOf(net)), owner)
    expect(end).toEqual({ kind: 'done', answers: 1 })
    expect(seenBy(net, 'get')).toHaveLength(1)
  })

  it('have their nonsense nodes passed over', async () => {
    const net = await startNet(3)
    for (const node of net.slice(1)) {
      node.tamper = (honest) => withValues(honest, { nodes: Buffer.alloc(27), token: 5 })
    }
    const { end } = await lookUp(await startCarrier(doorOf(net)), owner)
    expect(end).toEqual({ kind: 'done', answers: 3 })
  })

  it('are not asked at an address that is not allowed', async () => {
    const net = await startNet(2)
    const asked: string[] = []
    const carrier = await startCarrier(doorOf(net), {
      allowsAddress(host) {
        asked.push(host)
        return false
      },
    })
    expect((await lookUp(carrier, owner)).end).toMatchObject({ kind: 'failed' })
    expect(asked).toEqual(['127.0.0.1'])
    expect(net.flatMap(({ seen }) => seen)).toEqual([])
  })

  it('are not asked on this computer or the local network by default', async () => {
    const net = await startNet(1)
    const carrier = createDhtCarrier(
      { clock: systemClock, random: systemRandom, log: silentLogger },
      {
        settings: () => ({ enabled: true, port: 0, bootstrap: ['trap.example:1', ...doorOf(net)] }),
        lookupHost: () => Promise.resolve(['10.0.0.1', '127.0.0.1', '192.168.1.1']),
        nodes: createMemoryNodes(),
      },
    )
    after(() => carrier.stop())
    await carrier.start()
    expect((await lookUp(carrier, owner)).end).toMatchObject({ kind: 'failed' })
    expect(net[0]?.seen).toEqual([])
  })

  it('get no answer when they ask us', async () => {
    const net = await startNet(1)
    let from = { host: '', port: 0 }
    for (const node of net) {
      node.tamper = (honest, query) => {
        from = query.from
        return honest
      }
    }
    await lookUp(await startCarrier(doorOf(net)), owner)
    const asker = createSocket('udp4')
    after(
      () =>
        new Promise<void>((resolve) => {
          asker.close(() => resolve())
        }),
    )
    const received: Uint8Array[] = []
    asker.on('message', (bytes) => received.push(bytes))
    asker.bind(0, '127.0.0.1')
    await once(asker, 'listening')
    const ping = encodeBencode({ t: 'aa', y: 'q', q: 'ping', a: { id: randomBytes(20) } })
    for (let count = 0; count < 50; count += 1) asker.send(ping, from.port, '127.0.0.1')
    asker.send(ping, asker.address().port, '127.0.0.1')
    await once(asker, 'message')
    expect(received).toEqual([ping])
  })
})
