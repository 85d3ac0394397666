import { describe, expect, it } from 'vitest'
import { hexFromBytes } from '../names/curve-points.ts'
import { codeOf, expectOk } from './test-keyring.ts'
import { publicKeyOf } from './secret-key.ts'
import { readSecretText } from './secret-text.ts'

/** The two examples of NIP-06: words, secret key, nsec, public key. */
const examples = [
  {
    words: 'leader monkey parrot ring guide accident before fence cannon height naive bean',
    hex: '7f7ff03d123792d6ac594bfa67bf6d0c0ab55b6b1fdb6249303fe861f1ccba9a',
    nsec: 'nsec10allq0gjx7fddtzef0ax00mdps9t2kmtrldkyjfs8l5xruwvh2dq0lhhkp',
    pubkey: '17162c921dc4d2518f9a101db33695df1afb56ab82f5ff3e5da6eec3ca5cd917',
  },
  {
    words:
      'what bleak badge arrange retreat wolf trade produce cricket blur garlic valid proud rude strong choose busy staff weather area salt hollow arm fade',
    hex: 'c15d739894c81a2fcfd3a2df85a0d2c0dbc47a280d092799f144d73d7ae78add',
    nsec: 'nsec1c9wh8xy5eqdzln7n5t0ctgxjcrdug73gp5yj0x03gntn67h83twssdfhel',
    pubkey: 'd41b22899549e1f3d335a31002cfd382174006e166d3e658e3a5eecdb6463573',
  },
]
const [first = { words: '', hex: '', nsec: '', pubkey: '' }] = examples
/** NIP-49's example again, password `nostr`. */
const ncryptsec =
  'ncryptsec1qgg9947rlpvqu76pj5ecreduf9jxhselq2nae2kghhvd5g7dgjtcxfqtd67p9m0w57lspw8gsq6yphnm8623nsl8xn9j4jdzz84zm3frztj3z7s35vpzmqf6ksu8r89qk5z2zxfmu5gv8th8wclt0h4p'

describe('readSecretText', () => {
  describe.each(examples)('NIP-06: $pubkey', ({ words, hex, nsec, pubkey }) => {
    it.each([
      ['words', words],
      ['words in capitals, over two lines', `  ${words.toUpperCase().replace(' ', '\r\n')}\n`],
      ['nsec', nsec],
      ['nsec in capitals', nsec.toUpperCase()],
      ['nsec with nostr: before it', `nostr:${nsec}`],
      [
        'nsec with spaces around it and a line break in it',
        ` ${nsec.slice(0, 30)}\n${nsec.slice(30)} `,
      ],
      ['hex', hex],
      ['hex in capitals', hex.toUpperCase()],
    ])('%s', async (_, text) => {
      const secret = expectOk(await readSecretText(text))
      expect(hexFromBytes(secret)).toBe(hex)
      expect(publicKeyOf(secret)).toBe(pubkey)
    })
  })

  it('opens an ncryptsec with its password', async () => {
    const secret = expectOk(await readSecretText(ncryptsec.toUpperCase(), 'nostr'))
    expect(hexFromBytes(secret)).toBe(
      '3501454135014541350145413501453fefb02227e449e57cf4d3a3ce05378683',
    )
  })

  const [w1 = '', ...rest] = first.words.split(' ')
  const npub = 'npub1zutzeysacnf9rru6zqwmxd54mud0k44tst6l70ja5mhv8jjumytsd2x7nu'
  it.each([
    ['nothing', ' \n ', undefined, 'keys.empty', ''],
    ['an npub', npub, undefined, 'keys.is-public', 'nsec1'],
    ['an npub in capitals', npub.toUpperCase(), undefined, 'keys.is-public', 'nsec1'],
    ['half an npub', npub.slice(0, 40), undefined, 'keys.is-public', 'npub'],
    [
      'an nprofile',
      'nprofile1qqsrhuxx8l9ex335q7he0f09aej04zpazpl0ne2cgukyawd24mayt8g',
      undefined,
      'keys.is-public',
      'public',
    ],
    ['a note', 'note1qqqq', undefined, 'keys.not-a-key', 'note'],
    [
      'a bunker',
      `bunker://${first.pubkey}?relay=wss://r.example`,
      undefined,
      'keys.is-bunker',
      'remote',
    ],
    ['an nsec without its end', first.nsec.slice(0, -1), undefined, 'keys.bad-length', '62'],
    ['an nsec and more', `${first.nsec}q`, undefined, 'keys.bad-length', '64'],
    [
      'an nsec with a wrong letter',
      first.nsec.replace('allq', 'allp'),
      undefined,
      'keys.bad-checksum',
      'checksum',
    ],
    [
      'an nsec with a letter bech32 lacks',
      first.nsec.replace('allq', 'albq'),
      undefined,
      'keys.bad-character',
      'character',
    ],
    [
      'an nsec in mixed case',
      first.nsec.replace('allq', 'aLLq'),
      undefined,
      'keys.bad-character',
      'capital',
    ],
    ['short hex', first.hex.slice(1), undefined, 'keys.bad-length', '63'],
    ['hex of zero', '0'.repeat(64), undefined, 'keys.out-of-range', ''],
    [
      'hex of the order of the curve',
      'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141',
      undefined,
      'keys.out-of-range',
      '',
    ],
    ['eleven words', rest.join(' '), undefined, 'keys.bad-word-count', '11'],
    ['a word that is none', ['leadre', ...rest].join(' '), undefined, 'keys.bad-word', 'Word 1 '],
    [
      'two words changed round',
      [rest[0], w1, ...rest.slice(1)].join(' '),
      undefined,
      'keys.bad-checksum',
      'order',
    ],
    ['words with a password', first.words, 'x', 'keys.password-unused', 'password'],
    ['an ncryptsec without password', ncryptsec, undefined, 'keys.password-needed', 'password'],
    ['an ncryptsec with an empty password', ncryptsec, '', 'keys.password-needed', 'password'],
    ['an ncryptsec with a wrong password', ncryptsec, 'nope', 'keys.wrong-password', 'wrong'],
    [
      'an ncryptsec without its end',
      ncryptsec.slice(0, -3),
      'nostr',
      'keys.bad-checksum',
      'typing error',
    ],
    ['something else', 'hunter2', undefined, 'keys.unknown-form', ''],
    ['a long text', 'x'.repeat(100_000), undefined, 'keys.unknown-form', ''],
  ])('refuses %s', async (_, text, password, code, named) => {
    const result = await readSecretText(text, password)
    expect(codeOf(result)).toBe(code)
    expect(result.ok ? '' : result.error.message).toContain(named)
    // Even a mistyped key is most of a key: no piece of it may be repeated.
    const told = JSON.stringify(result).toLowerCase()
    const pieces = text.toLowerCase().match(/[a-z0-9]{9,}/gu) ?? []
    expect(pieces.filter((piece) => told.includes(piece.slice(-9)))).toEqual([])
    expect(told).not.toContain('leadre')
  })
})
