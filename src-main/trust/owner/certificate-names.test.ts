import { describe, expect, it } from 'vitest'
import { codeOf, expectOk } from '../../keys/test-keyring.ts'
import { encodeNpub } from '../../names/npub.ts'
import { npub, npubName, pubkey } from '../x509/testing/sample-names.ts'
import { certificateNames } from './certificate-names.ts'

/** The base point of the curve: somebody else. */
const otherPubkey = '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'

describe('certificateNames', () => {
  it.each([
    ['@', [], [npubName, `${npub}.local`]],
    ['www', [], [`www.${npubName}`]],
    ['Home.LAB', [], [`home.lab.${npubName}`]],
    ['@', ['www', 'a.b'], [npubName, `www.${npubName}`, `a.b.${npubName}`, `${npub}.local`]],
    ['@', [`WWW.${npubName}.`, 'www'], [npubName, `www.${npubName}`, `${npub}.local`]],
    [
      'lab',
      ['x', `y.lab.${npubName}`],
      [`lab.${npubName}`, `x.lab.${npubName}`, `y.lab.${npubName}`],
    ],
  ] as const)('%s with %j', (host, extra, names) => {
    const made = expectOk(certificateNames(pubkey, host, extra))
    expect(made.names).toEqual(names)
    expect(made.domain).toBe(names[0])
  })

  it.each([
    '',
    '*',
    '*.lab',
    'a b',
    '.www',
    'www..x',
    '../../etc',
    'a/b',
    'x'.repeat(64),
    'bücher',
  ])('refuses the host %j', (host) => {
    expect(codeOf(certificateNames(pubkey, host))).toBe('certificates.bad-host')
  })

  it.each([
    ['example.com.', '@'],
    ['*', '@'],
    [npubName, '@'],
    [`www.${npubName}`, 'lab'],
    [`www.${encodeNpub(otherPubkey)}.nostr`, '@'],
    ['alice.nostr', '@'],
    ['', '@'],
    ['a b', '@'],
  ])('refuses the extra name %j below %s', (extra, host) => {
    const made = certificateNames(pubkey, host, ['ok', extra])
    expect(codeOf(made)).toBe('certificates.foreign-name')
    expect(made.ok ? '' : made.error.message).toContain('Extra name 2')
  })

  it('never repeats a secret key that was typed as a name', () => {
    const nsec = 'nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5'
    for (const made of [certificateNames(pubkey, nsec), certificateNames(pubkey, '@', [nsec])]) {
      expect(made.ok).toBe(false)
      expect(JSON.stringify(made)).not.toContain('nsec1')
    }
  })

  it('limits how many names there are', () => {
    const many = Array.from({ length: 31 }, (_, index) => `h${index}`)
    expect(codeOf(certificateNames(pubkey, '@', many))).toBe('certificates.too-many-names')
  })
})
