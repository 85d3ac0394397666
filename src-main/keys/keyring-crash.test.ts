import { execFileSync } from 'node:child_process'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleFixture, type Fixture } from '../store/bundle-fixture.ts'
import { codeOf, expectOk, newKeyring, startKeyring } from './test-keyring.ts'
import { folderOfTest, passphrase, template } from './test-vault.ts'

let fixture: Fixture
const folder = folderOfTest()
beforeAll(async () => {
  fixture = await bundleFixture(new URL('./key-writer.fixture.ts', import.meta.url))
})
afterAll(async () => {
  await rm(fixture.folder, { recursive: true, force: true })
})

describe('keys', () => {
  it('that were confirmed survive kill -9 at any moment, and can sign', async () => {
    const confirmed: string[] = []
    for (let round = 0; round < 12; round++) {
      const run = fixture.run(join(folder.path, 'keys.json'), passphrase, '1000')
      await run.printed(1 + ((round * 5) % 9))
      await run.kill()
      expect(run.errors()).toBe('')
      confirmed.push(...run.lines.filter((line) => line !== 'unlocked'))
    }
    expect(confirmed.filter((line) => line.startsWith('failed'))).toEqual([])
    expect(confirmed.length).toBeGreaterThan(30)
    const { keyring, health } = await startKeyring(folder.path)
    expect(health.list()).toEqual([])
    expectOk(await keyring.unlock(passphrase))
    const held = new Set(keyring.list().map((identity) => identity.pubkey))
    expect(confirmed.filter((pubkey) => !held.has(pubkey))).toEqual([])
    // A key that was being made may be there without having been confirmed: one a round at most.
    expect(held.size - confirmed.length).toBeLessThanOrEqual(12)
    const { pubkey } = expectOk(await keyring.create('after'))
    for (const owner of [...confirmed.slice(-3), pubkey]) {
      expect(expectOk(await keyring.sign(owner, template)).pubkey).toBe(owner)
    }
    expect(await readdir(folder.path)).toEqual(['keys.json'])
  })

  it('made by two processes at once are all there', async () => {
    const run = fixture.run(join(folder.path, 'keys.json'), passphrase, '25')
    const { keyring } = await startKeyring(folder.path)
    const opened = await keyring.unlock(passphrase)
    const own: string[] = []
    for (let n = 0; n < 25; n++) own.push(expectOk(await keyring.create(`own ${n}`)).pubkey)
    expect([await run.ended, run.errors()]).toEqual([0, ''])
    const [first, ...theirs] = run.lines
    expect([codeOf(opened), first]).toEqual(['ok', 'unlocked'])
    await keyring.stop()
    const { keyring: after } = await startKeyring(folder.path)
    const held = after.list().map((identity) => identity.pubkey)
    expect(new Set(held)).toEqual(new Set([...own, ...theirs]))
    expect(held).toHaveLength(50)
    expectOk(await after.unlock(passphrase))
    for (const owner of [own[0] ?? '', theirs[0] ?? '']) {
      expect(expectOk(await after.sign(owner, template)).pubkey).toBe(owner)
    }
  })
})

const canMount = process.platform === 'linux' && process.getuid?.() === 0 && tryMount()

function tryMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}

describe.skipIf(!canMount)('on a full disk', () => {
  it('no key is confirmed that is not there, and none is lost', async () => {
    const disk = join(folder.path, 'disk')
    await mkdir(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk])
    try {
      const { keyring } = await startKeyring(disk)
      expectOk(await keyring.unlock(passphrase))
      const { pubkey } = expectOk(await keyring.create('before'))
      await writeFile(join(disk, 'fill'), Buffer.alloc(300_000)).catch(() => undefined)
      expect(codeOf(await keyring.create('refused'))).toBe('store.disk-full')
      expect(keyring.list().map((identity) => identity.label)).toEqual(['before'])
      await keyring.stop()
      const { keyring: second } = newKeyring(disk)
      await second.start()
      expectOk(await second.unlock(passphrase))
      expect(expectOk(await second.sign(pubkey, template)).pubkey).toBe(pubkey)
      await rm(join(disk, 'fill'))
      expectOk(await second.create('after'))
      expect(second.list().map((identity) => identity.label)).toEqual(['before', 'after'])
      expect(await readdir(disk)).toEqual(['keys.json'])
    } finally {
      execFileSync('umount', ['-l', disk])
    }
  })
})
