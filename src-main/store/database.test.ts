import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ClassicLevel } from 'classic-level'
import type { Env } from '../env/env.ts'
import { AppError } from '../env/errors.ts'
import { createHealth } from '../env/health.ts'
import { silentLogger } from '../env/logger.ts'
import { systemRandom } from '../env/system-env.ts'
import { bundleFixture } from './bundle-fixture.ts'
import { openDatabase } from './database.ts'

const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5)
const env: Env = {
  clock: { nowMs: () => nowMs, schedule: () => () => undefined },
  random: systemRandom,
  log: silentLogger,
}

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nostr-dns-database-'))
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

describe('database', () => {
  it('keeps text, JSON and bytes in parts of their own', async () => {
    const database = await openDatabase(env, join(folder, 'a', 'db'))
    const texts = database.sublevel('texts')
    const rows = database.sublevel<{ n: number }>('rows', 'json')
    const bytes = database.sublevel('bytes', 'view')
    await database.batch(
      [
        { type: 'put', sublevel: texts, key: 'k', value: 'v' },
        { type: 'put', sublevel: rows, key: 'k', value: { n: 1 } },
        { type: 'put', sublevel: bytes, key: 'k', value: Uint8Array.of(0, 255) },
      ],
      { sync: true },
    )
    expect(await texts.get('k')).toBe('v')
    expect(await rows.get('k')).toEqual({ n: 1 })
    expect([...((await bytes.get('k')) ?? [])]).toEqual([0, 255])
    await database.batch([{ type: 'del', sublevel: texts, key: 'k' }], { sync: false })
    expect(await texts.get('k')).toBeUndefined()
    expect(await rows.get('k')).toEqual({ n: 1 })
    await database.close()
    await database.close()
  })

  it('makes a folder that only its owner can enter, and keeps data over a restart', async () => {
    const directory = join(folder, 'db')
    const first = await openDatabase(env, directory)
    await first.sublevel('texts').put('k', 'v')
    await first.close()
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    const second = await openDatabase(env, directory)
    expect(await second.sublevel('texts').get('k')).toBe('v')
    await second.close()
  })

  it('says that another one is running, and can be opened when that one has gone', async () => {
    const first = await openDatabase(env, folder)
    expect(await problemCode(openDatabase(env, folder))).toBe('store.locked')
    await first.close()
    const second = await openDatabase(env, folder)
    await second.close()
  })

  it.each([
    ['a new folder', false],
    ['a damaged database', true],
  ])('lets exactly one of several that start at once have %s', async (_, isDamaged) => {
    for (let round = 0; round < 10; round++) {
      const directory = join(folder, `${round}`)
      if (isDamaged) {
        const before = await openDatabase(env, directory)
        await before.sublevel('texts').put('k', 'v')
        await before.close()
        await rm(join(directory, 'CURRENT'))
      }
      const opened = await Promise.allSettled([1, 2, 3].map(() => openDatabase(env, directory)))
      const databases = opened.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []))
      const problems = opened.flatMap((it) =>
        it.status === 'rejected' ? [(it.reason as AppError).problem.code] : [],
      )
      expect(databases).toHaveLength(1)
      expect(problems).toEqual(['store.locked', 'store.locked'])
      expect(await databases[0]?.sublevel('texts').get('k')).toBe(isDamaged ? 'v' : undefined)
      await databases[0]?.close()
    }
  })

  it('names a file in the way of the folder', async () => {
    await writeFile(join(folder, 'db'), '')
    expect(await problemCode(openDatabase(env, join(folder, 'db')))).toBe('store.wrong-type')
    expect(await problemCode(openDatabase(env, join(folder, 'db', 'x')))).toBe('store.wrong-type')
  })

  it('repairs a database whose manifest is damaged, and says so', async () => {
    const directory = join(folder, 'db')
    const first = await openDatabase(env, directory)
    await first.sublevel('texts').put('k', 'v')
    await first.close()
    for (const name of await readdir(directory)) {
      if (name.startsWith('MANIFEST')) await writeFile(join(directory, name), 'rubbish')
    }
    const health = createHealth(() => nowMs)
    const second = await openDatabase(env, directory, health)
    expect(await second.sublevel('texts').get('k')).toBe('v')
    expect(health.list().map((item) => item.code)).toEqual(['store.repaired'])
    await second.close()
  })

  it.each(['CURRENT', 'MANIFEST', '.ldb', '.log'])(
    'opens again after %s is cut off',
    async (part) => {
      const directory = join(folder, 'db')
      const level = new ClassicLevel(directory, { writeBufferSize: 64 * 1024 })
      for (let i = 0; i < 400; i++) await level.put(`k${i}`, 'v'.repeat(1000 + i))
      await level.close()
      for (const name of await readdir(directory)) {
        if (name.includes(part)) await truncate(join(directory, name), 7)
      }
      const database = await openDatabase(
        env,
        directory,
        createHealth(() => nowMs),
      )
      await database.sublevel('texts').put('k', 'v')
      expect(await database.sublevel('texts').get('k')).toBe('v')
      await database.close()
    },
  )

  it.each(['CURRENT', 'MANIFEST'])('keeps everything when %s is lost', async (part) => {
    const directory = join(folder, 'db')
    const first = await openDatabase(env, directory)
    await first.sublevel('texts').put('a', '1')
    await first.close()
    const second = await openDatabase(env, directory)
    await second.sublevel('texts').put('b', '2')
    await second.close()
    for (const name of await readdir(directory)) {
      if (name.startsWith(part)) await rm(join(directory, name))
    }
    const health = createHealth(() => nowMs)
    const third = await openDatabase(env, directory, health)
    expect(await third.sublevel('texts').getMany(['a', 'b'])).toEqual(['1', '2'])
    expect(health.list().map((item) => item.code)).toEqual(['store.repaired'])
    await third.close()
  })

  it('that breaks in use says so, and is repaired by the next start', async () => {
    const directory = join(folder, 'db')
    const level = new ClassicLevel(directory, { writeBufferSize: 64 * 1024 })
    for (let i = 0; i < 300; i++) await level.put(`!texts!k${i}`, 'v'.repeat(1000 + i))
    await level.close()
    // Bit rot inside every table: the ends are right, so only reading shows it.
    for (const name of await readdir(directory)) {
      if (!name.endsWith('.ldb')) continue
      const bytes = await readFile(join(directory, name))
      await writeFile(join(directory, name), bytes.fill(0xff, 0, bytes.length - 48))
    }
    const health = createHealth(() => nowMs)
    const first = await openDatabase(env, directory, health)
    const texts = first.sublevel('texts')
    const broken = (async () => {
      for (let i = 0; i < 100; i++) {
        const value = 'w'.repeat(200_000)
        await first.batch([{ type: 'put', sublevel: texts, key: `k${i}`, value }], { sync: false })
      }
    })()
    await expect(broken).rejects.toBeInstanceOf(AppError)
    await first.close()
    expect(health.list()).toMatchObject([{ code: 'store.damaged' }])
    for (const expected of [['store.repaired'], []]) {
      const again = createHealth(() => nowMs)
      const database = await openDatabase(env, directory, again)
      expect(again.list().map((item) => item.code)).toEqual(expected)
      const sublevel = database.sublevel('texts')
      await database.batch([{ type: 'put', sublevel, key: 'k', value: 'v' }], { sync: true })
      await database.close()
    }
  })

  it('sets a database beyond repair aside, whole, and starts a new one', async () => {
    const directory = join(folder, 'db')
    const first = await openDatabase(env, directory)
    await first.sublevel('texts').put('k', 'v')
    await first.close()
    await rm(join(directory, 'CURRENT'))
    await mkdir(join(directory, 'CURRENT'))
    const health = createHealth(() => nowMs)
    const second = await openDatabase(env, directory, health)
    expect(await second.sublevel('texts').get('k')).toBeUndefined()
    await second.close()
    const aside = `${directory}.bad-2026-01-02T03-04-05-000Z`
    expect(health.list()).toMatchObject([{ code: 'store.corrupt' }])
    expect(health.list()[0]?.message).toContain(aside)
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    expect(await readdir(aside)).toContain('CURRENT')
  })

  it('survives kill -9 with everything that was confirmed', async () => {
    const fixture = await bundleFixture(new URL('./database-writer.fixture.ts', import.meta.url))
    try {
      let confirmed = -1
      for (let round = 0; round < 8; round++) {
        const run = fixture.run(folder, `${confirmed + 1}`)
        await run.printed(1 + ((round * 37) % 90))
        await run.kill()
        expect(run.errors()).toBe('')
        confirmed = Number(run.lines.at(-1))
        const health = createHealth(() => nowMs)
        const database = await openDatabase(env, folder, health)
        const rows = database.sublevel<number>('rows', 'json')
        const keys = Array.from({ length: confirmed + 1 }, (_, n) => `${n}`)
        expect(await rows.getMany(keys)).toEqual(keys.map(Number))
        expect(health.list()).toEqual([])
        await database.close()
      }
      expect(confirmed).toBeGreaterThan(50)
    } finally {
      await rm(fixture.folder, { recursive: true, force: true })
    }
  })
})
