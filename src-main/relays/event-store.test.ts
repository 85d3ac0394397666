import { describe, expect, it } from 'vitest'
import type { Filter } from 'nostr-tools/filter'
import type { Event } from 'nostr-tools/pure'
import { AppError } from '../env/errors.ts'
import { createHealth } from '../env/health.ts'
import { createLogger, type LogRecord } from '../env/logger.ts'
import { openDatabase } from '../store/database.ts'
import { createEventStore } from './event-store.ts'
import type { AcceptVerdict } from './relay-service.ts'
import type { EventDatabase } from './store-records.ts'
import { createManualClock, testEnv } from './testing/manual-clock.ts'
import { testAuthor, testNow } from './testing/signed-events.ts'
import { tempDirectory, tempStore } from './testing/temp-store.ts'

const alice = testAuthor('alice')
const bob = testAuthor('bob')
const relay = 'wss://relay.example'
const zone = (created_at: number, content = '', d = 'dns:@'): Event =>
  alice.sign({ created_at, content, tags: [['d', d]] })

/** Two events of one second at one address, the one that wins (lowest id) first. */
function twins(): readonly [Event, Event] {
  const [first, second] = [zone(testNow, 'one'), zone(testNow, 'two')].toSorted((a, b) =>
    a.id < b.id ? -1 : 1,
  )
  return [first as Event, second as Event]
}

