import { encode as encodeUncompressed } from 'dns-packet'
import { expect, test } from 'vitest'
import type { Rdata } from '../../dns/wire/message.ts'
import { fromRelayBody, toRelayBody } from './signed-packet.ts'
import { testKey } from './testing/test-keys.ts'
import { hex, t1, t2, t3, t4, timestampUs } from './testing/vectors.ts'
import {
  buildPayload,
  measureZone,
  ownerName,
  recordsOfPacket,
  type ZoneRecord,
} from './zone-packet.ts'

const zero = testKey(0)
const counting = testKey(Uint8Array.from(Array(32).keys()))

const a = (name: string, address: string, ttl = 300): ZoneRecord => ({
  name,
  ttl,
  rdata: { type: 'A', address },
})
const txt = (name: string, text: string, ttl = 300): ZoneRecord => ({
  name,
  ttl,
  rdata: { type: 'TXT', strings: [Buffer.from(text)] },
})
const alias = (name: string, target: string): ZoneRecord => ({
  name,
  ttl: 300,
  rdata: { type: 'CNAME', target },
})
const homeserver: ZoneRecord = {
  name: '_pubky',
  ttl: 3600,
  rdata: { type: 'HTTPS', priority: 0, target: t3.target, params: [] },
}
const hello = [a('@', '192.0.2.1'), txt('_text', 'hello=pkarr')]

function payloadOf(key: string, records: readonly ZoneRecord[]): Uint8Array {
  const built = buildPayload(key, records)
  if (!built.ok) throw new Error(built.error.message)
  return built.value
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('T1, T2 and T4 are built byte for byte from their records', () => {
  expect(hexOf(payloadOf(zero.key, hello))).toBe(t1.payload)
  expect(hexOf(payloadOf(counting.key, hello))).toBe(t2.payload)
  expect(hexOf(payloadOf(counting.key, [...hello, homeserver]))).toBe(t4.payload)
})

test('T1, T2 and T4 are signed byte for byte', () => {
  const signed = (owner: typeof zero, at: bigint, records: readonly ZoneRecord[]): string =>
    hexOf(owner.packet(at, payloadOf(owner.key, records)).signature)
  expect(signed(zero, timestampUs, hello)).toBe(t1.signature)
  expect(signed(counting, timestampUs, hello)).toBe(t2.signature)
  expect(signed(counting, timestampUs + 1n, [...hello, homeserver])).toBe(t4.signature)
})

test('T3, made by the reference, is reproduced as a whole', () => {
  const packet = zero.packet(t3.timestampUs, payloadOf(zero.key, [homeserver]))
  expect(hexOf(toRelayBody(packet))).toBe(t3.body)
})

test('T3 is read', () => {
  const opened = fromRelayBody(zero.key, hex(t3.body))
  expect(opened.ok && recordsOfPacket(opened.value)).toEqual([
    { ...homeserver, name: `_pubky.${zero.key}`, class: 1 },
  ])
})

test.each([
  ['.', ''],
  ['@', ''],
  ['@.', ''],
  ['', ''],
  [zero.key, ''],
  [`${zero.key}.`, ''],
  ['_x.y', '_x.y.'],
  ['_x.y.', '_x.y.'],
  [`_x.y.${zero.key}`, '_x.y.'],
  [`_x.y.${zero.key}.`, '_x.y.'],
  ['WWW', 'www.'],
  [`WWW.${zero.key.toUpperCase()}`, 'www.'],
  ['*', '*.'],
  [counting.key, `${counting.key}.`],
  [`un${zero.key}`, `un${zero.key}.`],
])('the owner name %j is that of %j below the key', (text, below) => {
  const expected = ownerName(zero.key, text)
  expect(expected).toEqual({ ok: true, value: `${below}${zero.key}` })
})

test.each(['foo.@', 'foo.@.', 'a..b', '.a', `${'a'.repeat(64)}`, Array(70).fill('abc').join('.')])(
  'the owner name %j is refused',
  (text) => {
    expect(buildPayload(zero.key, [a(text, '192.0.2.1')])).toMatchObject({
      ok: false,
      error: { code: 'pkarr.bad-name' },
    })
  },
)

test('record data is left as it is', () => {
  const records = [alias('www', 'www'), alias('blog', `${counting.key}`), alias('x', 'Example.COM')]
  const packet = zero.packet(1n, payloadOf(zero.key, records))
  expect(recordsOfPacket(packet).map(({ rdata }) => rdata)).toEqual(records.map((r) => r.rdata))
})

test('58 addresses of the apex fit, 59 do not, and the error names the size', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => a('@', `192.0.2.${index}`))
  expect(payloadOf(zero.key, many(58)).length).toBeLessThanOrEqual(1000)
  const refused = buildPayload(zero.key, many(59))
  expect(refused).toMatchObject({ ok: false, error: { code: 'pkarr.too-large' } })
  const { size } = measureOf(many(59))
  expect(refused.ok ? '' : refused.error.message).toContain(`${size} bytes`)
})

