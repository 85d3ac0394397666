import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AppError } from '../env/errors.ts'
import { createKeyring, type KeyringDeps } from './keyring-service.ts'
import { readNcryptsec } from './ncryptsec.ts'
import { codeOf, createFakeKeychain, expectOk, newKeyring, startKeyring } from './test-keyring.ts'
import { folderOfTest, hex1, hex2, importHex, pubkey1, template, unlockedIn } from './test-vault.ts'

const folder = folderOfTest()

const unlocked = (deps: Partial<KeyringDeps> = {}) => unlockedIn(folder.path, deps)

describe('passphrase vault', () => {
  it('asks for a passphrase first, takes it, and asks for the same one after a restart', async () => {
    const { keyring } = await startKeyring(folder.path)
    expect(keyring.vault()).toEqual({
      protection: 'passphrase',
      isUnlocked: false,
      needsPassphrase: true,
      hasPassphrase: false,
    })
    expect(codeOf(await keyring.create('a'))).toBe('keys.passphrase-needed')
    expect(codeOf(await keyring.importSecret(hex1, { label: 'a' }))).toBe('keys.passphrase-needed')
    expect(codeOf(await keyring.unlock('  '))).toBe('keys.empty-passphrase')
    expectOk(await keyring.unlock('correct horse'))
    expect(keyring.vault()).toEqual({
      protection: 'passphrase',
      isUnlocked: true,
      needsPassphrase: false,
      hasPassphrase: true,
    })
    const { pubkey } = expectOk(await keyring.create('a'))
    await keyring.stop()
    await keyring.stop()

    const { keyring: second } = await startKeyring(folder.path)
    expect(second.list()).toMatchObject([{ pubkey, isLocked: true }])
    expect(codeOf(await second.sign(pubkey, template))).toBe('keys.locked')
    expect(codeOf(await second.exportSecret(pubkey, 'nsec'))).toBe('keys.locked')
    expect(codeOf(await second.create('b'))).toBe('keys.locked')
    expect(await second.unlock('Correct horse')).toEqual({
      ok: false,
      error: { code: 'keys.wrong-passphrase', message: 'The passphrase is wrong.' },
    })
    expect(codeOf(await second.sign(pubkey, template))).toBe('keys.locked')
    expectOk(await second.unlock('correct horse'))
    expect(second.list()).toMatchObject([{ isLocked: false }])
    expect(expectOk(await second.sign(pubkey, template)).pubkey).toBe(pubkey)
    expectOk(await second.create('b'))
  })

  it('can be renamed, removed from and reordered while locked', async () => {
    const { keyring } = await unlocked()
    const { pubkey } = await importHex(keyring, hex1)
    keyring.lock()
    expect(expectOk(await keyring.rename(pubkey, 'new')).isLocked).toBe(true)
    expectOk(await keyring.setDefault(pubkey))
    expectOk(await keyring.remove(pubkey))
    expectOk(await keyring.undoRemove())
  })

  it('stays open when a wrong passphrase is given meanwhile', async () => {
    const { keyring } = await unlocked()
    expect(codeOf(await keyring.unlock('wrong'))).toBe('keys.wrong-passphrase')
    expectOk(await keyring.create('a'))
  })

  it('takes one of two first passphrases given at once', async () => {
    const { keyring } = await startKeyring(folder.path)
    const both = await Promise.all([keyring.unlock('one'), keyring.unlock('two')])
    expect(both.map(codeOf)).toEqual(['ok', 'keys.wrong-passphrase'])
    expectOk(await keyring.create('a'))
  })

  it('opens by its keys when the verifier is damaged', async () => {
    const { keyring, path } = await unlocked()
    const { pubkey } = await importHex(keyring, hex1)
    await keyring.stop()
    const vault = JSON.parse(await readFile(path, 'utf8')) as { verifier: string }
    await writeFile(path, JSON.stringify({ ...vault, verifier: 'ncryptsec1rubbish' }))
    const { keyring: second } = await startKeyring(folder.path)
    expect(codeOf(await second.unlock('wrong'))).toBe('keys.wrong-passphrase')
    expectOk(await second.unlock('correct horse'))
    expectOk(await second.sign(pubkey, template))
  })

  it('locks itself after a time without use, and not before', async () => {
    const { keyring, env } = await unlocked({ autoLockMs: 1000 })
    const { pubkey } = await importHex(keyring, hex1)
    let changes = 0
    env.clock.advance(999)
    expectOk(await keyring.sign(pubkey, template))
    env.clock.advance(999)
    expect(keyring.vault().isUnlocked).toBe(true)
    keyring.onChange(() => changes++)
    env.clock.advance(1)
    expect(keyring.vault().isUnlocked).toBe(false)
    expect(changes).toBe(1)
    expect(codeOf(await keyring.sign(pubkey, template))).toBe('keys.locked')
    expect(env.clock.pending()).toBe(0)
  })

  it('locks itself after the computer slept, before anything is signed', async () => {
    const { keyring, env } = await unlocked({ autoLockMs: 1000 })
    const { pubkey } = await importHex(keyring, hex1)
    expectOk(await keyring.sign(pubkey, template))
    env.clock.sleep(1000)
    expect(codeOf(await keyring.sign(pubkey, template))).toBe('keys.locked')
  })

  it('locked while a key is being opened signs nothing with it', async () => {
    const { keyring: first } = await unlocked()
    const { pubkey } = await importHex(first, hex1)
    await first.stop()
    const { keyring } = await unlocked()
    const signing = keyring.sign(pubkey, template)
    keyring.lock()
    expect(codeOf(await signing)).toBe('keys.locked')
    expectOk(await keyring.unlock('correct horse'))
    const event = expectOk(await keyring.sign(pubkey, template))
    expect(event.pubkey).toBe(pubkey1)
  })

  it('is opened at start from a file', async () => {
    const passphraseFile = join(folder.path, 'passphrase')
    await writeFile(passphraseFile, 'correct horse\r\nsecond line\n', { mode: 0o600 })
    const { keyring } = await startKeyring(folder.path, { passphraseFile })
    expectOk(await keyring.create('a'))
    await keyring.stop()
    const { keyring: typed } = await startKeyring(folder.path)
    expect(codeOf(await typed.unlock('correct horse'))).toBe('ok')
  })

  it.each([
    ['missing', undefined, 'store.io'],
    ['empty', '', 'keys.bad-passphrase-file'],
    ['wrong', 'wrong', 'keys.wrong-passphrase'],
  ])('starts locked and says why when that file is %s', async (_, text, code) => {
    const { keyring: first } = await unlocked()
    await first.stop()
    const passphraseFile = join(folder.path, 'passphrase')
    if (text !== undefined) await writeFile(passphraseFile, text)
    const { keyring, health } = await startKeyring(folder.path, { passphraseFile })
    expect(keyring.vault().isUnlocked).toBe(false)
    expect(health.list()).toMatchObject([{ code }])
    expectOk(await keyring.unlock('correct horse'))
    expect(health.list()).toEqual([])
  })

  it('uses the cost of NIP-49 unless a test says otherwise', async () => {
    const { path, health, env } = newKeyring(folder.path)
    const real = createKeyring(env, { path, health })
    await real.start()
    expectOk(await real.unlock('correct horse'))
    const { verifier } = JSON.parse(await readFile(path, 'utf8')) as { verifier: string }
    expect(expectOk(readNcryptsec(verifier))[1]).toBe(16)
  })
})

