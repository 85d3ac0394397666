import { createPublicKey, verify } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keyFromZBase32 } from '../names/z-base-32.ts'
import { bundleFixture, type Fixture } from '../store/bundle-fixture.ts'
import { undoMs } from './sealed.ts'
import { codeOf, createFakeKeychain, expectOk, newKeyring, startKeyring } from './test-keyring.ts'
import { folderOfTest, passphrase, unlockedIn } from './test-vault.ts'

const message = Buffer.from('3:seqi1e1:v0:')
/** RFC 8032 s.7.1, test 1. */
const rfc = {
  seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
  publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  signature:
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
}
const rfcSeedText = 'uio5d8xx9ipgbqwrjm4jf5bcatnrutmjxc3g1gmo8qsyg8fqx7oy'
const zeros = '0'.repeat(64)
const zerosKey = '8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo'

const folder = folderOfTest()

async function unlocked(deps: Parameters<typeof startKeyring>[1] = {}) {
  const made = await unlockedIn(folder.path, deps)
  return { ...made, pkarr: made.keyring.pkarr }
}

function verifies(key: string, signature: Uint8Array): boolean {
  const spki = Buffer.concat([
    Buffer.from('302a300506032b6570032100', 'hex'),
    keyFromZBase32(key) ?? new Uint8Array(),
  ])
  return verify(
    null,
    message,
    createPublicKey({ key: spki, format: 'der', type: 'spki' }),
    signature,
  )
}