function measureOf(records: readonly ZoneRecord[]) {
  const measured = measureZone(zero.key, records)
  if (!measured.ok) throw new Error(measured.error.message)
  return measured.value
}

/** One TXT record of the apex in a message of exactly `size` bytes. */
function messageOfSize(size: number): readonly ZoneRecord[] {
  // Header, owner name, fixed fields.
  let left = size - 12 - 54 - 10
  const strings: Uint8Array[] = []
  while (left > 0) {
    const length = Math.min(255, left - 1)
    strings.push(new Uint8Array(length).fill(0x61))
    left -= length + 1
  }
  return [{ name: '@', ttl: 300, rdata: { type: 'TXT', strings } }]
}

test('exactly 1000 bytes are built and signed, 1001 are refused with the size', () => {
  const full = payloadOf(zero.key, messageOfSize(1000))
  expect(full).toHaveLength(1000)
  expect(recordsOfPacket(zero.packet(1n, full))).toHaveLength(1)
  const refused = buildPayload(zero.key, messageOfSize(1001))
  expect(refused.ok ? '' : refused.error.message).toContain('1001 bytes')
})

test('the meter counts compressed bytes, also far beyond the limit', () => {
  expect(measureOf(hello)).toEqual({ size: 110, limit: 1000, warnings: [] })
  expect(measureOf(messageOfSize(1043))).toMatchObject({
    size: 1043,
    warnings: ['1043 bytes are 43 more than a packet holds.'],
  })
  const huge = Array.from({ length: 64 }, () => txt('a', 'x'.repeat(255)))
  expect(measureOf([...huge, ...messageOfSize(60_000)]).size).toBeGreaterThan(70_000)
})

test('the meter warns of short TTLs and of aliases with company', () => {
  const records = [
    a('@', '192.0.2.1', 299),
    txt('t', 'x', 0),
    alias('www', 'example.com'),
    a('WWW', '192.0.2.1'),
  ]
  const { warnings } = measureOf(records)
  expect(warnings).toHaveLength(2)
  expect(warnings[0]).toContain('2 records have TTLs below 300 s')
  expect(warnings[1]).toContain(`www.${zero.key} has a CNAME and other records`)
  expect(measureOf([a('@', '192.0.2.1', 299)]).warnings[0]).toContain('One record has a TTL')
})

test.each([
  ['a question type', { type: 'ANY', data: new Uint8Array() } as unknown as Rdata],
  ['OPT', { type: 'TYPE41', data: new Uint8Array() } as Rdata],
  ['a transfer', { type: 'TYPE252', data: new Uint8Array() } as Rdata],
  ['a bad address', { type: 'A', address: '300.0.0.1' } as Rdata],
  ['an empty TXT', { type: 'TXT', strings: [] } as Rdata],
])('%s is refused', (_, rdata) => {
  expect(buildPayload(zero.key, [{ name: '@', ttl: 300, rdata }])).toMatchObject({
    ok: false,
    error: { code: 'pkarr.bad-record' },
  })
})

