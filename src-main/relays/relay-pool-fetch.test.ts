import { describe, expect, it } from 'vitest'
import type { Event } from 'nostr-tools/pure'
import { startEmbedded } from './testing/embedded-fixture.ts'
import { eventually, startPool } from './testing/pool-fixture.ts'
import { holding, startScriptedRelay } from './testing/scripted-relay.ts'
import { testAuthor, testNow } from './testing/signed-events.ts'

const alice = testAuthor('alice')
const zone = (created_at = testNow, d = 'dns:@'): Event =>
  alice.sign({ created_at, tags: [['d', d]] })

describe('fetchOwner', () => {
  it('finds, verifies, stores and says who had it', async () => {
    const event = zone()
    const [first, second] = [await startEmbedded(event), await startEmbedded()]
    const { fetch, store, clock, relay } = await startPool({ user: [first.url, second.url] })
    const outcome = await fetch(alice.pubkey)
    expect(outcome.events.map((stored) => [stored.event, stored.relays])).toEqual([
      [event, [first.url]],
    ])
    expect(outcome.eoseCount).toBe(2)
    expect(outcome.relays.map((answer) => [answer.url, answer.outcome, answer.events])).toEqual([
      [first.url, 'eose', 1],
      [second.url, 'eose', 0],
    ])
    expect(await store.byOwner(alice.pubkey)).toHaveLength(1)
    expect(await store.lastFetched(alice.pubkey)).toEqual({ atMs: clock.nowMs(), eoseCount: 2 })
    expect(relay(first.url)).toMatchObject({
      state: 'connected',
      origin: 'user',
      eventsAccepted: 1,
      eventsRejected: 0,
      latencyMs: 0,
    })
  })

  it('asks with separate filters, each bound to the owner', async () => {
    const relay = await startScriptedRelay()
    const { fetch } = await startPool({ user: [relay.url] })
    await fetch(alice.pubkey, { filters: [{ kinds: [31_111] }, { kinds: [30_000], limit: 20 }] })
    expect(relay.requests.map(({ filters }) => filters)).toEqual([
      [
        { kinds: [31_111], authors: [alice.pubkey] },
        { kinds: [30_000], limit: 20, authors: [alice.pubkey] },
      ],
    ])
    await eventually(() => expect(relay.closes).toEqual([relay.requests[0]?.id]))
  })

  it('gives the newest version when relays differ', async () => {
    const relays = [
      await startEmbedded(zone(testNow - 5)),
      await startEmbedded(zone(testNow - 1)),
      await startEmbedded(zone(testNow - 9)),
    ]
    const { fetch } = await startPool({ user: relays.map(({ url }) => url) })
    const { events } = await fetch(alice.pubkey)
    expect(events.map(({ event }) => event.created_at)).toEqual([testNow - 1])
  })

  it('never goes back to an older version (relay rollback)', async () => {
    const relay = await startEmbedded(zone(testNow - 9))
    const { fetch, store } = await startPool({ user: [relay.url] })
    await store.accept(zone(testNow), 'wss://honest.example')
    expect((await fetch(alice.pubkey)).events).toEqual([])
    const held = await store.byOwner(alice.pubkey)
    expect(held.map(({ event }) => event.created_at)).toEqual([testNow])
  })

  it('ends 300 ms after a decisive event, though a relay is silent', async () => {
    const quick = await startEmbedded(zone())
    const silent = await startScriptedRelay({ request: () => undefined })
    const { fetch, clock, relay } = await startPool({ user: [quick.url, silent.url] })
    const answer = fetch(alice.pubkey, { isDecisive: (event) => event.kind === 31_111 })
    await eventually(() => {
      expect(relay(quick.url).eventsAccepted).toBe(1)
      expect(silent.requests).toHaveLength(1)
    })
    clock.advance(299)
    const early = await Promise.race([answer, Promise.resolve('still waiting')])
    expect(early).toBe('still waiting')
    clock.advance(1)
    const outcome = await answer
    expect(outcome.eoseCount).toBe(1)
    expect(outcome.relays.map((relayAnswer) => relayAnswer.outcome)).toEqual(['eose', 'timeout'])
  })

  it('ends 400 ms after the second EOSE', async () => {
    const denying = [await startScriptedRelay(), await startScriptedRelay()]
    const silent = await startScriptedRelay({ request: () => undefined })
    const urls = [...denying, silent].map(({ url }) => url)
    const { fetch, clock, relay } = await startPool({ user: urls })
    const answer = fetch(alice.pubkey)
    await eventually(() => {
      for (const { url } of denying) expect(relay(url).latencyMs).toBe(0)
    })
    clock.advance(399)
    expect(await Promise.race([answer, Promise.resolve('still waiting')])).toBe('still waiting')
    clock.advance(1)
    expect((await answer).eoseCount).toBe(2)
  })

  it('ends at 2.5 s in any case, and silence is no EOSE', async () => {
    const silent = await startScriptedRelay({ request: () => undefined })
    const { fetch, clock } = await startPool({ user: [silent.url] })
    const answer = fetch(alice.pubkey)
    await eventually(() => expect(silent.requests).toHaveLength(1))
    clock.advance(2_499)
    expect(await Promise.race([answer, Promise.resolve('still waiting')])).toBe('still waiting')
    clock.advance(1)
    expect(await answer).toMatchObject({
      events: [],
      eoseCount: 0,
      relays: [{ outcome: 'timeout' }],
    })
    await eventually(() => expect(silent.closes).toHaveLength(1))
  })

  it('stores what a slow relay adds after the answer', async () => {
    const quick = await startEmbedded(zone(testNow - 1))
    let reply: () => void = () => undefined
    const slow = await startScriptedRelay({
      request(client, id) {
        reply = () => {
          client.send('EVENT', id, zone(testNow))
          client.send('EOSE', id)
        }
      },
    })
    const { fetch, clock, store, relay } = await startPool({ user: [quick.url, slow.url] })
    const answer = fetch(alice.pubkey, { isDecisive: () => true })
    await eventually(() => {
      expect(relay(quick.url).eventsAccepted).toBe(1)
      expect(slow.requests).toHaveLength(1)
    })
    clock.advance(300)
    expect((await answer).events[0]?.event.created_at).toBe(testNow - 1)
    reply()
    await eventually(() => expect(relay(slow.url).eventsAccepted).toBe(1))
    expect((await store.byOwner(alice.pubkey))[0]?.event.created_at).toBe(testNow)
  })

  it('answers at once when no relay can be reached, and says so in health', async () => {
    const gone = await startScriptedRelay()
    await gone.stop()
    const { fetch, clock, health, relay } = await startPool({ user: [gone.url] })
    const outcome = await fetch(alice.pubkey)
    expect(outcome).toMatchObject({ eoseCount: 0, relays: [{ outcome: 'unreachable' }] })
    expect(outcome.relays[0]?.detail).toContain('ECONNREFUSED')
    expect(relay(gone.url)).toMatchObject({ state: 'waiting' })
    clock.advance(100)
    expect(health.list().map(({ code }) => code)).toEqual(['relays.unreachable'])
  })

  it('answers at once without any relay', async () => {
    const { fetch } = await startPool({})
    expect(await fetch(alice.pubkey)).toEqual({ events: [], relays: [], eoseCount: 0 })
  })

  it('stops when told, before and during', async () => {
    const silent = await startScriptedRelay({ request: () => undefined })
    const { fetch, store } = await startPool({ user: [silent.url] })
    const aborter = new AbortController()
    const answer = fetch(alice.pubkey, { signal: aborter.signal })
    await eventually(() => expect(silent.requests).toHaveLength(1))
    aborter.abort()
    expect(await answer).toMatchObject({ eoseCount: 0, relays: [{ outcome: 'aborted' }] })
    expect(await store.lastFetched(alice.pubkey)).toBeUndefined()
    const late = await fetch(alice.pubkey, { signal: AbortSignal.abort() })
    expect(late.relays[0]?.outcome).toBe('aborted')
  })

  it('counts no EOSE of our own embedded relay', async () => {
    const own = await startEmbedded()
    const { fetch, relay } = await startPool({ embedded: own.url })
    expect(await fetch(alice.pubkey)).toMatchObject({ eoseCount: 0, relays: [{ outcome: 'eose' }] })
    expect(relay(own.url).origin).toBe('embedded')
  })
})

