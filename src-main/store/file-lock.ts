import { link, open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import type { Clock } from '../env/env.ts'
import { AppError } from '../env/errors.ts'
import { isAlive } from './atomic-file.ts'
import { ensureFolder } from './folder.ts'
import { errorCodes, storeError } from './problems.ts'

/** Holding it takes milliseconds; whoever holds it longer is gone, even if its pid is in use again. */
const staleAfterMs = 30_000
const retryMs = 10
const attempts = 1000

/**
 * Runs `task` while no other process does so for the same `path`. Two command-line runs at the same
 * moment would otherwise each write their own version of a file, and one key would be lost. A lock
 * left by a killed process is taken over. Rejects with AppError `store.busy` after about 10 s.
 */
export async function withFileLock<T>(
  clock: Clock,
  path: string,
  task: () => Promise<T>,
): Promise<T> {
  const lock = join(dirname(path), `.${basename(path)}.lock`)
  const mark = `${process.pid} ${randomBytes(8).toString('hex')}`
  await acquire(clock, path, lock, mark)
  try {
    return await task()
  } finally {
    const held = await readFile(lock, 'utf8').catch(() => '')
    if (held === mark) await rm(lock, { force: true }).catch(() => undefined)
  }
}

async function acquire(clock: Clock, path: string, lock: string, mark: string): Promise<void> {
  await ensureFolder(dirname(lock)).catch((error: unknown) => {
    throw storeError(error, path)
  })
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (await take(path, lock, mark)) return
    if (!(await breakStale(clock, lock))) await delay(retryMs)
  }
  throw new AppError({
    code: 'store.busy',
    message: `Another program keeps ${lock} locked.`,
    hint: 'If no other Nostr DNS is running, delete that file.',
  })
}

/** Makes the lock file; false if there is one. */
async function take(path: string, lock: string, mark: string): Promise<boolean> {
  let handle: FileHandle
  try {
    handle = await open(lock, 'wx', 0o600)
  } catch (error) {
    if (errorCodes(error).includes('EEXIST')) return false
    throw storeError(error, path)
  }
  try {
    await handle.writeFile(mark)
    return true
  } catch (error) {
    await rm(lock, { force: true }).catch(() => undefined)
    throw storeError(error, path)
  } finally {
    await handle.close()
  }
}

/** Removes a lock whose holder is dead; false while the holder lives. */
async function breakStale(clock: Clock, lock: string): Promise<boolean> {
  try {
    const held = await readFile(lock, 'utf8')
    const ageMs = Math.abs(clock.nowMs() - (await stat(lock)).mtimeMs)
    const pid = Number(held.split(' ')[0])
    // Empty: its maker is between creating and writing, or died there.
    const isHeld = held === '' ? ageMs < 1000 : isAlive(pid) && ageMs < staleAfterMs
    if (isHeld) return false
    // Of several waiters only one can move this very file away.
    const aside = `${lock}.${randomBytes(6).toString('hex')}.tmp`
    await rename(lock, aside)
    if ((await readFile(aside, 'utf8')) !== held) await link(aside, lock).catch(() => undefined)
    await rm(aside, { force: true })
    return true
  } catch (error) {
    if (errorCodes(error).includes('ENOENT')) return true
    throw storeError(error, lock)
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
