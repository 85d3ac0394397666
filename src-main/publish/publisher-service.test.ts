import { describe, expect, test } from 'vitest'
import type { Event } from 'nostr-tools/pure'
import type { ZoneRecord } from './publisher.ts'
import { startBench } from './testing/publish-bench.ts'
import {
  canonical,
  valueOf,
  codeOf,
  copyOf,
  published,
  canonicalEvent,
  plant,
  record,
} from './testing/publish-checks.ts'
import { startSeconds } from './testing/test-keyring.ts'

describe('publishing an address', () => {
  test('signs the detected address, and two relays make it published', async () => {
    const bench = await startBench()
    bench.address = { v4: '203.0.113.10', v6: '2001:db8::10' }
    const report = valueOf(
      await bench.publisher.publishAddress(bench.pubkey, { signal: bench.signal }),
    )
    expect(report).toMatchObject({ host: '@', state: 'published' })
    expect(
      copyOf(report, 'canonical')
        ?.relays.map(({ url }) => url)
        .toSorted(),
    ).toEqual(bench.relays.urls.toSorted())
    expect(await published(bench)).toEqual([
      ['record', 'A', '@', '300', '203.0.113.10'],
      ['record', 'AAAA', '@', '300', '2001:db8::10'],
    ])
    expect((await canonicalEvent(bench))?.tags).toContainEqual([
      'expiration',
      String(startSeconds + 86_400),
    ])
    expect(bench.publisher.hosts()).toMatchObject([
      { host: '@', followsAddress: true, lifetime: 'dynamic', isWithdrawn: false },
    ])
    expect((await bench.store.byOwner(bench.pubkey)).map(({ event }) => event.kind)).toContain(
      canonical,
    )
  })

  test('keeps the other records of the host', async () => {
    const bench = await startBench()
    const { publisher, pubkey, signal } = bench
    const records = [
      record('@', 'A', '203.0.113.1', 60),
      record('@', 'TXT', '"hello"'),
      record('www', 'CNAME', '@'),
    ]
    valueOf(await publisher.publishRecords(pubkey, '@', records, { signal }))
    valueOf(await publisher.publishAddress(pubkey, { addresses: ['203.0.113.2'], signal }))
    expect(await published(bench)).toEqual([
      ['record', 'A', '@', '60', '203.0.113.2'],
      ['record', 'TXT', '@', '300', '"hello"'],
      ['record', 'CNAME', 'www', '300', '@'],
    ])
    expect(publisher.hosts()).toMatchObject([{ followsAddress: false, lifetime: 'normal' }])
  })

  test('sources that disagree publish nothing and are quoted', async () => {
    const bench = await startBench()
    let calls = 0
    Object.defineProperty(bench.address, 'v4', {
      get: () => (calls++ === 0 ? '203.0.113.1' : '203.0.113.2'),
    })
    const result = await bench.publisher.publishAddress(bench.pubkey, { signal: bench.signal })
    expect(result).toMatchObject({
      ok: false,
      error: {
        code: 'publish.address-unsure',
        message: expect.stringContaining('one says 203.0.113.1, two says 203.0.113.2'),
      },
    })
    expect(bench.publisher.lastAddress()?.sightings).toHaveLength(4)
    expect(bench.relays.sent).toEqual([])
  })

  test('no source at all is said plainly', async () => {
    const bench = await startBench()
    bench.address = {}
    const result = await bench.publisher.publishAddress(bench.pubkey, { signal: bench.signal })
    expect(codeOf(result)).toBe('publish.no-address')
  })

  test.each([
    ['203.0.113.10', '300.1.1.1'],
    ['2001:db8::1', 'fe80::1%eth0'],
    ['203.0.113.10', '::ffff:203.0.113.10'],
    ['203.0.113.10', '224.0.0.1'],
    ['203.0.113.10', '0.0.0.0'],
    ['203.0.113.10', 'example.com'],
  ])('an address by hand must be one: %s and %s', async (good, bad) => {
    const bench = await startBench({ relays: 1 })
    const result = await bench.publisher.publishAddress(bench.pubkey, {
      addresses: [good, bad],
      signal: bench.signal,
    })
    expect(result).toMatchObject({
      error: { code: 'publish.bad-address', message: expect.stringContaining(`"${bad}"`) },
    })
  })

  test('a private address is published apart and reported', async () => {
    const bench = await startBench()
    const report = valueOf(
      await bench.publisher.publishAddress(bench.pubkey, {
        host: 'nas',
        addresses: ['192.168.1.20'],
        signal: bench.signal,
      }),
    )
    expect(await published(bench, 'nas')).toEqual([['rr', 'A', 'nas', '300', '192.168.1.20']])
    expect(report.notices).toMatchObject([
      { code: 'publish.private-address', message: expect.stringContaining('192.168.1.20') },
    ])
  })
})