describe('accept', () => {
  const [winner, loser] = twins()
  const deletion = (at: number, tags: string[][]): Event =>
    alice.sign({ kind: 5, created_at: at, tags })
  const address = `31111:${alice.pubkey}:dns:@`
  const cases: {
    readonly name: string
    readonly steps: readonly (readonly [Event, AcceptVerdict])[]
    readonly left: readonly Event[]
  }[] = [
    {
      name: 'a newer version replaces',
      steps: [
        [zone(1000), 'stored'],
        [zone(1001), 'stored'],
      ],
      left: [zone(1001)],
    },
    {
      name: 'an older version is refused',
      steps: [
        [zone(1001), 'stored'],
        [zone(1000), 'older'],
      ],
      left: [zone(1001)],
    },
    {
      name: 'the same event again is a duplicate',
      steps: [
        [zone(1000), 'stored'],
        [zone(1000), 'duplicate'],
      ],
      left: [zone(1000)],
    },
    {
      name: 'same second: the lowest id replaces',
      steps: [
        [loser, 'stored'],
        [winner, 'stored'],
      ],
      left: [winner],
    },
    {
      name: 'same second: the higher id is refused',
      steps: [
        [winner, 'stored'],
        [loser, 'older'],
      ],
      left: [winner],
    },
    {
      name: 'addresses with different d do not touch each other',
      steps: [
        [zone(1001), 'stored'],
        [zone(1000, '', 'dns:www'), 'stored'],
      ],
      left: [zone(1001), zone(1000, '', 'dns:www')],
    },
    {
      name: 'no d tag is the empty d',
      steps: [
        [alice.sign({ kind: 30_000, created_at: 1001 }), 'stored'],
        [alice.sign({ kind: 30_000, created_at: 1000, tags: [['d', '']] }), 'older'],
      ],
      left: [alice.sign({ kind: 30_000, created_at: 1001 })],
    },
    {
      name: 'a replaceable kind has one version whatever its d',
      steps: [
        [alice.sign({ kind: 11_111, created_at: 1000 }), 'stored'],
        [alice.sign({ kind: 11_111, created_at: 1001, tags: [['d', 'x']] }), 'stored'],
      ],
      left: [alice.sign({ kind: 11_111, created_at: 1001, tags: [['d', 'x']] })],
    },
    {
      name: 'regular events live side by side',
      steps: [
        [alice.sign({ kind: 1, created_at: 1000 }), 'stored'],
        [alice.sign({ kind: 1, created_at: 1001 }), 'stored'],
      ],
      left: [alice.sign({ kind: 1, created_at: 1001 }), alice.sign({ kind: 1, created_at: 1000 })],
    },
    {
      name: 'the last second of the future limit is taken, the next is not, nor remembered',
      steps: [
        [zone(testNow + 601), 'future'],
        [zone(testNow), 'stored'],
        [zone(testNow + 600), 'stored'],
      ],
      left: [zone(testNow + 600)],
    },
    {
      name: 'an expired event is refused (NIP-40)',
      steps: [[alice.sign({ tags: [['expiration', String(testNow)]] }), 'expired']],
      left: [],
    },
    {
      name: 'deletion by id removes, and the event does not come back (NIP-09)',
      steps: [
        [zone(1000), 'stored'],
        [deletion(1001, [['e', zone(1000).id]]), 'stored'],
        [zone(1000), 'deleted'],
        [zone(999), 'older'],
      ],
      left: [deletion(1001, [['e', zone(1000).id]])],
    },
    {
      name: 'deletion of an event not seen yet holds',
      steps: [
        [deletion(1001, [['e', zone(1000).id]]), 'stored'],
        [zone(1000), 'deleted'],
      ],
      left: [deletion(1001, [['e', zone(1000).id]])],
    },
    {
      name: 'deletion of an address is a tombstone at its time',
      steps: [
        [zone(1000), 'stored'],
        [deletion(1001, [['a', address]]), 'stored'],
        [zone(1001), 'deleted'],
        [zone(1002), 'stored'],
      ],
      left: [zone(1002), deletion(1001, [['a', address]])],
    },
    {
      name: 'deletion of an address spares a newer version',
      steps: [
        [zone(1002), 'stored'],
        [deletion(1001, [['a', address]]), 'stored'],
      ],
      left: [zone(1002), deletion(1001, [['a', address]])],
    },
    {
      name: 'a deletion cannot be deleted',
      steps: [
        [deletion(1001, [['a', address]]), 'stored'],
        [deletion(1002, [['e', deletion(1001, [['a', address]]).id]]), 'stored'],
        [zone(1000), 'deleted'],
      ],
      left: [
        deletion(1002, [['e', deletion(1001, [['a', address]]).id]]),
        deletion(1001, [['a', address]]),
      ],
    },
    {
      name: 'an ephemeral event is not kept',
      steps: [[alice.sign({ kind: 20_001 }), 'expired']],
      left: [],
    },
  ]
  it.each(cases)('$name', async ({ steps, left }) => {
    const store = await tempStore(testEnv(createManualClock()))
    for (const [event, verdict] of steps) {
      expect(await store.assess(event)).toBe(verdict)
      expect(await store.accept(event, relay)).toBe(verdict)
    }
    const ids = left.map((event) => event.id)
    expect((await store.byOwner(alice.pubkey)).map(({ event }) => event.id)).toEqual(ids)
    expect((await store.query([{}])).map((event) => event.id)).toEqual(ids)
  })

  it('ignores deletions by somebody else', async () => {
    const store = await tempStore(testEnv(createManualClock()))
    await store.accept(zone(1000), relay)
    const tags = [
      ['e', zone(1000).id],
      ['a', `31111:${alice.pubkey}:dns:@`],
    ]
    expect(await store.accept(bob.sign({ kind: 5, tags }), relay)).toBe('stored')
    expect(await store.byOwner(alice.pubkey)).toHaveLength(1)
    expect(await store.accept(zone(1001), relay)).toBe('stored')
  })

  it('judges versions that arrive at once one after the other', async () => {
    const store = await tempStore(testEnv(createManualClock()))
    const versions = Array.from({ length: 40 }, (_, index) => zone(1000 + ((index * 17) % 40)))
    await Promise.all(versions.map((event) => store.accept(event, relay)))
    const held = await store.byOwner(alice.pubkey)
    expect(held.map(({ event }) => event.created_at)).toEqual([1039])
  })

  it('tells listeners of new events once', async () => {
    const store = await tempStore(testEnv(createManualClock()))
    const seen: string[] = []
    const unsubscribe = store.onStored(({ event }) => seen.push(event.id))
    await store.accept(zone(1000), relay)
    await store.accept(zone(1000), 'wss://other.example')
    unsubscribe()
    await store.accept(zone(1001), relay)
    expect(seen).toEqual([zone(1000).id])
  })
})

describe('high-water marks', () => {
  it('survive forget and restart', async () => {
    const env = testEnv(createManualClock())
    const database = await openDatabase(env, await tempDirectory())
    const store = createEventStore(env, database.sublevel('events'))
    await store.accept(zone(1001), relay)
    await store.forget(alice.pubkey)
    expect(await store.byOwner(alice.pubkey)).toEqual([])
    expect(await store.query([{ ids: [zone(1001).id] }])).toEqual([])
    await store.stop()

    const again = createEventStore(env, database.sublevel('events'))
    expect(await again.highWaterMark(31_111, alice.pubkey, 'dns:@')).toBe(1001)
    expect(await again.accept(zone(1000), relay)).toBe('older')
    expect(await again.accept(zone(1001), relay)).toBe('stored')
    await again.stop()
    await database.close()
  })

  it('include deletions and are absent for the unknown', async () => {
    const store = await tempStore(testEnv(createManualClock()))
    expect(await store.highWaterMark(31_111, alice.pubkey, 'dns:@')).toBeUndefined()
    await store.accept(
      alice.sign({ kind: 5, created_at: 2000, tags: [['a', `31111:${alice.pubkey}:dns:@`]] }),
      relay,
    )
    expect(await store.highWaterMark(31_111, alice.pubkey, 'dns:@')).toBe(2000)
  })
})

