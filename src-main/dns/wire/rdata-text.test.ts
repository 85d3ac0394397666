import { describe, expect, test } from 'vitest'
import type { RecordType } from './message.ts'
import { formatRdata, parseRdata, parseTxtText, TextError } from './rdata-text.ts'
import { rdataToWire } from './rdata-wire.ts'

const origin = 'example.com'
const hash = 'ab'.repeat(32)

describe('text to octets, and the canonical text back', () => {
  test.each<[RecordType, string, string, string]>([
    ['A', '192.0.2.1', 'c0000201', '192.0.2.1'],
    ['AAAA', '2001:DB8:0:0::1', '20010db8000000000000000000000001', '2001:db8::1'],
    ['CNAME', 'www', '037777 77076578616d706c6503636f6d00', 'www.example.com.'],
    ['CNAME', '@', '076578616d706c6503636f6d00', 'example.com.'],
    ['NS', 'NS.Other.', '024e53054f7468657200', 'NS.Other.'],
    ['PTR', 'a\\.b.', '03612e6200', 'a\\.b.'],
    ['MX', '10 .', '000a00', '10 .'],
    ['TXT', 'hello world', '0568656c6c6f05776f726c64', '"hello" "world"'],
    ['TXT', '"hello world"', '0b68656c6c6f20776f726c64', '"hello world"'],
    ['TXT', '"a""b"', '01610162', '"a" "b"'],
    ['TXT', '""', '00', '""'],
    ['TXT', '"q\\"\\\\ \\065\\195\\169;("', '0971225c2041c3a93b28', '"q\\"\\\\ A\\195\\169;("'],
    ['TXT', 'é', '02c3a9', '"\\195\\169"'],
    ['TXT', 'a=b ; comment', '03613d62', '"a=b"'],
    ['TXT', '(a\n b)', '01610162', '"a" "b"'],
    ['TXT', 'foo="bar baz"', '0d666f6f3d226261722062617a22', '"foo=\\"bar baz\\""'],
    [
      'SRV',
      '0 5 5060 sip',
      '0000000513c403736970076578616d706c6503636f6d00',
      '0 5 5060 sip.example.com.',
    ],
    [
      'CAA',
      '0 issue "ca.example; a=b"',
      '00056973737565' + Buffer.from('ca.example; a=b').toString('hex'),
      '0 issue "ca.example; a=b"',
    ],
    [
      'CAA',
      '128 iodef mailto:a@b',
      '8005696f646566' + Buffer.from('mailto:a@b').toString('hex'),
      '128 iodef "mailto:a@b"',
    ],
    ['TLSA', `3 1 1 ${hash}`, `030101${hash}`, `3 1 1 ${hash}`],
    ['TLSA', '3 1 1 ABCD (ef\n01)', '030101abcdef01', '3 1 1 abcdef01'],
    ['SSHFP', '4 2 AB cd', '0402abcd', '4 2 abcd'],
    ['HINFO', '"RFC8482" ""', '075246433834383200', '"RFC8482" ""'],
    [
      'SOA',
      'ns hostmaster 1 1h 15m 1w 60',
      '',
      'ns.example.com. hostmaster.example.com. 1 3600 900 604800 60',
    ],
    ['TYPE65280', '\\# 3 0a0B0c', '0a0b0c', '\\# 3 0a0b0c'],
    ['TYPE65280', '\\# 4 0a0b 0c0d', '0a0b0c0d', '\\# 4 0a0b0c0d'],
    ['TYPE65280', '\\# 0', '', '\\# 0'],
    // RFC 3597 s.5: the generic form serves known types too.
    ['A', '\\# 4 0A000001', '0a000001', '10.0.0.1'],
    ['MX', '\\# 5 000a016100', '000a016100', '10 a.'],
  ])('%s %s', (type, text, wire, canonical) => {
    const rdata = parseRdata(type, text, origin)
    expect(rdata.type).toBe(type)
    const octets = Buffer.from(rdataToWire(rdata)).toString('hex')
    expect(octets).toBe(type === 'SOA' ? octets : wire.replaceAll(' ', ''))
    expect(formatRdata(rdata)).toBe(canonical)
    expect(parseRdata(type, canonical, 'elsewhere')).toEqual(rdata)
  })
})