describe('records', () => {
  test.each<[string, ZoneRecord[], RegExp]>([
    ['broken rdata', [record('www', 'A', '1.2.3')], /A record of .www/u],
    ['an unknown type', [record('www', 'NONSENSE', 'x')], /NONSENSE/u],
    ['a zone cut', [record('www', 'NS', 'ns.example.com')], /NS/u],
    ['a name outside the host', [record('other', 'A', '203.0.113.1')], /other/u],
    [
      'an alias with company',
      [record('www', 'CNAME', 'example.com'), record('www', 'A', '203.0.113.1')],
      /CNAME/u,
    ],
    [
      'more than 64',
      Array.from({ length: 65 }, (_, index) => record('www', 'TXT', `"${index}"`)),
      /64/u,
    ],
    ['none at all', [], /withdraw|no record/iu],
  ])('%s is refused before any traffic, by name', async (_name, records, message) => {
    const bench = await startBench({ relays: 1 })
    const result = await bench.publisher.publishRecords(bench.pubkey, 'www', records, {
      signal: bench.signal,
    })
    expect(result).toMatchObject({ ok: false, error: { message: expect.stringMatching(message) } })
    expect(bench.relays.sent).toEqual([])
    expect(bench.publisher.hosts()).toEqual([])
  })

  test('a key that is locked or unknown is said at once', async () => {
    const bench = await startBench({ relays: 1 })
    const { publisher, signal } = bench
    expect(codeOf(await publisher.publishAddress('0'.repeat(64), { signal }))).toBe('keys.unknown')
    bench.keyring.setLocked(true)
    const locked = await publisher.publishRecords(bench.pubkey, '@', [record('@', 'TXT', '"x"')], {
      signal,
    })
    expect(codeOf(locked)).toBe('keys.locked')
  })

  test('a host of its own takes over the records that would be hidden by it', async () => {
    const bench = await startBench()
    const { publisher, pubkey, signal } = bench
    const zone = [record('@', 'A', '203.0.113.1'), record('home', 'TXT', '"kept"')]
    valueOf(await publisher.publishRecords(pubkey, '@', zone, { signal }))
    const addresses = ['203.0.113.2']
    valueOf(await publisher.publishAddress(pubkey, { host: 'home', addresses, signal }))
    expect(await published(bench, 'home')).toEqual([
      ['record', 'A', 'home', '300', '203.0.113.2'],
      ['record', 'TXT', 'home', '300', '"kept"'],
    ])
    expect(await published(bench, '@')).toEqual([['record', 'A', '@', '300', '203.0.113.1']])
    const hidden = await publisher.publishRecords(pubkey, '@', zone, { signal })
    expect(codeOf(hidden)).toBe('publish.shadowed')
  })

  test('what another device of the owner published is kept, and is what counts', async () => {
    const bench = await startBench()
    const { publisher, pubkey, signal } = bench
    const elsewhere = (tags: string[][], createdAt: number): Event =>
      bench.keyring.author(
        canonical,
        [...tags, ['expiration', String(startSeconds + 9999)], ['ver', '1']],
        '',
        createdAt,
      )
    await plant(
      bench,
      elsewhere(
        [
          ['d', 'dns:@'],
          ['record', 'TXT', '@', '300', '"theirs"'],
        ],
        startSeconds + 30,
      ),
    )
    await plant(
      bench,
      elsewhere(
        [
          ['d', 'dns:nas'],
          ['record', 'A', 'nas', '300', '203.0.113.7'],
        ],
        startSeconds - 50,
      ),
    )
    valueOf(await publisher.publishAddress(pubkey, { addresses: ['203.0.113.1'], signal }))
    expect(await published(bench)).toEqual([
      ['record', 'A', '@', '300', '203.0.113.1'],
      ['record', 'TXT', '@', '300', '"theirs"'],
    ])
    expect((await canonicalEvent(bench))?.created_at).toBe(startSeconds + 31)
    const [mirror] = await bench.at(bench.relays.urls[0] ?? '', 11_111)
    expect(mirror?.tags.map(([, type, name]) => `${name} ${type}`).toSorted()).toEqual([
      '@ A',
      '@ TXT',
      'nas A',
    ])
    expect(publisher.hosts().map(({ host }) => host)).toEqual(['@'])
  })
})

