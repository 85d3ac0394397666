import { describe, expect, test } from 'vitest'
import type { AddressSighting } from '../publisher.ts'
import { agreeOnV4, agreeOnV6 } from './agree.ts'
import { parseIfInet6, type InterfaceAddress } from './interface-addresses.ts'

const saw = (
  source: string,
  address: string | undefined,
  method: AddressSighting['method'] = 'https',
): AddressSighting => ({
  source,
  method,
  family: address?.includes(':') === true ? 6 : 4,
  ...(address === undefined ? { error: 'timed out' } : { address }),
})
const a = '203.0.113.10'
const b = '203.0.113.20'

describe('IPv4', () => {
  test.each<[string, AddressSighting[], string | undefined]>([
    ['nobody answered', [saw('x', undefined)], undefined],
    ['one source alone', [saw('x', a)], undefined],
    ['two sources agree', [saw('x', a), saw('y', a)], a],
    ['the same source twice is one', [saw('x', a), saw('x', a)], undefined],
    ['HTTPS and STUN agree', [saw('x', a), saw('stun:y', a, 'stun')], a],
    ['one source and the interface', [saw('x', a), saw('eth0', a, 'interface')], a],
    ['an interface alone', [saw('eth0', a, 'interface')], undefined],
    [
      'two interfaces are one witness',
      [saw('e0', a, 'interface'), saw('e1', a, 'interface')],
      undefined,
    ],
    ['one dissenter does not win', [saw('x', a), saw('y', a), saw('z', b)], a],
    [
      'two against two is no agreement',
      [saw('w', a), saw('x', a), saw('y', b), saw('z', b)],
      undefined,
    ],
    ['two that disagree', [saw('x', a), saw('y', b)], undefined],
    ['IPv6 does not count', [saw('x', a), saw('y', '2001:db8::1')], undefined],
  ])('%s', (_name, sightings, expected) => {
    expect(agreeOnV4(sightings)).toBe(expected)
  })
})

describe('IPv6', () => {
  const stable = '2001:db8:1:2::10'
  const temporary = '2001:db8:1:2:aaaa:bbbb:cccc:dddd'
  const elsewhere = '2001:db8:9::9'
  const eth = (address: string, life: InterfaceAddress['life']): InterfaceAddress => ({
    interfaceName: 'eth0',
    family: 6,
    address,
    life,
  })
  const both = [eth(temporary, 'temporary'), eth(stable, 'stable')]
  const insideOf = (interfaces: InterfaceAddress[]): AddressSighting[] =>
    interfaces.map(({ address }) => saw('eth0', address, 'interface'))

  test.each<[string, AddressSighting[], InterfaceAddress[], string | undefined]>([
    ['one service and the interface', [saw('x', stable)], both, stable],
    ['the stable address of the network the service saw', [saw('x', temporary)], both, stable],
    ['a lone service with another address', [saw('x', elsewhere)], both, undefined],
    [
      'two services, address translated on the way',
      [saw('x', elsewhere), saw('y', elsewhere)],
      both,
      elsewhere,
    ],
    ['an interface nobody outside saw', [saw('x', undefined)], both, undefined],
    [
      'lifetimes unknown: the one the service saw',
      [saw('x', temporary)],
      [eth(stable, 'unknown'), eth(temporary, 'unknown')],
      temporary,
    ],
  ])('%s', (_name, outside, interfaces, expected) => {
    expect(agreeOnV6([...outside, ...insideOf(interfaces)], interfaces)).toBe(expected)
  })
})

test('the Linux table tells stable, temporary and unusable addresses apart', () => {
  const lives = parseIfInet6(
    [
      '20010db8000100020000000000000010 02 40 00 80     eth0',
      '20010db800010002aaaabbbbccccdddd 02 40 00 01     eth0',
      '20010db8000100020000000000000011 02 40 00 21     eth0',
      '20010db8000100020000000000000012 02 40 00 40     eth0',
      'rubbish',
    ].join('\n'),
  )
  expect([...lives]).toEqual([
    ['2001:db8:1:2::10', 'stable'],
    ['2001:db8:1:2:aaaa:bbbb:cccc:dddd', 'temporary'],
    ['2001:db8:1:2::11', 'unusable'],
    ['2001:db8:1:2::12', 'unusable'],
  ])
})
