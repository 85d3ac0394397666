import { describe, expect, test } from 'vitest'
import type { RecordType } from '../../dns/wire/message.ts'
import { formatRdata } from '../../dns/wire/rdata-text.ts'
import type { VerifiedEvent } from '../../relays/relay-service.ts'
import { testAuthor, testNow } from '../../relays/testing/signed-events.ts'
import { createDice } from '../testing/random.ts'
import { stored } from '../testing/stored.ts'
import { type Choice, chooseZone } from './choose-zone.ts'
import { soaFor } from '../soa.ts'
import { lookUp, toRRset } from './zone.ts'

const author = testAuthor('zone')
const stranger = testAuthor('stranger')
const owner = author.pubkey
const now = testNow
const closed = { nns: false, dnstr: false }
const open = { nns: true, dnstr: true }

const a = (name: string, address: string, ttl = '300'): string[] => [
  'record',
  'A',
  name,
  ttl,
  address,
]

/** Canonical event of `host`, `age` seconds old, good for `life` seconds more. */
const host = (name: string, records: string[][], age = 100, life = 3600): VerifiedEvent =>
  author.sign({
    kind: 31111,
    created_at: now - age,
    tags: [['d', `dns:${name}`], ...records, ['expiration', String(now + life)], ['ver', '1']],
  })
const nodns = (d: string, records: string[][], age = 100): VerifiedEvent =>
  author.sign({ kind: 31111, created_at: now - age, tags: [['d', d], ...records] })
const zone11111 = (records: string[][], age = 100): VerifiedEvent =>
  author.sign({ kind: 11111, created_at: now - age, tags: records })
const poc = (address: string, age = 100): VerifiedEvent =>
  author.sign({ kind: 30000, created_at: now - age, content: JSON.stringify({ ip: address }) })
const nns = (address: string): VerifiedEvent =>
  author.sign({
    kind: 30053,
    created_at: now - 100,
    tags: [
      ['d', ''],
      ['ip4', address],
    ],
  })
const dnstr = (domain: string): VerifiedEvent =>
  author.sign({ kind: 31034, created_at: now - 100, tags: [['d', '']], content: domain })
const deletion = (address: string, age: number): VerifiedEvent =>
  author.sign({ kind: 5, created_at: now - age, tags: [['a', address]] })

const choose = (events: readonly VerifiedEvent[], optIn = closed, at = now): Choice =>
  chooseZone(
    events.map((event) => stored(event)),
    owner,
    at,
    optIn,
  )

/** `kind: rdata, rdata` for one question. */
const ask = (
  choice: Choice,
  name: string,
  type: RecordType = 'A',
  allowsPrivate = false,
): string => {
  if (choice.zone === undefined) return 'no zone'
  const answer = lookUp(choice.zone, name, type, allowsPrivate)
  if (answer.kind === 'nodata') return answer.withheld.length > 0 ? 'withheld' : 'nodata'
  if (answer.kind === 'nxdomain') return answer.isSigned ? 'signed nxdomain' : 'nxdomain'
  return `${answer.kind}: ${answer.records.map(({ rdata }) => formatRdata(rdata)).join(', ')}`
}

