import { describe, expect, test } from 'vitest'
import { formatRdata } from './rdata-text.ts'
import { parseZoneFile } from './zone-file.ts'
import { parseTtl } from './ttl-text.ts'

const options = { origin: 'alice.nostr', defaultTtl: 300 }

/** One line per record: `line name ttl type data`. */
function records(text: string): string[] {
  const { records: found, errors } = parseZoneFile(text, options)
  expect(errors).toEqual([])
  return found.map(
    ({ line, name, ttl, type, rdata }) => `${line} ${name} ${ttl} ${type} ${formatRdata(rdata)}`,
  )
}

test('a whole zone', () => {
  const text = `; a comment, and an empty line

$ORIGIN alice.nostr.
$TTL 1h
@  IN  SOA ns.example. hostmaster.example. (
        2024010101 ; serial
        1h 15m 1w  ; refresh, retry, expire
        60 )
   IN  A     192.0.2.1
       AAAA  2001:db8::1
www 600 IN CNAME @
mail IN 10m MX 10 mail
*.home A 192.0.2.2
_443._tcp.www TLSA 3 1 1 (
  aabb
  ccdd ) ; continued
txt TXT "semi;colon (paren)" bare
$ORIGIN lab
box A 192.0.2.3
abs.example. in a 192.0.2.4
HTTPS HTTPS 1 . alpn="h2,h3" port=8443
odd TYPE65280 \\# 2 abcd
`
  expect(records(text)).toEqual([
    '5 alice.nostr 3600 SOA ns.example. hostmaster.example. 2024010101 3600 900 604800 60',
    '9 alice.nostr 3600 A 192.0.2.1',
    '10 alice.nostr 3600 AAAA 2001:db8::1',
    '11 www.alice.nostr 600 CNAME alice.nostr.',
    '12 mail.alice.nostr 600 MX 10 mail.alice.nostr.',
    '13 *.home.alice.nostr 3600 A 192.0.2.2',
    '14 _443._tcp.www.alice.nostr 3600 TLSA 3 1 1 aabbccdd',
    '17 txt.alice.nostr 3600 TXT "semi;colon (paren)" "bare"',
    '19 box.lab.alice.nostr 3600 A 192.0.2.3',
    '20 abs.example 3600 A 192.0.2.4',
    '21 HTTPS.lab.alice.nostr 3600 HTTPS 1 . alpn=h2,h3 port=8443',
    '22 odd.lab.alice.nostr 3600 TYPE65280 \\# 2 abcd',
  ])
})

describe('forms', () => {
  test.each([
    ['no TTL anywhere', 'a A 192.0.2.1', ['1 a.alice.nostr 300 A 192.0.2.1']],
    ['TTL then class', 'a 1d IN A 192.0.2.1', ['1 a.alice.nostr 86400 A 192.0.2.1']],
    ['class then TTL', 'a IN 1d A 192.0.2.1', ['1 a.alice.nostr 86400 A 192.0.2.1']],
    ['TTL of zero', 'a 0 A 192.0.2.1', ['1 a.alice.nostr 0 A 192.0.2.1']],
    [
      'last stated TTL without $TTL (RFC 1035 s.5.1)',
      'a 60 A 192.0.2.1\nb A 192.0.2.2',
      ['1 a.alice.nostr 60 A 192.0.2.1', '2 b.alice.nostr 60 A 192.0.2.2'],
    ],
    [
      '$TTL before the last stated TTL (RFC 2308 s.4)',
      '$TTL 90\na 60 A 192.0.2.1\nb A 192.0.2.2',
      ['2 a.alice.nostr 60 A 192.0.2.1', '3 b.alice.nostr 90 A 192.0.2.2'],
    ],
    ['CLASS1', 'a CLASS1 A 192.0.2.1', ['1 a.alice.nostr 300 A 192.0.2.1']],
    [
      'names that look like types and TTLs',
      'a A 192.0.2.1\n60 A 192.0.2.2\nin A 192.0.2.3',
      [
        '1 a.alice.nostr 300 A 192.0.2.1',
        '2 60.alice.nostr 300 A 192.0.2.2',
        '3 in.alice.nostr 300 A 192.0.2.3',
      ],
    ],
    [
      'CRLF and a byte order mark',
      '\uFEFFa A 192.0.2.1\r\n\tAAAA ::1\r\n',
      ['1 a.alice.nostr 300 A 192.0.2.1', '2 a.alice.nostr 300 AAAA ::1'],
    ],
    [
      'a blank line keeps the owner',
      'a A 192.0.2.1\n\n ; nothing\n A 192.0.2.2',
      ['1 a.alice.nostr 300 A 192.0.2.1', '4 a.alice.nostr 300 A 192.0.2.2'],
    ],
    ['directives in lower case', '$origin x.\n$ttl 5\n@ A 192.0.2.1', ['3 x 5 A 192.0.2.1']],
    ['an escaped dollar', '\\$a A 192.0.2.1', ['1 \\$a.alice.nostr 300 A 192.0.2.1']],
    ['empty', '', []],
    ['the root as origin', '$ORIGIN .\nalice.nostr A 192.0.2.1', ['2 alice.nostr 300 A 192.0.2.1']],
  ])('%s', (_, text, expected) => {
    expect(records(text)).toEqual(expected)
  })
})

