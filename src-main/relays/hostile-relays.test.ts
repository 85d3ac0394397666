import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Event } from 'nostr-tools/pure'
import { defaultSocketLimits } from './relay-connection.ts'
import { eventually, startPool } from './testing/pool-fixture.ts'
import { holding, startScriptedRelay } from './testing/scripted-relay.ts'
import { testAuthor, testNow } from './testing/signed-events.ts'

const alice = testAuthor('alice')
const mallory = testAuthor('mallory')
const good = alice.sign({ tags: [['d', 'dns:@']], content: 'good' })

describe('events that are dropped', () => {
  const other = alice.sign({ tags: [['d', 'dns:@']], content: 'other' })
  const cases: readonly (readonly [string, unknown])[] = [
    ['a wrong signature', { ...good, sig: other.sig }],
    ['a wrong id', { ...good, content: 'changed' }],
    ['the event of another key under this one', { ...mallory.sign({}), pubkey: alice.pubkey }],
    ['a wrong author', mallory.sign({ tags: [['d', 'dns:@']] })],
    ['a wrong kind', alice.sign({ kind: 1 })],
    ['created_at in the future', alice.sign({ created_at: testNow + 601, tags: [['d', 'dns:@']] })],
    ['more than 32 KB', alice.sign({ content: 'x'.repeat(33_000) })],
    ['no content', { ...good, content: undefined }],
    ['tags that are no lists', { ...good, tags: ['d'] }],
    ['created_at that is no whole number', { ...good, created_at: 1.5 }],
    ['an id in capitals', { ...good, id: good.id.toUpperCase() }],
    ['a signature too long', { ...good, sig: `${good.sig}00` }],
    ['nothing', null],
  ]
  it.each(cases)('%s', async (_, event) => {
    const relay = await startScriptedRelay(holding(event))
    const { fetch, store, relay: healthOf } = await startPool({ user: [relay.url] })
    const outcome = await fetch(alice.pubkey)
    expect(outcome).toMatchObject({ events: [], eoseCount: 1, relays: [{ events: 0 }] })
    expect(await store.byOwner(alice.pubkey)).toEqual([])
    expect(await store.byOwner(mallory.pubkey)).toEqual([])
    expect(healthOf(relay.url)).toMatchObject({ eventsAccepted: 0, eventsRejected: 1 })
    expect(healthOf(relay.url).state).toBe('connected')
  })

  it('a future event does not keep a present one out', async () => {
    const future = alice.sign({ created_at: testNow + 10_000, tags: [['d', 'dns:@']] })
    const relay = await startScriptedRelay(holding(future, good))
    const { fetch } = await startPool({ user: [relay.url] })
    expect((await fetch(alice.pubkey)).events.map(({ event }) => event.id)).toEqual([good.id])
  })

  it('an ancient event is taken when it is all there is, and never instead of a newer one', async () => {
    const ancient = alice.sign({ created_at: 1, tags: [['d', 'dns:@']] })
    const relay = await startScriptedRelay(holding(ancient))
    const { fetch, store, relay: healthOf } = await startPool({ user: [relay.url] })
    expect((await fetch(alice.pubkey)).events.map(({ event }) => event.id)).toEqual([ancient.id])
    await store.accept(good, 'wss://honest.example')
    expect((await fetch(alice.pubkey)).events).toEqual([])
    expect(healthOf(relay.url).eventsRejected).toBe(0)
  })

  it('a false copy of a held event gives the held one', async () => {
    const relay = await startScriptedRelay(holding({ ...good, content: 'forged', tags: good.tags }))
    const { fetch, store } = await startPool({ user: [relay.url] })
    await store.accept(good, 'wss://honest.example')
    const { events } = await fetch(alice.pubkey)
    expect(events.map(({ event }) => event.content)).toEqual(['good'])
  })
})

