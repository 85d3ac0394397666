import { open, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { temporaryFolder } from '../../keys/test-keyring.ts'
import { writeFileAtomic } from '../../store/atomic-file.ts'
import { shredReplaced } from './shred.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await temporaryFolder()
  path = join(folder, 'state.json')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it.skipIf(process.platform === 'win32')('overwrites what was replaced', async () => {
  await writeFile(path, 'the old key')
  const old = await open(path, 'r')
  try {
    await shredReplaced(path, () => writeFileAtomic(path, 'the new key'))
    expect((await old.readFile()).equals(Buffer.alloc(11))).toBe(true)
  } finally {
    await old.close()
  }
  expect(await readFile(path, 'utf8')).toBe('the new key')
})

it('leaves the file alone when it was not replaced', async () => {
  await writeFile(path, 'the only key')
  expect(await shredReplaced(path, () => Promise.resolve('refused'))).toBe('refused')
  await expect(shredReplaced(path, () => Promise.reject(new Error('full')))).rejects.toThrow('full')
  expect(await readFile(path, 'utf8')).toBe('the only key')
})

it('does nothing when there was no file', async () => {
  await shredReplaced(path, () => writeFileAtomic(path, 'first'))
  expect(await readFile(path, 'utf8')).toBe('first')
})