describe('other protections', () => {
  it('uses the keychain where there is a real one, without any passphrase', async () => {
    const osSealer = createFakeKeychain()
    const { keyring, path } = await startKeyring(folder.path, { osSealer })
    expect(keyring.vault()).toEqual({
      protection: 'os',
      isUnlocked: true,
      needsPassphrase: false,
      hasPassphrase: false,
    })
    const made = await importHex(keyring, hex1)
    expect(made).toMatchObject({ protection: 'os', isLocked: false })
    expect(codeOf(await keyring.unlock('x'))).toBe('keys.no-passphrase')
    await keyring.stop()
    expect(await readFile(path, 'utf8')).toContain(Buffer.alloc(32, 0xee).toString('base64'))
    const { keyring: second } = await startKeyring(folder.path, { osSealer })
    expect(expectOk(await second.sign(made.pubkey, template)).pubkey).toBe(pubkey1)
  })

  it.each([
    ['the keychain is not a real one', createFakeKeychain(false)],
    [
      'asking for it fails',
      { ...createFakeKeychain(), isAvailable: () => Promise.reject(new Error()) },
    ],
  ])('wants a passphrase when %s', async (_, osSealer) => {
    const { keyring } = await startKeyring(folder.path, { osSealer, preferred: 'os' })
    expect(keyring.vault()).toMatchObject({ protection: 'passphrase', needsPassphrase: true })
  })

  it('says so when the keychain refuses, and keeps nothing', async () => {
    const refuse = () => Promise.reject(new Error('denied'))
    const { keyring, path } = await startKeyring(folder.path, {
      osSealer: { ...createFakeKeychain(), seal: refuse },
    })
    expect(codeOf(await keyring.create('a'))).toBe('keys.keychain-unavailable')
    expect(keyring.list()).toEqual([])
    await expect(stat(path)).rejects.toThrow('ENOENT')
  })

  it('does not believe a keychain that returns something else', async () => {
    const { keyring } = await startKeyring(folder.path, {
      osSealer: {
        ...createFakeKeychain(),
        open: () => Promise.resolve(new Uint8Array(32).fill(9)),
      },
    })
    expect(codeOf(await keyring.create('a'))).toBe('keys.keychain-unavailable')
  })

  it('keeps plain keys only when that is allowed', async () => {
    const refused = startKeyring(folder.path, { preferred: 'plain' })
    await expect(refused).rejects.toBeInstanceOf(AppError)
    const { keyring, path } = await startKeyring(folder.path, {
      preferred: 'plain',
      allowPlain: true,
    })
    expect(await importHex(keyring, hex1)).toMatchObject({ protection: 'plain', isLocked: false })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await keyring.stop()
    const { keyring: second } = await startKeyring(folder.path, { osSealer: createFakeKeychain() })
    expectOk(await second.sign(pubkey1, template))
    expect(expectOk(await second.create('new')).protection).toBe('os')
  })

  it('reads keys of every protection from one vault', async () => {
    const { keyring } = await unlocked()
    await importHex(keyring, hex1)
    await keyring.stop()
    const { keyring: second } = await startKeyring(folder.path, { osSealer: createFakeKeychain() })
    expect(second.vault().needsPassphrase).toBe(false)
    expect(second.list()).toMatchObject([{ protection: 'passphrase', isLocked: true }])
    const { pubkey } = await importHex(second, hex2)
    expectOk(await second.sign(pubkey, template))
    expect(codeOf(await second.sign(pubkey1, template))).toBe('keys.locked')
    expectOk(await second.unlock('correct horse'))
    expectOk(await second.sign(pubkey1, template))
  })
})
