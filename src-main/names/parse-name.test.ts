import { nip19 } from 'nostr-tools'
import { describe, expect, test } from 'vitest'
import type { Name } from './name.ts'
import { encodeNpub } from './npub.ts'
import { parseName } from './parse-name.ts'

const owner = 'f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9'
const npub = encodeNpub(owner)
const high = owner.slice(0, 32)
const low = owner.slice(32)
const offCurve = '5'.padStart(64, '0')
const nws = 'v4o8k0cib31h0i9k9u2vh7ai56qj3i25gdnpjc4607oh7f706rsg'
const relay = 'etpjkbpf64p3ebhg5oo2sc9q6srjedo'
const page = `${'a2b3'.repeat(12)}abcq`
const pkarr = '8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo'
const nsec = nip19.nsecEncode(new Uint8Array(32).fill(3))

/** Alternates the case of letters, as a resolver with 0x20 mixing does. */
function mix(text: string): string {
  return text
    .split('')
    .map((character, index) => (index % 2 === 0 ? character.toUpperCase() : character))
    .join('')
}

const byNpub = (host: string): Name => ({
  kind: 'nostr',
  owner,
  host,
  apex: `${npub}.nostr`,
  form: 'npub',
})
const byHex = (host: string): Name => ({
  kind: 'nostr',
  owner,
  host,
  apex: `${high}.${low}.nostr`,
  form: 'hex',
})
const invalid = (reason: string, suffix = 'nostr'): unknown => ({ kind: 'invalid', suffix, reason })

const valid: readonly (readonly [string, string, Name])[] = [
  ['npub', `${npub}.nostr`, byNpub('@')],
  ['subdomain', `www.${npub}.nostr`, byNpub('www')],
  [
    'deep subdomain',
    `_443._tcp.a-b.xn--bcher-kva.${npub}.nostr`,
    byNpub('_443._tcp.a-b.xn--bcher-kva'),
  ],
  ['wildcard itself', `*.home.${npub}.nostr`, byNpub('*.home')],
  ['npub below an npub', `${npub}.${npub}.nostr`, byNpub(npub)],
  ['hex', `${high}.${low}.nostr`, byHex('@')],
  ['hex subdomain', `a.b.${high}.${low}.nostr`, byHex('a.b')],
  ['hex-like subdomain of hex', `${low}.${high}.${low}.nostr`, byHex(low)],
  ['suffix', 'nostr', { kind: 'suffix', suffix: 'nostr' }],
  ['petname', 'alice.nostr', { kind: 'petname', label: 'alice', host: '@', apex: 'alice.nostr' }],
  [
    'short p- word is a petname',
    'p-x.nostr',
    { kind: 'petname', label: 'p-x', host: '@', apex: 'p-x.nostr' },
  ],
  ['NIP-05 domain', 'example.com.nostr', { kind: 'nip05', local: '_', domain: 'example.com' }],
  [
    'NIP-05 user',
    'bob._at.example.com.nostr',
    { kind: 'nip05', local: 'bob', domain: 'example.com' },
  ],
  [
    'NIP-05 user with a dot',
    'b.ob._at.example.com.nostr',
    { kind: 'nip05', local: 'b.ob', domain: 'example.com' },
  ],
  [
    'two words are a NIP-05 domain',
    'www.alice.nostr',
    { kind: 'nip05', local: '_', domain: 'www.alice' },
  ],
  ['NWS exit', `${nws}.nostr`, { kind: 'nws', exit: owner, relayLabels: [] }],
  [
    'NWS exit with relays',
    `${relay}.www.${nws}.nostr`,
    { kind: 'nws', exit: owner, relayLabels: [relay, 'www'] },
  ],
  ['page', `p-${page}.nostr`, { kind: 'page', page, host: '@' }],
  ['below a page', `a.b.p-${page}.nostr`, { kind: 'page', page, host: 'a.b' }],
  ['PKARR', pkarr, { kind: 'pkarr', key: pkarr, host: '@' }],
  ['below PKARR', `_x.y.${pkarr}`, { kind: 'pkarr', key: pkarr, host: '_x.y' }],
  ['PKARR .pkarr', `${pkarr}.pkarr`, { kind: 'pkarr', key: pkarr, host: '@' }],
  ['PKARR .key', `www.${pkarr}.key`, { kind: 'pkarr', key: pkarr, host: 'www' }],
  ['last PKARR key counts', `${pkarr}.${pkarr}`, { kind: 'pkarr', key: pkarr, host: pkarr }],
  ['suffix pkarr', 'pkarr', { kind: 'suffix', suffix: 'pkarr' }],
  ['suffix key', 'key', { kind: 'suffix', suffix: 'key' }],
  ['mDNS npub', `${npub}.local`, { kind: 'mdns', owner, host: '@', apex: `${npub}.local` }],
  ['mDNS host', `nas.${npub}.local`, { kind: 'mdns', owner, host: 'nas', apex: `${npub}.local` }],
  ['.local', 'printer.local', { kind: 'special', suffix: 'local' }],
  ['localhost', 'localhost', { kind: 'special', suffix: 'localhost' }],
  ['below localhost', 'foo.localhost', { kind: 'special', suffix: 'localhost' }],
  ['onion', 'abc.onion', { kind: 'special', suffix: 'onion' }],
  ['alt', 'x.alt', { kind: 'special', suffix: 'alt' }],
  ['invalid', 'x.invalid', { kind: 'special', suffix: 'invalid' }],
  ['test', 'x.test', { kind: 'special', suffix: 'test' }],
  ['DDR', '_dns.resolver.arpa', { kind: 'special', suffix: 'resolver.arpa' }],
  [
    'link-local reverse',
    '1.2.254.169.in-addr.arpa',
    { kind: 'special', suffix: '254.169.in-addr.arpa' },
  ],
  ['foreign', 'www.example.com', { kind: 'foreign' }],
  ['home.arpa', 'nas.home.arpa', { kind: 'foreign' }],
  ['private reverse', '1.1.168.192.in-addr.arpa', { kind: 'foreign' }],
  ['internal', 'x.internal', { kind: 'foreign' }],
  ['nostr elsewhere', 'nostr.example.com', { kind: 'foreign' }],
  ['npub elsewhere', `${npub}.example.com`, { kind: 'foreign' }],
  ['52 letters that are no key', `${'l'.repeat(52)}`, { kind: 'foreign' }],
  ['service label', '_sip._tcp.example.com', { kind: 'foreign' }],
]

