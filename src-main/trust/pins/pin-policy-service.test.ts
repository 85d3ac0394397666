import { describe, expect, test } from 'vitest'
import { encodeNpub } from '../../names/npub.ts'
import { parseName } from '../../names/parse-name.ts'
import { testAuthor, testNow } from '../../relays/testing/signed-events.ts'
import {
  author,
  certificate,
  day,
  key,
  minute,
  nameOf,
  nextKey,
  pocAddress,
  pocCertificate,
  setUp,
  show,
  tlsa,
  zone,
} from './testing/policy-fixture.ts'

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

  test.each([false, true])(
    'what was taken back stays so when the clock is set back (restart: %s)',
    async (isRestarted) => {
      const t = await setUp()
      const first = zone([tlsa(key)], { at: -2 * day })
      const hint = pocCertificate(certificate(), -2 * day)
      t.relays.events.push(first, pocAddress(-2 * day), hint)
      expect(show(await t.decide())).toBe('pinned a1a1')
      await t.push(zone([], { at: -60 }))
      expect(show(await t.decide())).toBe('no-certificate')
      t.clock.advance(-day * 1000)
      // Relays that show only what was before.
      t.relays.events.splice(0, Infinity, first, pocAddress(-2 * day), hint)
      if (isRestarted) await t.restart()
      expect(show(await t.decide())).toBe('no-certificate')
      t.clock.advance(10 * minute)
      expect(show(await t.decide())).toBe('no-certificate')
    },
  )

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

  test('are asked again when the clock was set back, and nothing counts as just confirmed', async () => {
    const t = await setUp()
    t.relays.events.push(zone([tlsa(key)], { at: -2 * day }))
    expect(show(await t.decide())).toBe('pinned a1a1')
    t.goOffline()
    t.clock.advance(-day * 1000)
    expect(show(await t.decide())).toBe('cached a1a1')
    t.relays.reachable = 2
    t.relays.isConnected = true
    t.relays.connectionChanged()
    t.clock.advance(10_000)
    expect(show(await t.decide())).toBe('pinned a1a1')
    t.goOffline()
    t.clock.advance(-8 * day * 1000)
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

test('thousands of hosts of one owner push out nothing that is known of others', async () => {
  const t = await setUp()
  t.relays.events.push(zone([tlsa(key)]))
  expect(show(await t.decide())).toBe('pinned a1a1')
  const crowd = encodeNpub(testAuthor('crowd').pubkey)
  for (let host = 0; host < 2_010; host++) {
    const name = parseName(`h${host}.${crowd}.nostr`)
    if (name.kind === 'nostr') await t.policy().decide(name, 443, AbortSignal.timeout(60_000))
  }
  expect(t.policy().decided()).toHaveLength(2_000)
  expect(t.policy().wasEverPinned(nameOf('@'))).toBe(true)
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

describe('an owner', () => {
  test('is followed as long as somebody asks, for more than a day, and no longer', async () => {
    const t = await setUp()
    t.relays.events.push(zone([tlsa(key)]))
    await t.decide()
    for (let asked = 0; asked < 30 * 12; asked += 1) {
      t.clock.advance(5 * minute)
      await t.decide()
    }
    expect([...t.relays.followed]).toEqual([author.pubkey])
    const changed: string[] = []
    t.policy().onChange((owner) => changed.push(owner))
    await t.push(zone([], { at: 30 * 3_600 }))
    await expect.poll(() => show(t.policy().lastDecision(nameOf('@'), 443))).toBe('no-certificate')
    expect(changed).toContain(author.pubkey)
    t.clock.advance(25 * 60 * minute)
    expect([...t.relays.followed]).toEqual([])
  })
})
