import { describe, expect, onTestFinished, test } from 'vitest'
import type { RecordType } from '../../dns/wire/message.ts'
import { formatRdata } from '../../dns/wire/rdata-text.ts'
import { encodeNpub } from '../../names/npub.ts'
import { parseName } from '../../names/parse-name.ts'
import type { VerifiedEvent } from '../../relays/relay-service.ts'
import { createManualClock, testEnv } from '../../relays/testing/manual-clock.ts'
import { testAuthor, testNow } from '../../relays/testing/signed-events.ts'
import { tempStore } from '../../relays/testing/temp-store.ts'
import type { Resolution } from '../name-system.ts'
import { createFakeRelays } from '../testing/fake-relays.ts'
import { createNostrSystem } from './nostr-system.ts'

const author = testAuthor('system')
const owner = author.pubkey
const apex = `${encodeNpub(owner)}.nostr`
const minute = 60_000
const hour = 60 * minute

const zone = (
  records: string[][],
  { age = 100, life = 30 * 86400, host = '@' } = {},
): VerifiedEvent =>
  author.sign({
    created_at: testNow - age,
    tags: [['d', `dns:${host}`], ...records, ['expiration', String(testNow + life)], ['ver', '1']],
  })
const a = (address: string, name = '@', ttl = '600'): string[] => [
  'record',
  'A',
  name,
  ttl,
  address,
]

async function setUp() {
  const clock = createManualClock()
  const env = testEnv(clock)
  const store = await tempStore(env)
  const relays = createFakeRelays(store)
  const exempt = new Set<string>()
  const optIn = { nns: false, dnstr: false }
  const make = () =>
    createNostrSystem(env, {
      relays,
      store,
      config: {
        allowsPrivateAddresses: (key) => exempt.has(key),
        optIn: () => ({ ...optIn }),
      },
    })
  let system = make()
  await system.start()
  onTestFinished(() => system.stop())
  const changes: string[] = []
  system.onChange((key) => changes.push(key))

  const ask = (host = '@', type: RecordType = 'A', signal = new AbortController().signal) => {
    const qname = host === '@' ? apex : `${host}.${apex}`
    return system.lookup(parseName(qname), qname, type, signal)
  }
  return {
    clock,
    store,
    relays,
    exempt,
    optIn,
    changes,
    ask,
    /** The system as it is now: `restart` replaces it. */
    system: () => system,
    async restart() {
      await system.stop()
      system = make()
      await system.start()
    },
    /** Lets what runs in the background come to an end. */
    settled: async () => {
      await new Promise<void>((resolve) => setImmediate(resolve))
      await system.refresh(owner).catch(() => undefined)
    },
  }
}

/** `answer 203.0.113.1 ttl 300`, `nxdomain`, `failure 22: text` … */
function show(resolution: Resolution): string {
  if (resolution.kind === 'failure') return `failure ${resolution.ede.code}: ${resolution.ede.text}`
  const ede = resolution.ede === undefined ? '' : ` ede ${resolution.ede.code}`
  if (!('rrset' in resolution)) return resolution.kind + ede
  const [first] = resolution.rrset
  const rdata = first && formatRdata(first.rdata)
  return `${resolution.kind} ${rdata} ttl ${first?.ttl}${ede}`
}

