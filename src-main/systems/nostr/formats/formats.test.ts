import { describe, expect, test } from 'vitest'
import { formatRdata } from '../../../dns/wire/rdata-text.ts'
import { encodeNpub } from '../../../names/npub.ts'
import type { VerifiedEvent } from '../../../relays/relay-service.ts'
import { testAuthor, testNow } from '../../../relays/testing/signed-events.ts'
import { readEvent } from '../read-event.ts'
import type { Reading } from './reading.ts'

const author = testAuthor('formats')
const apex = `${encodeNpub(author.pubkey)}.nostr`

/** Unsigned: readers are pure and only look at the data. */
function event(template: Partial<VerifiedEvent>): VerifiedEvent {
  return {
    id: '0'.repeat(64),
    sig: '0'.repeat(128),
    pubkey: author.pubkey,
    created_at: testNow,
    kind: 31111,
    tags: [],
    content: '',
    ...template,
  }
}

const read = (template: Partial<VerifiedEvent>): Reading => readEvent(event(template), testNow)

/** Records as lines: `name TTL TYPE rdata`, `!` in front of private ones. */
const lines = ({ records }: Reading): string[] =>
  records.map(
    ({ name, ttl, rdata, isPrivate }) =>
      `${isPrivate ? '! ' : ''}${name} ${ttl} ${rdata.type} ${formatRdata(rdata)}`,
  )

const canonical = (tags: string[][], host = '@'): Partial<VerifiedEvent> => ({
  tags: [['d', `dns:${host}`], ...tags, ['expiration', String(testNow + 600)], ['ver', '1']],
})

describe('canonical: one record', () => {
  test.each<[string, string[], string | undefined, string?]>([
    ['address', ['record', 'A', '@', '300', '203.0.113.10'], '@ 300 A 203.0.113.10'],
    ['lower-case type', ['record', 'a', '@', '300', '203.0.113.10'], '@ 300 A 203.0.113.10'],
    ['name is folded', ['record', 'A', 'WWW', '300', '203.0.113.10'], 'www 300 A 203.0.113.10'],
    ['empty name is the apex', ['record', 'A', '', '300', '203.0.113.10'], '@ 300 A 203.0.113.10'],
    ['TTL too small', ['record', 'A', '@', '1', '203.0.113.10'], '@ 30 A 203.0.113.10'],
    ['TTL too large', ['record', 'A', '@', '999999', '203.0.113.10'], '@ 3600 A 203.0.113.10'],
    ['TTL missing', ['record', 'A', '@', '', '203.0.113.10'], '@ 300 A 203.0.113.10'],
    ['TTL not a number', ['record', 'A', '@', '-5', '203.0.113.10'], '@ 300 A 203.0.113.10'],
    ['@ is the apex', ['record', 'CNAME', 'www', '300', '@'], `www 300 CNAME ${apex}.`],
    [
      'a single label is relative',
      ['record', 'CNAME', 'www', '300', 'home'],
      `www 300 CNAME home.${apex}.`,
    ],
    [
      'several labels are absolute',
      ['record', 'CNAME', 'www', '300', 'example.com'],
      'www 300 CNAME example.com.',
    ],
    [
      'in MX too',
      ['record', 'MX', '@', '300', '10 mail.example.com'],
      '@ 300 MX 10 mail.example.com.',
    ],
    [
      'in SRV too',
      ['rr', 'SRV', '_sip._tcp', '300', '1 2 5060 sip.example.com'],
      '_sip._tcp 300 SRV 1 2 5060 sip.example.com.',
    ],
    ['private address', ['rr', 'A', '@', '300', '192.168.1.20'], '! @ 300 A 192.168.1.20'],
    ['mapped private address', ['rr', 'AAAA', '@', '300', '::ffff:10.0.0.1'], '! @ 300 AAAA'],
    [
      'generic form of an address',
      ['rr', 'TYPE1', '@', '300', '\\# 4 7f000001'],
      '! @ 300 A 127.0.0.1',
    ],
    ['alias to a local name', ['record', 'CNAME', 'www', '300', 'nas.local'], '! www 300 CNAME'],
    ['escaped local name', ['record', 'CNAME', 'www', '300', 'nas.loc\\097l.'], '! www 300 CNAME'],
    ['private hint', ['rr', 'HTTPS', '@', '300', '1 . ipv4hint=127.0.0.1'], '! @ 300 HTTPS'],
    ['private v6 hint', ['rr', 'HTTPS', '@', '300', '1 . ipv6hint=fd00::1'], '! @ 300 HTTPS'],
    ['public hint', ['rr', 'HTTPS', '@', '300', '1 . ipv4hint=203.0.113.1'], '@ 300 HTTPS'],
    ['service at a local name', ['rr', 'SVCB', '@', '300', '1 nas.local. port=1'], '! @ 300 SVCB'],
    ['zone cut', ['rr', 'NS', 'sub', '300', 'ns.example.com'], undefined],
    ['start of authority', ['rr', 'SOA', '@', '300', 'a. b. 1 2 3 4 5'], undefined],
    ['DNSSEC', ['rr', 'TYPE43', '@', '300', '\\# 0'], undefined],
    ['DNAME', ['rr', 'TYPE39', '@', '300', '\\# 1 00'], undefined],
    ['meta type', ['rr', 'ANY', '@', '300', '\\# 0'], undefined],
    ['unknown type text', ['rr', 'FOO', '@', '300', 'x'], undefined],
    ['not an address', ['record', 'A', '@', '300', '203.0.113'], undefined],
    ['a host name for an address', ['record', 'A', '@', '300', 'localhost'], undefined],
    ['element missing', ['record', 'A', '@', '300'], undefined],
    ['bad name', ['record', 'A', 'a..b', '300', '203.0.113.10'], undefined],
    ['wildcard in the middle', ['record', 'A', 'a.*', '300', '203.0.113.10'], undefined],
    ['name too long', ['record', 'A', 'a.'.repeat(91) + 'aa', '300', '203.0.113.10'], undefined],
    ['long TXT', ['record', 'TXT', '@', '300', `"${'x'.repeat(200)}" `.repeat(3)], undefined],
  ])('%s', (_title, tag, expected) => {
    const result = read(canonical([['record', 'A', 'other', '60', '203.0.113.99'], tag]))
    const [, line] = lines(result)
    // Where `expected` is only the beginning, the rest is the codec's business.
    expect(line?.slice(0, expected?.length)).toBe(expected)
    expect(result.notes).toEqual(expected === undefined ? ['1 unreadable record'] : [])
  })
})

