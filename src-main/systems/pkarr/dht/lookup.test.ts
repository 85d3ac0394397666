import { setMaxListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import type { CarrierEnd } from '../carrier.ts'
import { testKey } from '../testing/test-keys.ts'
import { writeContacts } from './contact.ts'
import {
  createGate,
  createMemoryNodes,
  doorOf,
  lookUp,
  seenBy,
  useDhtFixture,
} from './testing/carrier-fixture.ts'
import { itemOf, payloadOfSize, signItem, store } from './testing/stored-items.ts'

const owner = testKey(7)
const old = owner.packet(1_700_000_000_000_000n, payloadOfSize(100))
const fresh = owner.packet(1_700_000_000_000_001n, payloadOfSize(100))

describe('looking up in the DHT', () => {
  const { startNet, startCarrier } = useDhtFixture()

  it('finds a packet through one bootstrap node', async () => {
    const net = await startNet(30)
    store(net.slice(5), owner, itemOf(old))
    const carrier = await startCarrier(doorOf(net))
    expect(carrier.status()).toMatchObject({ id: 'dht', kind: 'dht', state: 'unused', nodes: 0 })
    const { end, packets } = await lookUp(carrier, owner)
    expect(packets).toEqual([old])
    if (end.kind !== 'done') throw new Error(end.problem)
    expect(end.answers).toBeGreaterThanOrEqual(20)
    expect(carrier.status().state).toBe('ok')
    expect(carrier.status().nodes).toBeGreaterThanOrEqual(20)
  })

  it('tells of each distinct packet once, of older ones too', async () => {
    const net = await startNet(12)
    store(net.slice(0, 6), owner, itemOf(old))
    store(net.slice(6), owner, itemOf(fresh))
    const { packets } = await lookUp(await startCarrier(doorOf(net)), owner)
    expect(packets.toSorted((a, b) => Number(a.timestampUs - b.timestampUs))).toEqual([old, fresh])
  })

  it('hands a packet over while other nodes still have to answer', async () => {
    const net = await startNet(12)
    store(net, owner, itemOf(old))
    const gate = createGate()
    for (const node of net.slice(1)) node.tamper = (honest) => gate.opened.then(() => honest)
    const carrier = await startCarrier(doorOf(net))
    const ends: CarrierEnd[] = []
    let lookup: Promise<unknown> = Promise.resolve()
    await new Promise<void>((resolve) => {
      lookup = lookUp(carrier, owner, { onPacket: () => resolve() }).then(({ end }) =>
        ends.push(end),
      )
    })
    expect(ends).toEqual([])
    gate.open()
    await lookup
    expect(ends).toEqual([{ kind: 'done', answers: 12 }])
  })

  it('runs look-ups side by side', async () => {
    const keys = Array.from({ length: 20 }, (_, index) => testKey(100 + index))
    const net = await startNet(1)
    const targets = new Set<string>()
    const all = createGate()
    for (const node of net) {
      node.tamper = async (honest, { args }) => {
        targets.add(Buffer.from(args.get('target') as Uint8Array).toString('hex'))
        if (targets.size === keys.length) all.open()
        await all.opened
        return honest
      }
    }
    const carrier = await startCarrier(doorOf(net))
    // One after the other they would never end: no answer comes before all have asked.
    const results = await Promise.all(keys.map((key) => lookUp(carrier, key)))
    expect(results.map(({ end }) => end)).toEqual(keys.map(() => ({ kind: 'done', answers: 1 })))
  })

  it('says that nobody has it', async () => {
    const net = await startNet(5)
    const { end, packets } = await lookUp(await startCarrier(doorOf(net)), owner)
    expect(end).toEqual({ kind: 'done', answers: 5 })
    expect(packets).toEqual([])
  })

  it('asks from one below the known time on, so that equals are seen', async () => {
    const net = await startNet(3)
    store(net.slice(0, 1), owner, itemOf(old))
    store(net.slice(1), owner, itemOf(fresh))
    const { packets } = await lookUp(await startCarrier(doorOf(net)), owner, {
      knownUs: fresh.timestampUs,
    })
    expect(packets).toEqual([fresh])
    const asked = seenBy(net, 'get').map(({ args }) => args.get('seq'))
    expect(asked).toEqual([old.timestampUs, old.timestampUs, old.timestampUs])
  })

  it('sends read-only queries, without salt', async () => {
    const net = await startNet(3)
    await lookUp(await startCarrier(doorOf(net)), owner)
    const queries = net.flatMap(({ seen }) => seen)
    expect(queries).toHaveLength(3)
    expect(queries.every(({ isReadOnly }) => isReadOnly)).toBe(true)
    expect(queries.some(({ args }) => args.has('salt'))).toBe(false)
  })

  it('asks nobody when only caches may be asked', async () => {
    const net = await startNet(1)
    const carrier = await startCarrier(doorOf(net))
    const { end } = await lookUp(carrier, owner, { policy: 'cache-only' })
    expect(end).toEqual({ kind: 'done', answers: 0 })
    expect(net[0]?.seen).toEqual([])
  })

  it('reads a packet of 1000 bytes', async () => {
    const largest = owner.packet(5n, payloadOfSize(1000))
    const net = await startNet(3)
    store(net, owner, itemOf(largest))
    const { packets } = await lookUp(await startCarrier(doorOf(net)), owner)
    expect(packets).toEqual([largest])
  })

  it.each([
    ['a string that is no DNS message', Buffer.from('no dns')],
    ['no string at all', [1n, new Map([['a', 2n]])]],
  ])('reports a newer item that the key signed: %s', async (_what, value) => {
    const net = await startNet(4)
    store(net.slice(0, 2), owner, itemOf(old))
    store(net.slice(2), owner, signItem(owner, fresh.timestampUs, value))
    const { end, packets } = await lookUp(await startCarrier(doorOf(net)), owner)
    expect(packets).toEqual([old])
    expect(end).toEqual({ kind: 'done', answers: 4, invalidSeq: fresh.timestampUs })
  })

  it('says nothing of an older item that is no packet', async () => {
    const net = await startNet(4)
    store(net.slice(0, 2), owner, itemOf(fresh))
    store(net.slice(2), owner, signItem(owner, old.timestampUs, Buffer.from('no dns')))
    const { end } = await lookUp(await startCarrier(doorOf(net)), owner)
    expect(end).toEqual({ kind: 'done', answers: 4 })
  })

  it('asks once more when nothing comes back: UDP loses packets', async () => {
    const net = await startNet(2)
    store(net, owner, itemOf(old))
    for (const node of net) {
      node.tamper = (honest) => (node.seen.length === 1 ? undefined : honest)
    }
    const { end, packets } = await lookUp(await startCarrier(doorOf(net)), owner)
    expect(packets).toEqual([old])
    expect(end).toEqual({ kind: 'done', answers: 2 })
  })

  it('goes by the id a node answers under, not by the one others give it', async () => {
    const net = await startNet(3)
    const [door] = net
    if (door === undefined) throw new Error('no node')
    const renamed = net.map((node) => ({ ...node, id: Buffer.alloc(20, 1) }))
    door.tamper = (honest) => ({
      ...honest,
      r: { id: door.id, nodes: writeContacts(renamed), token: 'door' },
    })
    const saved = createMemoryNodes()
    const carrier = await startCarrier(doorOf(net), { nodes: saved })
    expect((await lookUp(carrier, owner)).end).toEqual({ kind: 'done', answers: 3 })
    await carrier.stop()
    expect(
      saved
        .saved()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(net.map(({ id }) => Buffer.from(id).toString('hex')).toSorted())
  })

  it('ends at once when the caller gives up, with what it has', async () => {
    const net = await startNet(6)
    store(net, owner, itemOf(old))
    for (const node of net.slice(1)) node.tamper = () => undefined
    const carrier = await startCarrier(doorOf(net))
    const caller = new AbortController()
    const { end } = await lookUp(carrier, owner, {
      signal: caller.signal,
      onPacket: () => caller.abort(),
    })
    expect(end).toEqual({ kind: 'done', answers: 1 })
    const late = await lookUp(carrier, owner, { signal: caller.signal })
    expect(late.end).toMatchObject({ kind: 'failed' })
    expect(carrier.status().state).toBe('ok')
  })

  it('refuses what is no key, and more look-ups than it can hold', async () => {
    const net = await startNet(1, () => undefined)
    const carrier = await startCarrier(doorOf(net))
    expect((await lookUp(carrier, { key: 'nonsense' })).end).toMatchObject({ kind: 'failed' })
    const caller = new AbortController()
    setMaxListeners(0, caller.signal)
    const many = Array.from({ length: 1001 }, () =>
      lookUp(carrier, owner, { signal: caller.signal }),
    )
    expect((await many.at(-1))?.end).toEqual({
      kind: 'failed',
      problem: 'Too many look-ups at once.',
    })
    caller.abort()
    await Promise.all(many)
  })
})