describe('answers', () => {
  test('a cold name is fetched once, then answered from memory', async () => {
    const t = await setUp()
    t.relays.events.push(zone([a('203.0.113.1')]))
    const [first, second] = await Promise.all([t.ask(), t.ask('@', 'AAAA')])
    expect(show(first)).toBe('answer 203.0.113.1 ttl 600')
    expect(show(second)).toBe('nodata')
    expect(show(await t.ask())).toBe('answer 203.0.113.1 ttl 600')
    expect(t.relays.fetches).toEqual([owner])
  })

  test('say why they may be believed', async () => {
    const t = await setUp()
    const event = zone([a('203.0.113.1')])
    t.relays.events.push(event)
    const answer = await t.ask()
    expect(answer).toMatchObject({
      validUntil: testNow - 100 + 30 * 86400,
      provenance: {
        system: 'nostr',
        format: 'canonical',
        owner: `nostr:${owner}`,
        eventIds: [event.id],
        signer: encodeNpub(owner),
        sources: ['wss://relay.test'],
        signedAt: testNow - 100,
        seenAtMs: testNow * 1000,
        verifiedBy: 'event id and signature (NIP-01)',
      },
    })
  })

  test('the hex form answers under the name asked for', async () => {
    const t = await setUp()
    t.relays.events.push(zone([a('203.0.113.1'), ['record', 'CNAME', 'www', '60', '@']]))
    const hex = `${owner.slice(0, 32)}.${owner.slice(32)}.nostr`
    const signal = new AbortController().signal
    const answer = await t.system().lookup(parseName(hex), hex, 'A', signal)
    expect(answer).toMatchObject({ kind: 'answer', rrset: [{ name: hex }] })
    const missing = `nothing.${hex}`
    const denial = await t.system().lookup(parseName(missing), missing, 'A', signal)
    expect(denial).toMatchObject({ kind: 'nxdomain', soa: { name: hex } })
    const alias = await t.system().lookup(parseName(`www.${hex}`), `www.${hex}`, 'A', signal)
    expect(alias).toMatchObject({ kind: 'alias', target: apex, rrset: [{ name: `www.${hex}` }] })
  })

  test('negative ones carry a SOA with the time of signing', async () => {
    const t = await setUp()
    t.relays.events.push(zone([a('203.0.113.1')]))
    expect(await t.ask('@', 'AAAA')).toMatchObject({
      kind: 'nodata',
      validUntil: testNow + 60,
      soa: { name: apex, ttl: 60, rdata: { serial: testNow - 100, minimum: 60 } },
    })
    expect(await t.ask('@', 'SOA')).toMatchObject({ kind: 'answer', rrset: [{ name: apex }] })
  })

  test('private addresses are withheld, except where the owner is exempt', async () => {
    const t = await setUp()
    t.relays.events.push(zone([['rr', 'A', '@', '60', '192.168.1.20']]))
    const withheld = await t.ask()
    expect(withheld).toMatchObject({
      kind: 'nodata',
      ede: { code: 17, text: '1 private address withheld' },
    })
    expect(t.system().zones()[0]).toMatchObject({
      state: 'empty',
      records: [],
      notes: ['1 private address withheld'],
    })
    t.exempt.add(owner)
    expect(show(await t.ask())).toBe('answer 192.168.1.20 ttl 60')
    expect(t.system().zones()[0]).toMatchObject({ state: 'ok', notes: [] })
  })
})

describe('denials', () => {
  test.each<[string, number, number, string]>([
    ['two relays', 2, 0, 'nxdomain'],
    ['two of four', 2, 2, 'nxdomain'],
    [
      'one of one',
      1,
      0,
      'failure 23: 1 of 1 relay answered, 2 must agree that a name does not exist',
    ],
    [
      'one of three',
      1,
      2,
      'failure 23: 1 of 3 relays answered, 2 must agree that a name does not exist',
    ],
    ['none reachable', 0, 3, 'failure 22: none of 3 relays could be reached'],
    ['no relays', 0, 0, 'failure 22: no relay to ask'],
  ])('unknown key, %s', async (_title, reachable, unreachable, expected) => {
    const t = await setUp()
    Object.assign(t.relays, { reachable, unreachable })
    expect(show(await t.ask())).toBe(expected)
  })

  test('of a name in a known zone need the same agreement, and wait for it', async () => {
    const t = await setUp()
    t.relays.events.push(zone([a('203.0.113.1')]))
    // The canonical event ends the first look-up after one EOSE; a second one hears everybody.
    expect(show(await t.ask('nothing'))).toBe('nxdomain')
    expect(t.relays.fetches).toHaveLength(2)
    t.relays.reachable = 1
    await t.restart()
    t.clock.advance(2 * hour)
    expect(show(await t.ask('nothing'))).toContain('failure 23')
  })

  test('signed ones need no agreement', async () => {
    const t = await setUp()
    t.relays.reachable = 1
    t.relays.events.push(zone([]))
    expect(show(await t.ask())).toBe('nxdomain')
    expect(show(await t.ask('www'))).toBe('nxdomain')
  })

  test('are remembered for a minute', async () => {
    const t = await setUp()
    await t.ask()
    t.clock.advance(59_000)
    await t.ask('www')
    expect(t.relays.fetches).toHaveLength(1)
    t.clock.advance(2_000)
    t.relays.events.push(zone([a('203.0.113.1')]))
    expect(show(await t.ask())).toContain('answer 203.0.113.1')
  })

  test('failures are not asked again for five seconds', async () => {
    const t = await setUp()
    t.relays.reachable = 0
    await Promise.all([t.ask(), t.ask('@', 'AAAA'), t.ask('@', 'HTTPS')])
    await t.ask()
    expect(t.relays.fetches).toHaveLength(1)
    t.clock.advance(5_000)
    await t.ask()
    expect(t.relays.fetches).toHaveLength(2)
  })

  test('an earlier denial is no denial once relays are gone', async () => {
    const t = await setUp()
    expect(show(await t.ask())).toBe('nxdomain')
    t.relays.reachable = 0
    t.clock.advance(2 * minute)
    expect(show(await t.ask())).toContain('failure 22')
  })
})

