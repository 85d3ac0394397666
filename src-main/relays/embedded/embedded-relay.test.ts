import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Event } from 'nostr-tools/pure'
import { AppError } from '../../env/errors.ts'
import type { LocalEventStore } from '../event-store.ts'
import { createManualClock, testEnv, type ManualClock } from '../testing/manual-clock.ts'
import { connectClient, type RelayClient } from '../testing/relay-client.ts'
import { testAuthor, testNow } from '../testing/signed-events.ts'
import { tempStore } from '../testing/temp-store.ts'
import { createEmbeddedRelay, type EmbeddedRelay } from './embedded-relay.ts'
import type { RelayLimits } from './limits.ts'

const alice = testAuthor('alice')

interface Fixture {
  readonly relay: EmbeddedRelay
  readonly store: LocalEventStore
  readonly clock: ManualClock
  readonly connect: () => Promise<RelayClient>
}

async function startRelay(limits: Partial<RelayLimits> = {}): Promise<Fixture> {
  const clock = createManualClock()
  const env = testEnv(clock)
  const store = await tempStore(env)
  const relay = createEmbeddedRelay(env, { store, host: '127.0.0.1', port: 0, limits })
  await relay.start()
  onTestFinished(() => relay.stop())
  return { relay, store, clock, connect: () => connectClient(relay.url()) }
}

async function publish(client: RelayClient, event: Event): Promise<unknown[]> {
  client.send(['EVENT', event])
  return client.next()
}

