/** Bytes and text of strangers: whatever they are, functions answer and do not throw. */
import { describe, expect, test } from 'vitest'
import { decodeMessage } from '../../dns/wire/decode.ts'
import { encodeMessage } from '../../dns/wire/encode.ts'
import { formatRdata } from '../../dns/wire/rdata-text.ts'
import type { Rdata } from '../../dns/wire/message.ts'
import { systemRandom } from '../../env/system-env.ts'
import { createManualClock, testEnv } from '../../relays/testing/manual-clock.ts'
import { createDice, type Dice } from '../testing/random.ts'
import { findEndpoints } from './endpoints.ts'
import { parseKey } from './key.ts'
import { packetTtl } from './packet-ttl.ts'
import { createRelayCarrier } from './relay-carrier.ts'
import {
  fromRelayBody,
  fromStored,
  openPacket,
  signedBytes,
  toRelayBody,
  toStored,
} from './signed-packet.ts'
import { testKey } from './testing/test-keys.ts'
import { answerFromZone } from './zone-answer.ts'
import {
  buildPayload,
  measureZone,
  ownerName,
  recordsOfPacket,
  type ZoneRecord,
} from './zone-packet.ts'
import { readRecords, readZone } from './zone-text.ts'

const owner = testKey(11)
const other = testKey(12)
const baseUs = 1_780_000_000_000_000n
const rounds = 10_000

const rdatas: readonly Rdata[] = [
  { type: 'A', address: '203.0.113.1' },
  { type: 'AAAA', address: '2001:db8::1' },
  { type: 'CNAME', target: `www.${other.key}` },
  { type: 'NS', target: `ns.${owner.key}` },
  { type: 'MX', preference: 1, exchange: owner.key },
  { type: 'TXT', strings: [Buffer.from('hello'), Buffer.from('')] },
  { type: 'SRV', priority: 1, weight: 2, port: 3, target: owner.key },
  { type: 'HTTPS', priority: 1, target: '.', params: [{ key: 3, value: Uint8Array.of(1, 187) }] },
  { type: 'SVCB', priority: 0, target: other.key, params: [] },
  { type: 'CAA', flags: 0, tag: 'issue', value: Buffer.from('ca') },
  { type: 'TLSA', usage: 3, selector: 1, matching: 1, data: new Uint8Array(32) },
  { type: 'TYPE14', data: Uint8Array.from([0xc0, 12, 0xc0, 12]) },
  { type: 'TYPE35', data: Uint8Array.from([0, 1, 0, 2, 1, 0x73, 0, 0, 0xc0, 12]) },
]
const labels = ['@', 'www', '*', '*.a', 'a.b', '_443._tcp', String.raw`x\.y`]

function randomPayload(dice: Dice): Uint8Array {
  const records = Array.from({ length: dice.below(8) }, (): ZoneRecord => ({
    name: dice.pick(labels),
    ttl: dice.below(2 ** 31),
    rdata: dice.pick(rdatas),
  }))
  const built = buildPayload(owner.key, records)
  return built.ok ? built.value : new Uint8Array(12)
}

/** `bytes` with some changed, cut out, doubled or put in. */
function mutated(bytes: Uint8Array, dice: Dice): Uint8Array {
  let result = Buffer.from(bytes)
  for (let left = 1 + dice.below(4); left > 0; left -= 1) {
    const at = dice.below(result.length + 1)
    const length = dice.below(6)
    switch (dice.below(5)) {
      case 0:
        result = result.subarray(0, at)
        break
      case 1:
        result = Buffer.concat([
          result.subarray(0, at),
          Buffer.alloc(length, dice.below(256)),
          result.subarray(at),
        ])
        break
      case 2:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + length)])
        break
      case 3:
        result = Buffer.concat([result.subarray(0, at), result.subarray(Math.max(0, at - length))])
        break
      default:
        if (at < result.length)
          result[at] = dice.pick([0, 1, 12, 0x3f, 0x40, 0xc0, 0xff, dice.below(256)])
    }
  }
  return result
}

describe('packets', () => {
  test('signed ones whose message was mutated are read to the last record, or refused', async () => {
    const dice = createDice(1)
    const codes = new Set<string>()
    let opened = 0
    let withRecords = 0
    for (let round = 0; round < rounds; round += 1) {
      const payload = mutated(randomPayload(dice), dice)
      const signature = owner.sign(signedBytes(baseUs, payload))
      const result = openPacket(owner.publicKey, { signature, timestampUs: baseUs, payload })
      codes.add(result.ok ? 'ok' : result.error.code)
      if (!result.ok) continue
      opened += 1
      const packet = result.value
      const records = recordsOfPacket(packet)
      if (records.length > 0) withRecords += 1
      expect(packetTtl(packet, { minTtl: 300, maxTtl: 86_400 })).toBeGreaterThanOrEqual(300)
      for (const host of ['@', 'www', 'x.a', 'y.x']) {
        for (const type of ['A', 'HTTPS'] as const) {
          answerFromZone(records, { key: owner.key, host, type, allowsPrivate: false })
        }
      }
      // What is read can be answered, shown, edited and published again.
      const message = { ...decodeMessage(new Uint8Array(12)), answers: records }
      expect(decodeMessage(encodeMessage(message)).answers).toHaveLength(records.length)
      expect(records.map(({ rdata }) => formatRdata(rdata))).toHaveLength(records.length)
      const measured = measureZone(owner.key, records)
      expect(measured.ok ? '' : measured.error.message).toBe('')
      const zone = { resolveZone: () => Promise.resolve(records), random: systemRandom }
      const deps = { ...zone, addressesOf: () => Promise.resolve([]), allowsPrivate: () => true }
      const { signal } = new AbortController()
      for await (const { port } of findEndpoints(deps, { name: `www.${owner.key}`, signal })) {
        expect(port).toBeGreaterThan(0)
      }
    }
    expect(codes).toEqual(new Set(['ok', 'pkarr.not-dns']))
    // The test is worth something only if both paths are taken.
    expect(opened).toBeGreaterThan(rounds / 10)
    expect(withRecords).toBeGreaterThan(rounds / 20)
    expect(opened).toBeLessThan(rounds)
  }, 120_000)

  test('mutated relay bodies and stored packets are never taken for valid ones', () => {
    const dice = createDice(2)
    const packet = owner.packet(baseUs, randomPayload(dice))
    const body = toRelayBody(packet)
    const stored = toStored({ packet, lastSeenMs: 1 })
    for (let round = 0; round < rounds; round += 1) {
      const badBody = mutated(body, dice)
      const isSameBody = Buffer.compare(badBody, body) === 0
      expect(fromRelayBody(owner.key, badBody).ok).toBe(isSameBody)
      const badStored = mutated(stored, dice)
      const isSameStored = Buffer.compare(badStored.subarray(8), stored.subarray(8)) === 0
      expect(fromStored(badStored).ok).toBe(isSameStored)
    }
  }, 120_000)
})

