import { randomBytes } from 'node:crypto'
import { lstat, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { z } from 'zod'
import { ensureFolder } from './folder.ts'
import { errorCodes, storeError } from './problems.ts'

export interface WriteOptions {
  /** Permission bits of the file, exactly. Default 0600. */
  readonly mode?: number
}

/**
 * Replaces `path` by `bytes` so that a crash or power cut at any moment leaves the old file or the
 * new one, whole: temporary file in the same folder, fsync, rename, fsync of the folder. Resolves
 * when the new content is on the disk; rejects with an AppError such as `store.disk-full`.
 */
export async function writeFileAtomic(
  path: string,
  bytes: Uint8Array | string,
  options: WriteOptions = {},
): Promise<void> {
  const mode = options.mode ?? 0o600
  const folder = dirname(path)
  const temporary = join(folder, temporaryName(path))
  try {
    await ensureFolder(folder)
    // 'wx' is O_CREAT | O_EXCL: never follow a link or reuse a file that someone else put there.
    const handle = await open(temporary, 'wx', mode)
    try {
      await handle.chmod(mode)
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
    await syncFolder(folder)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw storeError(error, path)
  }
}

/** Makes a rename in `folder` durable. Windows cannot open folders and journals renames itself. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function temporaryName(path: string): string {
  return `.${basename(path)}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`
}

/**
 * Removes what interrupted `writeFileAtomic` calls for `path` left behind. Call it before the first
 * write: files of other living processes are kept, those of this one are leftovers of a namesake.
 */
export async function sweepTemporaries(path: string): Promise<void> {
  const folder = dirname(path)
  const prefix = `.${basename(path)}.`
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    if (!name.startsWith(prefix) || !name.endsWith('.tmp')) continue
    const pid = Number(name.slice(prefix.length).split('.')[0])
    if (!Number.isInteger(pid) || (pid !== process.pid && isAlive(pid))) continue
    await rm(join(folder, name), { force: true }).catch(() => undefined)
  }
}

/** Whether a process `pid` exists now. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCodes(error).includes('EPERM')
  }
}

/** Moves `path` to the first free `<path>.bad-<n>` and returns that; an AppError if it cannot. */
export async function keepAside(path: string): Promise<string> {
  try {
    for (let n = 1; ; n++) {
      const aside = `${path}.bad-${n}`
      const isTaken = await lstat(aside).then(
        () => true,
        () => false,
      )
      if (isTaken) continue
      await rename(path, aside)
      await syncFolder(dirname(path))
      return aside
    }
  } catch (error) {
    throw storeError(error, path)
  }
}

export type JsonRead =
  | { readonly kind: 'missing' }
  | { readonly kind: 'ok'; readonly value: unknown; readonly text: string }
  /** Not JSON. `where` is a line and column when known; never any of the content. */
  | { readonly kind: 'bad'; readonly where?: string; readonly text: string }

/** Reads `path` as JSON of unknown shape; rejects with an AppError when it cannot be read at all. */
export async function readJson(path: string): Promise<JsonRead> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (errorCodes(error).includes('ENOENT')) return { kind: 'missing' }
    throw storeError(error, path)
  }
  try {
    // A byte order mark is what some editors put before hand-edited files.
    return { kind: 'ok', value: JSON.parse(text.replace(/^\uFEFF/u, '')) as unknown, text }
  } catch (error) {
    const where = jsonErrorPlace(error, text)
    return where === undefined ? { kind: 'bad', text } : { kind: 'bad', where, text }
  }
}

export type JsonFile<T> =
  | { readonly kind: 'missing' }
  | { readonly kind: 'ok'; readonly value: T }
  /** `reason` names the place that is wrong, never the content. */
  | { readonly kind: 'bad'; readonly reason: string }

/** Reads `path` as JSON that satisfies `schema`. */
export async function readJsonFile<T>(path: string, schema: z.ZodType<T>): Promise<JsonFile<T>> {
  const read = await readJson(path)
  if (read.kind === 'missing') return read
  if (read.kind === 'bad') return { kind: 'bad', reason: notJson(read.where) }
  const parsed = schema.safeParse(read.value)
  if (parsed.success) return { kind: 'ok', value: parsed.data }
  return { kind: 'bad', reason: describeIssue(parsed.error) }
}

/** The words for a file that is not JSON. */
export function notJson(where: string | undefined): string {
  return where === undefined ? 'it is not JSON' : `it is not JSON (${where})`
}

/** The first thing `error` complains about, as `resolver.proxyPort: …`. Zod never quotes values. */
export function describeIssue(error: z.ZodError): string {
  const unknown = unknownField(error)
  if (unknown !== undefined) return `unknown field ${unknown}`
  const issue = error.issues[0]
  if (issue === undefined) return 'it does not have the expected form'
  const path = printable(issue.path.map(String).join('.'))
  return path === '' ? issue.message : `${path}: ${issue.message}`
}

/** The path of the field that the schema does not have, if that is what is wrong. */
export function unknownField(error: z.ZodError): string | undefined {
  const issue = error.issues[0]
  if (issue?.code !== 'unrecognized_keys') return undefined
  return printable([...issue.path.map(String), issue.keys[0] ?? ''].join('.'))
}

function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/gu, '?').slice(0, 120)
}

/** V8 quotes the file in its message, so only the position is taken from it. */
function jsonErrorPlace(error: unknown, text: string): string | undefined {
  const position =
    error instanceof Error ? /at position (\d+)/u.exec(error.message)?.[1] : undefined
  if (position === undefined) return undefined
  const before = text.slice(0, Number(position)).split('\n')
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
}
