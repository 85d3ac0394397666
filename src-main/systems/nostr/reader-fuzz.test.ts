import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { VerifiedEvent } from '../../relays/relay-service.ts'
import { createDice, type Dice } from '../testing/random.ts'
import { stored } from '../testing/stored.ts'
import { chooseZone } from './choose-zone.ts'
import { limits } from './formats/record-text.ts'
import { readEvent } from './read-event.ts'
import { lookUp } from './zone.ts'

const now = 1780003600
const fixtures = readFileSync(new URL('./fixtures/nostr-dns-events.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => (JSON.parse(line) as { readonly event: VerifiedEvent }).event)

const texts = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  ' ',
  '@',
  '*',
  '*.*',
  '.',
  '..',
  'a.'.repeat(200),
  'x'.repeat(70_000),
  '\u0000',
  '\u{1F4A9}',
  'ａ．ｂ',
  'İ',
  '\ud800',
  '\\',
  '\\256',
  '\\# 4 7f000001',
  '\\# 99999 00',
  '"',
  '"unclosed',
  '( ) ;',
  '3 1 1 zz',
  '-1',
  '1e9',
  'NaN',
  '99999999999999999999',
  'dns:@',
  'dns:*',
  'dns:',
  'record',
  'rr',
  'cert',
  'delete',
  'd',
  'A',
  'AAAA',
  'TXT',
  'MX',
  'HTTPS',
  'SVCB',
  'TLSA',
  'CAA',
  'SRV',
  'TYPE1',
  'TYPE65535',
  'TYPE65536',
  'OPT',
  'ANY',
  'NS',
  '1 . alpn=h2 ipv4hint=',
  '1 . key65535=\\255',
  '{"ip":{}}',
  '{"ip":"::1%0"}',
  '{"__proto__":{"ip":"1.2.3.4"}}',
  '[]',
  'null',
  '-----BEGIN CERTIFICATE-----',
  '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
  'AAAA'.repeat(2000),
]
const oddities: readonly unknown[] = [
  undefined,
  null,
  0,
  -1,
  1.5,
  NaN,
  {},
  [],
  [[]],
  true,
  'text',
  1n,
]

/** A copy of `event` with a few things wrong. */
function mutate(event: VerifiedEvent, dice: Dice): unknown {
  const copy = structuredClone(event) as unknown as Record<string, unknown>
  const tags = copy['tags'] as unknown[][]
  const tag = (): unknown[] => dice.pick([...tags, ['record', 'A', '@', '60', '203.0.113.1']])
  const mutations: readonly (() => void)[] = [
    () => (copy['content'] = dice.pick(texts)),
    () => (copy['content'] = String(copy['content']).slice(dice.below(900))),
    () => (copy['created_at'] = dice.pick([0, -1, now, now + 601, 2 ** 53, 1.5, ...oddities])),
    () => (copy['kind'] = dice.pick([31111, 11111, 30000, 30001, 30003, 30053, 31034, 5, 1])),
    () => (copy[dice.pick(['tags', 'content', 'pubkey', 'kind'])] = dice.pick(oddities)),
    () => tags.push(Array.from({ length: dice.below(13) }, () => dice.pick(texts))),
    () =>
      tags.push(['record', dice.pick(texts), dice.pick(texts), dice.pick(texts), dice.pick(texts)]),
    () => tags.push(['rr', dice.pick(texts), '@', '60', dice.pick(texts)]),
    () => tags.push(dice.pick(oddities) as unknown[]),
    () => (tag()[dice.below(6)] = dice.pick(texts)),
    () => (tag()[dice.below(6)] = dice.pick(oddities)),
    () => tag().splice(dice.below(3), 1),
    () => (tags.length = dice.below(tags.length + 1)),
    () => {
      for (let count = dice.below(2000); count > 0; count -= 1) tags.push(tag())
    },
  ]
  for (let count = 1 + dice.below(3); count > 0; count -= 1) {
    if (Array.isArray(copy['tags']) && tags.every(Array.isArray)) dice.pick(mutations)()
  }
  // JSON has no holes.
  if (Array.isArray(copy['tags'])) {
    copy['tags'] = copy['tags'].map(
      (tag) => (Array.isArray(tag) ? Array.from(tag) : tag) as unknown,
    )
  }
  return copy
}

test('2,000 mutated events: a verdict for each, nothing thrown, output bounded', () => {
  const dice = createDice(69)
  const verdicts = new Map<string, number>()
  for (let round = 0; round < 2000; round += 1) {
    const event = mutate(dice.pick(fixtures), dice) as VerifiedEvent
    const reading = readEvent(event, now)
    verdicts.set(reading.verdict, (verdicts.get(reading.verdict) ?? 0) + 1)
    expect(reading.records.length).toBeLessThanOrEqual(limits.records)
    expect(reading.cleared.length).toBeLessThanOrEqual(limits.records)
    expect(reading.certificates.length).toBeLessThanOrEqual(3)
    for (const record of reading.records) {
      expect(record.ttl).toBeGreaterThanOrEqual(limits.minTtl)
      expect(record.ttl).toBeLessThanOrEqual(limits.maxTtl)
      expect(record.name).toMatch(/^(?:@|(?:\*|[a-z0-9_-]{1,63})(?:\.[a-z0-9_-]{1,63})*)$/u)
    }
    // Events of no shape never get as far as a zone: they have no id to verify.
    if (reading.format === 'unknown' || reading.reason === 'not shaped like an event') continue
    const { zone } = chooseZone([stored(event)], event.pubkey, now, { nns: true, dnstr: true })
    if (zone !== undefined) lookUp(zone, 'www', 'A', false)
  }
  expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('ip')
  // The mutations reach every outcome, or this test proves little.
  expect([...verdicts.keys()].toSorted()).toEqual([
    'accept',
    'accept-empty',
    'accept-optin',
    'filter',
    'ignore',
    'reject',
  ])
})