describe('errors name their line and reading goes on', () => {
  test.each([
    ['a A 192.0.2.256', 1, 'not an IPv4 address'],
    ['\n\nA 192.0.2.1', 3, '"192.0.2.1" is not a record type'],
    ['a FOO 1', 1, '"FOO" is not a record type'],
    ['a', 1, 'no type'],
    ['a 60 IN', 1, 'no type'],
    [' A 192.0.2.1', 1, 'name its owner'],
    ['a CH A 192.0.2.1', 1, 'class "CH" is not supported'],
    ['a CLASS3 A 192.0.2.1', 1, 'class "CLASS3" is not supported'],
    ['a ANY x', 1, 'not a type of stored records'],
    ['a..b A 192.0.2.1', 1, 'is not a domain name'],
    ['a 4294967296 A 192.0.2.1', 1, '"4294967296" is not a record type'],
    ['$INCLUDE /etc/passwd', 1, '$INCLUDE is not supported'],
    ['$GENERATE 1-9 a$ A 192.0.2.$', 1, '$GENERATE is not supported'],
    ['$FOO x', 1, '"$FOO" is not a directive'],
    ['$TTL soon', 1, '"soon" is not a TTL'],
    ['$TTL', 1, 'exactly one value'],
    ['$ORIGIN a b', 1, 'exactly one value'],
    ['a TXT "open', 1, 'does not end on its line'],
    ['a TXT (\n "x"\n', 1, '"(" without'],
    ['a TXT x )', 1, '")" without'],
  ])('%s', (text, line, message) => {
    const { records: found, errors } = parseZoneFile(`${text}\nlast.example. A 192.0.2.9`, options)
    expect(errors[0]).toEqual({ line, message: expect.stringContaining(message) as string })
    expect(found.at(-1)).toMatchObject({ name: 'last.example' })
  })

  test('several at once', () => {
    const text = 'a A x\nb A 192.0.2.1\nc A (\n 192.0.2.2\nd AAAA y\n'
    const { records: found, errors } = parseZoneFile(text, options)
    expect(errors.map(({ line }) => line)).toEqual([1, 3, 4, 5])
    expect(found.map(({ line }) => line)).toEqual([2])
  })

  test('data below an unreadable owner does not go to the owner before', () => {
    const { records: found, errors } = parseZoneFile(
      'good A 192.0.2.1\nb..d A 192.0.2.2\n A 192.0.2.3\nalso A 192.0.2.4\n A 192.0.2.5',
      options,
    )
    expect(errors.map(({ line }) => line)).toEqual([2, 3])
    expect(found.map(({ name, line }) => [name, line])).toEqual([
      ['good.alice.nostr', 1],
      ['also.alice.nostr', 4],
      ['also.alice.nostr', 5],
    ])
  })
})

test('a large zone is read in linear time', () => {
  const text = Array.from({ length: 20_000 }, (_, index) => `h${index} A 192.0.2.1`).join('\n')
  const { records: found, errors } = parseZoneFile(text, options)
  expect(errors).toEqual([])
  expect(found.at(-1)?.line).toBe(20_000)
})

test.each([
  ['0', 0],
  ['300', 300],
  ['1m', 60],
  ['1H', 3600],
  ['1w2d3h4m5s', 788_645],
  ['2147483647', 2_147_483_647],
  ['2147483648', undefined],
  ['99999999999w', undefined],
  ['', undefined],
  ['1x', undefined],
  ['h', undefined],
  ['1h30', undefined],
  ['-1', undefined],
])('TTL %s', (text, seconds) => {
  expect(parseTtl(text)).toBe(seconds)
})
