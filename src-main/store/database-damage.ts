import { open, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCodes } from './problems.ts'

/** LevelDB table format: every table ends with this number, little-endian. */
const tableMagic = Buffer.from('57fb808b247547db', 'hex')
/** Name of the file that asks the next start for a repair; LevelDB ignores names it does not know. */
const repairMark = 'REPAIR'

/**
 * Why the database in `directory` must be repaired before it is opened, or undefined. LevelDB itself
 * would start afresh over the tables when only CURRENT is missing, and would notice a cut-off table
 * only in the middle of work, when every later write fails.
 */
export async function findDamage(directory: string): Promise<string | undefined> {
  const names = await readdir(directory)
  if (names.includes(repairMark)) return 'it failed while it was in use'
  const tables = names.filter((name) => /\.(?:ldb|sst)$/u.test(name))
  if (!names.includes('CURRENT')) {
    const isLost = tables.length > 0 || names.some((name) => name.startsWith('MANIFEST-'))
    return isLost ? 'its CURRENT file is missing' : undefined
  }
  for (const name of tables) {
    if (!(await isWholeTable(join(directory, name)))) return `${name} is cut off`
  }
  return undefined
}

async function isWholeTable(path: string): Promise<boolean> {
  const handle = await open(path, 'r')
  try {
    const { size } = await handle.stat()
    const end = Buffer.alloc(tableMagic.length)
    await handle.read(end, 0, end.length, Math.max(0, size - end.length))
    return end.equals(tableMagic)
  } finally {
    await handle.close()
  }
}

/** Asks the next start for a repair. Best effort: the disk may be what is wrong. */
export async function markForRepair(directory: string): Promise<void> {
  await writeFile(join(directory, repairMark), '', { mode: 0o600 }).catch(() => undefined)
}

export async function clearRepairMark(directory: string): Promise<void> {
  await rm(join(directory, repairMark), { force: true })
}

/**
 * Whether a LevelDB error says that the files themselves are wrong. A lock, a full or failing disk,
 * a missing permission or too many open files say nothing about the data, which is then left alone.
 */
export function isDamage(error: unknown): boolean {
  const codes = errorCodes(error)
  if (codes.includes('LEVEL_CORRUPTION')) return true
  if (!(error instanceof Error) || !codes.some((code) => code.startsWith('LEVEL_'))) return false
  const texts = [error.message, error.cause instanceof Error ? error.cause.message : '']
  return texts.some((text) =>
    /no such file|is a directory|not a directory|invalid argument/iu.test(text),
  )
}
