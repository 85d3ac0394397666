import { nip19 } from 'nostr-tools'
import { describe, expect, test } from 'vitest'
import { decodeNpub, encodeNpub, readNpub, shortNpub } from './npub.ts'

/** Public keys of the secret keys 1 and 3. */
const keys = [
  '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798',
  'f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9',
]
/** No point of secp256k1 has x = 5. */
const offCurve = '5'.padStart(64, '0')

test.each(keys)('%s has the npub nostr-tools gives it, and back', (key) => {
  const npub = encodeNpub(key)
  expect(npub).toBe(nip19.npubEncode(key))
  expect(npub).toHaveLength(63)
  expect(decodeNpub(npub)).toBe(key)
})

test('the vector of NIP-19', () => {
  expect(decodeNpub('npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg')).toBe(
    '7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e',
  )
})

test('letter case does not matter, not even mixed', () => {
  const npub = encodeNpub(keys[0] ?? '')
  const mixed = [...npub.split('')].map((c, i) => (i % 2 === 0 ? c.toUpperCase() : c)).join('')
  expect(decodeNpub(mixed)).toBe(keys[0])
  expect(decodeNpub(npub.toUpperCase())).toBe(keys[0])
})

describe('what is wrong is said', () => {
  const npub = encodeNpub(keys[0] ?? '')
  const replaceLast = npub.slice(0, -1) + (npub.endsWith('q') ? 'p' : 'q')
  test.each([
    ['another prefix', nip19.noteEncode(keys[0] ?? ''), 'wrong-prefix'],
    ['empty', '', 'wrong-prefix'],
    ['one character short', npub.slice(0, -1), 'bad-length'],
    ['one character long', `${npub}q`, 'bad-length'],
    ['a letter bech32 does not have', `${npub.slice(0, 20)}b${npub.slice(21)}`, 'bad-character'],
    ['a Kelvin sign for k', npub.replace(/k/, '\u212a'), 'bad-character'],
    ['last character changed', replaceLast, 'bad-checksum'],
    [
      'first data character changed',
      `npub1${npub[5] === 'q' ? 'p' : 'q'}${npub.slice(6)}`,
      'bad-checksum',
    ],
    ['not a point', nip19.npubEncode(offCurve), 'not-on-curve'],
  ])('%s', (_, text, reason) => {
    expect(readNpub(text)).toEqual({ ok: false, reason })
    expect(decodeNpub(text)).toBeUndefined()
  })
})

test('every single-character error is caught', () => {
  const npub = encodeNpub(keys[1] ?? '')
  for (let index = 5; index < npub.length; index += 1) {
    const swapped = npub[index] === 'z' ? 'x' : 'z'
    expect(decodeNpub(npub.slice(0, index) + swapped + npub.slice(index + 1))).toBeUndefined()
  }
})

test('encoding refuses what is not a key', () => {
  expect(() => encodeNpub('abc')).toThrow(RangeError)
  expect(() => encodeNpub('g'.repeat(64))).toThrow(RangeError)
})

test('short form: first 8, last 6', () => {
  expect(shortNpub('npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg')).toBe(
    'npub10el…zvjptg',
  )
  expect(shortNpub('short')).toBe('short')
})
