import { access, constants, mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel, type BatchOperation } from 'classic-level'
import type { Env } from '../env/env.ts'
import { AppError, type Problem } from '../env/errors.ts'
import type { Health } from '../env/health.ts'
import { clearRepairMark, findDamage, isDamage, markForRepair } from './database-damage.ts'
import { withFileLock } from './file-lock.ts'
import { ensureFolder } from './folder.ts'
import { errorCodes, storeError } from './problems.ts'

type Level = ClassicLevel<string, string>

/** How values are stored; keys are always UTF-8 text, ordered by their bytes. */
type ValueEncoding = 'utf8' | 'json' | 'buffer' | 'view'

function openSublevel<V>(level: Level, name: string, valueEncoding: ValueEncoding) {
  return level.sublevel<string, V>(name, { keyEncoding: 'utf8', valueEncoding })
}

/** One named part of the database, with the whole abstract-level interface. */
export type Sublevel<V> = ReturnType<typeof openSublevel<V>>

/** One step of a batch: `{ type: 'put' | 'del', sublevel, key, value? }`. */
export type Write = BatchOperation<Level, string, unknown>

/** The LevelDB folder. What is kept here can be fetched again; see `json-document.ts` for the rest. */
export interface Database {
  readonly directory: string
  /** The part `name` (ASCII, no `!`), its values encoded as `encoding`. */
  sublevel(name: string, encoding?: 'utf8'): Sublevel<string>
  sublevel<V>(name: string, encoding: 'json'): Sublevel<V>
  sublevel(name: string, encoding: 'buffer'): Sublevel<Buffer>
  sublevel(name: string, encoding: 'view'): Sublevel<Uint8Array>
  /**
   * All of `writes` or none, across parts. With `sync` it resolves after an fsync: use that for
   * whatever is confirmed to the user. Rejects with an AppError such as `store.disk-full`.
   */
  batch(writes: readonly Write[], options: { readonly sync: boolean }): Promise<void>
  /** Waits for running operations. May be called twice. */
  close(): Promise<void>
}

/**
 * Opens the database in `directory`, making the folder (0700) if needed. LevelDB's lock file makes
 * this the guard against a second instance: that rejects with AppError `store.locked`. A damaged
 * database is repaired, and if that fails it is moved to `<directory>.bad-<timestamp>` and a fresh
 * one is made; either is raised in `health` under `store.database`.
 */
export async function openDatabase(
  env: Env,
  directory: string,
  health?: Health,
): Promise<Database> {
  await ensureWritable(directory)
  // LevelDB's repair takes no lock of its own: two programs starting at once must not both try.
  const level = await withFileLock(join(directory, 'open'), () =>
    openOrRecover(env, directory, health),
  )
  const reportDamage = async (): Promise<void> => {
    await markForRepair(directory)
    health?.raise('store.database', 'error', {
      code: 'store.damaged',
      message: 'The local database is damaged and takes no more changes.',
      hint: 'Start Nostr DNS again: it is repaired then.',
    })
  }
  const database = {
    directory,
    sublevel: <V>(name: string, encoding: ValueEncoding = 'utf8') =>
      openSublevel<V>(level, name, encoding),
    async batch(writes: readonly Write[], options: { readonly sync: boolean }) {
      try {
        await level.batch<string, unknown>([...writes], { sync: options.sync })
      } catch (error) {
        if (isDamage(error)) await reportDamage()
        throw storeError(error, directory)
      }
    },
    close: () => level.close(),
  }
  return database as Database
}

async function ensureWritable(directory: string): Promise<void> {
  try {
    await ensureFolder(directory)
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw storeError(error, directory)
  }
}

async function openOrRecover(env: Env, directory: string, health?: Health): Promise<Level> {
  const report = (problem: Problem): void => {
    env.log.warn(problem.message, { code: problem.code })
    health?.raise('store.database', 'warning', problem)
  }
  try {
    const damage = await findDamage(directory)
    if (damage === undefined) return await openLevel(directory)
    env.log.warn('database is damaged, repairing it', { reason: damage })
  } catch (error) {
    if (!isDamage(error)) throw openError(error, directory)
    env.log.warn('database is damaged, repairing it', { reason: errorCodes(error).join(' ') })
  }
  try {
    await ClassicLevel.repair(directory)
    const level = await openLevel(directory)
    await clearRepairMark(directory)
    report({
      code: 'store.repaired',
      message: 'The local database was damaged and has been repaired; some of it may be missing.',
      hint: 'Nothing to do: names are fetched again when they are asked for.',
    })
    return level
  } catch (error) {
    if (!isDamage(error)) throw openError(error, directory)
  }
  const aside = `${directory}.bad-${new Date(env.clock.nowMs()).toISOString().replaceAll(/[:.]/gu, '-')}`
  try {
    await rename(directory, aside)
    await mkdir(directory, { mode: 0o700 })
    const level = await openLevel(directory)
    report({
      code: 'store.corrupt',
      message: `The local database was damaged beyond repair and has been set aside as ${aside}.`,
      hint: 'A new one was started; names are fetched again. Keys and settings are not affected.',
    })
    return level
  } catch (error) {
    throw openError(error, directory)
  }
}

async function openLevel(directory: string): Promise<Level> {
  const level: Level = new ClassicLevel(directory, { keyEncoding: 'utf8', valueEncoding: 'utf8' })
  try {
    await level.open()
  } catch (error) {
    await level.close()
    throw error
  }
  return level
}

function openError(error: unknown, directory: string): AppError {
  if (!errorCodes(error).includes('LEVEL_LOCKED')) return storeError(error, directory)
  return new AppError(
    {
      code: 'store.locked',
      message: `Nostr DNS is already running with this data folder (${directory}).`,
      hint: 'Use the running one, stop it, or choose another folder with --data-dir.',
    },
    { cause: error },
  )
}
