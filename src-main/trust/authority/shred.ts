import { open } from 'node:fs/promises'

/**
 * Holds on to the present file at `path` while `replace` puts another in its place, then overwrites
 * what it contained. A best effort: solid-state disks and copying file systems may keep old blocks.
 */
export async function shredReplaced<T>(path: string, replace: () => Promise<T>): Promise<T> {
  // Windows does not let an open file be replaced.
  const held =
    process.platform === 'win32' ? undefined : await open(path, 'r+').catch(() => undefined)
  try {
    const replaced = await replace()
    const status = await held?.stat()
    // With a name left it is still the file in use, or somebody's copy.
    if (held !== undefined && status?.nlink === 0) {
      await held.write(new Uint8Array(status.size), 0, status.size, 0)
      await held.sync()
    }
    return replaced
  } finally {
    await held?.close()
  }
}