describe('canonical: the event', () => {
  const address = ['record', 'A', '@', '300', '203.0.113.10']

  test.each<[string, Partial<VerifiedEvent>, string]>([
    ['no host in d', { tags: [['d', 'dns:'], address] }, 'reject'],
    ['wildcard host', { tags: [['d', 'dns:*'], address] }, 'reject'],
    ['bad host', { tags: [['d', 'dns:a b'], address] }, 'reject'],
    ['version 2', { tags: [['d', 'dns:@'], address, ['ver', '2']] }, 'ignore'],
    ['no version', { tags: [['d', 'dns:@'], address] }, 'accept'],
    ['unreadable records only', canonical([['record', 'A', '@', '300', 'x']]), 'reject'],
    ['record outside the host', canonical([address], 'www'), 'reject'],
    ['64 records', canonical(Array.from({ length: 64 }, () => address)), 'accept'],
    ['65 records', canonical(Array.from({ length: 65 }, () => address)), 'reject'],
    ['32 KB', canonical([address, ['alt', 'x'.repeat(33_000)]]), 'reject'],
    ['600 s ahead', { ...canonical([address]), created_at: testNow + 600 }, 'accept'],
    ['601 s ahead', { ...canonical([address]), created_at: testNow + 601 }, 'reject'],
    ['expires now', { tags: [['d', 'dns:@'], address, ['expiration', String(testNow)]] }, 'reject'],
    [
      '29 days old, no expiry',
      { tags: [['d', 'dns:@'], address], created_at: testNow - 29 * 86400 },
      'accept',
    ],
    [
      '30 days old, no expiry',
      { tags: [['d', 'dns:@'], address], created_at: testNow - 30 * 86400 },
      'reject',
    ],
    [
      'an expiry past 30 days does not help',
      {
        tags: [['d', 'dns:@'], address, ['expiration', String(testNow + 86400)]],
        created_at: testNow - 30 * 86400,
      },
      'reject',
    ],
    ['private and public', canonical([address, ['rr', 'A', '@', '300', '10.0.0.1']]), 'accept'],
    ['private only', canonical([['rr', 'A', '@', '300', '10.0.0.1']]), 'filter'],
    ['nothing', canonical([]), 'accept-empty'],
  ])('%s', (_title, template, verdict) => {
    expect(read(template).verdict).toBe(verdict)
  })

  test('lapses 30 days after signing at the latest', () => {
    const { validUntil } = read({
      tags: [['d', 'dns:@'], address, ['expiration', String(testNow + 90 * 86400)]],
    })
    expect(validUntil).toBe(testNow + 30 * 86400)
  })

  test('TLSA 3 1 1 becomes a pin of its port, three at most; others do not', () => {
    const pin = (digit: string): string[] => [
      'rr',
      'TLSA',
      '_443._tcp',
      '300',
      `3 1 1 ${digit.repeat(64)}`,
    ]
    const { pins, records } = read(
      canonical([
        ...['1', '2', '3', '4'].map(pin),
        ['rr', 'TLSA', '_8443._tcp.git', '300', `3 1 1 ${'5'.repeat(64)}`],
        ['rr', 'TLSA', '_443._tcp', '300', `2 1 1 ${'6'.repeat(64)}`],
        ['rr', 'TLSA', '_443._tcp', '300', `3 0 1 ${'6'.repeat(64)}`],
        ['rr', 'TLSA', '_443._tcp', '300', `3 1 1 ${'6'.repeat(62)}`],
        ['rr', 'TLSA', 'www', '300', `3 1 1 ${'6'.repeat(64)}`],
      ]),
    )
    expect(pins).toEqual([
      ...['1', '2', '3'].map((digit) => ({
        host: '@',
        port: 443,
        protocol: 'tcp',
        spkiSha256: digit.repeat(64),
      })),
      { host: 'git', port: 8443, protocol: 'tcp', spkiSha256: '5'.repeat(64) },
    ])
    expect(records).toHaveLength(9)
  })
})

