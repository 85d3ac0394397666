import { describe, expect, test } from 'vitest'
import type { Pin, ServedCertificate } from '../pin-policy.ts'
import { covers, judge } from './judge.ts'

const now = 1_780_003_600
const npub = 'npub1fjwwlqwrwldnvnhzusz7tdxxlfk0qtv0tygd4mt6nfxzzfk2x5msylp3jq'
const apex = `${npub}.nostr`
const key = 'a1'.repeat(32)
const whole = 'b2'.repeat(32)

const pin = (change: Partial<Pin> = {}): Pin => ({
  kind: 'spki',
  value: key,
  strength: 'pin',
  format: 'canonical',
  eventId: 'e'.repeat(64),
  signedAt: now - 100,
  validUntil: now + 100,
  ...change,
})
const served = (change: Partial<ServedCertificate> = {}): ServedCertificate => ({
  der: '',
  certificateSha256: whole,
  spkiSha256: key,
  subject: '',
  names: [apex],
  // Long over: the event's dates count, not these.
  validFrom: 1,
  validTo: 2,
  ...change,
})

const other = 'c3'.repeat(32)
const certificatePin = pin({ kind: 'certificate', value: whole, strength: 'hint' })

test.each<[string, readonly Pin[], ServedCertificate | undefined, string]>([
  ['the pinned key', [pin()], served(), 'ok'],
  ['one key of an overlap', [pin({ value: other }), pin()], served(), 'ok'],
  ['a whole pinned certificate', [certificatePin], served(), 'ok'],
  ['another key', [pin({ value: other })], served(), 'mismatch'],
  [
    'the same key in another certificate than the pinned one',
    [certificatePin],
    served({ certificateSha256: other }),
    'mismatch',
  ],
  ['a key hash in the place of a certificate hash', [pin({ value: whole })], served(), 'mismatch'],
  ['no pins', [], served(), 'mismatch'],
  ['no certificate', [pin()], undefined, 'mismatch'],
  [
    'a certificate that cannot be read',
    [pin({ value: '' })],
    served({ spkiSha256: '' }),
    'mismatch',
  ],
  ['a pin in its last second', [pin({ validUntil: now + 1 })], served(), 'ok'],
  ['a pin that just ended', [pin({ validUntil: now })], served(), 'expired-pin'],
  ['an ended pin beside one in force', [pin({ validUntil: 1 }), pin()], served(), 'ok'],
  [
    'an ended pin that matches and one in force that does not',
    [pin({ validUntil: 1 }), pin({ value: other })],
    served(),
    'expired-pin',
  ],
  ["somebody else's certificate", [pin()], served({ names: ['router.lan'] }), 'wrong-name'],
  ['no names', [pin()], served({ names: [] }), 'wrong-name'],
  ['another host of the owner', [pin()], served({ names: [`www.${apex}`] }), 'wrong-name'],
])('%s: %#', (_what, pins, certificate, expected) => {
  const judgement = judge(pins, certificate, apex, now)
  expect(judgement.ok ? 'ok' : judgement.reason).toBe(expected)
  expect(judgement.ok ? pins : judgement.expected).toEqual(pins)
})

test('a full pin speaks before a hint, and says which event vouched', () => {
  const judgement = judge([certificatePin, pin({ eventId: 'f'.repeat(64) })], served(), apex, now)
  expect(judgement).toMatchObject({ ok: true, pin: { strength: 'pin', eventId: 'f'.repeat(64) } })
})

describe('covers', () => {
  test.each<[string, string, boolean]>([
    [apex, apex, true],
    [apex.toUpperCase(), apex, true],
    [apex, apex.toUpperCase(), true],
    [`*.${apex}`, `www.${apex}`, true],
    [`*.${apex}`, apex, false],
    [`*.${apex}`, `a.b.${apex}`, false],
    [`*.www.${apex}`, `a.www.${apex}`, true],
    ['*.nostr', apex, false],
    ['*', apex, false],
    ['*.', apex, false],
    ['', apex, false],
    [`*${apex}`, `x${apex}`, false],
    [`w*.${apex}`, `www.${apex}`, false],
    [`*.*.${apex}`, `a.b.${apex}`, false],
    [`*.*.${apex}`, `*.*.${apex}`, false],
    [`*.${apex}`, `.${apex}`, false],
    [`${apex}.`, apex, false],
    [`${apex}.evil.example`, apex, false],
    // The Kelvin sign must not fold to k.
    ['\u212A.example', 'k.example', false],
  ])('%s for %s: %s', (pattern, domain, expected) => {
    expect(covers(pattern, domain)).toBe(expected)
  })
})
