import { access, chmod, constants, mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorCodes } from './problems.ts'

/** Makes `folder` (0700) and what is missing above it. Rejects with the file system's own error. */
export async function ensureFolder(folder: string): Promise<void> {
  try {
    const made = await mkdir(folder, { recursive: true, mode: 0o700 })
    // The mode asked for is cut by the umask.
    if (made !== undefined) await chmod(folder, 0o700)
  } catch (error) {
    // On a read-only disk a recursive mkdir says ENOENT; the folder above knows the real reason.
    if (errorCodes(error).includes('ENOENT'))
      await access(await existingAbove(folder), constants.W_OK)
    throw error
  }
}

async function existingAbove(folder: string): Promise<string> {
  const parent = dirname(folder)
  if (parent === folder) return parent
  return stat(parent).then(
    () => parent,
    () => existingAbove(parent),
  )
}
