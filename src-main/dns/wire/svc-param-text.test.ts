/** The test vectors of RFC 9460 appendix D. */
import { describe, expect, test } from 'vitest'
import { formatRdata, parseRdata, TextError } from './rdata-text.ts'
import { rdataFromWire, rdataToWire } from './rdata-wire.ts'

const fooCom = '03666f6f076578616d706c6503636f6d00'
const fooOrg = '03666f6f076578616d706c65036f726700'

describe('appendix D: text and wire', () => {
  test.each([
    ['D.1 alias', '0 foo.example.com.', `0000${fooCom}`, '0 foo.example.com.'],
    ['D.2 target .', '1 .', '000100', '1 .'],
    ['D.2 port', '16 foo.example.com. port=53', `0010${fooCom}000300020035`, undefined],
    [
      'D.2 generic key',
      '1 foo.example.com. key667=hello',
      `0001${fooCom}029b000568656c6c6f`,
      undefined,
    ],
    [
      'D.2 generic key, escape',
      '1 foo.example.com. key667="hello\\210qoo"',
      `0001${fooCom}029b000968656c6c6fd2716f6f`,
      '1 foo.example.com. key667="hello\\210qoo"',
    ],
    [
      'D.2 two IPv6 hints',
      '1 foo.example.com. (\n ipv6hint="2001:db8::1,2001:db8::53:1"\n )',
      `0001${fooCom}0006002020010db800000000000000000000000120010db8000000000000000000530001`,
      '1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1',
    ],
    [
      'D.2 IPv6 hint with IPv4 tail',
      '1 example.com. ( ipv6hint="2001:db8:122:344::192.0.2.33" )',
      '0001076578616d706c6503636f6d000006001020010db80122034400000000c0000221',
      '1 example.com. ipv6hint=2001:db8:122:344::c000:221',
    ],
    [
      'D.2 mandatory, order',
      '16 foo.example.org. ( alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1 )',
      `0010${fooOrg}0000000400010004000100090268320568332d313900040004c0000201`,
      '16 foo.example.org. mandatory=alpn,ipv4hint alpn=h2,h3-19 ipv4hint=192.0.2.1',
    ],
    [
      'D.2 escaped ALPN, quoted',
      '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
      `0010${fooOrg}0001000c08665c6f6f2c626172026832`,
      undefined,
    ],
    [
      'D.2 escaped ALPN, bare',
      '16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2',
      `0010${fooOrg}0001000c08665c6f6f2c626172026832`,
      '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
    ],
  ])('%s', (_, text, wire, formatted) => {
    for (const type of ['SVCB', 'HTTPS'] as const) {
      const rdata = parseRdata(type, text, 'origin')
      expect(Buffer.from(rdataToWire(rdata)).toString('hex')).toBe(wire)
      expect(rdataFromWire(type, Buffer.from(wire, 'hex'))).toEqual(rdata)
      expect(formatRdata(rdata)).toBe(formatted ?? formatRdata(parseRdata(type, text, 'x')))
      expect(parseRdata(type, formatRdata(rdata), 'x')).toEqual(rdata)
    }
  })
})

describe('appendix D.3: refused', () => {
  test.each([
    ['key123=abc key123=def', 'key123 occurs twice'],
    ['mandatory', 'mandatory needs a value'],
    ['alpn', 'alpn needs a value'],
    ['port', 'port needs a value'],
    ['ipv4hint', 'ipv4hint needs a value'],
    ['ipv6hint', 'ipv6hint needs a value'],
    ['no-default-alpn=abc', 'takes no value'],
    ['mandatory=key123', 'key123 is mandatory but not given'],
    ['mandatory=mandatory', 'must not list itself'],
    ['mandatory=key123,key123 key123=abc', 'lists a key twice'],
    // Beyond the appendix.
    ['port=""', 'port needs a value'],
    ['port=65536', 'not a port'],
    ['port=0x35', 'not a port'],
    ['alpn=', 'alpn needs a value'],
    ['alpn=h2,,h3', 'from 1 to 255 octets'],
    ['alpn=h\\\\2', 'only stand before a comma'],
    [`alpn=${'a'.repeat(256)}`, 'from 1 to 255 octets'],
    ['ipv4hint=1.2.3', 'not an IPv4 address'],
    ['ipv6hint=1.2.3.4', 'not an IPv6 address'],
    ['ech=%%%', 'not base64'],
    ['no-default-alpn', 'needs alpn'],
    ['foo=1', 'no SvcParamKey'],
    ['key65535=1', 'no SvcParamKey'],
    ['key01=1', 'no SvcParamKey'],
    ['alpn="h2"x', 'closing quote'],
    ['alpn="h2', 'does not end on its line'],
    ['port=1 port=2', 'port occurs twice'],
  ])('%s', (params, message) => {
    expect(() => parseRdata('HTTPS', `1 foo.example.com. ${params}`, '.')).toThrow(TextError)
    expect(() => parseRdata('HTTPS', `1 foo.example.com. ${params}`, '.')).toThrow(message)
  })
})

test.each([
  ['ech', '1 . ech=AEX+DQBB'],
  ['no-default-alpn', '1 . alpn=h3 no-default-alpn'],
  ['empty generic value', '1 . key65280'],
  ['upper-case key', '1 . PORT=443'],
])('%s', (_, text) => {
  expect(formatRdata(parseRdata('HTTPS', text, '.'))).toBe(text.replace('PORT', 'port'))
})

describe('a value that does not fit its key is shown as octets', () => {
  const record = (key: number, value: string): Buffer => {
    const octets = Buffer.from(value, 'hex')
    return Buffer.concat([Buffer.from([0, 1, 0, 0, key, 0, octets.length]), octets])
  }
  test.each([
    ['mandatory out of order', 0, '00040001', '1 . key0="\\000\\004\\000\\001"'],
    ['ALPN length too long', 1, '056832', '1 . key1="\\005h2"'],
    ['no-default-alpn with a value', 2, '61', '1 . key2=a'],
    ['port of three octets', 3, '01bb00', '1 . key3="\\001\\187\\000"'],
    ['half an IPv4 hint', 4, 'c000', '1 . key4="\\192\\000"'],
    ['no IPv6 hint', 6, '', '1 . key6'],
  ])('%s', (_, key, value, text) => {
    expect(formatRdata(rdataFromWire('HTTPS', record(key, value)))).toBe(text)
  })
  test.each([
    [1, '056832'],
    [3, '01bb00'],
    [6, ''],
  ])('and read back as such: key%i', (key, value) => {
    const rdata = rdataFromWire('HTTPS', record(key, value))
    expect(parseRdata('HTTPS', formatRdata(rdata), '.')).toEqual(rdata)
  })
})
