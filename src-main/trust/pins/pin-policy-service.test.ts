import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import { encodeNpub } from '../../names/npub.ts'
import { parseName } from '../../names/parse-name.ts'
import type { VerifiedEvent } from '../../relays/relay-service.ts'
import { createManualClock, testEnv } from '../../relays/testing/manual-clock.ts'
import { testAuthor, testNow } from '../../relays/testing/signed-events.ts'
import { tempDirectory } from '../../relays/testing/temp-store.ts'
import { createEventStore } from '../../relays/event-store.ts'
import { openDatabase } from '../../store/database.ts'
import { createNostrSystem } from '../../systems/nostr/nostr-system.ts'
import { createFakeRelays } from '../../systems/testing/fake-relays.ts'
import type { PinDecision, PinnedName } from '../pin-policy.ts'
import { buildSelfSigned } from '../x509/build-certificate.ts'
import { stapleExtension, stapleTemplate } from '../origin/staple-event.ts'
import { certificateSha256, spkiSha256 } from '../x509/fingerprints.ts'
import { certificatePem } from '../x509/pem.ts'
import { createPinPolicy } from './pin-policy-service.ts'

const author = testAuthor('pins')
const apex = `${encodeNpub(author.pubkey)}.nostr`
const key = 'a1'.repeat(32)
const nextKey = 'b2'.repeat(32)
const minute = 60_000
const day = 86_400
const signal = new AbortController().signal

function nameOf(host: string): PinnedName {
  const name = parseName(host === '@' ? apex : `${host}.${apex}`)
  if (name.kind !== 'nostr') throw new Error(`not a key's name: ${host}`)
  return name
}

interface EventOptions {
  readonly at?: number
  readonly life?: number
  readonly host?: string
}

const tlsa = (spki: string, service = '_443._tcp'): string[] => [
  'rr',
  'TLSA',
  service,
  '300',
  `3 1 1 ${spki}`,
]

/** A canonical event with an address and `extra` records. */
function zone(extra: string[][], { at = -100, life = 7 * day, host = '@' }: EventOptions = {}) {
  return author.sign({
    created_at: testNow + at,
    tags: [
      ['d', `dns:${host}`],
      ['record', 'A', host, '300', '203.0.113.1'],
      ...extra,
      ['expiration', String(testNow + at + life)],
      ['ver', '1'],
    ],
  })
}

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const certificate = (names = [apex], from = testNow - day, to = testNow + day): Buffer =>
  buildSelfSigned(
    { bytes: (length) => new Uint8Array(length).fill(7) },
    { names, key: privateKey, validFrom: from, validTo: to },
  )
const pocAddress = (): VerifiedEvent =>
  author.sign({ kind: 30_000, created_at: testNow - 100, content: '{"ip":"203.0.113.1"}' })
const pocCertificate = (der: Buffer, at = -100): VerifiedEvent =>
  author.sign({ kind: 30_001, created_at: testNow + at, content: certificatePem(der) })

async function setUp() {
  const clock = createManualClock()
  const env = testEnv(clock)
  const database = await openDatabase(env, await tempDirectory())
  const store = createEventStore(env, database.sublevel('events'))
  const relays = createFakeRelays(store)
  const records = database.sublevel<unknown>('pins', 'json')
  const make = () => {
    const nostr = createNostrSystem(env, {
      relays,
      store,
      config: {
        allowsPrivateAddresses: () => false,
        optIn: () => ({ nns: false, dnstr: false }),
      },
    })
    const policy = createPinPolicy(env, { nostr, records })
    return { nostr, policy }
  }
  let running = make()
  const start = async () => {
    await running.nostr.start()
    await running.policy.start()
  }
  const stop = async () => {
    await running.policy.stop()
    await running.nostr.stop()
  }
  await start()
  onTestFinished(async () => {
    await stop()
    await store.stop()
    await database.close()
  })
  return {
    clock,
    relays,
    store,
    records,
    policy: () => running.policy,
    nostr: () => running.nostr,
    decide: (host = '@', port = 443) => running.policy.decide(nameOf(host), port, signal),
    /** A relay pushes `event` over the live subscription. */
    push: async (event: VerifiedEvent) => {
      relays.events.push(event)
      await store.accept(event, 'wss://relay.test')
    },
    goOffline() {
      relays.reachable = 0
      relays.unreachable = 2
      relays.isConnected = false
      relays.connectionChanged()
    },
    async restart() {
      await stop()
      running = make()
      await start()
    },
  }
}

