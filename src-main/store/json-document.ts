import type { z } from 'zod'
import type { Env, Unsubscribe } from '../env/env.ts'
import { AppError, type Problem, type Result, toProblem } from '../env/errors.ts'
import type { Health } from '../env/health.ts'
import type { Service } from '../env/service.ts'
import { describeIssue, keepAside, notJson, readJson } from './atomic-file.ts'
import { sweepTemporaries, writeFileAtomic } from './atomic-file.ts'
import { withFileLock } from './file-lock.ts'
import { migrate, type Migrations } from './migrate.ts'

export interface JsonDocumentOptions<T> {
  readonly path: string
  /** Prefix of Problem codes and key in health, such as `settings`. */
  readonly code: string
  /** What the file holds, as the beginning of a sentence: `The settings`. */
  readonly title: string
  readonly schema: z.ZodType<T>
  /** Current value of the `version` field that every such file has. */
  readonly version: number
  readonly migrations: Migrations
  /** Used while there is no file. */
  readonly initial: T
  readonly health?: Health | undefined
}

/**
 * One small file of irreplaceable data: schema-checked, versioned, 0600, written atomically and
 * fsynced before a change is confirmed, safe against a second process. A file that cannot be
 * understood is kept as `<path>.bad-<n>` and reported; one from a newer program stays where it is
 * and refuses changes.
 */
export interface JsonDocument<T> extends Service {
  /** The newest value. Before `start`, and after a bad file, the initial one. */
  get(): T
  /**
   * Replaces the value by what `change` makes of it, one change at a time. Resolves after the fsync;
   * a Problem of `change` or of the disk leaves everything as it was.
   */
  update(change: (current: T) => Result<T>): Promise<Result<T>>
  onChange(listener: (value: T) => void): Unsubscribe
}

export function createJsonDocument<T>(env: Env, options: JsonDocumentOptions<T>): JsonDocument<T> {
  const { path, code, title } = options
  const log = env.log.child(code)
  const listeners = new Set<(value: T) => void>()
  let value = options.initial
  /** The file as last read or written here: anything else on the disk is another process's work. */
  let knownText: string | undefined
  let refusal: Problem | undefined
  let queue: Promise<unknown> = Promise.resolve()

  const report = (problem: Problem): void => {
    log.error(problem.message, { code: problem.code })
    options.health?.raise(`${code}.file`, 'error', problem)
  }

  const adopt = (next: T): void => {
    if (next === value) return
    value = next
    for (const listener of listeners) listener(value)
  }

  const setAside = async (reason: string): Promise<void> => {
    const aside = await keepAside(path)
    report({
      code: `${code}.bad-file`,
      message: `${title} could not be read: ${reason}.`,
      hint: `The file was kept as ${aside}. Correct it and put it back while the program is stopped.`,
    })
  }

  const load = async (): Promise<void> => {
    refusal = undefined
    const read = await readJson(path)
    if (read.kind !== 'missing' && read.text === knownText) return
    // A file that went missing or bad under a running program does not take the good value with it.
    knownText = undefined
    if (read.kind === 'missing') return
    if (read.kind === 'bad') return setAside(notJson(read.where))
    const migrated = migrate(read.value, options.version, options.migrations)
    if (migrated.kind === 'newer') {
      refusal = {
        code: `${code}.newer-version`,
        message: `${title} were written by a newer Nostr DNS (file version ${migrated.version}).`,
        hint: `Install the newer program again, or move ${path} away.`,
      }
      report(refusal)
      return
    }
    if (migrated.kind === 'bad') return setAside(migrated.reason)
    const parsed = options.schema.safeParse(migrated.data)
    if (!parsed.success) return setAside(describeIssue(parsed.error))
    knownText = read.text
    adopt(parsed.data)
  }

  const apply = async (change: (current: T) => Result<T>): Promise<Result<T>> => {
    await load()
    if (refusal !== undefined) return { ok: false, error: refusal }
    const changed = change(value)
    if (!changed.ok) return changed
    const text = `${JSON.stringify(changed.value, null, 2)}\n`
    if (text !== knownText) await writeFileAtomic(path, text)
    knownText = text
    adopt(changed.value)
    return changed
  }

  return {
    async start() {
      await sweepTemporaries(path)
      await load()
    },
    async stop() {
      await queue
    },
    get: () => value,
    update(change) {
      const run = queue.then(async (): Promise<Result<T>> => {
        try {
          return await withFileLock(path, () => apply(change))
        } catch (error) {
          if (!(error instanceof AppError)) throw error
          log.error(error.message, { code: error.problem.code })
          return { ok: false, error: toProblem(error) }
        }
      })
      queue = run.catch(() => undefined)
      return run
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
