import { expect, test } from 'vitest'
import { zeroKey } from './testing/vectors.ts'
import { ownerName } from './zone-packet.ts'
import { readRecords, readZone } from './zone-text.ts'

const { key } = zeroKey
const record = (type: string, rdata: string) => [{ name: 'www', type, ttl: 300, rdata }]

test.each([
  ['CNAME', 'example.com', { target: 'example.com' }],
  ['cname', 'example.com.', { target: 'example.com' }],
  ['CNAME', '@', { target: key }],
  ['MX', '10 mail.example.com', { exchange: 'mail.example.com' }],
  ['HTTPS', '1 . alpn=h2', { target: '.' }],
  ['HTTPS', '0 @', { target: key }],
  ['TXT', '"a @ b"', { strings: [new Uint8Array(Buffer.from('a @ b'))] }],
  ['TYPE65280', String.raw`\# 1 ff`, { data: Uint8Array.of(255) }],
])('reads %s %s', (type, rdata, expected) => {
  expect(readRecords(key, record(type, rdata))).toMatchObject({
    ok: true,
    value: [{ name: 'www', ttl: 300, rdata: expected }],
  })
})

test.each([
  ['A', 'localhost', 'www A'],
  ['WHAT', 'x', '"WHAT" is not a record type'],
  ['MX', 'mail.example.com', 'www MX'],
])('names the fault of %s %s', (type, rdata, message) => {
  const read = readRecords(key, record(type, rdata))
  expect(read).toMatchObject({ ok: false, error: { code: 'pkarr.bad-record' } })
  expect(read.ok ? '' : read.error.message).toContain(message)
})

test('reads a zone file of pkdns', () => {
  const text = [
    '$TTL 600',
    '@ IN SOA ns.example. admin.example. 1 2 3 4 5',
    '@ IN A 192.0.2.1',
    'www 60 IN CNAME @',
    `_x.y.${key}. IN TXT "hello"`,
    '* IN HTTPS 1 . alpn=h2',
  ].join('\n')
  const read = readZone(key, text)
  if (!read.ok) throw new Error(read.error.message)
  expect(read.value.map(({ name, ttl, rdata }) => [name, ttl, rdata.type])).toEqual([
    [key, 600, 'A'],
    [`www.${key}`, 60, 'CNAME'],
    [`_x.y.${key}`, 600, 'TXT'],
    [`*.${key}`, 600, 'HTTPS'],
  ])
  for (const { name } of read.value) expect(ownerName(key, name)).toEqual({ ok: true, value: name })
})

test('names the lines of a zone file that are wrong', () => {
  const read = readZone(key, '@ IN A nowhere\nexample.com. IN A 192.0.2.1\nwww IN A 192.0.2.1')
  expect(read).toMatchObject({ ok: false, error: { code: 'pkarr.bad-zone' } })
  const message = read.ok ? '' : read.error.message
  expect(message).toContain('line 1:')
  expect(message).toContain('line 2: example.com is not below the key')
  expect(message).not.toContain('line 3')
})
