import { wordlist } from '@scure/bip39/wordlists/english.js'
import { bech32 } from '@scure/base'
import { privateKeyFromSeedWords, validateWords } from 'nostr-tools/nip06'
import { fail, ok, type Result } from '../env/errors.ts'
import { bytesFromHex } from '../names/curve-points.ts'
import { readNpub } from '../names/npub.ts'
import { decryptSecret, passwordBytes, readNcryptsec } from './ncryptsec.ts'
import { isSecretKey, wipe } from './secret-key.ts'

/** BIP-39 s. "Generating the mnemonic": 128 to 256 bits in steps of 32. */
const wordCounts: readonly number[] = [12, 15, 18, 21, 24]
const words: ReadonlySet<string> = new Set(wordlist)

/**
 * The secret key that pasted text stands for: nsec (NIP-19), 64 hex digits, ncryptsec (NIP-49, with
 * `password`) or recovery words (NIP-06, account 0). The caller wipes it. Problems say what is wrong
 * by kind and place, and never repeat the text: even a mistyped key is most of a key.
 */
export async function readSecretText(
  pasted: string,
  password?: string,
): Promise<Result<Uint8Array>> {
  const spaced = pasted.trim().replace(/^nostr:/iu, '')
  // Keys get wrapped in mails and on paper; only words have spaces of their own.
  const compact = spaced.replaceAll(/\s+/gu, '')
  const isOneKey = /^(?:nsec|ncryptsec)1/iu.test(spaced) || /^[0-9a-f]{64}$/iu.test(compact)
  const text = isOneKey ? compact : spaced
  const prefix = /^(n[a-z]+)1/iu.exec(text)?.[1]?.toLowerCase()
  if (text === '') return fail('keys.empty', 'There is no key in the text.')
  if (/^bunker:/iu.test(text)) {
    return fail(
      'keys.is-bunker',
      'That is the address of a remote signer, not a secret key.',
      'Add it as a remote signer (bunker) instead.',
    )
  }
  if (/^[0-9a-f]+$/iu.test(text)) return readHex(text)
  if (/\s/u.test(text)) return readWords(text, password)
  if (prefix === 'nsec') return readNsec(text)
  if (prefix === 'ncryptsec') return readEncrypted(text, password)
  if (prefix === 'npub' || prefix === 'nprofile') return refusePublic(text)
  if (prefix !== undefined && ['note', 'nevent', 'naddr', 'nrelay'].includes(prefix)) {
    return fail('keys.not-a-key', `That is the address of an event (${prefix}), not a key.`)
  }
  return fail(
    'keys.unknown-form',
    'That is not a secret key in a form known here.',
    'Give nsec1…, 64 hex digits, ncryptsec1… with its password, or 12 or 24 recovery words.',
  )
}

function readHex(text: string): Result<Uint8Array> {
  if (text.length !== 64) {
    return fail('keys.bad-length', `A key in hex has 64 digits; this has ${text.length}.`)
  }
  return checked(bytesFromHex(text) ?? new Uint8Array())
}

function readNsec(text: string): Result<Uint8Array> {
  if (text.length !== 63) {
    return fail(
      'keys.bad-length',
      `An nsec has 63 characters; this has ${text.length}.`,
      'Copy it again from its beginning to its end.',
    )
  }
  if (text !== text.toLowerCase() && text !== text.toUpperCase()) {
    // BIP-173: decoders must not accept mixed case.
    return fail('keys.bad-character', 'The nsec mixes capital and small letters.')
  }
  if (!/^[ac-hj-np-z02-9]+$/u.test(text.toLowerCase().slice(5))) {
    return fail('keys.bad-character', 'The nsec contains a character that no nsec has.')
  }
  try {
    const decoded = bech32.decodeToBytes(text)
    return checked(decoded.bytes)
  } catch {
    return fail(
      'keys.bad-checksum',
      'The nsec has a typing error: its checksum does not match.',
      'Copy it again; do not correct it by hand.',
    )
  }
}

async function readEncrypted(text: string, password?: string): Promise<Result<Uint8Array>> {
  const read = readNcryptsec(text)
  if (!read.ok) return read
  if (password === undefined || password === '') {
    return fail('keys.password-needed', 'The encrypted key (ncryptsec) needs its password.')
  }
  const bytes = passwordBytes(password)
  try {
    return await decryptSecret(text, bytes)
  } finally {
    wipe(bytes)
  }
}

function readWords(text: string, password?: string): Result<Uint8Array> {
  const given = text.normalize('NFKD').toLowerCase().split(/\s+/u)
  if (!wordCounts.includes(given.length)) {
    return fail(
      'keys.bad-word-count',
      `Recovery words come in ${wordCounts.slice(0, -1).join(', ')} or 24; there are ${given.length} here.`,
    )
  }
  const unknown = given.findIndex((word) => !words.has(word))
  if (unknown !== -1) {
    return fail(
      'keys.bad-word',
      `Word ${unknown + 1} is not one of the English recovery words (BIP-39).`,
      'Check its spelling.',
    )
  }
  const phrase = given.join(' ')
  if (!validateWords(phrase)) {
    return fail(
      'keys.bad-checksum',
      'Every word exists, but together they are no key: one is wrong or the order is.',
    )
  }
  if (password !== undefined && password !== '') {
    // NIP-06 has no passphrase; using it as BIP-39's would quietly make another key.
    return fail('keys.password-unused', 'Recovery words are imported without a password.')
  }
  return checked(privateKeyFromSeedWords(phrase))
}

function refusePublic(text: string): Result<Uint8Array> {
  const isWhole = readNpub(text).ok || !/^npub/iu.test(text)
  return fail(
    'keys.is-public',
    isWhole
      ? 'That is a public key; signing needs the secret one, which begins with nsec1.'
      : 'That begins like a public key (npub); signing needs the secret one, which begins with nsec1.',
  )
}

function checked(secret: Uint8Array): Result<Uint8Array> {
  if (isSecretKey(secret)) return ok(secret)
  return fail('keys.out-of-range', 'The text has the right form but is not a possible secret key.')
}
