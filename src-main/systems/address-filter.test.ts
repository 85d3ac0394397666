import { describe, expect, test } from 'vitest'
import { isPrivateAddress, isPublicCnameTarget } from './address-filter.ts'

/** First and last address of each range, then the neighbours just outside. */
const edges: readonly (readonly [
  range: string,
  inside: readonly string[],
  outside: readonly string[],
])[] = [
  ['0/8', ['0.0.0.0', '0.255.255.255'], ['1.0.0.0']],
  ['10/8', ['10.0.0.0', '10.255.255.255'], ['9.255.255.255', '11.0.0.0']],
  ['100.64/10', ['100.64.0.0', '100.127.255.255'], ['100.63.255.255', '100.128.0.0']],
  ['127/8', ['127.0.0.0', '127.255.255.255'], ['126.255.255.255', '128.0.0.0']],
  ['169.254/16', ['169.254.0.0', '169.254.255.255'], ['169.253.255.255', '169.255.0.0']],
  ['172.16/12', ['172.16.0.0', '172.31.255.255'], ['172.15.255.255', '172.32.0.0']],
  ['192.0.0/24', ['192.0.0.0', '192.0.0.255'], ['191.255.255.255', '192.0.1.0']],
  ['192.168/16', ['192.168.0.0', '192.168.255.255'], ['192.167.255.255', '192.169.0.0']],
  ['198.18/15', ['198.18.0.0', '198.19.255.255'], ['198.17.255.255', '198.20.0.0']],
  ['224/4 and 240/4', ['224.0.0.0', '239.255.255.255', '240.0.0.0', '255.255.255.255'], []],
  ['below 224/4', [], ['223.255.255.255']],
  [':: and ::1', ['::', '::1', '0:0:0:0:0:0:0:1'], []],
  ['fc00::/7', ['fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'], ['fbff::1', 'fe00::']],
  ['fe80::/10', ['fe80::', 'febf::ffff', 'fe80::1%eth0'], ['fe7f::1']],
  ['fec0::/10', ['fec0::', 'feff::1'], []],
  ['ff00::/8', ['ff00::', 'ff02::fb', 'ffff::'], []],
  ['64:ff9b:1::/48', ['64:ff9b:1::', '64:ff9b:1:ffff::808:808'], ['64:ff9b:2::808:808']],
  ['v4-mapped', ['::ffff:127.0.0.1', '::ffff:a00:1', '::FFFF:192.168.1.1'], ['::ffff:8.8.8.8']],
  ['v4-compatible', ['::127.0.0.1', '::10.0.0.1'], ['::8.8.8.8']],
  ['NAT64', ['64:ff9b::7f00:1', '64:ff9b::10.1.2.3'], ['64:ff9b::808:808']],
  ['6to4', ['2002:7f00:1::', '2002:c0a8:101::1', '2002:a9fe:a9fe::'], ['2002:808:808::1']],
  [
    'documentation and ordinary addresses',
    [],
    ['192.0.2.1', '198.51.100.7', '203.0.113.10', '2001:db8::10', '2606:4700::1111', '8.8.8.8'],
  ],
  ['not an address', ['', 'localhost', '127.1', '0x7f000001', '1.2.3.4.5', '::g'], []],
]

describe('isPrivateAddress', () => {
  test.each(edges)('%s', (_range, inside, outside) => {
    for (const address of inside)
      expect([address, isPrivateAddress(address)]).toEqual([address, true])
    for (const address of outside) {
      expect([address, isPrivateAddress(address)]).toEqual([address, false])
    }
  })
})

describe('isPublicCnameTarget', () => {
  test.each([
    ['example.com', true],
    ['example.com.', true],
    ['NPUB1AH5DGPCHYTUY6TPCWT7MP09MF0KD68KAEJ80R3WY2TXJSAXSZ68SE4S0NZ.Nostr', true],
    ['a.b.co.uk', true],
    ['localhost', false],
    ['foo.localhost', false],
    ['printer.local', false],
    ['Printer.LOCAL.', false],
    ['nas.internal', false],
    ['router.home.arpa', false],
    ['1.0.0.127.in-addr.arpa', false],
    ['hidden.onion', false],
    ['com', false],
    ['8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo', true],
    ['8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewb', false],
    ['', false],
    ['.', false],
    ['127.0.0.1', false],
    ['203.0.113.5', false],
    ['a..b', false],
    ['printer.loc\\097l', false],
    ['foo\\.com', false],
  ])('%s is %s', (name, expected) => {
    expect(isPublicCnameTarget(name)).toBe(expected)
  })
})