describe('forms', () => {
  test.each(valid)('%s', (_, text, name) => {
    expect(parseName(text)).toEqual(name)
  })
  test.each(valid)('%s, mixed case and trailing dot', (_, text, name) => {
    expect(parseName(`${mix(text)}.`)).toEqual(name)
  })
  test('the root', () => {
    expect(parseName('.')).toEqual({ kind: 'foreign' })
  })
})

describe('refusals', () => {
  test.each([
    [
      'checksum',
      `${npub.slice(0, -1)}${npub.endsWith('q') ? 'p' : 'q'}.nostr`,
      invalid('bad-checksum'),
    ],
    ['npub too short', `${npub.slice(0, -1)}.nostr`, invalid('bad-length')],
    ['letter outside bech32', `npub1b${npub.slice(6)}.nostr`, invalid('bad-character')],
    ['npub off the curve', `${nip19.npubEncode(offCurve)}.nostr`, invalid('not-on-curve')],
    [
      'hex off the curve',
      `${offCurve.slice(0, 32)}.${offCurve.slice(32)}.nostr`,
      invalid('not-on-curve'),
    ],
    ['half a hex key', `${low}.nostr`, invalid('bad-length')],
    ['half a hex key below a word', `www.${low}.nostr`, invalid('bad-length')],
    [
      'nprofile',
      'nprofile1qqsrhuxx8l9ex335q7he0f09aej04zpazpl0ne2cgukyawd.nostr',
      invalid('wrong-prefix'),
    ],
    ['note', 'note1qqqq.nostr', invalid('wrong-prefix')],
    ['host label with a space', `a b.${npub}.nostr`, invalid('bad-label')],
    ['host label with an escaped dot', `a\\.b.${npub}.nostr`, invalid('bad-label')],
    ['host label beyond ASCII', `é.${npub}.nostr`, invalid('bad-label')],
    ['wildcard not left-most', `a.*.${npub}.nostr`, invalid('bad-label')],
    ['NWS key off the curve', `${'0'.repeat(50)}k0.nostr`, invalid('not-on-curve')],
    ['NWS pad bits', `${nws.slice(0, -1)}h.nostr`, invalid('bad-character')],
    ['page pad bits', `p-${page.slice(0, -1)}b.nostr`, invalid('bad-character')],
    ['page alphabet', `p-1${page.slice(1)}.nostr`, invalid('bad-character')],
    ['user without a name', '_at.example.com.nostr', invalid('bad-label')],
    ['user without a domain', 'bob._at.nostr', invalid('unknown-name')],
    ['user at one word', 'bob._at.example.nostr', invalid('unknown-name')],
    ['two _at', 'a._at.b._at.example.com.nostr', invalid('bad-label')],
    ['domain that is an address', '127.0.0.1.nostr', invalid('unknown-name')],
    ['domain that is an address, hex', 'a.0x7f.nostr', invalid('unknown-name')],
    ['domain localhost', 'foo.localhost.nostr', invalid('unknown-name')],
    ['domain .local', 'bob._at.nas.local.nostr', invalid('unknown-name')],
    ['domain .internal', 'a.internal.nostr', invalid('unknown-name')],
    ['domain .arpa', '1.1.168.192.in-addr.arpa.nostr', invalid('unknown-name')],
    ['domain .nostr', 'example.com.nostr.nostr', invalid('unknown-name')],
    ['domain with underscore', '_dmarc.example.com.nostr', invalid('bad-label')],
    ['domain with a hyphen at the edge', '-a.com.nostr', invalid('bad-label')],
    ['no PKARR key', 'foo.pkarr', invalid('bad-length', 'pkarr')],
    [
      'PKARR pad bits',
      `${pkarr.slice(0, -1)}b`,
      invalid('bad-character', `${pkarr.slice(0, -1)}b`),
    ],
    ['PKARR pad bits under .key', `${pkarr.slice(0, -1)}b.key`, invalid('bad-character', 'key')],
    ['PKARR off the curve', `ye${'y'.repeat(50)}.pkarr`, invalid('not-on-curve', 'pkarr')],
    ['empty label', 'a..nostr', invalid('bad-label')],
    ['leading dot', '.nostr', invalid('bad-label')],
    ['empty', '', invalid('bad-label', '')],
    ['long label', `${'a'.repeat(64)}.nostr`, invalid('bad-length')],
    ['64 hex digits', `${owner}.nostr`, invalid('bad-length')],
    ['long foreign label', `${'a'.repeat(64)}.com`, invalid('bad-length', 'com')],
    ['long name', `${'a.'.repeat(125)}nostr`, invalid('bad-length')],
  ])('%s', (_, text, name) => {
    expect(parseName(text)).toEqual(name)
  })

  test('253 characters are the longest name', () => {
    const hosts = `${'a'.repeat(59)}.${'a'.repeat(60)}.${'a'.repeat(61)}`
    expect(hosts).toHaveLength(182)
    expect(parseName(`a${hosts}.${npub}.nostr.`)).toEqual(byNpub(`a${hosts}`))
    expect(parseName(`aa${hosts}.${npub}.nostr`)).toEqual(invalid('bad-length'))
  })
})

