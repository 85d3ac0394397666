import { expect, test } from 'vitest'
import { isOnLink, isSameLink, isSameNetwork, linksOf, ownAddressesOf, type Link } from './links.ts'
import { interfacesOf } from './testing/fake-lan.ts'

const link = (addresses: readonly string[], mac = '02:00:00:00:00:01'): Link => {
  const [first] = linksOf(interfacesOf({ eth0: addresses }, mac), 'linux')
  if (first === undefined) throw new Error('no link')
  return first
}

test('the loopback, tunnels and the link of our own split DNS are no links', () => {
  const links = linksOf(
    interfacesOf({
      lo: ['127.0.0.1/8'],
      tun0: ['10.8.0.2/24'],
      'nostr-dns0': ['192.0.2.1/32'],
      eth0: ['10.9.0.1/24'],
    }),
  )
  expect(links.map(({ name }) => name)).toEqual(['eth0'])
})

test('the number of a link comes from an address that has one', () => {
  const interfaces = interfacesOf({ eth0: ['2001:db8::1/64', 'fe80::1/64'] })
  const [first, second] = interfaces['eth0'] ?? []
  if (first?.family !== 'IPv6' || second === undefined) throw new Error('no addresses')
  first.scopeid = 0
  expect(linksOf(interfaces, 'win32')[0]?.zone).toBe('2')
})

test('an interface made anew in the meantime is another one, whatever it looks like', () => {
  const made = (scopeid: number): Link => {
    const interfaces = interfacesOf({ eth0: ['10.9.0.1/24', 'fe80::1/64'] })
    for (const info of interfaces['eth0'] ?? []) if (info.family === 'IPv6') info.scopeid = scopeid
    return linksOf(interfaces, 'linux')[0] ?? link([])
  }
  expect(isSameNetwork(made(2), made(2))).toBe(true)
  expect(isSameNetwork(made(2), made(7))).toBe(false)
  expect(isSameLink(made(2), made(7))).toBe(false)
  // The number is known only as long as there is a link-local address.
  expect(isSameNetwork(link(['10.9.0.1/24']), made(7))).toBe(true)
})

test('Windows names links by number in addresses', () => {
  const interfaces = interfacesOf({ Ethernet: ['10.9.0.1/24', 'fe80::1/64'] })
  expect(linksOf(interfaces, 'win32')[0]?.zone).toBe('2')
  expect(linksOf(interfaces, 'darwin')[0]?.zone).toBe('Ethernet')
})

test('all addresses of a computer are its own, whatever their spelling', () => {
  const own = ownAddressesOf(interfacesOf({ lo: ['::1/128'], eth0: ['2001:DB8:0::1/64'] }))
  expect([...own]).toEqual(['::1', '2001:db8::1'])
})

test.each([
  ['own address', '10.9.0.1', true],
  ['neighbour', '10.9.0.254', true],
  ['other subnet', '10.9.1.2', false],
  ['link-local IPv6 here', 'fe80::99%eth0', true],
  ['link-local IPv6 of another link', 'fe80::99%eth1', false],
  ['routable IPv6 neighbour', '2001:db8::7', true],
  ['routable IPv6 beyond', '2001:db8:0:1::7', false],
  ['IPv4 in IPv6 dress', '::ffff:10.9.0.2', false],
  ['no address', 'host', false],
])('on the link or not: %s', (_, source, expected) => {
  const here = link(['10.9.0.1/24', 'fe80::1/64', '2001:db8::1/64'])
  expect(isOnLink(here, source)).toBe(expected)
})

test.each([
  ['an address more', ['10.9.0.1/24'], ['10.9.0.1/24', '10.9.0.9/24'], true],
  [
    'another IPv4 address, the same IPv6',
    ['10.9.0.1/24', '2001:db8::1/64'],
    ['2001:db8::1/64'],
    true,
  ],
  [
    'all routable addresses changed',
    ['10.9.0.1/24', 'fe80::1/64'],
    ['10.7.0.1/24', 'fe80::1/64'],
    false,
  ],
  ['only link-local before', ['fe80::1/64'], ['fe80::1/64', '10.9.0.1/24'], true],
])('the same network or another: %s', (_, before, after, expected) => {
  expect(isSameNetwork(link(before), link(after))).toBe(expected)
})

test('another hardware address is another network', () => {
  const before = link(['10.9.0.1/24'])
  expect(isSameNetwork(before, link(['10.9.0.1/24'], '02:00:00:00:00:02'))).toBe(false)
})