describe('NIP-01', () => {
  it('stores, answers and says EOSE', async () => {
    const { connect } = await startRelay()
    const client = await connect()
    const event = alice.sign({ tags: [['d', 'dns:@']] })
    expect(await publish(client, event)).toEqual(['OK', event.id, true, ''])
    expect(await publish(client, event)).toEqual([
      'OK',
      event.id,
      true,
      'duplicate: already have this event',
    ])
    client.send(['REQ', 'x', { authors: [alice.pubkey], '#d': ['dns:@'] }])
    expect(await client.until('EOSE')).toEqual([
      ['EVENT', 'x', event],
      ['EOSE', 'x'],
    ])
  })

  it('gives the newest first, so that limit 1 is the newest version', async () => {
    const { connect } = await startRelay()
    const client = await connect()
    const address = (created_at: number, ip: string): Event =>
      alice.sign({ kind: 30_000, created_at, content: JSON.stringify({ ip }) })
    const older = address(testNow - 10, '203.0.113.1')
    const newer = address(testNow, '203.0.113.2')
    const list = alice.sign({ kind: 30_000, created_at: testNow - 5, tags: [['d', 'friends']] })
    await publish(client, older)
    await publish(client, list)
    await publish(client, newer)
    expect((await publish(client, older)).slice(0, 3)).toEqual(['OK', older.id, false])
    client.send(['REQ', 'x', { authors: [alice.pubkey], kinds: [30_000], limit: 1 }])
    expect(await client.until('EOSE')).toEqual([
      ['EVENT', 'x', newer],
      ['EOSE', 'x'],
    ])
    client.send(['REQ', 'x', { authors: [alice.pubkey], kinds: [30_000] }])
    const [first, second] = await client.until('EOSE')
    expect([first, second]).toEqual([
      ['EVENT', 'x', newer],
      ['EVENT', 'x', list],
    ])
  })

  it('relays live what matches every field of the filter, until CLOSE', async () => {
    const { connect } = await startRelay()
    const [reader, writer] = [await connect(), await connect()]
    reader.send(['REQ', 'www', { '#d': ['dns:www'] }])
    reader.send(['REQ', 'all', { kinds: [31_111] }])
    expect([await reader.next(), await reader.next()]).toEqual([
      ['EOSE', 'www'],
      ['EOSE', 'all'],
    ])
    const apex = alice.sign({ tags: [['d', 'dns:@']] })
    await publish(writer, apex)
    expect(await reader.next()).toEqual(['EVENT', 'all', apex])
    reader.send(['CLOSE', 'all'])
    reader.send(['REQ', 'done', { limit: 0 }])
    expect(await reader.next()).toEqual(['EOSE', 'done'])
    const www = alice.sign({ tags: [['d', 'dns:www']] })
    await publish(writer, www)
    // `done` asks for everything new; `all` is closed.
    expect([await reader.next(), await reader.next()]).toEqual([
      ['EVENT', 'www', www],
      ['EVENT', 'done', www],
    ])
  })

  it('relays ephemeral events live and does not store them', async () => {
    const { connect, store } = await startRelay()
    const [reader, writer] = [await connect(), await connect()]
    reader.send(['REQ', 'x', { kinds: [28_333] }])
    await reader.until('EOSE')
    const event = alice.sign({ kind: 28_333 })
    expect(await publish(writer, event)).toEqual(['OK', event.id, true, ''])
    expect(await reader.next()).toEqual(['EVENT', 'x', event])
    expect(await store.byOwner(alice.pubkey)).toEqual([])
  })

  it('deletes on request of the author (NIP-09)', async () => {
    const { connect } = await startRelay()
    const client = await connect()
    const event = alice.sign({ kind: 1, created_at: testNow - 1 })
    const deletion = alice.sign({ kind: 5, tags: [['e', event.id]] })
    await publish(client, event)
    await publish(client, deletion)
    client.send(['REQ', 'x', { authors: [alice.pubkey] }])
    expect(await client.until('EOSE')).toEqual([
      ['EVENT', 'x', deletion],
      ['EOSE', 'x'],
    ])
    expect((await publish(client, event)).slice(0, 3)).toEqual(['OK', event.id, false])
  })

  it('stops giving an event that has expired (NIP-40)', async () => {
    const { connect, clock } = await startRelay()
    const client = await connect()
    await publish(client, alice.sign({ tags: [['expiration', String(testNow + 30)]] }))
    clock.advance(30_000)
    client.send(['REQ', 'x', {}])
    expect(await client.until('EOSE')).toEqual([['EOSE', 'x']])
    const expired = alice.sign({ kind: 1, tags: [['expiration', String(testNow)]] })
    expect((await publish(client, expired)).slice(0, 3)).toEqual(['OK', expired.id, false])
  })

  it('keeps to itself what the program fetched from other relays, until it is sent here', async () => {
    const { connect, store } = await startRelay()
    const client = await connect()
    const event = alice.sign({})
    client.send(['REQ', 'x', {}])
    await client.until('EOSE')
    await store.accept(event, 'wss://relay.example')
    client.send(['REQ', 'y', {}])
    expect(await client.until('EOSE')).toEqual([['EOSE', 'y']])
    await publish(client, event)
    client.send(['REQ', 'y', {}])
    expect(await client.until('EOSE')).toEqual([
      ['EVENT', 'y', event],
      ['EOSE', 'y'],
    ])
  })
})