test('whatever a relay answers, look-ups and publications end, and only valid packets come out', async () => {
  const dice = createDice(3)
  const packet = owner.packet(baseUs, randomPayload(dice))
  const good = toRelayBody(packet)
  const statuses = [200, 201, 204, 206, 301, 304, 400, 404, 409, 412, 413, 418, 428, 429, 500, 503]
  const values = [
    '',
    '0',
    '-1',
    '17',
    '1e9',
    'x',
    '9223372036854775808',
    'Thu, 01 Jan 1970 00:00:00 GMT',
    'never',
    '\u00ff',
  ]
  const names = [
    'retry-after',
    'x-ratelimit-after',
    'memento-datetime',
    'age',
    'pkarr-dht-stored-nodes',
    'pkarr-invalid-signed-packet-seq',
    'location',
  ]
  const clock = createManualClock()
  const carrier = createRelayCarrier(testEnv(clock), {
    url: 'http://relay.test/base/?x=y#z',
    fetch() {
      if (dice.below(20) === 0) return Promise.reject(new TypeError('fetch failed'))
      const status = dice.pick(statuses)
      const body = dice.below(3) === 0 ? good : mutated(good, dice)
      const headers = Object.fromEntries(
        Array.from({ length: dice.below(4) }, () => [dice.pick(names), dice.pick(values)]),
      )
      const isBodiless = status === 204 || status === 304
      return Promise.resolve(
        new Response(isBodiless ? null : Uint8Array.from(body), { status, headers }),
      )
    },
  })
  await carrier.start()
  const { signal } = new AbortController()
  let packets = 0
  for (let round = 0; round < 3000; round += 1) {
    clock.advance(3_600_000)
    const end = await carrier.resolve(owner.key, {
      policy: dice.pick(['cache-only', 'cache-first', 'network-only']),
      signal,
      onPacket(sighting) {
        packets += 1
        expect(sighting.packet).toEqual(packet)
        expect(sighting.lastSeenMs).toBeLessThanOrEqual(clock.nowMs())
      },
    })
    expect(['done', 'failed']).toContain(end.kind)
    clock.advance(3_600_000)
    const delivery = await carrier.publish(packet, signal)
    expect(['stored', 'conflict', 'rate-limited', 'refused', 'unreachable']).toContain(
      delivery.state,
    )
    expect(delivery.nodes ?? 0).toBeGreaterThanOrEqual(0)
  }
  expect(packets).toBeGreaterThan(100)
  expect(clock.pending()).toBe(0)
  await carrier.stop()
}, 60_000)

test('text of people is read or refused', () => {
  const dice = createDice(4)
  const pieces = [
    '@',
    '.',
    '*',
    ' ',
    '\n',
    '\\',
    '"',
    '(',
    ')',
    ';',
    '$TTL',
    '$ORIGIN',
    'IN',
    'A',
    'TXT',
    'HTTPS',
    'alpn=',
    '\\#',
    '1',
    '300',
    '203.0.113.1',
    'pk:',
    'https://',
    '@',
    ':',
    '/',
    owner.key,
    owner.key.toUpperCase(),
    'é',
    '\u0000',
    '\ud800',
    '\\255',
    'a'.repeat(64),
  ]
  const text = (): string =>
    Array.from({ length: dice.below(12) }, () => dice.pick(pieces)).join('')
  for (let round = 0; round < rounds; round += 1) {
    const key = parseKey(text())
    expect(key.ok ? key.value : owner.key).toBe(owner.key)
    const name = ownerName(owner.key, text())
    expect(name.ok ? name.value : owner.key).toMatch(new RegExp(`(^|\\.)${owner.key}$`, 'u'))
    const type = dice.pick(['A', 'TXT', 'HTTPS', 'CNAME', 'TYPE65280', 'ANY', text()])
    const record = { name: text(), type, ttl: dice.below(1000), rdata: text() }
    const records = readRecords(owner.key, [record])
    expect(typeof (records.ok && measureZone(owner.key, records.value).ok)).toBe('boolean')
    const zone = readZone(owner.key, text())
    expect(typeof (zone.ok && buildPayload(owner.key, zone.value).ok)).toBe('boolean')
  }
}, 60_000)