describe('NIP-65', () => {
  const list = alice.sign({ kind: 10_002, tags: [['r', 'wss://write.example']] })
  // The only relay a test can offer is on loopback, where a stranger's list must not lead.
  const resolveHost = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }])

  it('asks indexers for the write relays, asks those too, and keeps the list', async () => {
    const indexer = await startScriptedRelay(holding(list))
    const relay = await startScriptedRelay()
    const config = { user: [relay.url], indexers: [indexer.url] }
    const { fetch, store, clock } = await startPool(config, { resolveHost })
    const first = await fetch(alice.pubkey)
    expect(first.relays.map(({ url, outcome }) => [url, outcome])).toEqual([
      [relay.url, 'eose'],
      ['wss://write.example', 'unreachable'],
    ])
    expect(first.relays[1]?.detail).toBe('write.example has no public address')
    expect(indexer.requests.map(({ filters }) => filters)).toEqual([
      [{ kinds: [10_002], authors: [alice.pubkey], limit: 1 }],
    ])
    expect((await store.byOwner(alice.pubkey)).map(({ event }) => event.id)).toEqual([list.id])
    clock.advance(24 * 3600_000 - 1)
    expect((await fetch(alice.pubkey)).relays).toHaveLength(2)
    expect(indexer.requests).toHaveLength(1)
    clock.advance(1)
    await fetch(alice.pubkey)
    expect(indexer.requests).toHaveLength(2)
  })

  it('publishes to the write relays as well', async () => {
    const relay = await startScriptedRelay()
    const { pool, store } = await startPool({ user: [relay.url] }, { resolveHost })
    await store.accept(list, relay.url)
    const outcomes = await pool.publish(zone(), { signal: new AbortController().signal })
    expect(outcomes.map(({ url, outcome }) => [url, outcome])).toEqual([
      [relay.url, 'ok'],
      ['wss://write.example', 'unreachable'],
    ])
  })

  it('asks eight relays at most, the owner’s own and hints among them', async () => {
    const listed = [1, 2, 3, 4, 5, 6].map((number) => ['r', `wss://write${number}.example`])
    const { fetch, store } = await startPool(
      { defaults: [1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => `wss://default${number}.example`) },
      { resolveHost },
    )
    await store.accept(alice.sign({ kind: 10_002, tags: listed }), 'wss://indexer.example')
    const hints = ['wss://hint.example', 'ws://127.0.0.1:1', 'wss://192.168.1.1']
    const { relays } = await fetch(alice.pubkey, { hints })
    expect(relays.map(({ url }) => url.slice(6, -8))).toEqual([
      'write1',
      'write2',
      'write3',
      'write4',
      'default1',
      'default2',
      'hint',
      'default3',
    ])
  })
})