describe('NoDNS tags', () => {
  const eleven = (...slots: string[]): string[] => [
    'record',
    ...slots.slice(0, 2),
    ...Array.from({ length: 7 }, (_, index) => slots[index + 2] ?? ''),
    slots[9] ?? '',
  ]
  test.each<[string, string[], string[]]>([
    ['11, first slot', eleven('A', '@', '203.0.113.1'), ['@ 3600 A 203.0.113.1']],
    ['11, third slot', eleven('A', '@', '', '', '203.0.113.1'), ['@ 3600 A 203.0.113.1']],
    [
      '11, TTL in the last',
      ['record', 'A', 'www', '203.0.113.1', '', '', '', '', '', '', '60'],
      ['www 60 A 203.0.113.1'],
    ],
    ['11, MX', eleven('MX', '@', '10', 'mail.example.com'), ['@ 3600 MX 10 mail.example.com.']],
    [
      '11, SRV',
      eleven('SRV', '_sip._tcp', '10', '5', '5060', 'sip.example.com'),
      ['_sip._tcp 3600 SRV 10 5 5060 sip.example.com.'],
    ],
    ['5', ['record', 'A', '@', '120', '203.0.113.1'], ['@ 120 A 203.0.113.1']],
    ['5, TTL 0', ['record', 'A', '@', '0', '203.0.113.1'], ['@ 3600 A 203.0.113.1']],
    ['5, bare TXT', ['record', 'TXT', '@', '60', 'a b;c'], ['@ 60 TXT "a b;c"']],
    ['5, quoted TXT', ['record', 'TXT', '@', '60', '"a" "b"'], ['@ 60 TXT "a" "b"']],
    ['5, delegation', ['record', 'NS', '@', '60', 'ns.example.com'], []],
    ['6 elements', ['record', 'A', '@', '60', '203.0.113.1', ''], []],
    ['4 elements', ['record', 'A', '@', '203.0.113.1'], []],
  ])('%s', (_title, tag, expected) => {
    const keep = ['record', 'A', 'keep', '60', '203.0.113.9']
    const result = read({ kind: 11111, tags: [tag, keep] })
    expect(lines(result)).toEqual([...expected, 'keep 60 A 203.0.113.9'])
  })

  test('a deletion in 31111 clears a type at a name', () => {
    const result = read({
      tags: [
        ['d', 'A:@.nodns.shop'],
        ['record', 'A', '@', '60', ''],
      ],
    })
    expect(result).toMatchObject({ verdict: 'accept-empty', cleared: [{ name: '@', type: 'A' }] })
  })

  test('only unreadable records are a fault, not an empty zone', () => {
    expect(read({ kind: 11111, tags: [['record', 'A', '@', '60', 'x']] }).verdict).toBe('reject')
  })
})