describe('which format speaks', () => {
  const all = [
    host('@', [a('@', '203.0.113.1')]),
    nodns('A:@', [a('@', '203.0.113.2')]),
    zone11111([a('@', '203.0.113.3')]),
    nns('203.0.113.4'),
    dnstr('example.com'),
    poc('203.0.113.6'),
  ]
  const answers = [
    'answer: 203.0.113.1',
    'answer: 203.0.113.2',
    'answer: 203.0.113.3',
    'answer: 203.0.113.4',
    'alias: example.com.',
    'answer: 203.0.113.6',
  ]

  test.each(answers.map((answer, index) => [index, answer] as const))(
    'without the best %i: %s',
    (index, answer) => {
      expect(ask(choose(all.slice(index), open), '@')).toBe(answer)
    },
  )

  test('opt-in formats are silent unless asked for', () => {
    expect(ask(choose(all.slice(3)), '@')).toBe('answer: 203.0.113.6')
    expect(ask(choose([nns('203.0.113.4'), dnstr('example.com')]), '@')).toBe('no zone')
  })

  test('formats are never merged: one wins for the whole owner, even where it is silent', () => {
    const choice = choose([host('www', [a('www', '203.0.113.1')]), poc('203.0.113.6')])
    expect(ask(choice, '@')).toBe('nodata')
    expect(ask(choice, 'other')).toBe('nxdomain')
    expect(choice.zone?.notes).toEqual([
      'a proof-of-concept address passed over: a better format wins',
    ])
  })

  test('private data is still the better format', () => {
    const choice = choose([host('@', [a('@', '10.0.0.1')]), poc('203.0.113.6')])
    expect(ask(choice, '@')).toBe('withheld')
    expect(ask(choice, '@', 'A', true)).toBe('answer: 10.0.0.1')
  })

  test('a tombstone stops the search; once it lapses, the next format speaks', () => {
    const events = [host('@', [], 100, 600), poc('203.0.113.6')]
    expect(ask(choose(events), '@')).toBe('signed nxdomain')
    expect(ask(choose(events), 'www')).toBe('signed nxdomain')
    expect(choose(events).reviewAt).toBe(now + 600)
    expect(ask(choose(events, closed, now + 600), '@')).toBe('answer: 203.0.113.6')
  })

  test('a broken canonical event does not hide other formats', () => {
    const broken = host('@', [['record', 'A', '@', '300', 'x']])
    expect(ask(choose([broken, poc('203.0.113.6')]), '@')).toBe('answer: 203.0.113.6')
  })

  test('expired data is no zone, and known to have been one', () => {
    const events = [host('@', [a('@', '203.0.113.1')], 5000, -1)]
    expect(choose(events)).toMatchObject({ hasExpired: true })
    expect(choose(events).zone).toBeUndefined()
    expect(choose([])).toMatchObject({ hasExpired: false })
  })

  test('canonical data lapses 30 days after signing', () => {
    const old = host('@', [a('@', '203.0.113.1')], 0, 90 * 86400)
    expect(ask(choose([old], closed, now + 30 * 86400 - 1), '@')).toBe('answer: 203.0.113.1')
    expect(ask(choose([old], closed, now + 30 * 86400), '@')).toBe('no zone')
  })

  test('events of other authors and from the future do not count', () => {
    const forged = stranger.sign({
      kind: 31111,
      tags: [['d', 'dns:@'], a('@', '203.0.113.66'), ['ver', '1']],
    })
    const future = host('@', [a('@', '203.0.113.77')], -601)
    const events = [forged, future, host('@', [a('@', '203.0.113.1')])]
    expect(ask(choose(events), '@')).toBe('answer: 203.0.113.1')
  })

  test('the newest event of an address holds it; of two equals the lowest id', () => {
    const older = host('@', [a('@', '203.0.113.1')], 200)
    const twins = [host('@', [a('@', '203.0.113.2')]), host('@', [a('@', '203.0.113.3')])] as const
    const lowest = twins[0].id < twins[1].id ? '203.0.113.2' : '203.0.113.3'
    expect(ask(choose([...twins, older]), '@')).toBe(`answer: ${lowest}`)
  })

  test('NIP-09: a deleted canonical address is a tombstone until 30 days later', () => {
    const events = [
      host('@', [a('@', '203.0.113.1')]),
      deletion(`31111:${owner}:dns:@`, 50),
      poc('203.0.113.6'),
    ]
    expect(ask(choose(events), '@')).toBe('signed nxdomain')
    expect(ask(choose(events.slice(1)), '@')).toBe('signed nxdomain')
    expect(ask(choose(events, closed, now + 30 * 86400), '@')).toBe('answer: 203.0.113.6')
  })

  test('NIP-09: a deletion does not reach newer events or other keys', () => {
    const address = `31111:${owner}:dns:@`
    const live = host('@', [a('@', '203.0.113.1')])
    const foreign = stranger.sign({ kind: 5, created_at: now, tags: [['a', address]] })
    expect(ask(choose([live, deletion(address, 101), foreign]), '@')).toBe('answer: 203.0.113.1')
  })

  test('NIP-09: a deleted legacy event is gone, and the next format speaks', () => {
    const events = [
      zone11111([a('@', '203.0.113.3')]),
      deletion(`11111:${owner}:`, 50),
      poc('203.0.113.6'),
    ]
    expect(ask(choose(events), '@')).toBe('answer: 203.0.113.6')
  })

  test('an owner of thousands of hosts does not fill the memory', () => {
    const template = host('@', [a('@', '203.0.113.1')])
    const many = Array.from({ length: 2000 }, (_, index) => ({
      ...template,
      id: String(index).padStart(64, '0'),
      tags: [['d', `dns:h${index}`], a(`h${index}`, '203.0.113.1'), ['ver', '1']],
    }))
    expect(choose(many).zone?.parts).toHaveLength(512)
  })
})