describe('bad input', () => {
  const good = alice.sign({})
  const other = alice.sign({ content: 'other' })
  const refusedEvents: readonly (readonly [string, unknown, string])[] = [
    ['not an event', { id: good.id }, 'invalid: not an event as NIP-01 describes it'],
    ['changed content', { ...good, content: 'x' }, 'invalid: the id does not match the event'],
    ['foreign signature', { ...good, sig: other.sig }, 'invalid: the signature is wrong'],
    [
      'from the future',
      alice.sign({ created_at: testNow + 601 }),
      'invalid: created_at is more than 10 minutes ahead',
    ],
    ['huge', alice.sign({ content: 'x'.repeat(40_000) }), 'invalid: the event is too large'],
  ]
  it.each(refusedEvents)('refuses an event: %s', async (_, event, reason) => {
    const { connect, store } = await startRelay()
    const client = await connect()
    client.send(['EVENT', event])
    expect(await client.next()).toEqual(['OK', (event as Event).id, false, reason])
    expect(await store.query([{}])).toEqual([])
  })

  const messages: readonly (readonly [string, string | Buffer, unknown[]])[] = [
    ['no JSON', 'hello', ['NOTICE', 'error: the message is not JSON']],
    ['no array', '{}', ['NOTICE', expect.stringContaining('JSON array')]],
    ['unknown type', '["HELLO","x"]', ['NOTICE', expect.stringContaining('unknown message type')]],
    ['binary', Buffer.from([1, 2]), ['NOTICE', 'error: binary messages are not supported']],
    ['event is null', '["EVENT",null]', ['OK', '', false, expect.stringContaining('invalid:')]],
    ['empty subscription id', '["REQ","",{}]', ['NOTICE', expect.stringContaining('subscription')]],
    ['no filter', '["REQ","x"]', ['CLOSED', 'x', 'error: REQ needs at least one filter']],
    ['filter is a list', '["REQ","x",[]]', ['CLOSED', 'x', 'error: a filter is a JSON object']],
    ['search', '["REQ","x",{"search":"y"}]', ['CLOSED', 'x', expect.stringContaining('filter')]],
    [
      'short author',
      '["REQ","x",{"authors":["ab"]}]',
      ['CLOSED', 'x', expect.stringContaining('hex')],
    ],
    [
      'kind as text',
      '["REQ","x",{"kinds":["1"]}]',
      ['CLOSED', 'x', expect.stringContaining('kinds')],
    ],
    [
      'negative limit',
      '["REQ","x",{"limit":-1}]',
      ['CLOSED', 'x', expect.stringContaining('limit')],
    ],
    ['count', '["COUNT","x",{}]', ['CLOSED', 'x', 'error: COUNT is not supported']],
    [
      'too long',
      JSON.stringify('x'.repeat(5000)),
      ['NOTICE', 'error: a message has at most 4096 bytes'],
    ],
  ]
  it.each(messages)('answers %s and goes on', async (_, data, reply) => {
    const { connect } = await startRelay({ maxMessageBytes: 4096 })
    const client = await connect()
    client.sendRaw(data)
    expect(await client.next()).toEqual(reply)
    client.send(['REQ', 'ok', {}])
    expect(await client.next()).toEqual(['EOSE', 'ok'])
  })

  it('hangs up on a message far over the limit', async () => {
    const { connect } = await startRelay({ maxMessageBytes: 1024 })
    const client = await connect()
    client.sendRaw('x'.repeat(5000))
    expect(await client.closed).toBe(1009)
    const next = await connect()
    next.send(['REQ', 'ok', {}])
    expect(await next.next()).toEqual(['EOSE', 'ok'])
  })
})

describe('mutated messages', () => {
  it('2,000 of them leave the relay answering and store nothing false', async () => {
    const { connect, store } = await startRelay({ eventsPerMinute: 1_000_000 })
    const client = await connect()
    const event = alice.sign({ tags: [['d', 'dns:@']] })
    const whole = [
      JSON.stringify(['EVENT', event]),
      JSON.stringify(['REQ', 'x', { authors: [alice.pubkey], kinds: [31_111], limit: 1 }]),
      JSON.stringify(['CLOSE', 'x']),
    ]
    const pieces = ['', '"', '\\', '[', '{}', 'null', '9', ',', '\ud800']
    for (let index = 0; index < 2_000; index++) {
      const text = whole[index % 3] ?? ''
      const at = (index * 7_919) % text.length
      const piece = pieces[index % pieces.length] ?? ''
      client.sendRaw(text.slice(0, at) + piece + text.slice(at + (index % 4)))
    }
    client.send(['REQ', 'last', { limit: 0 }])
    let message = await client.next()
    while (message[1] !== 'last') message = await client.next()
    expect(message[0]).toBe('EOSE')
    for (const held of await store.query([{}])) expect(held).toEqual(event)
  })
})