/** `pinned a1a1 b2b2`, `cached a1a1`, `no-certificate` … */
function show(decision: PinDecision | undefined): string {
  if (decision?.kind !== 'pinned') return decision?.kind ?? 'unknown'
  const values = decision.pins.map(({ value }) => value.slice(0, 4))
  return [decision.isFromCache ? 'cached' : 'pinned', ...values].join(' ')
}

describe('canonical pins', () => {
  test('say which event vouches, and until when', async () => {
    const t = await setUp()
    const event = zone([tlsa(key)])
    t.relays.events.push(event)
    expect(await t.decide()).toEqual({
      kind: 'pinned',
      isFromCache: false,
      validUntil: testNow - 100 + 7 * day,
      pins: [
        {
          kind: 'spki',
          value: key,
          strength: 'pin',
          format: 'canonical',
          eventId: event.id,
          signedAt: testNow - 100,
          validUntil: testNow - 100 + 7 * day,
        },
      ],
    })
    expect(t.policy().lastDecision(nameOf('@'), 443)).toEqual(await t.decide())
  })

  test.each<[string, string[][], string, number, string]>([
    ['both keys of an overlap', [tlsa(key), tlsa(nextKey)], '@', 443, 'pinned a1a1 b2b2'],
    ['another port has none', [tlsa(key)], '@', 8443, 'no-certificate'],
    ['each port its own', [tlsa(key), tlsa(nextKey, '_4443._tcp')], '@', 4443, 'pinned b2b2'],
    ['another host has none', [tlsa(key)], 'www', 443, 'no-certificate'],
    ['a host below the apex', [tlsa(key, '_443._tcp.www')], 'www', 443, 'pinned a1a1'],
    ['not of UDP', [tlsa(key, '_443._udp')], '@', 443, 'no-certificate'],
    ['an address without a pin', [], '@', 443, 'no-certificate'],
    [
      'other usages are data only',
      [['rr', 'TLSA', '_443._tcp', '300', `2 1 1 ${key}`]],
      '@',
      443,
      'no-certificate',
    ],
    [
      'an alias has the pins of its target',
      [tlsa(key), ['record', 'CNAME', 'www', '300', '@']],
      'www',
      443,
      'pinned a1a1',
    ],
    [
      'an alias to somebody else has none',
      [tlsa(key), ['record', 'CNAME', 'www', '300', 'www.example.com.']],
      'www',
      443,
      'no-certificate',
    ],
  ])('%s', async (_what, records, host, port, expected) => {
    const t = await setUp()
    t.relays.events.push(zone(records))
    expect(show(await t.decide(host, port))).toBe(expected)
  })

  test('come from the part that covers the host, never from a wider one', async () => {
    const t = await setUp()
    t.relays.events.push(zone([tlsa(key), tlsa(key, '_443._tcp.www')]))
    t.relays.events.push(zone([tlsa(nextKey, '_443._tcp.www')], { host: 'www' }))
    expect(show(await t.decide('www'))).toBe('pinned b2b2')
    expect(show(await t.decide())).toBe('pinned a1a1')
  })

  test('a newer event rotates and revokes; what relays replay changes nothing', async () => {
    const t = await setUp()
    const first = zone([tlsa(key)])
    t.relays.events.push(first)
    expect(show(await t.decide())).toBe('pinned a1a1')
    const told: string[] = []
    t.policy().onChange((owner) =>
      told.push(show(t.policy().lastDecision({ ...nameOf('@'), owner }, 443))),
    )
    await t.push(zone([tlsa(key), tlsa(nextKey)], { at: -90 }))
    await expect.poll(() => told).toEqual(['pinned a1a1 b2b2'])
    await t.push(zone([tlsa(nextKey)], { at: -80 }))
    await expect.poll(() => told).toEqual(['pinned a1a1 b2b2', 'pinned b2b2'])
    await t.push(zone([], { at: -70 }))
    await expect.poll(() => told.at(-1)).toBe('no-certificate')
    expect(show(await t.decide())).toBe('no-certificate')
    // A relay that only has, or only shows, the first event.
    t.relays.events.splice(0, Infinity, first)
    t.clock.advance(10 * minute)
    await t.restart()
    expect(show(await t.decide())).toBe('no-certificate')
    expect(
      t
        .policy()
        .history(nameOf('@'), 443)
        .map(({ what }) => what),
    ).toEqual([
      'no certificate: its owner publishes no key for port 443',
      `key ${nextKey.slice(0, 16)}… pinned (canonical)`,
      `key ${key.slice(0, 16)}… and key ${nextKey.slice(0, 16)}… pinned (canonical)`,
      `key ${key.slice(0, 16)}… pinned (canonical)`,
    ])
    expect(t.policy().wasEverPinned(nameOf('@'))).toBe(true)
    expect(t.policy().wasEverPinned(nameOf('www'))).toBe(false)
  })

  test('an event signed too far in the future is not believed', async () => {
    const t = await setUp()
    t.relays.events.push(zone([tlsa(key)]), zone([tlsa(nextKey)], { at: 700 }))
    expect(show(await t.decide())).toBe('pinned a1a1')
  })

  test('an empty event says that there is nothing', async () => {
    const t = await setUp()
    t.relays.events.push(
      author.sign({
        created_at: testNow - 100,
        tags: [
          ['d', 'dns:@'],
          ['ver', '1'],
        ],
      }),
      pocAddress(),
      pocCertificate(certificate()),
    )
    expect(await t.decide()).toMatchObject({
      kind: 'no-certificate',
      reason: expect.stringMatching(/does not exist/u),
    })
  })

  test.each(['a', 'e'] as const)(
    'a deletion by %s tag ends it, and is no permission to use a hint',
    async (by) => {
      const t = await setUp()
      const event = zone([tlsa(key)])
      t.relays.events.push(event, pocAddress(), pocCertificate(certificate()))
      expect(show(await t.decide())).toBe('pinned a1a1')
      const target = by === 'a' ? ['a', `31111:${author.pubkey}:dns:@`] : ['e', event.id]
      await t.push(author.sign({ kind: 5, tags: [target, ['k', '31111']] }))
      await t.nostr().refresh(author.pubkey)
      expect(show(await t.decide())).toBe('no-certificate')
      await t.restart()
      expect(show(await t.decide())).toBe('no-certificate')
    },
  )

  test('expired is expired: told in time, also without a question', async () => {
    const t = await setUp()
    t.relays.events.push(zone([tlsa(key)], { life: 3600 }))
    expect(show(await t.decide())).toBe('pinned a1a1')
    const told: string[] = []
    t.policy().onChange(() => told.push(show(t.policy().lastDecision(nameOf('@'), 443))))
    t.clock.advance(3_500_000 - 1000)
    expect(told).toEqual([])
    t.clock.advance(1000)
    expect(told).toEqual(['expired'])
    expect(await t.decide()).toEqual({
      kind: 'expired',
      expiredAt: testNow - 100 + 3600,
      eventId: t.relays.events[0]?.id,
    })
  })

  test('a host of its own that expired does not fall back to the wider host', async () => {
    const t = await setUp()
    const www = zone([tlsa(nextKey, '_443._tcp.www')], { host: 'www', life: 3600 })
    t.relays.events.push(zone([tlsa(key)]), www)
    expect(show(await t.decide('www'))).toBe('pinned b2b2')
    t.clock.advance(3_600_000)
    expect(await t.decide('www')).toMatchObject({ kind: 'expired', eventId: www.id })
  })
})