describe('the most specific host speaks alone', () => {
  const choice = choose([
    host('@', [
      a('@', '203.0.113.1'),
      a('*', '203.0.113.2'),
      a('www', '203.0.113.3'),
      a('x.home', '203.0.113.4'),
    ]),
    host('home', [a('home', '198.51.100.7'), a('*.home', '198.51.100.8')]),
    host('gone', []),
    host('deep.lab', [a('a.deep.lab', '198.51.100.9')]),
  ])

  test.each([
    ['@', 'answer: 203.0.113.1'],
    ['www', 'answer: 203.0.113.3'],
    ['other', 'answer: 203.0.113.2'],
    ['a.other', 'answer: 203.0.113.2'],
    ['home', 'answer: 198.51.100.7'],
    ['x.home', 'answer: 198.51.100.8'],
    ['a.b.home', 'answer: 198.51.100.8'],
    ['gone', 'signed nxdomain'],
    ['www.gone', 'signed nxdomain'],
    // An empty non-terminal above a host exists and stops the wildcard (RFC 4592 s.2.2.2).
    ['lab', 'nodata'],
    ['x.lab', 'nxdomain'],
    ['deep.lab', 'nodata'],
    ['a.deep.lab', 'answer: 198.51.100.9'],
    ['b.deep.lab', 'nxdomain'],
    ['a.www', 'nxdomain'],
    ['*', 'answer: 203.0.113.2'],
  ])('%s: %s', (name, expected) => {
    expect(ask(choice, name)).toBe(expected)
  })

  test('a tombstone of the apex leaves hosts below it alone', () => {
    const events = [host('@', []), host('www', [a('www', '203.0.113.3')])]
    expect(ask(choose(events), 'www')).toBe('answer: 203.0.113.3')
    expect(ask(choose(events), '@')).toBe('nodata')
    expect(ask(choose(events), 'other')).toBe('signed nxdomain')
  })

  test('an expired host falls back to the wider one', () => {
    const events = [
      host('@', [a('www', '203.0.113.1')]),
      host('www', [a('www', '203.0.113.2')], 5000, -1),
    ]
    expect(ask(choose(events), 'www')).toBe('answer: 203.0.113.1')
  })

  test('pins come from the host that speaks', () => {
    const tlsa = (name: string, digit: string): string[] => [
      'rr',
      'TLSA',
      name,
      '300',
      `3 1 1 ${digit.repeat(64)}`,
    ]
    const { zone } = choose([
      host('@', [tlsa('_443._tcp', '1'), tlsa('_443._tcp.www', '2')]),
      host('www', [tlsa('_443._tcp.www', '3')]),
    ])
    expect(zone?.pins.map(({ host: name, spkiSha256 }) => `${name} ${spkiSha256[0]}`)).toEqual([
      '@ 1',
      'www 3',
    ])
  })
})

describe('names and types (RFC 1034 s.4.3.2)', () => {
  const choice = choose([
    host('@', [
      a('@', '203.0.113.1'),
      a('@', '10.0.0.1'),
      ['record', 'CNAME', 'www', '300', '@'],
      ['record', 'TXT', 'www', '300', 'beside'],
      ['record', 'CNAME', 'nas', '300', 'nas.local'],
      ['record', 'CNAME', '*.alias', '300', 'example.com'],
      ['rr', 'A', 'lan', '300', '192.168.1.1'],
      ['rr', 'TXT', 'lan', '300', 'text'],
    ]),
  ])
  const apex = choice.zone?.apex ?? ''

  test.each<[string, RecordType, string]>([
    ['@', 'A', 'answer: 203.0.113.1'],
    ['@', 'AAAA', 'nodata'],
    ['@', 'HTTPS', 'nodata'],
    ['www', 'A', `alias: ${apex}.`],
    ['www', 'TXT', `alias: ${apex}.`],
    ['www', 'CNAME', `answer: ${apex}.`],
    ['nas', 'A', 'withheld'],
    ['nas', 'CNAME', 'withheld'],
    ['x.alias', 'AAAA', 'alias: example.com.'],
    ['alias', 'AAAA', 'nodata'],
    ['lan', 'A', 'withheld'],
    ['lan', 'AAAA', 'nodata'],
    ['lan', 'TXT', 'answer: "text"'],
    ['nothing', 'A', 'nxdomain'],
  ])('%s %s: %s', (name, type, expected) => {
    expect(ask(choice, name, type)).toBe(expected)
  })

  test('the exempt see private data', () => {
    expect(ask(choice, '@', 'A', true)).toBe('answer: 203.0.113.1, 10.0.0.1')
    expect(ask(choice, 'nas', 'A', true)).toBe('alias: nas.local.')
  })
})

