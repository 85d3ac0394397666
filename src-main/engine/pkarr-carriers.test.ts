import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startFakeUpstream } from '../dns/testing/fake-upstream.ts'
import { rcodes } from '../dns/wire/message.ts'
import {
  startStorageNet,
  stopStorageNet,
  type StorageNode,
} from '../systems/pkarr/dht/testing/storage-node.ts'
import { signItem, store } from '../systems/pkarr/dht/testing/stored-items.ts'
import { startMockRelay } from '../systems/pkarr/testing/mock-relay.ts'
import { testKey } from '../systems/pkarr/testing/test-keys.ts'
import { ask, rdatas, record, useCarriers } from './testing/pkarr-bed.ts'
import { startTestEngines, type TestEngine, type TestEngines } from './testing/test-engines.ts'

let engines: TestEngines
const cleanups: (() => Promise<unknown>)[] = []
const after = (cleanup: () => Promise<unknown>): void => void cleanups.push(cleanup)

beforeEach(async () => {
  engines = await startTestEngines()
})
afterEach(async () => {
  await engines.stop()
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

const options = { allowsDhtAddress: (host: string) => host === '127.0.0.1' }

async function startNet(): Promise<{ nodes: readonly StorageNode[]; bootstrap: string[] }> {
  const nodes = await startStorageNet(12)
  after(() => stopStorageNet(nodes))
  return { nodes, bootstrap: nodes.slice(0, 2).map(({ address }) => address) }
}

const publish = (engine: TestEngine, key: string, address: string) =>
  engine.call('pkarr.publish', { key, records: [record('@', 'A', address)] })

describe('PKARR carriers', () => {
  it('a relay with an old packet answers first, and the DHT has the last word', async () => {
    const relay = await startMockRelay()
    after(() => relay.stop())
    const { nodes, bootstrap } = await startNet()
    const owner = await engines.start('owner', options)
    const { key } = await owner.call('pkarr.create', { label: 'site' })
    await useCarriers(owner, [relay.url])
    await publish(owner, key, '203.0.113.1')
    await useCarriers(owner, [], bootstrap)
    await publish(owner, key, '203.0.113.2')

    let open = (): void => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    for (const node of nodes) {
      node.tamper = async (honest) => {
        await gate
        return honest
      }
    }
    const visitor = await engines.start('visitor', options)
    await useCarriers(visitor, [relay.url], bootstrap)
    expect(rdatas(await ask(visitor, key))).toEqual(['203.0.113.1'])
    open()
    for (;;) {
      const [address] = rdatas(await ask(visitor, key))
      if (address === '203.0.113.2') break
      expect(address).toBe('203.0.113.1')
    }
    const zone = visitor.engine.snapshot().pkarr.zones.find((held) => held.key === key)
    expect(zone).toMatchObject({ source: 'dht', records: [{ rdata: '203.0.113.2' }] })
  })

  it('may all be out of reach when the program starts, and come back', async () => {
    const silent = createSocket('udp4')
    silent.bind(0, '127.0.0.1')
    await once(silent, 'listening')
    after(() => new Promise<void>((resolve) => silent.close(() => resolve())))
    const dead = await startMockRelay()
    await dead.stop()
    const deaf = await startFakeUpstream()
    after(() => deaf.stop())

    const { bootstrap } = await startNet()
    const owner = await engines.start('owner', options)
    const { key } = await owner.call('pkarr.create', { label: 'site' })
    await useCarriers(owner, [], bootstrap)
    await publish(owner, key, '203.0.113.1')

    const visitor = await engines.start('visitor', { ...options, upstreams: [deaf.address] })
    await useCarriers(
      visitor,
      [dead.url],
      [`127.0.0.1:${silent.address().port}`, 'router.example.com:6881'],
    )
    expect((await ask(visitor, key)).rcode).toBe(rcodes.SERVFAIL)
    // The names of bootstrap nodes are asked of the upstream, never of ourselves.
    expect(deaf.asked.map(({ query }) => query.questions[0]?.name.toLowerCase())).toContain(
      'router.example.com',
    )
    await useCarriers(visitor, [], bootstrap)
    expect(await visitor.call('pkarr.resolve', { key, policy: 'network-only' })).toMatchObject({
      source: 'dht',
      isVerified: true,
    })
    expect(rdatas(await ask(visitor, key))).toEqual(['203.0.113.1'])
  })

  it('turned on later are asked at once for what nobody had before', async () => {
    const { bootstrap } = await startNet()
    const empty = await startMockRelay()
    after(() => empty.stop())
    const owner = await engines.start('owner', options)
    const { key } = await owner.call('pkarr.create', { label: 'site' })
    await useCarriers(owner, [], bootstrap)
    await publish(owner, key, '203.0.113.1')
    const visitor = await engines.start('visitor', options)
    await useCarriers(visitor, [empty.url])
    expect((await ask(visitor, key)).rcode).toBe(rcodes.NXDOMAIN)
    await useCarriers(visitor, [empty.url], bootstrap)
    expect(rdatas(await ask(visitor, key))).toEqual(['203.0.113.1'])
  })

  it('that hold an item of the key that is no packet are told from empty ones, and published over', async () => {
    const { nodes, bootstrap } = await startNet()
    const owner = await engines.start('owner', options)
    await useCarriers(owner, [], bootstrap)
    const pair = testKey(5)
    const text = Buffer.from(pair.seed).toString('hex')
    const { key } = await owner.call('pkarr.import', { text, label: 'site' })
    const ahead = BigInt(Date.now() + 86_400_000) * 1000n
    store(nodes, pair, signItem(pair, ahead, Buffer.from('no dns')))
    await expect(owner.call('pkarr.resolve', { key, policy: 'network-only' })).rejects.toThrow(
      'no DNS packet',
    )
    expect((await ask(owner, key)).rcode).toBe(rcodes.NXDOMAIN)
    await publish(owner, key, '203.0.113.1')
    expect(rdatas(await ask(owner, key))).toEqual(['203.0.113.1'])
    const visitor = await engines.start('visitor', options)
    await useCarriers(visitor, [], bootstrap)
    expect(rdatas(await ask(visitor, key))).toEqual(['203.0.113.1'])
  })

  it('stopping in the midst of look-ups and publications ends them at once', async () => {
    const relay = await startMockRelay()
    after(() => relay.stop())
    relay.isSilent = true
    const owner = await engines.start('owner', options)
    await useCarriers(owner, [relay.url])
    const { key } = await owner.call('pkarr.create', { label: 'site' })
    const outcomes = Promise.allSettled([
      publish(owner, key, '203.0.113.1'),
      owner.call('pkarr.resolve', { key, policy: 'network-only' }),
      owner.call('pkarr.endpoints', { name: key }),
    ])
    while (relay.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const startedMs = Date.now()
    await owner.engine.stop()
    await outcomes
    // A relay is waited for 5 s, and 15 s for a publication.
    expect(Date.now() - startedMs).toBeLessThan(4_000)
  })
})
