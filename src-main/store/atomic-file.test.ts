import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { AppError } from '../env/errors.ts'
import { keepAside, readJsonFile, sweepTemporaries, writeFileAtomic } from './atomic-file.ts'
import { openDatabase } from './database.ts'
import { silentLogger } from '../env/logger.ts'
import { systemClock, systemRandom } from '../env/system-env.ts'
import { createSettingsStore } from './settings-store.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nostr-dns-file-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function problemCode(attempt: Promise<unknown>): Promise<string> {
  const thrown: unknown = await attempt.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(AppError)
  return (thrown as AppError).problem.code
}

describe('writeFileAtomic', () => {
  it('writes a file only its owner can read, in a folder only its owner can enter', async () => {
    const path = join(folder, 'new', 'file')
    await writeFileAtomic(path, 'one')
    expect(await readFile(path, 'utf8')).toBe('one')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'new'))).mode & 0o777).toBe(0o700)
  })

  it('gives exactly the mode asked for, whatever the umask and the old file have', async () => {
    const path = join(folder, 'file')
    await writeFile(path, 'old')
    await chmod(path, 0o666)
    const umask = process.umask(0o077)
    try {
      await writeFileAtomic(path, Uint8Array.of(1, 2), { mode: 0o644 })
    } finally {
      process.umask(umask)
    }
    expect([...(await readFile(path))]).toEqual([1, 2])
    expect((await stat(path)).mode & 0o777).toBe(0o644)
    expect(await readdir(folder)).toEqual(['file'])
  })

  it('replaces a link instead of writing through it', async () => {
    const elsewhere = join(folder, 'elsewhere')
    await writeFile(elsewhere, 'kept')
    await symlink(elsewhere, join(folder, 'file'))
    await writeFileAtomic(join(folder, 'file'), 'mine')
    expect(await readFile(elsewhere, 'utf8')).toBe('kept')
  })

  it('leaves nothing behind when it fails, and names the problem', async () => {
    await writeFile(join(folder, 'file'), '')
    expect(await problemCode(writeFileAtomic(join(folder, 'file', 'x'), ''))).toBe(
      'store.wrong-type',
    )
    expect(await readdir(folder)).toEqual(['file'])
  })
})

describe('sweepTemporaries', () => {
  it('removes the leftovers of dead processes for this file, and nothing else', async () => {
    const dead = execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim()
    const kept = ['file', `.other.${dead}.0a.tmp`, `.file.${process.ppid}.0a.tmp`, '.file.x.tmp']
    for (const name of [...kept, `.file.${dead}.0a.tmp`, `.file.${process.pid}.0a.tmp`]) {
      await writeFile(join(folder, name), '')
    }
    await sweepTemporaries(join(folder, 'file'))
    expect(new Set(await readdir(folder))).toEqual(new Set(kept))
  })

  it('does not mind a missing folder', async () => {
    await sweepTemporaries(join(folder, 'no', 'file'))
    expect(await readdir(folder)).toEqual([])
  })
})

describe('keepAside', () => {
  it('never overwrites what was kept before', async () => {
    const path = join(folder, 'file')
    for (const text of ['a', 'b']) {
      await writeFile(path, text)
      await keepAside(path)
    }
    expect(await readFile(`${path}.bad-1`, 'utf8')).toBe('a')
    expect(await readFile(`${path}.bad-2`, 'utf8')).toBe('b')
  })
})

describe('readJsonFile', () => {
  const schema = z.strictObject({ a: z.strictObject({ n: z.number() }) })
  it.each([
    ['{"a":{"n":1}}', { kind: 'ok', value: { a: { n: 1 } } }],
    ['\uFEFF{"a":{"n":1}}', { kind: 'ok', value: { a: { n: 1 } } }],
    ['{"a":\n{"n":"hush"}}', { kind: 'bad', reason: expect.stringMatching(/^a\.n: /u) }],
    ['{"a":{"n":1,"x":1}}', { kind: 'bad', reason: 'unknown field a.x' }],
    ['{"a":\n{"n" 1}}', { kind: 'bad', reason: 'it is not JSON (line 2, column 6)' }],
    ['', { kind: 'bad', reason: expect.stringContaining('it is not JSON') }],
    ['{"a": hush}', { kind: 'bad', reason: expect.stringContaining('it is not JSON') }],
  ])('%j', async (text, expected) => {
    const path = join(folder, 'file')
    await writeFile(path, text)
    const read = await readJsonFile(path, schema)
    expect(read).toEqual(expected)
    expect(JSON.stringify(read)).not.toContain('hush')
  })

  it('tells a missing file from an unreadable one', async () => {
    expect(await readJsonFile(join(folder, 'no'), schema)).toEqual({ kind: 'missing' })
    expect(await problemCode(readJsonFile(folder, schema))).toBe('store.wrong-type')
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

describe.skipIf(!canMount)('on a disk that is really full', () => {
  beforeEach(() => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', folder])
  })
  afterEach(() => {
    execFileSync('umount', ['-l', folder])
  })

  it('keeps the old settings, says why, and works again when there is room', async () => {
    const env = { clock: systemClock, random: systemRandom, log: silentLogger }
    const path = join(folder, 'settings.json')
    const store = createSettingsStore(env, path)
    await store.start()
    expect((await store.update({ resolver: { proxyPort: 1000 } })).ok).toBe(true)
    await writeFile(join(folder, 'fill'), Buffer.alloc(600_000)).catch(() => undefined)
    const refused = await store.update({ resolver: { proxyPort: 2000 } })
    expect(refused).toMatchObject({ ok: false, error: { code: 'store.disk-full' } })
    expect(store.get().resolver.proxyPort).toBe(1000)
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
      resolver: { proxyPort: 1000 },
    })
    expect((await readdir(folder)).toSorted()).toEqual(['fill', 'settings.json'])
    await rm(join(folder, 'fill'))
    expect((await store.update({ resolver: { proxyPort: 2000 } })).ok).toBe(true)
    await store.stop()
  })

  it('reports a full disk from the database without losing what was confirmed', async () => {
    const env = { clock: systemClock, random: systemRandom, log: silentLogger }
    const database = await openDatabase(env, join(folder, 'db'))
    const rows = database.sublevel('rows')
    await database.batch([{ type: 'put', sublevel: rows, key: 'a', value: '1' }], { sync: true })
    const value = 'x'.repeat(300_000)
    const writes = (key: string) => [{ type: 'put' as const, sublevel: rows, key, value }]
    const filled = (async () => {
      for (let i = 0; i < 4; i++) await database.batch(writes(`${i}`), { sync: true })
    })()
    expect(await problemCode(filled)).toBe('store.disk-full')
    await database.close()
    execFileSync('mount', ['-o', 'remount,size=4m', folder])
    const again = await openDatabase(env, join(folder, 'db'))
    expect(await again.sublevel('rows').get('a')).toBe('1')
    await again.close()
  })

  it('says that a disk is read-only', async () => {
    const env = { clock: systemClock, random: systemRandom, log: silentLogger }
    execFileSync('mount', ['-o', 'remount,ro', folder])
    expect(await problemCode(writeFileAtomic(join(folder, 'x'), ''))).toBe('store.read-only')
    expect(await problemCode(openDatabase(env, folder))).toBe('store.read-only')
    expect(await problemCode(openDatabase(env, join(folder, 'a', 'db')))).toBe('store.read-only')
  })
})
