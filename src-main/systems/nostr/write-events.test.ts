import type { EventTemplate } from 'nostr-tools/pure'
import { describe, expect, test } from 'vitest'
import { formatRdata } from '../../dns/wire/rdata-text.ts'
import type { Result } from '../../env/errors.ts'
import { encodeNpub } from '../../names/npub.ts'
import type { VerifiedEvent } from '../../relays/relay-service.ts'
import { testAuthor, testNow } from '../../relays/testing/signed-events.ts'
import type { RecordText } from './formats/record-text.ts'
import { readEvent } from './read-event.ts'
import { type CopySlot, slotOwner } from './slot-owner.ts'
import {
  buildCanonical,
  buildNodnsMirror,
  buildPocAddress,
  buildTombstone,
} from './write-events.ts'

const author = testAuthor('writer')
const owner = author.pubkey
const apex = `${encodeNpub(owner)}.nostr`
const now = testNow
const lifetime = 604_800

const record = (name: string, type: string, rdata: string, ttl = 300): RecordText => ({
  name,
  type,
  ttl,
  rdata,
})

const value = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`)
  return result.value
}

/** What our own readers make of a template once it is signed. */
const readBack = (template: EventTemplate): string[] =>
  readEvent(author.sign(template), now).records.map(
    ({ name, ttl, rdata }) => `${name} ${ttl} ${rdata.type} ${formatRdata(rdata)}`,
  )

const zone = [
  record('@', 'A', '203.0.113.10'),
  record('@', 'AAAA', '2001:DB8::10'),
  record('@', 'A', '192.168.1.20'),
  record('@', 'MX', '10 mail.example.com'),
  record('@', 'TXT', '"v=spf1 -all" "second"'),
  record('www', 'CNAME', '@', 60),
  record('far', 'cname', 'example.com.'),
  record('near', 'CNAME', 'www'),
  record('*.lab', 'A', '198.51.100.7', 99999),
  record('_443._tcp', 'TLSA', `3 1 1 ${'ab'.repeat(32)}`),
  record('@', 'HTTPS', '1 . alpn=h2 port=8443'),
  record('_sip._tcp', 'SRV', '1 2 5060 sip.example.com'),
  record('@', 'CAA', '0 issue "example.com"'),
]

describe('canonical events', () => {
  const template = value(buildCanonical({ owner, host: '@', records: zone, now, lifetime }))

  test('have the tags of the format, core public data in record and the rest in rr', () => {
    expect(template).toMatchObject({ kind: 31111, created_at: now, content: '' })
    expect(template.tags[0]).toEqual(['d', 'dns:@'])
    expect(template.tags.filter(([name]) => name === 'record')).toEqual([
      ['record', 'A', '@', '300', '203.0.113.10'],
      ['record', 'AAAA', '@', '300', '2001:db8::10'],
      ['record', 'MX', '@', '300', '10 mail.example.com.'],
      ['record', 'TXT', '@', '300', '"v=spf1 -all" "second"'],
      ['record', 'CNAME', 'www', '60', '@'],
      ['record', 'CNAME', 'far', '300', 'example.com.'],
      ['record', 'CNAME', 'near', '300', `www.${apex}.`],
      ['record', 'A', '*.lab', '3600', '198.51.100.7'],
    ])
    expect(template.tags.filter(([name]) => name === 'rr').map(([, type]) => type)).toEqual([
      'A',
      'TLSA',
      'HTTPS',
      'SRV',
      'CAA',
    ])
    expect(template.tags.slice(-3)).toEqual([
      ['expiration', String(now + lifetime)],
      ['ver', '1'],
      ['alt', 'DNS records of a Nostr key'],
    ])
  })

  test('are read back to the same records', () => {
    expect(readBack(template).toSorted()).toEqual(
      [
        '@ 300 A 203.0.113.10',
        '@ 300 AAAA 2001:db8::10',
        '@ 300 A 192.168.1.20',
        '@ 300 MX 10 mail.example.com.',
        '@ 300 TXT "v=spf1 -all" "second"',
        `www 60 CNAME ${apex}.`,
        'far 300 CNAME example.com.',
        `near 300 CNAME www.${apex}.`,
        '*.lab 3600 A 198.51.100.7',
        `_443._tcp 300 TLSA 3 1 1 ${'ab'.repeat(32)}`,
        '@ 300 HTTPS 1 . alpn=h2 port=8443',
        '_sip._tcp 300 SRV 1 2 5060 sip.example.com.',
        '@ 300 CAA 0 issue "example.com"',
      ].toSorted(),
    )
  })

  test('say the same record once', () => {
    const twice = [record('@', 'A', '203.0.113.1'), record('@', 'a', '203.0.113.1', 60)]
    const built = value(buildCanonical({ owner, host: '@', records: twice, now, lifetime }))
    expect(readBack(built)).toHaveLength(1)
  })

  test('never live longer than 30 days', () => {
    const long = value(buildTombstone({ owner, host: '@', now, lifetime: 90 * 86400 }))
    expect(long.tags).toContainEqual(['expiration', String(now + 30 * 86400)])
  })

  test('are newer than the last one, and wait for no clock', () => {
    const next = (lastCreatedAt: number) =>
      buildTombstone({ owner, host: '@', now, lifetime, lastCreatedAt })
    expect(value(next(now - 50)).created_at).toBe(now)
    expect(value(next(now)).created_at).toBe(now + 1)
    expect(next(now + 600)).toMatchObject({ ok: false, error: { code: 'records.clock-behind' } })
  })

  test('a tombstone is read as one', () => {
    const built = value(buildTombstone({ owner, host: 'www', now, lifetime }))
    expect(readEvent(author.sign(built), now)).toMatchObject({
      verdict: 'accept-empty',
      host: 'www',
    })
  })

  test.each<[string, readonly RecordText[], string, string?]>([
    ['NS', [record('sub', 'NS', 'ns.example.com')], 'records.refused-type'],
    ['SOA', [record('@', 'SOA', 'a. b. 1 2 3 4 5')], 'records.refused-type'],
    ['DS', [record('@', 'TYPE43', '\\# 0')], 'records.refused-type'],
    ['DNSKEY', [record('@', 'TYPE48', '\\# 0')], 'records.refused-type'],
    ['DNAME', [record('@', 'TYPE39', '\\# 1 00')], 'records.refused-type'],
    ['DS by name', [record('@', 'DS', '1 2 3 ab')], 'records.refused-type'],
    ['DNAME by name', [record('@', 'dname', 'example.com')], 'records.refused-type'],
    ['no type', [record('@', 'FOO', 'x')], 'records.bad-type'],
    ['bad address', [record('www', 'A', '203.0.113')], 'records.bad-value'],
    ['long TXT', [record('@', 'TXT', `"${'x'.repeat(250)}" `.repeat(3))], 'records.bad-value'],
    ['bad name', [record('a b', 'A', '203.0.113.1')], 'records.bad-name'],
    ['name elsewhere', [record('www', 'A', '203.0.113.1')], 'records.outside-host', 'home'],
    ['bad TTL', [record('@', 'A', '203.0.113.1', Number.NaN)], 'records.bad-ttl'],
    ['bad host', [record('@', 'A', '203.0.113.1')], 'records.bad-host', 'a b'],
    ['wildcard host', [record('*', 'A', '203.0.113.1')], 'records.bad-host', '*'],
    ['nothing', [], 'records.none'],
    ['local alias', [record('@', 'CNAME', 'nas.local')], 'records.local-target'],
    [
      'alias beside data',
      [record('@', 'CNAME', 'example.com'), record('@', 'A', '203.0.113.1')],
      'records.cname-conflict',
    ],
    [
      'too many',
      Array.from({ length: 65 }, (_, index) => record(`h${index}`, 'A', '203.0.113.1')),
      'records.too-many',
    ],
    [
      'too large',
      Array.from({ length: 64 }, (_, index) =>
        record(`h${index}`, 'TXT', `"${'\\007'.repeat(255)}" "${'\\007'.repeat(255)}"`),
      ),
      'records.too-large',
    ],
  ])('refuse %s', (_title, records, code, host = '@') => {
    expect(buildCanonical({ owner, host, records, now, lifetime })).toMatchObject({
      ok: false,
      error: { code },
    })
  })

  test('a refusal names the record', () => {
    const result = buildCanonical({
      owner,
      host: '@',
      records: [record('www', 'A', 'banana')],
      now,
      lifetime,
    })
    expect(result).toMatchObject({
      error: { message: expect.stringContaining('www') as string },
    })
  })
})

describe('compatibility copies', () => {
  const hosts = [
    { host: '@', records: zone, isWithdrawn: false },
    { host: 'git', records: [record('git', 'A', '203.0.113.40')], isWithdrawn: false },
    { host: 'www', records: [record('www', 'A', '203.0.113.41')], isWithdrawn: false },
    { host: 'near', records: [record('near', 'A', '203.0.113.42')], isWithdrawn: true },
  ]

  test('the mirror holds the public core records of all hosts, as NoDNS writes them', () => {
    const template = value(buildNodnsMirror({ owner, now, hosts }))
    expect(template).toMatchObject({ kind: 11111, content: '' })
    expect(template.tags.every(({ length }) => length === 11)).toBe(true)
    expect(template.tags[0]).toEqual([
      'record',
      'A',
      '@',
      '203.0.113.10',
      '',
      '',
      '',
      '',
      '',
      '',
      '300',
    ])
    expect(readBack(template)).toEqual([
      '@ 300 A 203.0.113.10',
      '@ 300 AAAA 2001:db8::10',
      '@ 300 MX 10 mail.example.com.',
      '@ 300 TXT "v=spf1 -all" "second"',
      'far 300 CNAME example.com.',
      'git 300 A 203.0.113.40',
      'www 300 A 203.0.113.41',
    ])
  })

  test('an empty mirror says so', () => {
    const template = value(buildNodnsMirror({ owner, now, hosts: [] }))
    expect(readEvent(author.sign(template), now).verdict).toBe('accept-empty')
  })

  test.each<[string, readonly string[], string]>([
    ['v4 preferred', ['2001:db8::1', '203.0.113.1'], '{"ip":"203.0.113.1"}'],
    ['v6 alone', ['2001:db8::1'], '{"ip":"2001:db8::1"}'],
    ['never private', ['192.168.1.1', '2001:db8::1'], '{"ip":"2001:db8::1"}'],
    ['nothing public', ['192.168.1.1'], '{}'],
    ['nothing', [], '{}'],
  ])('proof of concept: %s', (_title, addresses, content) => {
    const records = addresses.map((address) =>
      record('@', address.includes(':') ? 'AAAA' : 'A', address),
    )
    const template = value(
      buildPocAddress({ owner, now, hosts: [{ host: '@', records, isWithdrawn: false }] }),
    )
    expect(template).toEqual({ kind: 30000, created_at: now, tags: [], content })
  })

  test('the address of a withdrawn apex is not announced', () => {
    const records = [record('@', 'A', '203.0.113.1')]
    const template = value(
      buildPocAddress({ owner, now, hosts: [{ host: '@', records, isWithdrawn: true }] }),
    )
    expect(template.content).toBe('{}')
  })
})

describe('slotOwner', () => {
  const at = (kind: number, tags: string[][], content: string, age = 0): VerifiedEvent =>
    author.sign({ kind, tags, content, created_at: now - age })

  test.each<[string, CopySlot, readonly VerifiedEvent[], string]>([
    ['no event', 'nodns-11111', [], 'empty'],
    [
      'NoDNS records',
      'nodns-11111',
      [at(11111, [['record', 'A', '@', '60', '1.2.3.4']], '')],
      'ours-shaped',
    ],
    ['NoDNS deletion', 'nodns-11111', [at(11111, [['delete', 'A', '@']], '')], 'ours-shaped'],
    ['transport', 'nodns-11111', [at(11111, [['clearnet', 'https://m.test']], '')], 'foreign'],
    ['chat key', 'nodns-11111', [at(11111, [], 'q83v')], 'foreign'],
    ['records with content', 'nodns-11111', [at(11111, [['record', 'A']], 'q83v')], 'foreign'],
    ['address', 'poc-30000', [at(30000, [], '{"ip": "1.2.3.4"}')], 'ours-shaped'],
    ['withdrawn address', 'poc-30000', [at(30000, [], '{}')], 'ours-shaped'],
    [
      'named follow set',
      'poc-30000',
      [
        at(
          30000,
          [
            ['d', 'x'],
            ['p', owner],
          ],
          '',
        ),
      ],
      'empty',
    ],
    ['unnamed follow set', 'poc-30000', [at(30000, [['p', owner]], '')], 'foreign'],
    ['private follow set', 'poc-30000', [at(30000, [], 'AbC?iv=')], 'foreign'],
    ['empty follow set', 'poc-30000', [at(30000, [['title', 'x']], '')], 'foreign'],
    ['other JSON', 'poc-30000', [at(30000, [], '[["p","x"]]')], 'foreign'],
    ['certificate', 'poc-30001', [at(30001, [], '-----BEGIN CERTIFICATE-----')], 'ours-shaped'],
    ['bookmarks', 'poc-30001', [at(30001, [['e', owner]], '')], 'foreign'],
    ['other kinds', 'poc-30001', [at(30000, [['p', owner]], '')], 'empty'],
    [
      'the newest decides',
      'poc-30000',
      [at(30000, [], '{"ip":"1.2.3.4"}', 9), at(30000, [['p', owner]], '', 5)],
      'foreign',
    ],
  ])('%s', (_title, slot, events, expected) => {
    expect(slotOwner(events, slot)).toBe(expected)
    expect(slotOwner(events.toReversed(), slot)).toBe(expected)
  })

  test('what we write ourselves may be replaced', () => {
    const hosts = [{ host: '@', records: zone, isWithdrawn: false }]
    const mirror = author.sign(value(buildNodnsMirror({ owner, now, hosts })))
    const emptied = author.sign(value(buildNodnsMirror({ owner, now, hosts: [] })))
    const copy = author.sign(value(buildPocAddress({ owner, now, hosts })))
    const withdrawn = author.sign(value(buildPocAddress({ owner, now, hosts: [] })))
    expect(slotOwner([mirror], 'nodns-11111')).toBe('ours-shaped')
    expect(slotOwner([emptied], 'nodns-11111')).toBe('ours-shaped')
    expect(slotOwner([copy], 'poc-30000')).toBe('ours-shaped')
    expect(slotOwner([withdrawn], 'poc-30000')).toBe('ours-shaped')
  })
})