describe('relays', () => {
  test('that cannot be reached leave pins valid for a week after they were last confirmed', async () => {
    const t = await setUp()
    t.relays.events.push(zone([tlsa(key)], { life: 30 * day }))
    expect(show(await t.decide())).toBe('pinned a1a1')
    t.goOffline()
    expect(show(await t.decide())).toBe('pinned a1a1')
    t.clock.advance(6 * minute)
    expect(await t.decide()).toMatchObject({ isFromCache: true, validUntil: testNow + 7 * day })
    await t.restart()
    expect(show(await t.decide())).toBe('cached a1a1')
    const told: string[] = []
    t.policy().onChange(() => told.push(show(t.policy().lastDecision(nameOf('@'), 443))))
    t.clock.advance(7 * day * 1000)
    expect(told.at(-1)).toBe('cannot-check')
    expect(show(await t.decide())).toBe('cannot-check')
  })

  test('are asked again after 5 minutes without a subscription', async () => {
    const t = await setUp()
    t.relays.events.push(zone([tlsa(key)]))
    await t.decide()
    t.relays.isConnected = false
    t.relays.connectionChanged()
    // Published while nobody could push it.
    t.relays.events.splice(0, 1, zone([tlsa(nextKey)], { at: -50 }))
    t.clock.advance(4 * minute)
    expect(show(await t.decide())).toBe('pinned a1a1')
    t.clock.advance(2 * minute)
    expect(show(await t.decide())).toBe('pinned b2b2')
    expect(t.relays.fetches).toHaveLength(2)
  })

  test.each([
    [2, 0, 'no-certificate'],
    [1, 1, 'cannot-check'],
    [0, 2, 'cannot-check'],
  ])('%i that hold nothing and %i out of reach: %s', async (reachable, unreachable, expected) => {
    const t = await setUp()
    Object.assign(t.relays, { reachable, unreachable })
    expect(show(await t.decide())).toBe(expected)
  })

  test('that never answer end in "cannot check" when the asker gives up', async () => {
    const t = await setUp()
    t.relays.gate = new Promise(() => undefined)
    const leave = new AbortController()
    const decision = t.policy().decide(nameOf('@'), 443, leave.signal)
    await expect.poll(() => t.relays.fetches).toHaveLength(1)
    leave.abort()
    expect(show(await decision)).toBe('cannot-check')
  })
})