describe('refused, with a sentence saying what is wrong', () => {
  test.each<[RecordType, string, string]>([
    ['A', '', 'A data needs an IPv4 address'],
    ['A', '::1', '"::1" is not an IPv4 address'],
    ['A', '010.0.0.1', 'not an IPv4 address'],
    ['A', '192.0.2.1 192.0.2.2', '"192.0.2.2" is more than A data holds'],
    ['A', '192.0.2.1\n192.0.2.2', 'more than one line'],
    ['AAAA', '192.0.2.1', 'not an IPv6 address'],
    ['AAAA', 'fe80::1%eth0', 'not an IPv6 address'],
    ['CNAME', '', 'needs a target name'],
    ['CNAME', 'a..b', 'is not a domain name'],
    ['CNAME', `${'a'.repeat(64)}`, '63'],
    ['CNAME', `${'a.'.repeat(123)}a`, '255 octets'],
    ['MX', 'mail', 'not a preference'],
    ['MX', '65536 mail', 'number up to 65535'],
    ['MX', '10', 'needs the name of a mail server'],
    ['TXT', '', 'needs a string'],
    ['TXT', '"open', 'does not end on its line'],
    ['TXT', '"a\nb"', 'does not end on its line'],
    ['TXT', 'a'.repeat(256), '256 octets'],
    ['TXT', `a ${'b'.repeat(256)}`, '256 octets'],
    ['TXT', '\\256', 'backslash'],
    ['TXT', '(a', '"(" without'],
    ['TXT', 'a)', '")" without'],
    ['SRV', '1 2 x', 'not a port'],
    ['CAA', '0 is-sue x', 'not alphanumeric'],
    ['CAA', '256 issue x', 'not flags'],
    ['TLSA', '3 1 1', 'needs certificate data'],
    ['TLSA', '3 1 1 abc', 'even number of hex digits'],
    ['TLSA', '3 1 1 zz', 'even number of hex digits'],
    ['SSHFP', '1 1', 'needs a fingerprint'],
    ['SOA', 'a b 1 2 3 4', 'needs a negative TTL'],
    ['SOA', 'a b 4294967296 2 3 4 5', 'not a serial number'],
    ['HINFO', 'one', 'needs an operating system'],
    ['TYPE65280', 'abcd', 'RFC 3597'],
    ['TYPE65280', '\\# 3 abcd', '2 octets of data, but the length says 3'],
    ['TYPE65280', '\\# x abcd', 'not a length'],
    ['TYPE65280', '\\# 0 ab', 'more than'],
    ['A', '\\# 3 010203', 'no A data'],
    ['CNAME', '\\# 2 c000', 'no CNAME data'],
    ['ANY', '1', 'not a type of stored records'],
    ['OPT', '\\# 0', 'not a type of stored records'],
  ])('%s "%s"', (type, text, message) => {
    expect(() => parseRdata(type, text, origin)).toThrow(TextError)
    expect(() => parseRdata(type, text, origin)).toThrow(message)
  })
})

test('errors neither flood nor steer a terminal', () => {
  const hostile = `${'\u001b[2J'.repeat(50)}${'\\'.repeat(50_001)}`
  for (const type of ['A', 'CNAME', 'MX', 'HTTPS'] as const) {
    let message = ''
    try {
      parseRdata(type, hostile, origin)
    } catch (error) {
      message = error instanceof TextError ? error.message : ''
    }
    expect(message).toMatch(/^\P{Cc}{1,200}$/u)
  }
})

test('a quoted \\# is a string', () => {
  expect(formatRdata(parseRdata('TXT', '"\\# 1 00"', '.'))).toBe('"# 1 00"')
})

describe('TXT text that need not follow zone-file rules', () => {
  const strings = (text: string): string[] => {
    const rdata = parseTxtText(text)
    return 'strings' in rdata ? rdata.strings.map((string) => Buffer.from(string).toString()) : []
  }
  test.each([
    ['hello world', ['hello world']],
    ['v=DKIM1; k=rsa; p=MIG', ['v=DKIM1; k=rsa; p=MIG']],
    ['back\\slash \\065', ['back\\slash \\065']],
    ['', ['']],
    ['"hello world"', ['hello world']],
    ['"a" "b"', ['a', 'b']],
    [' "a\\"b" ', ['a"b']],
    ['"', ['"']],
    ['say "hi" now', ['say "hi" now']],
    ['a'.repeat(600), ['a'.repeat(255), 'a'.repeat(255), 'a'.repeat(90)]],
    [`"${'a'.repeat(256)}" "b"`, ['a'.repeat(255), 'a', 'b']],
  ])('%s', (text, expected) => {
    expect(strings(text)).toEqual(expected)
  })
  test('splits at octets, not at characters', () => {
    const rdata = parseTxtText('é'.repeat(200))
    expect('strings' in rdata && rdata.strings.map(({ length }) => length)).toEqual([255, 145])
  })
  test('quotes that do not match', () => {
    expect(() => parseTxtText('"a" "')).toThrow(TextError)
  })
})