test('records outside the zone or the Internet class are ignored', () => {
  const payload = encodeUncompressed({
    type: 'response',
    answers: [
      { type: 'A', name: 'example.com', ttl: 300, data: '192.0.2.1' },
      { type: 'A', name: counting.key, ttl: 300, data: '192.0.2.2' },
      { type: 'A', name: `x${zero.key}`.slice(0, 52), ttl: 300, data: '192.0.2.3' },
      { type: 'A', name: `a.${zero.key}`, class: 'CH', ttl: 300, data: '192.0.2.4' },
      { type: 'A', name: `A.${zero.key.toUpperCase()}`, ttl: 300, data: '192.0.2.5' },
    ],
    authorities: [{ type: 'A', name: zero.key, ttl: 300, data: '192.0.2.6' }],
  })
  expect(recordsOfPacket(zero.packet(1n, payload))).toEqual([
    { name: `a.${zero.key}`, class: 1, ttl: 300, rdata: { type: 'A', address: '192.0.2.5' } },
  ])
})

test('records of types that only questions have are ignored', () => {
  const payload = Buffer.from(payloadOf(zero.key, [a('@', '192.0.2.1')]))
  const typeOffset = 12 + 54
  expect(payload.readUInt16BE(typeOffset)).toBe(1)
  for (const [type, count] of [
    [0, 0],
    [252, 0],
    [255, 0],
    [65_280, 1],
  ] as const) {
    payload.writeUInt16BE(type, typeOffset)
    expect(recordsOfPacket(zero.packet(1n, payload))).toHaveLength(count)
  }
})

test('messages without compression are read', () => {
  const payload = encodeUncompressed({
    type: 'response',
    answers: Array.from({ length: 14 }, (_, index) => ({
      type: 'A' as const,
      name: zero.key,
      ttl: 300,
      data: `192.0.2.${index}`,
    })),
  })
  expect(payload.length).toBeGreaterThan(900)
  expect(recordsOfPacket(zero.packet(1n, payload))).toHaveLength(14)
})

test('names in data lose the pointers into their packet', () => {
  const mail: Rdata = { type: 'MX', preference: 10, exchange: `mail.${zero.key}` }
  const minfo = Uint8Array.from([0xc0, 12, 0xc0, 12])
  const payload = payloadOf(zero.key, [
    { name: '@', ttl: 300, rdata: mail },
    alias('www', `www.${zero.key}`),
    { name: '@', ttl: 300, rdata: { type: 'TYPE14', data: minfo } },
  ])
  const rdatas = recordsOfPacket(zero.packet(1n, payload)).map(({ rdata }) => rdata)
  const owner = Uint8Array.from([52, ...Buffer.from(zero.key), 0])
  expect(rdatas).toEqual([
    mail,
    { type: 'CNAME', target: `www.${zero.key}` },
    { type: 'TYPE14', data: Uint8Array.from([...owner, ...owner]) },
  ])
})

test('every type of the codec and unknown types come back', () => {
  const target = 'host.example.com'
  const bytes = Uint8Array.from([1, 2, 3])
  const rdatas: Rdata[] = [
    { type: 'AAAA', address: '2001:db8::1' },
    { type: 'NS', target },
    { type: 'PTR', target },
    { type: 'SRV', priority: 1, weight: 2, port: 443, target },
    { type: 'CAA', flags: 0, tag: 'issue', value: Buffer.from('ca.example') },
    { type: 'TLSA', usage: 3, selector: 1, matching: 1, data: bytes },
    { type: 'SSHFP', algorithm: 4, fingerprintType: 2, fingerprint: bytes },
    { type: 'SVCB', priority: 1, target: '.', params: [{ key: 3, value: Uint8Array.of(1, 187) }] },
    { type: 'HINFO', cpu: 'a', os: 'b' },
    { type: 'TYPE65280', data: bytes },
  ]
  const records = rdatas.map((rdata): ZoneRecord => ({ name: 'x', ttl: 300, rdata }))
  const packet = zero.packet(1n, payloadOf(zero.key, records))
  const read = recordsOfPacket(packet).map(({ rdata }) => rdata)
  expect(JSON.stringify(read)).toBe(
    JSON.stringify(
      rdatas.map((rdata) =>
        'value' in rdata ? { ...rdata, value: Uint8Array.from(rdata.value) } : rdata,
      ),
    ),
  )
})