describe('other formats', () => {
  test.each<[string, Partial<VerifiedEvent>, string]>([
    ['PoC, empty d', { kind: 30000, tags: [['d', '']], content: '{"ip":"203.0.113.1"}' }, 'accept'],
    [
      'PoC, named list',
      { kind: 30000, tags: [['d', 'x']], content: '{"ip":"203.0.113.1"}' },
      'ignore',
    ],
    [
      'PoC, people in it',
      { kind: 30000, tags: [['p', 'a']], content: '{"ip":"203.0.113.1"}' },
      'ignore',
    ],
    ['PoC, host name', { kind: 30000, content: '{"ip":"example.com"}' }, 'reject'],
    ['PoC, octal address', { kind: 30000, content: '{"ip":"0177.0.0.1"}' }, 'reject'],
    ['PoC, scoped address', { kind: 30000, content: '{"ip":"fe80::1%eth0"}' }, 'reject'],
    ['PoC, number', { kind: 30000, content: '{"ip":2130706433}' }, 'ignore'],
    ['PoC, no JSON', { kind: 30000, content: 'hello' }, 'ignore'],
    ['PoC, null', { kind: 30000, content: 'null' }, 'ignore'],
    ['PoC, withdrawn', { kind: 30000, content: '{}' }, 'ignore'],
    ['PoC, inherited ip', { kind: 30000, content: '{"__proto__":{"ip":"203.0.113.1"}}' }, 'ignore'],
    [
      'PoC, NIP-40',
      { kind: 30000, tags: [['expiration', '1']], content: '{"ip":"203.0.113.1"}' },
      'reject',
    ],
    [
      'two certificates',
      { kind: 30001, content: '-----BEGIN CERTIFICATE-----\n'.repeat(2) },
      'reject',
    ],
    [
      'NNS, bad address',
      {
        kind: 30053,
        tags: [
          ['d', ''],
          ['ip4', 'x'],
        ],
      },
      'reject',
    ],
    [
      'NNS, v6 in ip4',
      {
        kind: 30053,
        tags: [
          ['d', ''],
          ['ip4', '::1'],
        ],
      },
      'reject',
    ],
    [
      'DNSTR, IPv6 literal',
      {
        kind: 31034,
        tags: [
          ['d', ''],
          ['u', 'http://[::1]/'],
        ],
      },
      'filter',
    ],
    ['DNSTR, public literal', { kind: 31034, tags: [['d', '']], content: '203.0.113.1' }, 'filter'],
    ['DNSTR, onion', { kind: 31034, tags: [['d', '']], content: 'x.onion' }, 'reject'],
    ['DNSTR, text', { kind: 31034, tags: [['d', '']], content: 'hello there. friends' }, 'reject'],
  ])('%s', (_title, template, verdict) => {
    expect(read(template).verdict).toBe(verdict)
  })

  test('long-form IPv6 is brought into its short form', () => {
    const result = read({
      kind: 30053,
      tags: [
        ['d', ''],
        ['ip6', '2001:DB8:0:0:0:0:0:10'],
      ],
    })
    expect(lines(result)).toEqual(['@ 300 AAAA 2001:db8::10'])
  })
})