describe('fetchFromAll', () => {
  it('gives every version every relay holds, future and expired ones too', async () => {
    const versions = [
      zone(testNow - 9),
      zone(testNow + 7_000),
      alice.sign({ created_at: testNow - 5, tags: [['expiration', String(testNow - 1)]] }),
    ]
    const relays = [
      await startScriptedRelay(holding(versions[0])),
      await startScriptedRelay(holding(versions[1], versions[2])),
    ]
    const { pool, store } = await startPool({ user: relays.map(({ url }) => url) })
    await store.accept(zone(testNow), 'local')
    const filters = [{ kinds: [31_111], authors: [alice.pubkey] }]
    const signal = new AbortController().signal
    const { events, eoseCount } = await pool.fetchFromAll(filters, { signal })
    expect(events.map(({ event }) => event.id).toSorted()).toEqual(
      versions.map(({ id }) => id).toSorted(),
    )
    expect(eoseCount).toBe(2)
    expect((await store.byOwner(alice.pubkey)).map(({ event }) => event.id)).toEqual([zone().id])
  })

  it('waits for every relay up to 5 s', async () => {
    const quick = await startScriptedRelay(holding(zone()))
    const silent = await startScriptedRelay({ request: () => undefined })
    const { pool, clock, relay } = await startPool({ user: [quick.url, silent.url] })
    const signal = new AbortController().signal
    const answer = pool.fetchFromAll([{ authors: [alice.pubkey] }], { signal })
    await eventually(() => {
      expect(relay(quick.url).eventsAccepted).toBe(1)
      expect(silent.requests).toHaveLength(1)
    })
    clock.advance(4_999)
    expect(await Promise.race([answer, Promise.resolve('still waiting')])).toBe('still waiting')
    clock.advance(1)
    expect((await answer).relays.map(({ outcome }) => outcome)).toEqual(['eose', 'timeout'])
  })
})
