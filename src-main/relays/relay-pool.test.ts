import { describe, expect, it } from 'vitest'
import type { Event } from 'nostr-tools/pure'
import { startEmbedded } from './testing/embedded-fixture.ts'
import { eventually, startPool } from './testing/pool-fixture.ts'
import { startScriptedRelay } from './testing/scripted-relay.ts'
import { testAuthor, testNow } from './testing/signed-events.ts'

const alice = testAuthor('alice')
const zone = (created_at = testNow, d = 'dns:@'): Event =>
  alice.sign({ created_at, tags: [['d', d]] })

describe('publish', () => {
  it('keeps the event here first, then tells how each relay took it', async () => {
    const good = await startEmbedded()
    const refusing = await startScriptedRelay({
      event: (client, { id }) => client.send('OK', id, false, 'blocked: not you'),
    })
    const repeating = await startScriptedRelay({
      event: (client, { id }) => client.send('OK', id, false, 'duplicate: have it'),
    })
    const silent = await startScriptedRelay({ event: () => undefined })
    const gone = await startScriptedRelay()
    await gone.stop()
    const user = [good, refusing, repeating, silent, gone].map(({ url }) => url)
    const { pool, store, clock } = await startPool({ user })
    const event = zone()
    const seen: string[] = []
    const publishing = pool.publish(event, {
      signal: new AbortController().signal,
      onOutcome: ({ outcome }) => seen.push(outcome),
    })
    await eventually(() => {
      expect(silent.events).toHaveLength(1)
      expect(seen).toHaveLength(4)
    })
    expect((await store.byOwner(alice.pubkey))[0]?.relays).toEqual(['local'])
    clock.advance(5_000)
    const outcomes = await publishing
    expect(outcomes.map(({ url, outcome }) => [url, outcome])).toEqual([
      [good.url, 'ok'],
      [refusing.url, 'refused'],
      [repeating.url, 'ok'],
      [silent.url, 'timeout'],
      [gone.url, 'unreachable'],
    ])
    expect(outcomes[1]?.detail).toBe('blocked: not you')
    expect(await good.store.byOwner(alice.pubkey)).toHaveLength(1)
    expect(seen).toHaveLength(5)
  })

  it('does not send what would be a rollback here', async () => {
    const relay = await startScriptedRelay()
    const { pool, store } = await startPool({ user: [relay.url] })
    await store.accept(zone(testNow), 'local')
    const outcomes = await pool.publish(zone(testNow - 1), { signal: new AbortController().signal })
    expect(outcomes).toMatchObject([{ url: 'local', outcome: 'refused' }])
    expect(relay.events).toEqual([])
  })

  it('sends to the relays named only, and stops when told', async () => {
    const named = await startScriptedRelay({ event: () => undefined })
    const other = await startScriptedRelay()
    const { pool } = await startPool({ user: [named.url, other.url] })
    const aborter = new AbortController()
    const publishing = pool.publish(zone(), { urls: [named.url], signal: aborter.signal })
    await eventually(() => expect(named.events).toHaveLength(1))
    aborter.abort()
    expect(await publishing).toMatchObject([{ url: named.url, outcome: 'timeout' }])
    expect(other.events).toEqual([])
  })

  it('reports a connection that ends before the OK', async () => {
    const relay = await startScriptedRelay({ event: ({ socket }) => socket.terminate() })
    const { pool } = await startPool({ user: [relay.url] })
    const outcomes = await pool.publish(zone(), { signal: new AbortController().signal })
    expect(outcomes).toMatchObject([{ outcome: 'unreachable' }])
  })
})

describe('relay list', () => {
  it('takes a changed list into use at once and keeps what stays', async () => {
    const [stays, goes, comes] = [
      await startScriptedRelay(),
      await startScriptedRelay(),
      await startScriptedRelay(),
    ]
    const { pool, relay } = await startPool({ user: [stays.url, goes.url] })
    await eventually(() => expect(relay(stays.url).state).toBe('connected'))
    await eventually(() => expect(relay(goes.url).state).toBe('connected'))
    pool.reconfigure({ defaults: [], indexers: [], user: [`${stays.url}/`, comes.url] })
    await eventually(() => expect(relay(comes.url).state).toBe('connected'))
    await eventually(() => expect(goes.clients.size).toBe(0))
    expect(pool.health().map(({ url }) => url)).toEqual([stays.url, comes.url])
    expect(stays.connections()).toBe(1)
  })

  it('says which addresses it does not use, until they are gone', async () => {
    const { pool, health } = await startPool({ user: ['ws://example.com', 'nonsense'] })
    expect(
      health
        .list()
        .map(({ code }) => code)
        .toSorted(),
    ).toEqual(['relay.bad-url', 'relay.insecure-url'])
    expect(pool.health()).toEqual([])
    pool.reconfigure({ defaults: [], indexers: [], user: [] })
    expect(health.list()).toEqual([])
  })

  it('releases everything on stop, and starts again', async () => {
    const source = await startScriptedRelay()
    const { pool, clock, fetch, relay } = await startPool({ user: [source.url] })
    await fetch(alice.pubkey)
    pool.follow(alice.pubkey, [{ kinds: [31_111] }])
    await pool.stop()
    await pool.stop()
    await eventually(() => expect(source.clients.size).toBe(0))
    expect(clock.pending()).toBe(0)
    expect((await fetch(alice.pubkey)).relays).toEqual([])
    await pool.start()
    await eventually(() => expect(relay(source.url).state).toBe('connected'))
  })
})