describe('hints of other formats', () => {
  const hint = (format: string) => ({ kind: 'certificate', strength: 'hint', format })

  test("the proof of concept's certificate counts for every port", async () => {
    const t = await setUp()
    const der = certificate()
    t.relays.events.push(pocAddress(), pocCertificate(der))
    for (const port of [443, 4443]) {
      expect(await t.decide('@', port)).toMatchObject({
        kind: 'pinned',
        validUntil: testNow + day,
        pins: [{ ...hint('poc-30001'), value: certificateSha256(der) }],
      })
    }
  })

  test('a certificate of NoDNS counts with its zone', async () => {
    const t = await setUp()
    const der = certificate([apex, `*.${apex}`])
    t.relays.events.push(
      author.sign({
        kind: 11_111,
        created_at: testNow - 5,
        tags: [['record', 'A', '@', '300', '203.0.113.1']],
      }),
      author.sign({
        kind: 30_003,
        created_at: testNow - 5,
        tags: [
          ['d', 'nostr'],
          ['expiration', String(testNow + 60)],
        ],
        content: certificatePem(der),
      }),
      pocCertificate(certificate()),
    )
    expect(await t.decide('www')).toMatchObject({
      kind: 'pinned',
      validUntil: testNow + 60,
      pins: [{ ...hint('nodns-30003'), value: certificateSha256(der) }],
    })
  })

  test.each<[string, Buffer, string]>([
    ['for another name', certificate(['npub1other.nostr']), 'no-certificate'],
    ['not valid yet', certificate([apex], testNow + 60), 'no-certificate'],
    ['expired', certificate([apex], testNow - 2 * day, testNow - day), 'expired'],
  ])('a certificate %s is none', async (_what, der, expected) => {
    const t = await setUp()
    t.relays.events.push(pocAddress(), pocCertificate(der))
    expect(show(await t.decide())).toBe(expected)
  })

  test('a certificate becomes valid and ends while the program runs', async () => {
    const t = await setUp()
    t.relays.events.push(
      pocAddress(),
      pocCertificate(certificate([apex], testNow + 60, testNow + 120)),
    )
    expect(show(await t.decide())).toBe('no-certificate')
    t.clock.advance(minute)
    expect(show(await t.decide())).toMatch(/^pinned/u)
    t.clock.advance(minute)
    expect(show(await t.decide())).toBe('expired')
  })

  test('a new certificate alone is news', async () => {
    const t = await setUp()
    const next = certificate([apex, `*.${apex}`])
    t.relays.events.push(pocAddress(), pocCertificate(certificate()))
    await t.decide()
    let told = 0
    t.policy().onChange(() => (told += 1))
    await t.push(pocCertificate(next, -50))
    await expect.poll(() => told).toBe(1)
    expect(show(t.policy().lastDecision(nameOf('@'), 443))).toBe(
      `pinned ${certificateSha256(next).slice(0, 4)}`,
    )
  })

  test('count for nothing beside canonical records', async () => {
    const t = await setUp()
    t.relays.events.push(zone([]), pocAddress(), pocCertificate(certificate()))
    expect(show(await t.decide())).toBe('no-certificate')
  })

  test('take over once a canonical pin has expired: its owner may have changed programs', async () => {
    const t = await setUp()
    t.relays.events.push(
      zone([tlsa(key)], { life: 3600 }),
      pocAddress(),
      pocCertificate(certificate()),
    )
    expect(show(await t.decide())).toBe('pinned a1a1')
    t.clock.advance(2 * 3_600_000)
    expect(await t.decide()).toMatchObject({ kind: 'pinned', pins: [{ strength: 'hint' }] })
  })
})