describe('zone files', () => {
  test('go to @ as a whole, and to hosts with an entry of their own', async () => {
    const bench = await startBench()
    const { publisher, pubkey, signal } = bench
    const addresses = ['203.0.113.9']
    valueOf(await publisher.publishAddress(pubkey, { host: 'home', addresses, signal }))
    valueOf(await publisher.publishAddress(pubkey, { host: 'nas', addresses, signal }))
    const zone = [
      '$TTL 600',
      '@ IN SOA ns.example.com. hostmaster.example.com. 1 2 3 4 5',
      '@ IN NS ns.example.com.',
      '@ IN A 203.0.113.1',
      'www IN CNAME @',
      'home 86400 IN TXT "living room"',
    ].join('\n')
    const reports = valueOf(await publisher.publishZone(pubkey, zone, { signal }))
    expect(reports.map(({ host, state }) => `${host} ${state}`)).toEqual([
      '@ published',
      'home published',
    ])
    expect(reports[0]?.notices?.map(({ code }) => code)).toEqual([
      'publish.zone-keeping-records',
      'publish.ttl-clamped',
    ])
    expect(await published(bench, '@')).toEqual([
      ['record', 'A', '@', '600', '203.0.113.1'],
      ['record', 'CNAME', 'www', '600', '@'],
    ])
    expect(await published(bench, 'home')).toEqual([
      ['record', 'A', 'home', '300', '203.0.113.9'],
      ['record', 'TXT', 'home', '3600', '"living room"'],
    ])
    expect(await published(bench, 'nas')).toEqual([['record', 'A', 'nas', '300', '203.0.113.9']])
  })

  test('with a fault publish nothing, and name the lines', async () => {
    const bench = await startBench({ relays: 1 })
    const text = '@ IN A 203.0.113.1\nwww IN A 1.2.3\nx.example.com. IN A 203.0.113.2\n'
    const result = await bench.publisher.publishZone(bench.pubkey, text, { signal: bench.signal })
    expect(result).toMatchObject({
      error: { code: 'publish.bad-zone', message: expect.stringMatching(/line 2.*line 3/u) },
    })
    expect(bench.relays.sent).toEqual([])
  })
})

describe('withdrawing', () => {
  test('publishes a tombstone and empty copies; undo brings the records back', async () => {
    const bench = await startBench()
    const { publisher, pubkey, signal } = bench
    valueOf(await publisher.publishAddress(pubkey, { addresses: ['203.0.113.1'], signal }))
    const report = valueOf(await publisher.withdraw(pubkey, '@', signal))
    expect(report.state).toBe('published')
    expect(report.expiresAt).toBe((await canonicalEvent(bench))!.created_at + 30 * 86_400)
    expect(await published(bench)).toEqual([])
    const [url = ''] = bench.relays.urls
    expect((await bench.at(url, 30_000)).map(({ content }) => content)).toEqual(['{}'])
    expect((await bench.at(url, 11_111)).map(({ tags }) => tags)).toEqual([[['delete', 'A', '@']]])
    expect(publisher.hosts()).toMatchObject([{ isWithdrawn: true, records: [{ type: 'A' }] }])

    valueOf(await publisher.undoWithdraw(pubkey, '@', signal))
    expect(await published(bench)).toEqual([['record', 'A', '@', '300', '203.0.113.1']])
    expect((await bench.at(url, 30_000)).map(({ content }) => content)).toEqual([
      '{"ip":"203.0.113.1"}',
    ])
    expect(codeOf(await publisher.undoWithdraw(pubkey, '@', signal))).toBe('publish.not-withdrawn')
    expect(codeOf(await publisher.withdraw(pubkey, 'www', signal))).toBe('publish.unknown-host')
  })
})
