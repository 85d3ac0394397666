import { expect, test } from 'vitest'
import type { ResourceRecord } from '../dns/wire/message.ts'
import { compareProposals, hostRecords, isSameRecord, nsecType } from './host-records.ts'
import { linksOf } from './links.ts'
import { address, brief, interfacesOf } from './testing/fake-lan.ts'

const recordsOn = (addresses: readonly string[]): ReturnType<typeof hostRecords> => {
  const [link] = linksOf(interfacesOf({ eth0: addresses, eth1: ['192.0.2.1/24'] }))
  if (link === undefined) throw new Error('no link')
  return hostRecords('ab.local', link)
}

test('all addresses of the link, link-local ones too, and of no other (RFC 6762 s.6.2)', () => {
  const { sets } = recordsOn(['10.9.0.1/24', '10.9.0.2/24', 'fe80::1/64', '2001:db8::1/64'])
  expect([...sets].map(([, set]) => brief(set))).toEqual([
    ['A 10.9.0.1', 'A 10.9.0.2'],
    ['AAAA fe80::1', 'AAAA 2001:db8::1'],
    ['NSEC'],
  ])
})

test('every record is unique, so it has the cache-flush bit, and lives 120 s (s.10, s.10.2)', () => {
  for (const set of recordsOn(['10.9.0.1/24', 'fe80::1/64']).sets.values()) {
    for (const record of set) expect(record).toMatchObject({ class: 0x8001, ttl: 120 })
  }
})

// Own name, window 0, one octet: bit 1 (A). With AAAA: four octets, bit 28. Never bit 47 (NSEC).
test.each([
  [['10.9.0.1/24'], '026162056c6f63616c00' + '00' + '01' + '40'],
  [['fe80::1/64'], '026162056c6f63616c00' + '00' + '04' + '00000008'],
  [['10.9.0.1/24', 'fe80::1/64'], '026162056c6f63616c00' + '00' + '04' + '40000008'],
])('NSEC of %j (RFC 6762 s.6.1)', (addresses, hex) => {
  const rdata = recordsOn(addresses).sets.get(nsecType)?.[0]?.rdata
  expect(rdata?.type === 'TYPE47' && Buffer.from(rdata.data).toString('hex')).toBe(hex)
})

const other = (data: readonly number[], type: `TYPE${number}` = 'TYPE300'): ResourceRecord => ({
  name: 'ab.local',
  class: 1,
  ttl: 0,
  rdata: { type, data: Uint8Array.from(data) },
})

test.each([
  // The example of RFC 6762 s.8.2.
  ['greater address', [address('x', '169.254.200.50')], [address('x', '169.254.99.200')], 1],
  ['octets are unsigned', [address('x', '10.0.0.200')], [address('x', '10.0.0.100')], 1],
  ['AAAA is later than A', [address('x', '::1')], [address('x', '255.0.0.1')], 1],
  ['data that goes on is later', [other([1, 2])], [other([1])], 1],
  [
    'a list that goes on is later',
    [address('x', '1.1.1.1'), other([1])],
    [address('x', '1.1.1.1')],
    1,
  ],
  ['order in the packet is nothing', [other([2]), other([1])], [other([1]), other([2])], 0],
  [
    'TTL and cache-flush bit are nothing',
    [address('x', '1.1.1.1', 9)],
    [{ ...address('x', '1.1.1.1'), class: 1 }],
    0,
  ],
])('tie-break: %s', (_, ours, theirs, expected) => {
  expect(Math.sign(compareProposals(ours, theirs))).toBe(expected)
  expect(Math.sign(compareProposals(theirs, ours))).toBe(-expected + 0)
})

test('names are compared without regard to case', () => {
  expect(isSameRecord(address('AB.local', '1.1.1.1'), address('ab.LOCAL', '1.1.1.1', 3))).toBe(true)
  expect(isSameRecord(address('ab.local', '1.1.1.1'), address('ab.local', '1.1.1.2'))).toBe(false)
})