describe('limits', () => {
  it('bounds subscriptions, filters and values', async () => {
    const { connect } = await startRelay({ maxSubscriptions: 2, maxFilters: 2, maxFilterValues: 3 })
    const client = await connect()
    client.send(['REQ', 'a', {}])
    client.send(['REQ', 'b', {}])
    client.send(['REQ', 'c', {}])
    client.send(['REQ', 'b', {}])
    client.send(['REQ', 'a', {}, {}, {}])
    client.send(['REQ', 'a', { kinds: [1, 2, 3, 4] }])
    const replies = [1, 2, 3, 4, 5, 6].map(() => client.next())
    expect(await Promise.all(replies)).toEqual([
      ['EOSE', 'a'],
      ['EOSE', 'b'],
      ['CLOSED', 'c', 'rate-limited: at most 2 subscriptions at a time'],
      ['EOSE', 'b'],
      ['CLOSED', 'a', 'error: at most 2 filters in one REQ'],
      ['CLOSED', 'a', 'error: "kinds" holds at most 3 values'],
    ])
  })

  it('bounds events a minute', async () => {
    const { connect, clock } = await startRelay({ eventsPerMinute: 2 })
    const client = await connect()
    const events = [1, 2, 3].map((kind) => alice.sign({ kind: 1000 + kind }))
    const oks: unknown[] = []
    for (const event of events) oks.push((await publish(client, event))[2])
    expect(oks).toEqual([true, true, false])
    clock.advance(60_000)
    expect(await publish(client, events[2] as Event)).toEqual(['OK', events[2]?.id, true, ''])
  })

  it('bounds connections', async () => {
    const { connect, relay } = await startRelay({ maxConnections: 1 })
    await connect()
    await expect(connect()).rejects.toThrow('503')
    expect(relay.connections()).toBe(1)
  })

  it('drops a client that no longer answers pings', async () => {
    const { connect, relay, clock } = await startRelay()
    const client = await connect()
    // Both pings fall due before the client's event loop can answer the first.
    clock.advance(120_000)
    expect(await client.closed).toBe(1006)
    expect(relay.connections()).toBe(0)
  })

  it('cuts limits to its own', async () => {
    const { connect } = await startRelay({ maxLimit: 2 })
    const client = await connect()
    for (const kind of [1001, 1002, 1003]) await publish(client, alice.sign({ kind }))
    client.send(['REQ', 'x', { limit: 100 }])
    expect(await client.until('EOSE')).toHaveLength(3)
  })
})

describe('server', () => {
  it('describes itself (NIP-11), also to web pages', async () => {
    const { relay } = await startRelay()
    const url = relay.url().replace('ws:', 'http:')
    const answer = await fetch(url, { headers: { accept: 'application/nostr+json' } })
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(await answer.json()).toMatchObject({
      supported_nips: [1, 9, 11, 40],
      limitation: { max_subscriptions: 32, auth_required: false },
    })
    expect((await fetch(url)).headers.get('content-type')).toContain('text/plain')
    expect((await fetch(url, { method: 'OPTIONS' })).status).toBe(204)
    expect((await fetch(url, { method: 'POST' })).status).toBe(405)
  })

  it('says which port is busy', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => blocker.once('listening', resolve))
    onTestFinished(() => void blocker.close())
    const { port } = blocker.address() as AddressInfo
    const env = testEnv(createManualClock())
    const relay = createEmbeddedRelay(env, { store: await tempStore(env), host: '127.0.0.1', port })
    const error: unknown = await relay.start().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(AppError)
    expect((error as AppError).problem).toMatchObject({
      code: 'relay.port-in-use',
      message: expect.stringContaining(String(port)) as string,
    })
    await relay.stop()
  })

  it('closes everything on stop, twice if asked, and starts again', async () => {
    const { relay, connect, clock } = await startRelay()
    const client = await connect()
    await relay.stop()
    await client.closed
    await relay.stop()
    expect(clock.pending()).toBe(0)
    await relay.start()
    const again = await connect()
    again.send(['REQ', 'x', {}])
    expect(await again.next()).toEqual(['EOSE', 'x'])
  })
})
