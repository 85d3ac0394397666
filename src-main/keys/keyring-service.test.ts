import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decode } from 'nostr-tools/nip19'
import { decrypt } from 'nostr-tools/nip49'
import { verifyEvent } from 'nostr-tools/pure'
import { describe, expect, it } from 'vitest'
import { hexFromBytes } from '../names/curve-points.ts'
import type { KeyringDeps } from './keyring-service.ts'
import { publicKeyOf } from './secret-key.ts'
import { codeOf, expectOk, newKeyring, startKeyring } from './test-keyring.ts'
import {
  folderOfTest,
  hex1,
  hex2,
  hexKeys,
  importHex,
  pubkey1,
  template,
  unlockedIn,
} from './test-vault.ts'

const day = 24 * 60 * 60 * 1000

const folder = folderOfTest()

const unlocked = (deps: Partial<KeyringDeps> = {}) => unlockedIn(folder.path, deps)

describe('identities', () => {
  it('are made, listed, and sign', async () => {
    const { keyring, env } = await unlocked()
    const made = expectOk(await keyring.create('  home  '))
    expect(made).toEqual({
      pubkey: made.pubkey,
      npub: made.npub,
      label: 'home',
      createdAtMs: env.clock.nowMs(),
      protection: 'passphrase',
      isDefault: true,
      isLocked: false,
      isBackedUp: false,
    })
    expect(decode(made.npub)).toEqual({ type: 'npub', data: made.pubkey })
    expect(keyring.list()).toEqual([made])
    const event = expectOk(await keyring.sign(made.pubkey, template))
    expect(event).toMatchObject({ ...template, pubkey: made.pubkey })
    expect(verifyEvent(JSON.parse(JSON.stringify(event)) as typeof event)).toBe(true)
  })

  it('sign only what the template says, and leave the template as it was', async () => {
    const { keyring } = await unlocked()
    const { pubkey } = expectOk(await keyring.create('a'))
    const sly = Object.freeze({ ...template, pubkey: hex1, id: hex1, sig: 'x', extra: 1 })
    const event = expectOk(await keyring.sign(pubkey, sly))
    expect(Object.keys(event).toSorted()).toEqual([
      'content',
      'created_at',
      'id',
      'kind',
      'pubkey',
      'sig',
      'tags',
    ])
    expect(event.pubkey).toBe(pubkey)
  })

  it('keep their order, with the first as default until another is chosen', async () => {
    const { keyring } = await unlocked()
    expect(keyring.default()).toBeUndefined()
    const keys = []
    for (const hex of hexKeys) keys.push(await importHex(keyring, hex))
    expect(keyring.list().map((identity) => identity.label)).toEqual(['1', '2', '3'])
    expect(keyring.default()?.label).toBe('1')
    expect(expectOk(await keyring.setDefault(keys[2]?.pubkey ?? '')).isDefault).toBe(true)
    expect(keyring.list().map((identity) => identity.isDefault)).toEqual([false, false, true])
    expect(expectOk(await keyring.rename(keys[1]?.pubkey ?? '', 'two')).label).toBe('two')
    expect(keyring.list().map((identity) => identity.label)).toEqual(['1', 'two', '3'])
  })

  it('refuse a key that is there already, by its name', async () => {
    const { keyring } = await unlocked()
    expect((await importHex(keyring, hex1, 'mine')).pubkey).toBe(pubkey1)
    const again = await keyring.importSecret(hex1, { label: 'other' })
    expect(again).toMatchObject({ ok: false, error: { code: 'keys.duplicate' } })
    expect(again.ok ? '' : again.error.message).toContain('mine')
    expect(keyring.list()).toHaveLength(1)
  })

  it('refuse the same key twice at the same moment', async () => {
    const { keyring } = await unlocked()
    const both = await Promise.all([
      keyring.importSecret(hex1, { label: 'a' }),
      keyring.importSecret(hex1, { label: 'b' }),
    ])
    expect(both.map(codeOf).toSorted()).toEqual(['keys.duplicate', 'ok'])
    expect(keyring.list()).toHaveLength(1)
  })

  it.each(['', '  ', 'x'.repeat(65), `nsec1${'q'.repeat(58)}`, hex1])(
    'refuse the label %j',
    async (label) => {
      const { keyring } = await unlocked()
      expect(codeOf(await keyring.create(label))).toBe('keys.bad-label')
      expect(codeOf(await keyring.importSecret(hex2, { label }))).toBe('keys.bad-label')
      const { pubkey } = await importHex(keyring, hex1)
      expect(codeOf(await keyring.rename(pubkey, label))).toBe('keys.bad-label')
    },
  )

  it('that are not there have no operations', async () => {
    const { keyring } = await unlocked()
    const results = [
      keyring.sign(pubkey1, template),
      keyring.rename(pubkey1, 'x'),
      keyring.setDefault(pubkey1),
      keyring.remove(pubkey1),
      keyring.exportSecret(pubkey1, 'hex'),
    ]
    expect(
      new Set((await Promise.all<{ ok: boolean }>(results)).map((r) => codeOf(r as never))),
    ).toEqual(new Set(['keys.unknown']))
    expect(codeOf(await keyring.undoRemove())).toBe('keys.nothing-to-undo')
  })
})