describe('frames that are no messages', () => {
  const frames: readonly (readonly [string, string | Buffer])[] = [
    ['invalid JSON', '{"a":'],
    ['a binary frame', Buffer.from([0, 1, 2])],
    ['JSON that is no list', '{"EVENT":1}'],
    ['an unknown type', '["HELLO","x"]'],
    ['OK without a verdict', '["OK","x"]'],
    ['an empty list', '[]'],
    ['an event for no subscription', '["EVENT","",{}]'],
    ['a very deep list', '['.repeat(50_000)],
  ]
  it.each(frames)('%s is dropped and counted', async (_, frame) => {
    const relay = await startScriptedRelay({
      request(client, id) {
        client.socket.send(frame)
        client.send('EVENT', id, good)
        client.send('EOSE', id)
      },
    })
    const { fetch, relay: healthOf } = await startPool({ user: [relay.url] })
    expect((await fetch(alice.pubkey)).events).toHaveLength(1)
    expect(healthOf(relay.url)).toMatchObject({ state: 'connected', eventsRejected: 1 })
  })

  it.each([
    ['an event', (client: string) => ['EVENT', client, good]],
    ['EOSE', (client: string) => ['EOSE', client]],
    ['CLOSED', (client: string) => ['CLOSED', client, 'error: no']],
  ])('%s for a subscription that never was is ignored', async (_, message) => {
    const relay = await startScriptedRelay({
      request(client, id) {
        client.send(...message('never-was'))
        client.send('NOTICE', 'hello\u0007')
        client.send('AUTH', 'challenge')
        client.send('OK', 'f'.repeat(64), true, '')
        client.send('EOSE', id)
      },
    })
    const { fetch } = await startPool({ user: [relay.url] })
    expect(await fetch(alice.pubkey)).toMatchObject({ events: [], eoseCount: 1 })
  })
})

describe('mutated messages', () => {
  /** Repeatable noise (mulberry32). */
  function noise(seed: number): () => number {
    let state = seed
    return () => {
      state = (state + 0x6d2b79f5) | 0
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
    }
  }

  it('2,000 of them change nothing that was stored, and none reaches the console', async () => {
    const spies = (['debug', 'log', 'warn', 'error'] as const).map((level) =>
      vi.spyOn(console, level),
    )
    onTestFinished(() => {
      vi.restoreAllMocks()
    })
    const random = noise(7)
    const pick = (length: number): number => Math.floor(random() * length)
    const mutate = (text: string): string => {
      const at = pick(text.length)
      const piece = ['', '"', '\\', '[', '{}', 'null', '\u0000', '9', ',', '\ud800'][pick(10)] ?? ''
      return text.slice(0, at) + piece + text.slice(at + pick(5))
    }
    let id = 'x'
    const relay = await startScriptedRelay({
      request(client, requestId) {
        id = requestId
        client.send('EVENT', id, good)
      },
    })
    const { fetch, clock, store, relay: healthOf } = await startPool({ user: [relay.url] })
    let sent = 0
    while (sent < 2_000) {
      const before = relay.requests.length
      const answer = fetch(alice.pubkey)
      await eventually(() => expect(relay.requests.length).toBeGreaterThan(before))
      for (let index = 0; index < 100; index++, sent++) {
        const whole = [
          JSON.stringify(['EVENT', id, good]),
          JSON.stringify(['EOSE', id]),
          JSON.stringify(['OK', good.id, true, '']),
          JSON.stringify(['CLOSED', id, 'error: x']),
        ][pick(4)]
        for (const client of relay.clients) client.socket.send(mutate(whole ?? ''))
      }
      await eventually(() => expect(healthOf(relay.url).state).toBe('waiting'))
      await answer
      while (healthOf(relay.url).state === 'waiting') clock.advance(10_000)
      await eventually(() => expect(healthOf(relay.url).state).toBe('connected'))
    }
    expect((await store.byOwner(alice.pubkey)).map(({ event }) => event.id)).toEqual([good.id])
    for (const spy of spies) expect(spy).not.toHaveBeenCalled()
  })
})

