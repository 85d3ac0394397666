import { isIPv6 } from 'node:net'
import { describe, expect, test } from 'vitest'
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './ip-address.ts'
import { createDraw } from './message-generator.ts'

describe('IPv4', () => {
  test.each(['0.0.0.0', '192.0.2.1', '255.255.255.255'])('%s', (text) => {
    expect(formatIpv4(parseIpv4(text) ?? new Uint8Array())).toBe(text)
  })
  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.0.0.1',
    '01.2.3.4',
    '1.2.3.4 ',
    '0x1.2.3.4',
    '1..2.3',
    '-1.2.3.4',
    '1.2.3.4/8',
    '16909060',
    '١.2.3.4',
  ])('not "%s"', (text) => {
    expect(parseIpv4(text)).toBeUndefined()
  })
})

describe('IPv6 in RFC 5952 form', () => {
  test.each([
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8::AbCd', '2001:db8::abcd'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    // s.4.2.2: one zero group is not shortened.
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    // s.4.2.3: the longest run; the first of equals.
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['0:0:1::', '0:0:1::'],
    ['1:0:0:2:3:4:5:0', '1::2:3:4:5:0'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::FFFF:c000:201', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4:5:6:c000:201'],
    ['::192.0.2.1', '::c000:201'],
    ['2001:db8:122:344::192.0.2.33', '2001:db8:122:344::c000:221'],
  ])('%s is %s', (text, canonical) => {
    expect(formatIpv6(parseIpv6(text) ?? new Uint8Array())).toBe(canonical)
  })
  test.each([
    '',
    ':',
    ':::',
    '1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '12345::',
    'g::',
    '::1%eth0',
    '::1.2.3',
    '1.2.3.4',
    '::1.2.3.4:5',
    '1:2:3:4:5:6:7:1.2.3.4',
    '1:2:3:4:5:6:7:8::',
    ':1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7:',
    '::01.2.3.4',
    ' ::1',
    '[::1]',
  ])('not "%s"', (text) => {
    expect(parseIpv6(text)).toBeUndefined()
  })
  test('agrees with Node on what an address is, and on its URL form', () => {
    const draw = createDraw(7)
    for (let round = 0; round < 2000; round += 1) {
      const pieces = Array.from({ length: 1 + draw.below(9) }, () =>
        draw.pick(['0', '0', 'ab', '::', ':', '1.2.3.4', 'ffff']),
      )
      const text = pieces.join(draw.pick([':', '']))
      expect([text, parseIpv6(text) !== undefined]).toEqual([text, isIPv6(text)])
    }
  })
})
