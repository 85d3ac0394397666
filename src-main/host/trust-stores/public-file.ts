import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../../store/atomic-file.ts'
import { storeProblem } from '../../store/problems.ts'
import type { Result } from '../../env/errors.ts'
import type { OwnRoot } from './own-root.ts'

/** Runs `task` with the path of a file in `folder` that holds `root`, and removes the file after. */
export async function withCertificateFile<T>(
  folder: string,
  root: OwnRoot,
  task: (path: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  const path = join(folder, `root-${root.sha256.slice(0, 16)}.pem`)
  try {
    await writeFileAtomic(path, root.pem)
  } catch (error) {
    return { ok: false, error: storeProblem(error, path) }
  }
  try {
    return await task(path)
  } finally {
    await rm(path, { force: true })
  }
}