describe('provenance', () => {
  it('gathers relays and times, on disk after stop', async () => {
    const clock = createManualClock()
    const env = testEnv(clock)
    const database = await openDatabase(env, await tempDirectory())
    const store = createEventStore(env, database.sublevel('events'))
    const firstSeenMs = clock.nowMs()
    const event = zone(1000)
    await store.accept(event, relay)
    clock.advance(500)
    await store.accept(event, 'wss://other.example')
    await store.accept(event, relay)
    const expected = {
      event,
      relays: [relay, 'wss://other.example'],
      firstSeenMs,
      lastSeenMs: firstSeenMs + 500,
    }
    expect(await store.byOwner(alice.pubkey)).toEqual([expected])
    await store.stop()
    const again = createEventStore(env, database.sublevel('events'))
    expect(await again.byOwner(alice.pubkey)).toEqual([expected])
    await database.close()
  })

  it('writes many last-seen changes as one batch', async () => {
    const clock = createManualClock()
    const env = testEnv(clock)
    const database = await openDatabase(env, await tempDirectory())
    const level: EventDatabase = database.sublevel('events')
    const batches: number[] = []
    const counting: EventDatabase = {
      getMany: (keys) => level.getMany(keys),
      iterator: (range) => level.iterator(range),
      batch: (writes, options) => {
        batches.push(writes.length)
        return level.batch(writes, options)
      },
    }
    const store = createEventStore(env, counting)
    for (let index = 0; index < 5; index++) {
      await store.accept(zone(1000, '', `dns:${index}`), relay)
    }
    batches.length = 0
    for (let index = 0; index < 20; index++) {
      await store.accept(zone(1000, '', `dns:${index % 5}`), `wss://${index}.example`)
    }
    expect(batches).toEqual([])
    clock.advance(2000)
    await store.stop()
    expect(batches).toEqual([5])
    await database.close()
  })

  it('waits for the disk (fsync) for own events only', async () => {
    const env = testEnv(createManualClock())
    const database = await openDatabase(env, await tempDirectory())
    const level: EventDatabase = database.sublevel('events')
    const synced: boolean[] = []
    const watched: EventDatabase = {
      getMany: (keys) => level.getMany(keys),
      iterator: (range) => level.iterator(range),
      batch: (writes, options) => {
        synced.push(options.sync)
        return level.batch(writes, options)
      },
    }
    const store = createEventStore(env, watched)
    await store.accept(zone(1000), relay)
    await store.accept(zone(1001), 'local', { durable: true })
    expect(synced).toEqual([false, true])
    await database.close()
  })

  it('remembers the last fetch over a restart', async () => {
    const clock = createManualClock()
    const env = testEnv(clock)
    const database = await openDatabase(env, await tempDirectory())
    const store = createEventStore(env, database.sublevel('events'))
    expect(await store.lastFetched(alice.pubkey)).toBeUndefined()
    await store.markFetched(alice.pubkey, 3)
    const expected = { atMs: clock.nowMs(), eoseCount: 3 }
    expect(await store.lastFetched(alice.pubkey)).toEqual(expected)
    const again = createEventStore(env, database.sublevel('events'))
    expect(await again.lastFetched(alice.pubkey)).toEqual(expected)
    await again.forget(alice.pubkey)
    expect(await again.lastFetched(alice.pubkey)).toBeUndefined()
    await database.close()
  })
})

