import { describe, expect, it } from 'vitest'
import { testKey } from '../testing/test-keys.ts'
import { createGate, doorOf, lookUp, seenBy, useDhtFixture } from './testing/carrier-fixture.ts'
import type { Tamper } from './testing/storage-node.ts'
import { holdersOf, itemOf, payloadOfSize, signItem, store } from './testing/stored-items.ts'

const owner = testKey(7)
const old = owner.packet(1_700_000_000_000_000n, payloadOfSize(100))
const fresh = owner.packet(1_700_000_000_000_001n, payloadOfSize(100))
const patient = new AbortController().signal

/** A node that answers every `put` with this error. */
const refusing =
  (code: number): Tamper =>
  (honest, { method }) =>
    method === 'put' ? { t: honest['t'], y: 'e', e: [code, 'no'] } : honest

describe('announcing in the DHT', () => {
  const { startNet, startCarrier } = useDhtFixture()

  it('stores on the 20 nearest nodes, from where it is found', async () => {
    const net = await startNet(40)
    const carrier = await startCarrier(doorOf(net))
    expect(await carrier.publish(fresh, patient)).toEqual({
      carrier: 'dht',
      kind: 'dht',
      state: 'stored',
      nodes: 20,
    })
    expect(holdersOf(net, fresh)).toBe(20)
    const { packets } = await lookUp(await startCarrier(doorOf(net)), owner)
    expect(packets).toEqual([fresh])
  })

  it('sends the bytes as they were signed, without salt or cas', async () => {
    const net = await startNet(2)
    const largest = owner.packet(9n, payloadOfSize(1000))
    const carrier = await startCarrier(doorOf(net))
    expect(await carrier.publish(largest, patient)).toMatchObject({ state: 'stored', nodes: 2 })
    const puts = seenBy(net, 'put')
    expect(puts).toHaveLength(2)
    for (const { args, isReadOnly } of puts) {
      expect(isReadOnly).toBe(true)
      expect([...args.keys()].toSorted()).toEqual(
        ['id', 'k', 'seq', 'sig', 'target', 'token', 'v'].filter((name) => args.has(name)),
      )
      expect(args.get('seq')).toBe(9n)
      expect(Buffer.from(largest.payload).equals(args.get('v') as Uint8Array)).toBe(true)
    }
  })

  it('announces the same packet again, also to nodes that refuse an equal time', async () => {
    const net = await startNet(6)
    const carrier = await startCarrier(doorOf(net))
    await carrier.publish(fresh, patient)
    for (const node of net.slice(0, 4)) node.tamper = refusing(302)
    expect(await carrier.publish(fresh, patient)).toMatchObject({ state: 'stored', nodes: 6 })
  })

  it('replaces an older packet', async () => {
    const net = await startNet(4)
    store(net, owner, itemOf(old))
    const carrier = await startCarrier(doorOf(net))
    expect(await carrier.publish(fresh, patient)).toMatchObject({ state: 'stored', nodes: 4 })
    expect(holdersOf(net, fresh)).toBe(4)
  })

  it.each([
    ['a newer packet', itemOf(fresh)],
    ['a newer item that is no packet', signItem(owner, fresh.timestampUs, Buffer.from('no dns'))],
  ])('never puts an older packet over %s', async (_what, newer) => {
    const net = await startNet(5)
    store(net.slice(4), owner, newer)
    const carrier = await startCarrier(doorOf(net))
    expect(await carrier.publish(old, patient)).toMatchObject({ state: 'conflict' })
    expect(seenBy(net, 'put')).toEqual([])
  })

  it('lets the majority decide about conflicts', async () => {
    const net = await startNet(5)
    for (const node of net.slice(0, 2)) node.tamper = refusing(301)
    const carrier = await startCarrier(doorOf(net))
    expect(await carrier.publish(old, patient)).toMatchObject({ state: 'stored', nodes: 3 })
    for (const node of net.slice(0, 3)) node.tamper = refusing(302)
    expect(await carrier.publish(fresh, patient)).toMatchObject({ state: 'conflict' })
  })

  it('says that nodes refuse, with their words', async () => {
    const net = await startNet(3)
    for (const node of net) node.tamper = refusing(203)
    expect(await (await startCarrier(doorOf(net))).publish(fresh, patient)).toEqual({
      carrier: 'dht',
      kind: 'dht',
      state: 'refused',
      detail: 'DHT nodes refused it: 203 no',
    })
  })

  it('is unreachable when nobody answers, and when the caller gives up', async () => {
    const net = await startNet(3)
    const carrier = await startCarrier([])
    expect(await carrier.publish(fresh, patient)).toMatchObject({ state: 'unreachable' })
    const asked = createGate()
    const [door] = net
    if (door === undefined) throw new Error('no node')
    door.tamper = () => {
      asked.open()
      return undefined
    }
    const other = await startCarrier(doorOf(net))
    const caller = new AbortController()
    const delivery = other.publish(fresh, caller.signal)
    await asked.opened
    caller.abort()
    expect(await delivery).toMatchObject({ state: 'unreachable' })
  })
})