describe('NoDNS 31111: union of events, the newest for each name and type', () => {
  test.each<[string, readonly VerifiedEvent[], RecordType, string]>([
    [
      'two types',
      [nodns('A:@', [a('@', '203.0.113.1')]), nodns('TXT:@', [['record', 'TXT', '@', '60', 'x']])],
      'TXT',
      'answer: "x"',
    ],
    [
      'newer event under another d',
      [nodns('A:@', [a('@', '203.0.113.1')], 200), nodns('@:A', [a('@', '203.0.113.2')], 100)],
      'A',
      'answer: 203.0.113.2',
    ],
    [
      'newer deletion',
      [
        nodns('A:@', [a('@', '203.0.113.1')], 200),
        nodns('@:A', [a('@', '')], 100),
        nodns('TXT:@', [['record', 'TXT', '@', '60', 'x']]),
      ],
      'A',
      'nodata',
    ],
    [
      'older deletion',
      [nodns('A:@', [a('@', '203.0.113.1')], 100), nodns('@:A', [a('@', '')], 200)],
      'A',
      'answer: 203.0.113.1',
    ],
    ['all deleted', [nodns('A:@', [a('@', '')])], 'A', 'nxdomain'],
  ])('%s', (_title, events, type, expected) => {
    expect(ask(choose(events), '@', type)).toBe(expected)
  })
})

describe('time to live', () => {
  const ttlOf = (events: readonly VerifiedEvent[], at = now): number | undefined => {
    const { zone } = choose(events, closed, at)
    const answer = zone && lookUp(zone, '@', 'A', false)
    if (zone === undefined || answer?.kind !== 'answer') return undefined
    return toRRset(answer.records, 'q', zone, answer.part, at)[0]?.ttl
  }

  test.each<[string, readonly VerifiedEvent[], number]>([
    ['as written', [host('@', [a('@', '203.0.113.1', '900')])], 900],
    ['what is left of the event', [host('@', [a('@', '203.0.113.1', '900')], 100, 40)], 40],
    ['even less than the minimum', [host('@', [a('@', '203.0.113.1', '900')], 100, 7)], 7],
    [
      'the smallest of the set',
      [host('@', [a('@', '203.0.113.1', '900'), a('@', '203.0.113.2', '60')])],
      60,
    ],
    ['legacy: five minutes', [zone11111([a('@', '203.0.113.1', '3600')])], 300],
    ['legacy: less if it says so', [zone11111([a('@', '203.0.113.1', '60')])], 60],
    ['proof of concept', [poc('203.0.113.1')], 300],
  ])('%s', (_title, events, ttl) => {
    expect(ttlOf(events)).toBe(ttl)
  })

  test('the SOA caps negative answers at a minute and tells when it was signed', () => {
    expect(soaFor('x.nostr', 1780000000)).toMatchObject({
      name: 'x.nostr',
      ttl: 60,
      rdata: {
        type: 'SOA',
        mname: 'x.nostr',
        rname: 'hostmaster.x.nostr',
        serial: 1780000000,
        minimum: 60,
      },
    })
  })
})

test('the order of arrival changes nothing', () => {
  const dice = createDice(20260528)
  const names = ['@', 'www', 'home', 'a.home', '*', '*.home', 'lab.x']
  const address = (): string => `203.0.113.${dice.below(200)}`
  const events = Array.from({ length: 60 }, () => {
    const name = dice.pick(names)
    const age = dice.below(20)
    const hostName = name.replace(/^\*\.?/u, '') || '@'
    return dice.pick([
      () => host(hostName, dice.below(5) === 0 ? [] : [a(name, address())], age),
      () =>
        nodns(dice.pick(['A:@', 'x', 'y']), [a(name, dice.below(4) === 0 ? '' : address())], age),
      () => zone11111([a(name, address())], age),
      () => poc(address(), age),
      () => deletion(`31111:${owner}:dns:${hostName}`, age),
    ])()
  })
  for (const size of [3, 10, 30, 60]) {
    const subset = dice.shuffle(events).slice(0, size)
    const first = choose(subset)
    for (let round = 0; round < 25; round += 1) {
      expect(choose(dice.shuffle(subset))).toEqual(first)
    }
  }
})