describe('freshness', () => {
  const offline = async (life = 6 * 3600) => {
    const t = await setUp()
    t.relays.events.push(zone([a('203.0.113.1')], { life }))
    await t.ask()
    Object.assign(t.relays, { reachable: 0, unreachable: 2, isConnected: false })
    t.relays.connectionChanged()
    return t
  }

  test.each<[string, number, string]>([
    ['at once', 0, 'answer 203.0.113.1 ttl 600'],
    ['in five minutes', 5 * minute, 'answer 203.0.113.1 ttl 600'],
    ['after that, stale', 6 * minute, 'answer 203.0.113.1 ttl 30 ede 3'],
    ['up to an hour past that', 65 * minute, 'answer 203.0.113.1 ttl 30 ede 3'],
    ['and no longer', 66 * minute, 'failure 22: none of 2 relays could be reached'],
  ])('offline, %s', async (_title, wait, expected) => {
    const t = await offline()
    t.clock.advance(wait)
    expect(show(await t.ask())).toBe(expected)
  })

  test('the same after a restart, without waiting for relays', async () => {
    const t = await offline()
    await t.restart()
    t.relays.gate = new Promise(() => undefined)
    t.clock.advance(6 * minute)
    expect(show(await t.ask())).toBe('answer 203.0.113.1 ttl 30 ede 3')
    t.relays.gate = undefined
  })

  test('never past the expiration', async () => {
    const t = await offline(600)
    t.clock.advance(599_000)
    expect(show(await t.ask())).toBe('answer 203.0.113.1 ttl 1 ede 3')
    t.clock.advance(1_000)
    expect(show(await t.ask())).toBe('nxdomain')
  })

  test('a stale name is refreshed on the side', async () => {
    const t = await offline()
    t.clock.advance(10 * minute)
    Object.assign(t.relays, { reachable: 2, unreachable: 0 })
    expect(show(await t.ask())).toBe('answer 203.0.113.1 ttl 30 ede 3')
    await t.settled()
    expect(show(await t.ask())).toBe('answer 203.0.113.1 ttl 600')
  })

  test('a subscription that only begins now does not make old data fresh', async () => {
    const t = await offline()
    await t.restart()
    t.clock.advance(30 * minute)
    Object.assign(t.relays, { reachable: 2, isConnected: true })
    expect(show(await t.ask())).toBe('answer 203.0.113.1 ttl 30 ede 3')
  })

  test('a live subscription keeps a zone fresh, and is checked every half hour', async () => {
    const t = await setUp()
    t.relays.events.push(zone([a('203.0.113.1')]))
    await t.ask()
    expect([...t.relays.followed]).toEqual([owner])
    t.clock.advance(29 * minute)
    expect(show(await t.ask())).toBe('answer 203.0.113.1 ttl 600')
    expect(t.relays.fetches).toHaveLength(1)
    t.clock.advance(2 * minute)
    expect(show(await t.ask())).toBe('answer 203.0.113.1 ttl 600')
    expect(t.relays.fetches).toHaveLength(2)
  })

  test('what was published here is never stale', async () => {
    const t = await setUp()
    t.relays.reachable = 0
    t.relays.isConnected = false
    await t.store.accept(zone([a('203.0.113.1')]), 'local', { durable: true })
    t.clock.advance(20 * hour)
    expect(show(await t.ask())).toBe('answer 203.0.113.1 ttl 600')
  })

  test('an asker who gives up gets an answer at once; the look-up goes on', async () => {
    const t = await setUp()
    t.relays.events.push(zone([a('203.0.113.1')]))
    let open: () => void = () => undefined
    t.relays.gate = new Promise((resolve) => (open = resolve))
    const asker = new AbortController()
    const answer = t.ask('@', 'A', asker.signal)
    asker.abort()
    expect(show(await answer)).toBe('failure 23: relays did not answer in time')
    open()
    expect(show(await t.ask())).toContain('answer 203.0.113.1')
    expect(t.relays.fetches).toHaveLength(1)
  })
})

