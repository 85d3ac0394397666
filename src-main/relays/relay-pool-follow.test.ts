import { describe, expect, it } from 'vitest'
import type { Event } from 'nostr-tools/pure'
import { startEmbedded } from './testing/embedded-fixture.ts'
import { eventually, startPool } from './testing/pool-fixture.ts'
import { holding, startScriptedRelay } from './testing/scripted-relay.ts'
import { testAuthor, testNow } from './testing/signed-events.ts'

const alice = testAuthor('alice')
const bob = testAuthor('bob')
const zone = (created_at = testNow, d = 'dns:@'): Event =>
  alice.sign({ created_at, tags: [['d', d]] })

describe('follow', () => {
  it('brings new versions into the store while somebody follows', async () => {
    const source = await startEmbedded()
    const { pool, store, clock, relay } = await startPool({ user: [source.url] })
    await eventually(() => expect(relay(source.url).state).toBe('connected'))
    const unfollow = pool.follow(alice.pubkey, [{ kinds: [31_111] }])
    await eventually(() => {
      clock.advance(100)
      expect(relay(source.url).latencyMs).toBeDefined()
    })
    await source.store.accept(zone(), 'embedded')
    await eventually(() => expect(relay(source.url).eventsAccepted).toBe(1))
    expect((await store.byOwner(alice.pubkey))[0]?.relays).toEqual([source.url])
    unfollow()
    unfollow()
  })

  it('shares one REQ among owners, and asks again with since after a reconnection', async () => {
    const source = await startScriptedRelay()
    const { pool, clock, relay } = await startPool({ user: [source.url] })
    await eventually(() => expect(relay(source.url).state).toBe('connected'))
    pool.follow(alice.pubkey, [{ kinds: [31_111] }, { kinds: [30_000], limit: 20 }])
    const unfollow = pool.follow(bob.pubkey, [{ kinds: [31_111] }])
    await eventually(() => {
      clock.advance(100)
      expect(source.requests).toHaveLength(1)
    })
    const authors = [alice.pubkey, bob.pubkey]
    expect(source.requests[0]?.filters).toEqual([
      { kinds: [31_111], authors },
      { kinds: [30_000], authors: [alice.pubkey] },
    ])
    await eventually(() => expect(relay(source.url).latencyMs).toBeDefined())
    unfollow()
    const lostAt = Math.floor(clock.nowMs() / 1000)
    for (const { socket } of source.clients) socket.terminate()
    await eventually(() => expect(relay(source.url).state).toBe('waiting'))
    clock.advance(1_500)
    await eventually(() => expect(source.requests).toHaveLength(2))
    const since = lostAt - 900
    expect(source.requests[1]?.filters).toEqual([
      { kinds: [31_111], authors: [alice.pubkey], since },
      { kinds: [30_000], authors: [alice.pubkey], since },
    ])
  })

  it('takes a burst of good events whole, however fast it comes', async () => {
    const events = Array.from({ length: 1_000 }, (_, index) => zone(testNow, `dns:${index}`))
    const source = await startScriptedRelay(holding(...events))
    const { pool, clock, store, relay } = await startPool({ user: [source.url] })
    await eventually(() => expect(relay(source.url).state).toBe('connected'))
    pool.follow(alice.pubkey, [{ kinds: [31_111] }])
    await eventually(() => {
      clock.advance(100)
      expect(relay(source.url).eventsAccepted).toBe(1_000)
    })
    expect(relay(source.url)).toMatchObject({ state: 'connected', eventsRejected: 0 })
    expect(await store.byOwner(alice.pubkey)).toHaveLength(1_000)
  })

  it('merges small subscriptions, so that a relay never sees many', async () => {
    const source = await startScriptedRelay()
    const { pool, clock, relay } = await startPool({ user: [source.url] })
    await eventually(() => expect(relay(source.url).state).toBe('connected'))
    const owners = Array.from({ length: 30 }, (_, index) => String(index).padStart(64, '0'))
    for (const [index, owner] of owners.entries()) {
      pool.follow(owner, [{ kinds: [31_111] }])
      await eventually(() => {
        clock.advance(100)
        expect(source.requests).toHaveLength(index + 1)
      })
      await eventually(() => {
        expect(source.requests.length - source.closes.length).toBeLessThanOrEqual(8)
      })
    }
    const open = source.requests.filter(({ id }) => !source.closes.includes(id))
    const authors = open.flatMap(({ filters }) => filters.flatMap((filter) => filter.authors ?? []))
    expect(authors.toSorted()).toEqual(owners)
  })

  it('follows through several wishes until the last is withdrawn', async () => {
    const source = await startScriptedRelay()
    const { pool, clock, relay } = await startPool({ user: [source.url] })
    await eventually(() => expect(relay(source.url).state).toBe('connected'))
    const [first, second] = [1, 2].map(() => pool.follow(alice.pubkey, [{ kinds: [31_111] }]))
    await eventually(() => {
      clock.advance(100)
      expect(source.requests).toHaveLength(1)
    })
    first?.()
    await eventually(() => {
      clock.advance(100)
      expect(source.requests).toHaveLength(2)
    })
    expect(source.requests[1]?.filters[0]?.authors).toEqual([alice.pubkey])
    second?.()
    await eventually(() => expect(source.closes).toHaveLength(2))
  })

  it('does not insist when refused (auth-required), and tries again later', async () => {
    const source = await startScriptedRelay({
      request: (client, id) => client.send('CLOSED', id, 'auth-required: log in'),
    })
    const { pool, clock, relay } = await startPool({ user: [source.url] })
    await eventually(() => expect(relay(source.url).state).toBe('connected'))
    pool.follow(alice.pubkey, [{ kinds: [31_111] }])
    await eventually(() => {
      clock.advance(100)
      expect(source.requests).toHaveLength(1)
    })
    await eventually(() => {
      clock.advance(1_000)
      expect(source.requests).toHaveLength(2)
    })
    expect(relay(source.url).state).toBe('connected')
  })
})
