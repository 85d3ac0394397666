import { readFile, stat } from 'node:fs/promises'
import { fail, ok, type Result } from '../env/errors.ts'
import type { Logger } from '../env/logger.ts'
import { storeProblem } from '../store/problems.ts'

const longest = 1024

/**
 * The passphrase in the file at `path`: its first line, for starts without a person. A file that
 * others can read is used, since that is how container secrets come, but it is remarked upon.
 */
export async function readPassphraseFile(log: Logger, path: string): Promise<Result<string>> {
  let text: string
  let mode: number
  try {
    text = await readFile(path, 'utf8')
    mode = (await stat(path)).mode
  } catch (error) {
    return { ok: false, error: storeProblem(error, `The passphrase file ${path}`) }
  }
  const passphrase = text.split(/\r?\n/u, 1)[0] ?? ''
  if (passphrase === '' || passphrase.length > longest) {
    return fail(
      'keys.bad-passphrase-file',
      `The first line of the passphrase file ${path} is ${passphrase === '' ? 'empty' : 'too long'}.`,
      'Put the passphrase of the vault into its first line.',
    )
  }
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    log.warn('other users can read the passphrase file', { path })
  }
  return ok(passphrase)
}
