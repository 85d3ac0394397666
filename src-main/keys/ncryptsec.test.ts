import { decrypt, encrypt } from 'nostr-tools/nip49'
import { describe, expect, it } from 'vitest'
import { bech32 } from '@scure/base'
import { systemRandom } from '../env/system-env.ts'
import { bytesFromHex, hexFromBytes } from '../names/curve-points.ts'
import {
  decryptSecret,
  defaultLogN,
  encryptSecret,
  passwordBytes,
  readNcryptsec,
} from './ncryptsec.ts'
import { codeOf, expectOk } from './test-keyring.ts'

const hex = '3501454135014541350145413501453fefb02227e449e57cf4d3a3ce05378683'
const secret = bytesFromHex(hex) ?? new Uint8Array()

/** The example of NIP-49, with log_n 16. */
const example =
  'ncryptsec1qgg9947rlpvqu76pj5ecreduf9jxhselq2nae2kghhvd5g7dgjtcxfqtd67p9m0w57lspw8gsq6yphnm8623nsl8xn9j4jdzz84zm3frztj3z7s35vpzmqf6ksu8r89qk5z2zxfmu5gv8th8wclt0h4p'

describe('NIP-49', () => {
  it('opens the example of the NIP', async () => {
    const opened = await decryptSecret(example, passwordBytes('nostr'))
    expect(hexFromBytes(expectOk(opened))).toBe(hex)
  })

  it('normalises passwords as the NIP says', () => {
    const typed = 'ÅΩẛ̣'
    const normal = 'ÅΩṩ'
    expect(passwordBytes(typed)).toEqual(new TextEncoder().encode(normal))
  })

  it('asks for 64 MiB by default', async () => {
    expect(defaultLogN).toBe(16)
    const text = await encryptSecret(systemRandom, secret, passwordBytes('p'))
    expect(expectOk(readNcryptsec(text))[1]).toBe(16)
  })

  it('is read by nostr-tools, and reads what that writes', async () => {
    const ours = await encryptSecret(systemRandom, secret, passwordBytes('pässword'), 4)
    expect(hexFromBytes(decrypt(ours, 'pässword'))).toBe(hex)
    const theirs = await decryptSecret(encrypt(secret, 'pässword', 4), passwordBytes('pässword'))
    expect(hexFromBytes(expectOk(theirs))).toBe(hex)
  })

  it('never makes the same text twice', async () => {
    const password = passwordBytes('p')
    const texts = [1, 2].map(() => encryptSecret(systemRandom, secret, password, 4))
    expect(new Set(await Promise.all(texts)).size).toBe(2)
  })

  const altered = (change: (bytes: Uint8Array) => Uint8Array): string => {
    const bytes = bech32.fromWords(bech32.decode(example as 'ncryptsec1x', 200).words)
    return bech32.encode('ncryptsec', bech32.toWords(change(Uint8Array.from(bytes))), 200)
  }
  const withByte = (index: number, value: number): string =>
    altered((bytes) => {
      bytes[index] = value
      return bytes
    })

  it.each([
    ['a wrong password', example, 'nostR', 'keys.wrong-password'],
    ['a wrong letter', example.replace('qgg99', 'qgg98'), 'nostr', 'keys.bad-checksum'],
    ['a missing end', example.slice(0, -1), 'nostr', 'keys.bad-checksum'],
    ['another prefix', example.replace('ncryptsec', 'nsec'), 'nostr', 'keys.bad-checksum'],
    ['no text', '', 'nostr', 'keys.bad-checksum'],
    ['a very long text', `ncryptsec1${'q'.repeat(100_000)}`, 'nostr', 'keys.bad-checksum'],
    ['another version', withByte(0, 1), 'nostr', 'keys.unsupported'],
    ['a scrypt cost of 2 GiB', withByte(1, 21), 'nostr', 'keys.unsupported'],
    ['a scrypt cost beyond all computers', withByte(1, 255), 'nostr', 'keys.unsupported'],
    ['a scrypt cost of nothing', withByte(1, 0), 'nostr', 'keys.unsupported'],
    ['changed key-security byte', withByte(42, 1), 'nostr', 'keys.wrong-password'],
    ['a missing byte', altered((bytes) => bytes.slice(0, -1)), 'nostr', 'keys.bad-length'],
  ])('refuses %s', async (_, text, password, code) => {
    expect(codeOf(await decryptSecret(text, passwordBytes(password)))).toBe(code)
  })

  it('refuses a text that holds no possible key', async () => {
    const zero = encrypt(new Uint8Array(32), 'p', 4)
    expect(codeOf(await decryptSecret(zero, passwordBytes('p')))).toBe('keys.out-of-range')
  })
})