describe('changes', () => {
  test('a pushed event changes the answer and tells the caches', async () => {
    const t = await setUp()
    t.relays.events.push(zone([a('203.0.113.1')]))
    await t.ask()
    t.changes.length = 0
    const told = new Promise<void>((resolve) => t.system().onChange(() => resolve()))
    await t.store.accept(zone([a('203.0.113.2')], { age: 50 }), 'wss://relay.test')
    await told
    expect(t.changes).toEqual([`nostr:${owner}`])
    expect(show(await t.ask())).toContain('203.0.113.2')
  })

  test('a relay cannot roll back', async () => {
    const t = await setUp()
    t.relays.events.push(zone([a('203.0.113.2')], { age: 50 }))
    await t.ask()
    await t.system().forget(owner)
    t.relays.events.splice(0, 1, zone([a('203.0.113.1')], { age: 100 }))
    t.clock.advance(10 * minute)
    expect(show(await t.ask())).toBe('nxdomain')
  })

  test('forgetting drops the zone, the subscription and what caches hold', async () => {
    const t = await setUp()
    t.relays.events.push(zone([a('203.0.113.1')]))
    await t.ask()
    t.changes.length = 0
    await t.system().forget(owner)
    expect(t.system().zones()).toEqual([])
    expect(t.relays.followed.size).toBe(0)
    expect(t.changes).toEqual([`nostr:${owner}`])
    expect(show(await t.ask())).toContain('203.0.113.1')
    expect(t.relays.fetches).toHaveLength(2)
  })

  test('a name not used for a day is no longer followed', async () => {
    const t = await setUp()
    t.relays.events.push(zone([a('203.0.113.1')]))
    await t.ask()
    t.clock.advance(23 * hour)
    expect(t.relays.followed.size).toBe(1)
    t.clock.advance(2 * hour)
    expect(t.relays.followed.size).toBe(0)
  })

  test('names without data are not followed', async () => {
    const t = await setUp()
    await t.ask()
    expect(t.relays.followed.size).toBe(0)
  })

  test('switching a format on asks relays for it', async () => {
    const t = await setUp()
    t.relays.events.push(
      author.sign({
        kind: 30053,
        created_at: testNow - 9,
        tags: [
          ['d', ''],
          ['ip4', '203.0.113.4'],
        ],
      }),
    )
    expect(show(await t.ask())).toBe('nxdomain')
    t.optIn.nns = true
    t.clock.advance(1_000)
    t.system().settingsChanged()
    expect(show(await t.ask())).toBe('answer 203.0.113.4 ttl 300')
  })

  test('stop ends everything', async () => {
    const t = await setUp()
    t.relays.events.push(zone([a('203.0.113.1')]))
    await t.ask()
    await t.system().stop()
    await t.system().stop()
    expect(t.relays.followed.size).toBe(0)
    expect(t.clock.pending()).toBe(0)
  })

  test('hints are passed on', async () => {
    const t = await setUp()
    t.system().addHints(owner, ['wss://hint.test'])
    await t.ask()
    expect(t.relays.hints).toEqual([['wss://hint.test']])
  })
})

test('known zones, as people see them', async () => {
  const t = await setUp()
  const event = zone([a('203.0.113.1'), ['record', 'CNAME', 'www', '60', '@']])
  t.relays.events.push(
    event,
    author.sign({ kind: 30000, created_at: testNow, content: '{"ip":"203.0.113.9"}' }),
  )
  let told = 0
  t.system().onZones(() => (told += 1))
  await t.ask()
  expect(told).toBeGreaterThan(0)
  expect(t.system().zones()).toEqual([
    {
      key: `nostr:${owner}`,
      owner,
      npub: encodeNpub(owner),
      state: 'ok',
      format: 'canonical',
      records: [
        { name: '@', type: 'A', ttl: 600, rdata: '203.0.113.1' },
        { name: 'www', type: 'CNAME', ttl: 60, rdata: `${apex}.` },
      ],
      eventIds: [event.id],
      relays: ['wss://relay.test'],
      signedAt: testNow - 100,
      validUntil: testNow - 100 + 30 * 86400,
      seenAtMs: testNow * 1000,
      lastUsedMs: testNow * 1000,
      notes: ['a proof-of-concept address passed over: a better format wins'],
    },
  ])
})