describe('relays that are dropped', () => {
  it('after more than 20 bad messages within a minute, and kept away for minutes', async () => {
    const relay = await startScriptedRelay({
      request(client) {
        for (let index = 0; index < 25; index++) client.socket.send('junk')
      },
    })
    const { fetch, clock, relay: healthOf } = await startPool({ user: [relay.url] })
    const outcome = await fetch(alice.pubkey)
    expect(outcome).toMatchObject({ eoseCount: 0, relays: [{ outcome: 'closed' }] })
    expect(healthOf(relay.url)).toMatchObject({
      state: 'waiting',
      eventsRejected: 21,
      lastError: 'sent 21 bad messages within a minute, the last one not a Nostr message',
    })
    clock.advance(60_000)
    expect((await fetch(alice.pubkey)).relays[0]?.outcome).toBe('unreachable')
    expect(relay.connections()).toBe(1)
    while (healthOf(relay.url).state === 'waiting') clock.advance(1_000)
    expect(clock.nowMs() - testNow * 1000).toBeGreaterThanOrEqual(150_000)
    await eventually(() => expect(healthOf(relay.url).state).toBe('connected'))
    expect(relay.connections()).toBe(2)
  })

  it('not for bad messages now and then', async () => {
    const relay = await startScriptedRelay()
    const { fetch, clock, relay: healthOf } = await startPool({ user: [relay.url] })
    await fetch(alice.pubkey)
    for (let index = 0; index < 30; index++) {
      for (const client of relay.clients) client.socket.send('junk')
      await eventually(() => expect(healthOf(relay.url).eventsRejected).toBe(index + 1))
      clock.advance(4_000)
    }
    expect(healthOf(relay.url).state).toBe('connected')
  })

  it('for a message over the limit', async () => {
    const relay = await startScriptedRelay({
      request: (client) => client.send('NOTICE', 'x'.repeat(600 * 1024)),
    })
    const { fetch, relay: healthOf } = await startPool({ user: [relay.url] })
    expect((await fetch(alice.pubkey)).relays[0]?.outcome).toBe('closed')
    expect(healthOf(relay.url)).toMatchObject({
      state: 'waiting',
      lastError: 'sent a message of more than 524288 bytes',
    })
  })

  it('for a stream that never ends', async () => {
    const endless = await startScriptedRelay({
      request(client, id) {
        for (let index = 0; index < 600; index++) client.send('EVENT', id, good)
      },
    })
    const honest = await startScriptedRelay(holding(good))
    const config = { user: [endless.url, honest.url] }
    const { fetch, store, relay: healthOf } = await startPool(config)
    const outcome = await fetch(alice.pubkey)
    expect(outcome.eoseCount).toBe(1)
    expect(outcome.relays.map((answer) => answer.outcome)).toEqual(['closed', 'eose'])
    expect(healthOf(endless.url)).toMatchObject({
      state: 'waiting',
      lastError: 'sent more than 500 events for one name',
    })
    expect(await store.byOwner(alice.pubkey)).toHaveLength(1)
  })

  it.each([
    ['bytes', { budgetBytes: 15_000 }, 'sent more than 15000 bytes in 10 seconds'],
    ['messages', { budgetMessages: 15 }, 'sent more than 15 messages in 10 seconds'],
  ])('for more %s than the budget, whatever they are', async (_, budget, lastError) => {
    const relay = await startScriptedRelay({
      request(client) {
        for (let index = 0; index < 20; index++) client.send('NOTICE', 'x'.repeat(1_000))
      },
    })
    const socketLimits = { ...defaultSocketLimits, ...budget }
    const { fetch, relay: healthOf } = await startPool({ user: [relay.url] }, { socketLimits })
    expect((await fetch(alice.pubkey)).relays[0]?.outcome).toBe('closed')
    expect(healthOf(relay.url)).toMatchObject({ state: 'waiting', lastError })
  })

  it('for a broken WebSocket frame', async () => {
    const relay = await startScriptedRelay({
      request: ({ tcp }) => void tcp.write(Buffer.from([0xff, 0xff, 0xff, 0xff])),
    })
    const { fetch, relay: healthOf } = await startPool({ user: [relay.url] })
    expect((await fetch(alice.pubkey)).relays[0]?.outcome).toBe('closed')
    expect(healthOf(relay.url).lastError).toContain('broke the WebSocket protocol')
  })
})