describe('query', () => {
  const events = [
    alice.sign({ kind: 30_000, created_at: 1004, tags: [['d', 'friends']] }),
    alice.sign({ kind: 30_000, created_at: 1003 }),
    bob.sign({ kind: 1, created_at: 1002, tags: [['t', 'dns']] }),
    bob.sign({ kind: 1, created_at: 1001 }),
    zone(1000),
  ]
  const cases: readonly (readonly [string, Filter[], number[]])[] = [
    ['everything, newest first', [{}], [0, 1, 2, 3, 4]],
    ['by author', [{ authors: [bob.pubkey] }], [2, 3]],
    ['by author, kind and limit', [{ authors: [alice.pubkey], kinds: [30_000], limit: 1 }], [0]],
    ['by kinds', [{ kinds: [1, 31_111] }], [2, 3, 4]],
    ['by kind with limit', [{ kinds: [1], limit: 1 }], [2]],
    ['by d', [{ kinds: [30_000], '#d': ['friends'] }], [0]],
    ['by tag without author or kind', [{ '#t': ['dns'] }], [2]],
    ['by id', [{ ids: [events[3]?.id ?? '', 'f'.repeat(64)] }], [3]],
    ['since and until are inclusive', [{ since: 1001, until: 1003 }], [1, 2, 3]],
    ['kinds since and until', [{ kinds: [1], since: 1002, until: 1002 }], [2]],
    ['limit counts per filter', [{ kinds: [1], limit: 1 }, { kinds: [31_111] }], [2, 4]],
    ['overlapping filters give an event once', [{ kinds: [1] }, { authors: [bob.pubkey] }], [2, 3]],
    ['limit 0 gives nothing', [{ limit: 0 }], []],
    ['an empty list matches nothing', [{ authors: [] }, { kinds: [] }, { ids: [] }], []],
  ]
  it.each(cases)('%s', async (_, filters, expected) => {
    const store = await tempStore(testEnv(createManualClock()))
    for (const event of events.toReversed()) await store.accept(event, relay)
    const found = await store.query(filters)
    expect(found.map((event) => events.findIndex(({ id }) => id === event.id))).toEqual(expected)
  })

  it('leaves out what has expired since, and what is not visible', async () => {
    const clock = createManualClock()
    const store = await tempStore(testEnv(clock))
    const expiring = alice.sign({ tags: [['expiration', String(testNow + 60)]] })
    await store.accept(expiring, relay)
    await store.accept(zone(1000), 'local')
    expect(await store.query([{}])).toHaveLength(2)
    const isVisible = ({ relays }: { relays: readonly string[] }): boolean =>
      relays.includes('local')
    expect(await store.query([{ limit: 1 }], { isVisible })).toHaveLength(1)
    clock.advance(60_000)
    expect((await store.query([{}])).map((event) => event.id)).toEqual([zone(1000).id])
  })
})

describe('damage and a full disk', () => {
  it('skips damaged entries, says so, and takes the event again', async () => {
    const records: LogRecord[] = []
    const log = createLogger(
      (record) => records.push(record),
      'debug',
      () => 0,
    )
    const env = testEnv(createManualClock(), log)
    const database = await openDatabase(env, await tempDirectory())
    const level = database.sublevel('events')
    const store = createEventStore(env, level)
    await store.accept(zone(1000), relay)
    await store.accept(zone(1000, '', 'dns:www'), relay)
    for await (const key of level.keys()) {
      const isOne = key.endsWith('=dns:@')
      if (isOne) await level.put(key, '{"damaged')
    }
    const again = createEventStore(env, level)
    const held = async (): Promise<string[]> =>
      (await again.byOwner(alice.pubkey)).map(({ event }) => event.tags[0]?.[1] ?? '')
    expect(await held()).toEqual(['dns:www'])
    expect(await again.query([{}])).toHaveLength(1)
    expect(records.some(({ message }) => message === 'damaged entry skipped')).toBe(true)
    expect(await again.accept(zone(1000), relay)).toBe('stored')
    expect((await held()).toSorted()).toEqual(['dns:@', 'dns:www'])
    await database.close()
  })

  it('skips an entry whose bytes were changed', async () => {
    const env = testEnv(createManualClock())
    const database = await openDatabase(env, await tempDirectory())
    const level = database.sublevel('events')
    await createEventStore(env, level).accept(zone(1000, '203.0.113.1'), relay)
    for await (const [key, value] of level.iterator({ gte: 'e/', lt: 'e0' })) {
      await level.put(key, value.replace('203.0.113.1', '203.0.113.9'))
    }
    expect(await createEventStore(env, level).byOwner(alice.pubkey)).toEqual([])
    await database.close()
  })

  it('reports a full disk and goes on when there is room again', async () => {
    const clock = createManualClock()
    const env = testEnv(clock)
    const health = createHealth(() => clock.nowMs())
    const database = await openDatabase(env, await tempDirectory())
    const level: EventDatabase = database.sublevel('events')
    let isFull = true
    const small: EventDatabase = {
      getMany: (keys) => level.getMany(keys),
      iterator: (range) => level.iterator(range),
      batch: (writes, options) =>
        isFull
          ? Promise.reject(new Error('IO error: 000003.log: No space left on device'))
          : level.batch(writes, options),
    }
    const store = createEventStore(env, small, health)
    const refused: unknown = await store
      .accept(zone(1000), relay, { durable: true })
      .catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(AppError)
    expect((refused as AppError).problem.code).toBe('store.disk-full')
    expect(health.list().map(({ code }) => code)).toEqual(['store.disk-full'])
    await store.markFetched(alice.pubkey, 1)
    expect(await store.byOwner(alice.pubkey)).toEqual([])
    isFull = false
    expect(await store.accept(zone(1000), relay, { durable: true })).toBe('stored')
    expect(health.list()).toEqual([])
    await database.close()
  })
})