describe('removal', () => {
  it('can be undone, with everything as it was', async () => {
    const { keyring } = await unlocked()
    const first = await importHex(keyring, hex1)
    await importHex(keyring, hex2)
    expectOk(await keyring.remove(first.pubkey))
    expect(keyring.list().map((identity) => identity.label)).toEqual(['2'])
    expect(keyring.default()?.label).toBe('2')
    expect(keyring.canUndoRemove()).toBe(true)
    expect(expectOk(await keyring.undoRemove())).toEqual(first)
    expect(keyring.canUndoRemove()).toBe(false)
    expect(expectOk(await keyring.sign(first.pubkey, template)).pubkey).toBe(first.pubkey)
  })

  it('can be undone after a restart, until 30 days are over', async () => {
    const { keyring, path } = await unlocked()
    const { pubkey } = await importHex(keyring, hex1)
    expectOk(await keyring.remove(pubkey))
    await keyring.stop()
    const kept = await readFile(path, 'utf8')
    const { keyring: second, env } = newKeyring(folder.path)
    env.clock.advance(30 * day - 1)
    await second.start()
    expect(second.canUndoRemove()).toBe(true)
    env.clock.advance(1)
    expect(second.canUndoRemove()).toBe(false)
    expect(codeOf(await second.undoRemove())).toBe('keys.nothing-to-undo')
    await second.stop()
    expect(await readFile(path, 'utf8')).toBe(kept)
    const { keyring: third, env: later } = newKeyring(folder.path)
    later.clock.advance(30 * day)
    await third.start()
    expect(await readFile(path, 'utf8')).not.toContain(pubkey)
  })

  it('keeps only the last one for undo', async () => {
    const { keyring, path } = await unlocked()
    const first = await importHex(keyring, hex1)
    const second = await importHex(keyring, hex2)
    expectOk(await keyring.remove(first.pubkey))
    expectOk(await keyring.remove(second.pubkey))
    expect(keyring.default()).toBeUndefined()
    expect(expectOk(await keyring.undoRemove()).pubkey).toBe(second.pubkey)
    expect(await readFile(path, 'utf8')).not.toContain(first.pubkey)
  })

  it('is forgotten when the same key is imported again', async () => {
    const { keyring } = await unlocked()
    const { pubkey } = await importHex(keyring, hex1)
    expectOk(await keyring.remove(pubkey))
    await importHex(keyring, hex1, 'again')
    expect(keyring.canUndoRemove()).toBe(false)
    expect(keyring.list().map((identity) => identity.label)).toEqual(['again'])
  })
})

describe('export', () => {
  it.each([
    ['nsec', (text: string) => hexFromBytes(decode(text as `nsec1${string}`).data)],
    ['hex', (text: string) => text],
    ['ncryptsec', (text: string) => hexFromBytes(decrypt(text, 'pass'))],
  ] as const)('as %s, and is then backed up', async (form, toHex) => {
    const { keyring } = await unlocked()
    const { pubkey } = expectOk(await keyring.create('a'))
    const text = expectOk(await keyring.exportSecret(pubkey, form, 'pass'))
    expect(keyring.list()[0]?.isBackedUp).toBe(true)
    expect(publicKeyOf(Uint8Array.from(Buffer.from(toHex(text), 'hex')))).toBe(pubkey)
    expectOk(await keyring.remove(pubkey))
    const back = expectOk(await keyring.importSecret(text, { label: 'b', password: 'pass' }))
    expect(back).toMatchObject({ pubkey, isBackedUp: true })
  })

  it('as ncryptsec needs a password', async () => {
    const { keyring } = await unlocked()
    const { pubkey } = expectOk(await keyring.create('a'))
    expect(codeOf(await keyring.exportSecret(pubkey, 'ncryptsec'))).toBe('keys.password-needed')
    expect(codeOf(await keyring.exportSecret(pubkey, 'ncryptsec', ''))).toBe('keys.password-needed')
    expect(keyring.list()[0]?.isBackedUp).toBe(false)
  })
})

