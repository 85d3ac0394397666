import { readFile } from 'node:fs/promises'
import { UsageError } from './verb.ts'

/** The text of `file`; one that cannot be read is wrong use, said with its name. */
export async function readTextFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(`${file} cannot be read (${code ?? 'unknown error'})`)
  }
}