describe('a stapled certificate', () => {
  const staple = (at: number): Buffer => {
    const names = [apex]
    const validity = { validFrom: testNow - day, validTo: testNow + day }
    const random = { bytes: (length: number) => new Uint8Array(length).fill(7) }
    const bare = buildSelfSigned(random, { names, key: privateKey, ...validity })
    const hash = spkiSha256(bare) ?? ''
    const event = author.sign({
      ...stapleTemplate({ spkiSha256: hash, hosts: ['@'], now: testNow + at, lifetime: day }),
    })
    const extraExtensions = [stapleExtension(event)]
    return buildSelfSigned(random, { names, key: privateKey, ...validity, extraExtensions })
  }

  test('counts while no relay can be reached and nothing is known', async () => {
    const t = await setUp()
    t.goOffline()
    expect(show(await t.decide())).toBe('cannot-check')
    expect(t.policy().staplePin(nameOf('@'), staple(-100))).toMatchObject({
      format: 'staple',
      validUntil: testNow - 100 + day,
    })
    expect(t.policy().staplePin(nameOf('@'), certificate())).toBeUndefined()
  })

  test.each([
    ['newer than', -99, true],
    ['as old as', -100, false],
    ['older than', -101, false],
  ])('%s what the owner is known to have signed', async (_what, at, isAccepted) => {
    const t = await setUp()
    t.relays.events.push(zone([]))
    await t.decide()
    t.goOffline()
    await t.restart()
    await t.decide()
    expect(t.policy().staplePin(nameOf('@'), staple(at)) !== undefined).toBe(isAccepted)
  })
})

test('what is kept about an owner can be forgotten, and junk on disk is passed over', async () => {
  const t = await setUp()
  t.relays.events.push(zone([tlsa(key)]))
  await t.decide()
  await t.records.put(`${author.pubkey}/www:443`, { decision: 'junk' })
  await t.records.put('junk', {})
  await t.restart()
  expect(t.policy().decided()).toMatchObject([{ host: '@', port: 443, isEverPinned: true }])
  await t.policy().forget(author.pubkey)
  await t.restart()
  expect(t.policy().decided()).toEqual([])
  expect(t.policy().lastDecision(nameOf('@'), 443)).toBeUndefined()
})