describe('vault file', () => {
  it('is for its owner only, even after it was opened to others', async () => {
    const { keyring, path } = await unlocked()
    await keyring.stop()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await chmod(path, 0o644)
    await startKeyring(folder.path)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it.each([
    ['rubbish', 'rubbish'],
    ['cut off', '{"version":1,"identities":[{"pubkey":"'],
    ['an unknown field', '{"version":1,"identities":[],"x":1}'],
    ['no identities', '{"version":1}'],
  ])('that is damaged (%s) is kept and reported, never overwritten', async (_, text) => {
    const path = join(folder.path, 'keys.json')
    await writeFile(path, text)
    const { keyring, health } = await startKeyring(folder.path)
    expect(health.list()).toMatchObject([{ code: 'keys.bad-file', severity: 'error' }])
    expectOk(await keyring.unlock('correct horse'))
    expectOk(await keyring.create('a'))
    await keyring.stop()
    expect(await readFile(`${path}.bad-1`, 'utf8')).toBe(text)
    expect((await readdir(folder.path)).toSorted()).toEqual(['keys.json', 'keys.json.bad-1'])
  })

  it('of a newer program is left alone', async () => {
    const path = join(folder.path, 'keys.json')
    await writeFile(path, '{"version":3}')
    const { keyring, health } = await startKeyring(folder.path)
    expect(codeOf(await keyring.unlock('correct horse'))).toBe('keys.newer-version')
    expect(health.list()).toMatchObject([{ code: 'keys.newer-version' }])
    expect(keyring.vault().isUnlocked).toBe(false)
    expect(await readFile(path, 'utf8')).toBe('{"version":3}')
  })

  it('with one damaged key still gives the others', async () => {
    const { keyring, path } = await unlocked()
    await importHex(keyring, hex1)
    const { pubkey } = await importHex(keyring, hex2)
    await keyring.stop()
    const vault = JSON.parse(await readFile(path, 'utf8')) as {
      identities: { sealed: unknown }[]
    }
    const [first, second] = vault.identities
    if (first === undefined || second === undefined) throw new Error('two identities were made')
    const whole = first.sealed
    for (const sealed of [
      { by: 'passphrase', ncryptsec: 'ncryptsec1rubbish' },
      { by: 'plain', hex: 'zz' },
      // A good key, but of another identity: it must not sign for this one.
      { by: 'plain', hex: hex2 },
    ]) {
      await writeFile(
        path,
        JSON.stringify({ ...vault, identities: [{ ...first, sealed }, second] }),
      )
      const { keyring: opened } = await unlocked()
      expect(codeOf(await opened.sign(pubkey1, template))).toBe('keys.damaged')
      expect(codeOf(await opened.exportSecret(pubkey1, 'hex'))).toBe('keys.damaged')
      expectOk(await opened.sign(pubkey, template))
      await opened.stop()
    }
    await writeFile(
      path,
      JSON.stringify({ ...vault, identities: [{ ...first, sealed: whole }, second] }),
    )
    const { keyring: healed } = await unlocked()
    expectOk(await healed.sign(pubkey1, template))
  })

  it('that cannot be written confirms nothing', async () => {
    const { keyring, path } = await unlocked()
    await importHex(keyring, hex1)
    await rm(path)
    await rm(folder.path, { recursive: true })
    await writeFile(folder.path, 'in the way')
    expect(codeOf(await keyring.create('lost'))).toBe('store.wrong-type')
    expect(keyring.list().map((identity) => identity.label)).toEqual(['1'])
    // A backup is given out even when that cannot be noted.
    expect(expectOk(await keyring.exportSecret(pubkey1, 'hex'))).toBe(hex1)
  })

  it('tells listeners of every change', async () => {
    const { keyring } = await unlocked()
    let changes = 0
    const stop = keyring.onChange(() => changes++)
    const { pubkey } = await importHex(keyring, hex1)
    await keyring.rename(pubkey, 'x')
    keyring.lock()
    await keyring.unlock('correct horse')
    expect(changes).toBe(4)
    stop()
    keyring.lock()
    expect(changes).toBe(4)
  })
})