describe('PKARR keys', () => {
  it('are made, sign, and are still there after a restart', async () => {
    const { keyring, pkarr, env } = await unlocked()
    const made = expectOk(await pkarr.create(' my  zone '))
    expect(made).toEqual({
      key: expect.stringMatching(/^[a-z0-9]{51}[yo]$/u),
      label: 'my zone',
      createdAtMs: env.clock.nowMs(),
      protection: 'passphrase',
      isLocked: false,
      isBackedUp: false,
    })
    expect(verifies(made.key, expectOk(await pkarr.sign(made.key, message)))).toBe(true)
    await keyring.stop()

    const { keyring: second } = await startKeyring(folder.path)
    expect(second.pkarr.list()).toEqual([{ ...made, isLocked: true }])
    expect(codeOf(await second.pkarr.sign(made.key, message))).toBe('keys.locked')
    expect(codeOf(await second.pkarr.exportSeed(made.key, 'hex'))).toBe('keys.locked')
    expect(codeOf(await second.pkarr.create('b'))).toBe('keys.locked')
    expectOk(await second.unlock(passphrase))
    expect(second.pkarr.list()).toEqual([made])
    expect(verifies(made.key, expectOk(await second.pkarr.sign(made.key, message)))).toBe(true)
  })

  it('sign as RFC 8032 says', async () => {
    const { pkarr } = await unlocked()
    const { key } = expectOk(await pkarr.importSeed(rfc.seed, { label: 'rfc' }))
    expect(Buffer.from(keyFromZBase32(key) ?? []).toString('hex')).toBe(rfc.publicKey)
    const signature = expectOk(await pkarr.sign(key, new Uint8Array()))
    expect(Buffer.from(signature).toString('hex')).toBe(rfc.signature)
  })

  it.each([
    ['hex', rfc.seed],
    ['capital hex with spaces', ` ${rfc.seed.toUpperCase().replaceAll(/(.{8})/gu, '$1 ')}\n`],
    ['z-base-32, as old seed files of pkdns have it', `${rfcSeedText}\n`],
  ])('come in from %s and go out in both forms', async (_, text) => {
    const { pkarr } = await unlocked()
    const { key, isBackedUp } = expectOk(await pkarr.importSeed(text, { label: 'a' }))
    expect(isBackedUp).toBe(true)
    expect(expectOk(await pkarr.exportSeed(key, 'hex'))).toBe(rfc.seed)
    expect(expectOk(await pkarr.exportSeed(key, 'z32'))).toBe(rfcSeedText)
  })

  it('are every 32 bytes, also those that are no key of Nostr', async () => {
    for (const deps of [
      {},
      { osSealer: createFakeKeychain() },
      { preferred: 'plain' as const, allowPlain: true },
    ]) {
      await rm(join(folder.path, 'keys.json'), { force: true })
      const { keyring } = await startKeyring(folder.path, deps)
      if (keyring.vault().needsPassphrase) expectOk(await keyring.unlock(passphrase))
      const made = expectOk(await keyring.pkarr.importSeed(zeros, { label: 'a' }))
      expect(made).toMatchObject({ key: zerosKey, protection: keyring.vault().protection })
      keyring.lock()
      await keyring.stop()
      const { keyring: second } = await startKeyring(folder.path, deps)
      if (second.vault().needsPassphrase) expectOk(await second.unlock(passphrase))
      expect(expectOk(await second.pkarr.exportSeed(zerosKey, 'hex'))).toBe(zeros)
      await second.stop()
    }
  })

  it.each([
    ['', 'keys.empty'],
    [rfc.seed.slice(1), 'keys.bad-length'],
    [`${rfc.seed}00`, 'keys.bad-length'],
    [rfcSeedText.slice(1), 'keys.bad-length'],
    [`${rfcSeedText.slice(0, -1)}b`, 'keys.bad-character'],
    [rfcSeedText.replace('u', 'l'), 'keys.bad-character'],
    [`pk:${rfcSeedText}`, 'keys.is-public'],
    [`nsec1${'q'.repeat(58)}`, 'keys.not-a-key'],
  ])('refuse %j as %s', async (text, code) => {
    const { pkarr } = await unlocked()
    expect(codeOf(await pkarr.importSeed(text, { label: 'a' }))).toBe(code)
    expect(pkarr.list()).toEqual([])
  })

  it('need a passphrase first, a plain name, and are held once', async () => {
    const { keyring } = await startKeyring(folder.path)
    expect(codeOf(await keyring.pkarr.create('a'))).toBe('keys.passphrase-needed')
    expectOk(await keyring.unlock(passphrase))
    for (const label of ['', 'x'.repeat(65), rfc.seed, rfcSeedText]) {
      expect(codeOf(await keyring.pkarr.create(label))).toBe('keys.bad-label')
    }
    const { key } = expectOk(await keyring.pkarr.importSeed(rfc.seed, { label: 'first' }))
    const again = await keyring.pkarr.importSeed(rfcSeedText, { label: 'second' })
    expect(again).toMatchObject({ error: { code: 'keys.duplicate' } })
    expect(again.ok ? '' : again.error.message).toContain('first')
    expect(expectOk(await keyring.pkarr.rename(key, 'other')).label).toBe('other')
    expect(codeOf(await keyring.pkarr.rename(key, rfc.seed))).toBe('keys.bad-label')
    for (const done of [
      keyring.pkarr.rename(zerosKey, 'x'),
      keyring.pkarr.remove(zerosKey),
      keyring.pkarr.sign(zerosKey, message),
      keyring.pkarr.exportSeed(zerosKey, 'hex'),
    ]) {
      expect(codeOf(await done)).toBe('keys.unknown')
    }
  })

  it('come back after removal, for 30 days, beside a removed Nostr key', async () => {
    const { keyring, pkarr, env } = await unlocked()
    const { pubkey } = expectOk(await keyring.create('nostr'))
    const { key } = expectOk(await pkarr.create('pkarr'))
    expectOk(await keyring.remove(pubkey))
    expectOk(await pkarr.remove(key))
    expect([pkarr.list(), pkarr.canUndoRemove(), keyring.canUndoRemove()]).toEqual([[], true, true])
    env.clock.sleep(undoMs - 1)
    expect(expectOk(await pkarr.undoRemove()).key).toBe(key)
    expectOk(await keyring.undoRemove())
    expect(codeOf(await pkarr.undoRemove())).toBe('keys.nothing-to-undo')
    expectOk(await pkarr.sign(key, message))

    expectOk(await pkarr.remove(key))
    env.clock.sleep(undoMs)
    expect(pkarr.canUndoRemove()).toBe(false)
    expect(codeOf(await pkarr.undoRemove())).toBe('keys.nothing-to-undo')
    await keyring.stop()
  })

  it('leave the disk when the time for undo is over', async () => {
    const { keyring, pkarr, path } = await unlocked()
    const { key } = expectOk(await pkarr.create('gone'))
    expectOk(await pkarr.remove(key))
    await keyring.stop()
    expect(await readFile(path, 'utf8')).toContain(key)
    const later = newKeyring(folder.path)
    later.env.clock.sleep(undoMs)
    await later.keyring.start()
    expect(await readFile(path, 'utf8')).not.toContain(key)
  })

  it('are imported again after removal without a second copy', async () => {
    const { pkarr } = await unlocked()
    const { key } = expectOk(await pkarr.importSeed(rfc.seed, { label: 'a' }))
    expectOk(await pkarr.remove(key))
    expectOk(await pkarr.importSeed(rfc.seed, { label: 'b' }))
    expect(pkarr.canUndoRemove()).toBe(false)
    expect(pkarr.list()).toHaveLength(1)
  })

  it('tell listeners about changes and about the lock', async () => {
    const { keyring, pkarr } = await unlocked()
    const seen: boolean[][] = []
    const stop = pkarr.onChange(() => seen.push(pkarr.list().map(({ isLocked }) => isLocked)))
    expectOk(await pkarr.create('a'))
    keyring.lock()
    stop()
    expectOk(await keyring.unlock(passphrase))
    expect(seen).toEqual([[false], [true]])
  })

  it('are not used when the file gives another seed than theirs', async () => {
    const { keyring, pkarr, path } = await startPlain()
    const { key } = expectOk(await pkarr.importSeed(rfc.seed, { label: 'a' }))
    await keyring.stop()
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace(rfc.seed, zeros))
    const { keyring: second } = await startPlain()
    expect(codeOf(await second.pkarr.sign(key, message))).toBe('keys.damaged')
    await second.stop()
    await writeFile(path, text.replace(rfc.seed, 'ab'))
    const { keyring: third } = await startPlain()
    expect(codeOf(await third.pkarr.exportSeed(key, 'hex'))).toBe('keys.damaged')
  })
})