describe('relays that stall or vanish', () => {
  it('a frame that drips ends with the hard stop', async () => {
    const relay = await startScriptedRelay({
      // A text frame that announces 1,000 bytes and then brings few.
      request: ({ tcp }) => void tcp.write(Buffer.from([0x81, 126, 0x03, 0xe8, 0x5b, 0x22])),
    })
    const { fetch, clock } = await startPool({ user: [relay.url] })
    const answer = fetch(alice.pubkey)
    await eventually(() => expect(relay.requests).toHaveLength(1))
    for (let index = 0; index < 25; index++) {
      for (const { tcp } of relay.clients) tcp.write('x')
      clock.advance(100)
    }
    expect(await answer).toMatchObject({ eoseCount: 0, relays: [{ outcome: 'timeout' }] })
  })

  it('a silent connection is dropped when a ping has no answer', async () => {
    const relay = await startScriptedRelay()
    const { fetch, clock, relay: healthOf } = await startPool({ user: [relay.url] })
    await fetch(alice.pubkey)
    for (const { tcp } of relay.clients) tcp.pause()
    clock.advance(30_000)
    expect(healthOf(relay.url).state).toBe('connected')
    clock.advance(20_000)
    expect(healthOf(relay.url)).toMatchObject({
      state: 'waiting',
      lastError: 'no answer to a ping',
    })
  })

  it('a disconnect in mid-stream keeps what came, is no EOSE, and is followed by a reconnection', async () => {
    const relay = await startScriptedRelay({
      request(client, id) {
        client.send('EVENT', id, good)
        client.socket.close()
      },
    })
    const { fetch, clock, store, relay: healthOf } = await startPool({ user: [relay.url] })
    const outcome = await fetch(alice.pubkey)
    expect(outcome).toMatchObject({ eoseCount: 0, relays: [{ outcome: 'closed', events: 1 }] })
    expect(outcome.events).toHaveLength(1)
    expect(await store.byOwner(alice.pubkey)).toHaveLength(1)
    expect(healthOf(relay.url).state).toBe('waiting')
    clock.advance(1_500)
    await eventually(() => expect(healthOf(relay.url).state).toBe('connected'))
  })

  it('a refusal (auth-required) is no EOSE', async () => {
    const relay = await startScriptedRelay({
      request(client, id) {
        client.send('AUTH', 'challenge')
        client.send('CLOSED', id, 'auth-required: only for members')
      },
    })
    const { fetch } = await startPool({ user: [relay.url] })
    expect(await fetch(alice.pubkey)).toMatchObject({
      eoseCount: 0,
      relays: [{ outcome: 'closed', detail: 'auth-required: only for members' }],
    })
  })

  async function startTcp(onConnection: (socket: Socket) => void): Promise<string> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      onTestFinished(() => void socket.destroy())
      onConnection(socket)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  it('a server that is no relay', async () => {
    const url = await startTcp((socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'))
    const { fetch } = await startPool({ user: [url] })
    const outcome = await fetch(alice.pubkey)
    expect(outcome.relays).toMatchObject([
      { outcome: 'unreachable', detail: 'Unexpected server response: 403' },
    ])
  })

  it('a server that accepts and says nothing', async () => {
    let accepted = 0
    const url = await startTcp(() => (accepted += 1))
    const { pool, clock, relay: healthOf } = await startPool({ user: [url] })
    const publishing = pool.publish(good, { signal: new AbortController().signal })
    await eventually(() => expect(accepted).toBe(1))
    clock.advance(5_000)
    expect((await publishing)[0]?.outcome).not.toBe('ok')
    expect(healthOf(url)).toMatchObject({
      state: 'waiting',
      lastError: 'no answer to the connection',
    })
  })

  it('one that is down is tried less and less often', async () => {
    const relay = await startScriptedRelay({ request: () => undefined })
    const { url } = relay
    await relay.stop()
    const { clock, relay: healthOf } = await startPool({ user: [url] })
    const waits: number[] = []
    for (let attempt = 0; attempt < 6; attempt++) {
      await eventually(() => expect(healthOf(url).state).toBe('waiting'))
      let waitMs = 0
      while (healthOf(url).state === 'waiting') {
        clock.advance(100)
        waitMs += 100
      }
      waits.push(waitMs)
    }
    // Doubling from 1 s, each time half to one and a half.
    waits.forEach((waitMs, index) => {
      expect(waitMs).toBeGreaterThanOrEqual(500 * 2 ** index)
      expect(waitMs).toBeLessThanOrEqual(1_500 * 2 ** index + 100)
    })
  })
})

describe('live subscriptions', () => {
  it('a flood of forged events drops the relay and stores nothing', async () => {
    const forged = (index: number): Event => ({
      ...good,
      id: index.toString(16).padStart(64, '0'),
    })
    const relay = await startScriptedRelay({
      request(client, id) {
        client.send('EOSE', id)
        for (let index = 0; index < 100; index++) client.send('EVENT', id, forged(index))
      },
    })
    const { pool, clock, store, relay: healthOf } = await startPool({ user: [relay.url] })
    await eventually(() => expect(healthOf(relay.url).state).toBe('connected'))
    pool.follow(alice.pubkey, [{ kinds: [31_111] }])
    await eventually(() => {
      clock.advance(100)
      expect(healthOf(relay.url).state).toBe('waiting')
    })
    expect(healthOf(relay.url).lastError).toContain('the last one an event with a wrong id')
    expect(await store.byOwner(alice.pubkey)).toEqual([])
  })
})
