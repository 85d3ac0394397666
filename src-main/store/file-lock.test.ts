import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withFileLock } from './file-lock.ts'

let folder = ''
let path = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nostr-dns-lock-'))
  path = join(folder, 'file')
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('withFileLock', () => {
  it('lets one in at a time, returns what it made, and leaves nothing', async () => {
    let inside = 0
    let most = 0
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        withFileLock(path, async () => {
          inside++
          most = Math.max(most, inside)
          await readdir(folder)
          inside--
          return n
        }),
      ),
    )
    expect(results).toEqual(Array.from({ length: 20 }, (_, n) => n))
    expect(most).toBe(1)
    expect(await readdir(folder)).toEqual([])
  })

  it('is released when the task fails', async () => {
    const failing = withFileLock(path, () => Promise.reject(new Error('no')))
    await expect(failing).rejects.toThrow('no')
    expect(await withFileLock(path, () => Promise.resolve('yes'))).toBe('yes')
  })

  it.each([
    ['a dead process', '2147483647 dead'],
    ['a process that died before it wrote its name', ''],
    ['nobody known', 'rubbish'],
  ])('takes over what %s left, and only one waiter does', async (_, text) => {
    await writeFile(join(folder, '.file.lock'), text)
    let inside = 0
    let most = 0
    const task = async (): Promise<void> => {
      inside++
      most = Math.max(most, inside)
      await readdir(folder)
      inside--
    }
    await Promise.all([1, 2, 3].map(() => withFileLock(path, task)))
    expect(most).toBe(1)
    expect(await readdir(folder)).toEqual([])
  })

  it('takes a dead lock over many times in a row without ever waiting for itself', async () => {
    for (let round = 0; round < 100; round++) {
      await writeFile(join(folder, '.file.lock'), '2147483647 dead')
      await Promise.all([1, 2, 3, 4].map(() => withFileLock(path, () => readdir(folder))))
    }
    expect(await readdir(folder)).toEqual([])
  })

  it('goes on after a process that was killed while it removed a dead lock', async () => {
    await writeFile(join(folder, '.file.lock'), '2147483647 dead')
    await writeFile(join(folder, '.file.lock.breaking'), '')
    expect(await withFileLock(path, () => Promise.resolve('in'))).toBe('in')
    expect(await readdir(folder)).toEqual([])
  })
})