async function startPlain() {
  const made = await startKeyring(folder.path, { preferred: 'plain', allowPlain: true })
  return { ...made, pkarr: made.keyring.pkarr }
}

describe('a vault of version 1', () => {
  it('still opens, keeps its keys, and takes PKARR keys', async () => {
    const { keyring, path } = await unlocked()
    const { pubkey } = expectOk(await keyring.create('old'))
    await keyring.stop()
    const { pkarr: _, ...rest } = JSON.parse(await readFile(path, 'utf8')) as Record<
      string,
      unknown
    >
    await writeFile(path, JSON.stringify({ ...rest, version: 1 }))

    const { keyring: second, pkarr, health } = await unlocked()
    expect(health.list()).toEqual([])
    expect(second.list()).toMatchObject([{ pubkey, label: 'old', isDefault: true }])
    const { key } = expectOk(await pkarr.create('new'))
    await second.stop()

    const { keyring: third } = await unlocked()
    expect(third.list()).toMatchObject([{ pubkey }])
    expect(third.pkarr.list()).toMatchObject([{ key }])
    expect(await readdir(folder.path)).toEqual(['keys.json'])
  })

  it('can be opened by a PKARR key when its verifier is lost', async () => {
    const { keyring, pkarr, path } = await unlocked()
    const { key } = expectOk(await pkarr.create('only'))
    await keyring.stop()
    const { verifier: _, ...rest } = JSON.parse(await readFile(path, 'utf8')) as Record<
      string,
      unknown
    >
    await writeFile(path, JSON.stringify(rest))
    const { keyring: second } = await startKeyring(folder.path)
    expect(second.vault().hasPassphrase).toBe(true)
    expect(codeOf(await second.unlock('wrong'))).toBe('keys.wrong-passphrase')
    expectOk(await second.unlock(passphrase))
    expectOk(await second.pkarr.sign(key, message))
  })
})

describe('seeds', () => {
  it('appear in no log line, Problem, inspection or file', async () => {
    const told: string[] = []
    const tell = (value: unknown): void => {
      told.push(JSON.stringify(value) ?? '', inspect(value, { depth: Infinity, showHidden: true }))
    }
    const { keyring, pkarr, env, health, path } = await unlocked()
    for (const text of [
      rfc.seed,
      rfcSeedText,
      `${rfc.seed}0`,
      `${rfcSeedText}y`,
      `0x${rfc.seed}`,
    ]) {
      tell(await pkarr.importSeed(text, { label: 'a' }))
      tell(await pkarr.importSeed(text, { label: text }))
    }
    const [identity] = pkarr.list()
    const key = identity?.key ?? ''
    tell(await pkarr.sign(key, message))
    tell(await pkarr.rename(key, rfcSeedText))
    expectOk(await pkarr.exportSeed(key, 'hex'))
    tell(await pkarr.remove(key))
    tell(await pkarr.undoRemove())
    tell([keyring, pkarr, pkarr.list(), health.list()])
    told.push(...env.lines, await readFile(path, 'utf8'))
    const bytes = Buffer.from(rfc.seed, 'hex')
    const forms = [rfc.seed, rfcSeedText, bytes.toString('base64'), [...bytes].join(', ')]
    expect(told.length).toBeGreaterThan(20)
    expect(
      told.filter((text) => forms.some((form) => text.toLowerCase().includes(form.toLowerCase()))),
    ).toEqual([])
  })
})

describe('PKARR keys that were confirmed', () => {
  let fixture: Fixture
  beforeAll(async () => {
    fixture = await bundleFixture(new URL('./pkarr-writer.fixture.ts', import.meta.url))
  })
  afterAll(async () => {
    await rm(fixture.folder, { recursive: true, force: true })
  })

  it('survive kill -9 at any moment, and can sign', async () => {
    const confirmed: string[] = []
    for (let round = 0; round < 8; round++) {
      const run = fixture.run(join(folder.path, 'keys.json'), passphrase, '1000')
      await run.printed(2 + ((round * 5) % 9))
      await run.kill()
      expect(run.errors()).toBe('')
      confirmed.push(...run.lines.filter((line) => line !== 'unlocked'))
    }
    expect(confirmed.filter((line) => line.startsWith('failed'))).toEqual([])
    expect(confirmed.length).toBeGreaterThan(20)
    const { pkarr, health } = await unlocked()
    expect(health.list()).toEqual([])
    const held = new Set(pkarr.list().map(({ key }) => key))
    expect(confirmed.filter((key) => !held.has(key))).toEqual([])
    for (const key of confirmed.slice(-3)) {
      expect(verifies(key, expectOk(await pkarr.sign(key, message)))).toBe(true)
    }
    expect(await readdir(folder.path)).toEqual(['keys.json'])
  })
})
