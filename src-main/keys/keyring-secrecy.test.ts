import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { nsecEncode } from 'nostr-tools/nip19'
import { describe, expect, it } from 'vitest'
import { bytesFromHex } from '../names/curve-points.ts'
import { createFakeKeychain, expectOk, startKeyring } from './test-keyring.ts'
import { folderOfTest } from './test-vault.ts'

const hex = '7f7ff03d123792d6ac594bfa67bf6d0c0ab55b6b1fdb6249303fe861f1ccba9a'
const words = 'leader monkey parrot ring guide accident before fence cannon height naive bean'
const passphrase = 'correct horse battery'
const bytes = bytesFromHex(hex) ?? new Uint8Array()
const nsec = nsecEncode(bytes)
const buffer = Buffer.from(bytes)

/** Everything that would give the key or the passphrase away, in lower case. */
const forms = [
  hex,
  nsec,
  nsec.slice(5, 30),
  words,
  words.split(' ').slice(0, 3).join(' '),
  passphrase,
  buffer.toString('base64'),
  buffer.toString('base64url'),
  buffer.toString('latin1'),
  [...bytes].join(','),
  [...bytes].join(', '),
  [...bytes].map((byte) => byte.toString(16)).join(' '),
].map((form) => form.toLowerCase())

function leaks(text: string): readonly string[] {
  const lower = text.toLowerCase()
  return forms.filter((form) => lower.includes(form))
}

const folder = folderOfTest()

describe('secrets', () => {
  it('are found by this test when they are there', () => {
    for (const form of [hex.toUpperCase(), nsec, inspect(bytes), JSON.stringify([...bytes])]) {
      expect(leaks(form.replaceAll(/\s+/gu, ' '))).not.toEqual([])
    }
  })

  it('appear in no log line, Problem, thrown error, JSON text or inspection', async () => {
    const told: string[] = []
    let holdsIdentity = false
    const tell = (value: unknown): void => {
      told.push(
        JSON.stringify(value) ?? '',
        inspect(value, { depth: Infinity, showHidden: true, maxArrayLength: null }),
        String(value),
      )
    }
    // A keychain whose errors quote what it was given, as a careless platform's might.
    const blabbing = {
      isAvailable: () => Promise.resolve(true),
      seal: (plain: Uint8Array) =>
        Promise.reject(new Error(`cannot seal ${Buffer.from(plain).toString('hex')}`)),
      open: () => Promise.reject(new Error(`cannot open ${hex}`)),
    }
    for (const osSealer of [undefined, createFakeKeychain(), blabbing]) {
      const own = join(folder.path, `${told.length}`)
      const made = await startKeyring(own, {
        ...(osSealer === undefined ? {} : { osSealer }),
        autoLockMs: 60_000,
      })
      const { keyring, env, health, path } = made
      const label = 'a'
      tell(await keyring.unlock(passphrase))
      for (const text of [
        hex,
        nsec,
        nsec.toUpperCase(),
        words,
        nsec.slice(0, -1),
        `${nsec}q`,
        nsec.replace('q', 'p'),
        hex.slice(1),
        `${hex}0`,
        `${hex} x`,
        `0x${hex}`,
        `my key is ${nsec}`,
        `${words} bean`,
        words.replace('leader', 'leadre'),
        `bunker://${hex}?secret=${nsec}`,
      ]) {
        tell(await keyring.importSecret(text, { label }))
        tell(await keyring.importSecret(text, { label: text }))
        tell(await keyring.importSecret('ncryptsec1qqqq', { label, password: text }))
      }
      for (const identity of keyring.list()) {
        const template = { kind: 1, created_at: 0, tags: [], content: '' }
        tell(await keyring.sign(identity.pubkey, template))
        tell(await keyring.rename(identity.pubkey, nsec))
        expectOk(await keyring.exportSecret(identity.pubkey, 'nsec'))
        tell(await keyring.exportSecret(identity.pubkey, 'ncryptsec'))
        tell(await keyring.remove(identity.pubkey))
        tell(await keyring.undoRemove())
      }
      tell(await keyring.unlock(`${passphrase}r`))
      keyring.lock()
      for (const identity of keyring.list()) {
        const exported = await keyring.exportSecret(identity.pubkey, 'hex')
        if (!exported.ok) tell(exported)
      }
      tell(await keyring.unlock(passphrase))
      tell([keyring, keyring.list(), keyring.vault(), keyring.default(), health.list()])
      told.push(...env.lines)
      await keyring.stop()
      const written = (await readdir(own).catch(() => [])).map((name) => join(own, name))
      for (const file of written) {
        const text = await readFile(file, 'utf8')
        expect(leaks(text)).toEqual([])
        holdsIdentity ||= file === path && text.includes('17162c921dc4d2518f9a101db33695df')
      }
    }
    expect(holdsIdentity).toBe(true)
    expect(told.length).toBeGreaterThan(100)
    expect(told.filter((text) => leaks(text.replaceAll(/\s+/gu, ' ')).length > 0)).toEqual([])
  })
})