describe('secret keys', () => {
  test.each([
    ['bare', nsec],
    ['under .nostr', `${nsec}.nostr`],
    ['upper case', `${nsec.toUpperCase()}.NOSTR.`],
    ['mixed case', mix(`www.${nsec}.nostr`)],
    ['in front', `${nsec}.${npub}.nostr`],
    ['foreign', `${nsec}.com`],
    ['deep foreign', `a.${nsec}.b.example.com`],
    ['.local', `${nsec}.local`],
    ['cut short', 'nsec1q.nostr'],
    ['prefix only', 'nsec1.nostr'],
    ['glued', `x${nsec.slice(0, 60)}.nostr`],
    ['too long a label', `x${nsec}y.com`],
    ['empty label beside it', `..${nsec}`],
    ['escaped letters', `\\110se\\c1${nsec.slice(5)}.nostr`],
    ['in a URI', `nostr:${nsec}`],
    ['NIP-49', 'ncryptsec1qgg9947rlpvqu76pj5ecreduf9jxhselq2nae2kghhvd5g7dgjtcxfqtd'],
  ])('%s', (_, text) => {
    const name = parseName(text)
    expect(name).toEqual({ kind: 'secret' })
    expect(JSON.stringify(name)).not.toMatch(/nsec1/i)
  })

  test('a domain that merely contains the letters is not a secret', () => {
    expect(parseName('opensec1.com')).toEqual({ kind: 'foreign' })
  })
})

test('any text gets an answer', () => {
  let seed = 42
  const draw = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return seed % below
  }
  const pieces = [
    '.',
    '..',
    'nostr',
    'local',
    'key',
    'npub1',
    npub,
    nws,
    pkarr,
    '\\',
    '\\.',
    '\\300',
    '_at',
    '*',
    ' ',
    '\u0000',
    'é',
    '😀',
    '\ud800',
    'p-',
    page,
    high,
    'a'.repeat(70),
  ]
  for (let round = 0; round < 5000; round += 1) {
    let text = ''
    for (let count = draw(7); count > 0; count -= 1)
      text += `${pieces[draw(pieces.length)] ?? ''}${draw(3) === 0 ? '' : '.'}`
    expect(typeof parseName(text).kind).toBe('string')
  }
})
