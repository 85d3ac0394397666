import { expect, test } from 'vitest'
import { decodeKey, encodeKey, parseKey } from './key.ts'
import { countingKey, hex, zeroKey } from './testing/vectors.ts'

const repoKey = 'yg4gxe7z1r7mr6orids9fh95y7gxhdsxjqi6nngsxxtakqaxr5no'
const repoBytes = '01b467a3b7913ab27a04a8edf2f3fb074cfe0ecf4babe108d67be3853b0f26c5'
/** From the reference's tests: 32 bytes to lenient decoders, yet no point, and with pad bits set. */
const notAKey = 'c1bkg8tfsyy8wcedtmw4fwhdmm7bbzhgg3z58tf43m5ow8w9mbus'
const notAPoint = `${notAKey.slice(0, -1)}o`

test.each([
  [repoBytes, repoKey],
  [zeroKey.publicKey, zeroKey.key],
  [countingKey.publicKey, countingKey.key],
])('encodes and decodes %s', (bytes, key) => {
  expect(encodeKey(hex(bytes))).toBe(key)
  expect(decodeKey(key)).toEqual(hex(bytes))
})

test.each([
  ['pad bits set', `${repoKey.slice(0, -1)}b`],
  ['one character short', repoKey.slice(1)],
  ['53 characters', `${repoKey}y`],
  ['a letter outside the alphabet', `l${repoKey.slice(1)}`],
  ['capital letters', repoKey.toUpperCase()],
  ['no point of the curve', notAPoint],
  ['neither', notAKey],
  ['nothing', ''],
])('decodes no key with %s', (_, key) => {
  expect(decodeKey(key)).toBeUndefined()
})

test.each([
  repoKey,
  ` ${repoKey}\n`,
  repoKey.toUpperCase(),
  `${repoKey}.`,
  `a.b.${repoKey}`,
  `_x.${repoKey}`,
  `${zeroKey.key}.${repoKey}`,
  `www.${repoKey}.pkarr`,
  `www.${repoKey}.key.`,
  `pk:${repoKey}`,
  `PK:${repoKey.toUpperCase()}`,
  `pk://${repoKey}/path`,
  `pk:${repoKey}?q=v`,
  `https://${repoKey}`,
  `https://foo@${repoKey}#foo`,
  `https://foo:pass@bar.${repoKey}:8888/a@b/c`,
  `https://foo@bar.${repoKey}.:8888?q=v&a=b#foo`,
  `${repoKey}:8080`,
])('finds the key in %j', (text) => {
  expect(parseKey(text)).toEqual({ ok: true, value: repoKey })
})

test.each([
  ['', 'not a PKARR key'],
  ['example.com', 'not a PKARR key'],
  [`${repoKey}.example.com`, 'not a PKARR key'],
  [`https://example.com/${repoKey}`, 'not a PKARR key'],
  [`pk:${repoKey.slice(1)}`, 'not a PKARR key'],
  [`pk:${repoKey.slice(1)}.key`, 'does not have 52 characters'],
  [`${repoKey.slice(0, -1)}b`, 'does not end in y or o'],
  [notAKey, 'does not end in y or o'],
  [notAPoint, 'not a point of the curve'],
  [`a..${repoKey}`, 'not well-formed'],
])('refuses %j', (text, reason) => {
  const parsed = parseKey(text)
  expect(parsed).toMatchObject({ ok: false, error: { code: 'pkarr.bad-key' } })
  expect(parsed.ok ? '' : parsed.error.message).toContain(reason)
})

test('does not repeat a secret key', () => {
  const parsed = parseKey(`nsec1${'q'.repeat(58)}`)
  expect(parsed.ok).toBe(false)
  expect(JSON.stringify(parsed)).not.toContain('nsec1')
})
