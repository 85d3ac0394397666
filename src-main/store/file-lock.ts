import { open, readFile, rm, type FileHandle } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { AppError } from '../env/errors.ts'
import { isAlive } from './atomic-file.ts'
import { ensureFolder } from './folder.ts'
import { errorCodes, storeError } from './problems.ts'

const retryMs = 10
/** A minute. */
const mostAttempts = 6000
/**
 * Looks at an unchanged lock before it counts as abandoned: half a minute, although its pid lives (it
 * may be in use again for something else), and a second for one that was never filled in. Counted,
 * not timed: the clock of the file system need not be that of this program.
 */
const looksAtLiving = 3000
const looksAtEmpty = 100

/**
 * Runs `task` while no other process does so for the same `path`. Two command-line runs at the same
 * moment would otherwise each write their own version of a file, and one key would be lost. A lock
 * left by a killed process is taken over. Rejects with AppError `store.busy` after about a minute.
 */
export async function withFileLock<T>(path: string, task: () => Promise<T>): Promise<T> {
  const lock = join(dirname(path), `.${basename(path)}.lock`)
  const mark = `${process.pid} ${randomBytes(8).toString('hex')}`
  await acquire(path, lock, mark)
  try {
    return await task()
  } finally {
    const held = await readFile(lock, 'utf8').catch(() => '')
    if (held === mark) await rm(lock, { force: true }).catch(() => undefined)
  }
}

async function acquire(path: string, lock: string, mark: string): Promise<void> {
  await ensureFolder(dirname(lock)).catch((error: unknown) => {
    throw storeError(error, path)
  })
  let seen = { text: '', looks: 0 }
  let refusals = 0
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    if (await take(path, lock, mark)) return
    const text = await readFile(lock, 'utf8').catch(() => undefined)
    if (text === undefined) continue
    seen = { text, looks: text === seen.text ? seen.looks + 1 : 1 }
    if (!isHeld(text, seen.looks)) {
      if (await breakLock(lock, text)) continue
      refusals += 1
      // Breaking takes a moment; whoever began it a second ago was killed in the middle.
      if (refusals % looksAtEmpty === 0) await rm(breakerOf(lock), { force: true })
    }
    await delay(retryMs)
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

function isHeld(text: string, looks: number): boolean {
  if (text === '') return looks < looksAtEmpty
  return isAlive(Number(text.split(' ')[0])) && looks < looksAtLiving
}

function breakerOf(lock: string): string {
  return `${lock}.breaking`
}

/**
 * Removes the abandoned lock that contains `text`; false while another waiter is about it. Only the
 * one that made the breaker file may remove: otherwise a slow waiter would take away the lock that a
 * faster one has made meanwhile.
 */
async function breakLock(lock: string, text: string): Promise<boolean> {
  const breaker = breakerOf(lock)
  try {
    await (await open(breaker, 'wx', 0o600)).close()
  } catch (error) {
    if (errorCodes(error).includes('EEXIST')) return false
    throw storeError(error, lock)
  }
  try {
    const now = await readFile(lock, 'utf8').catch(() => undefined)
    if (now === text) await rm(lock, { force: true })
    return true
  } catch (error) {
    throw storeError(error, lock)
  } finally {
    await rm(breaker, { force: true })
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
