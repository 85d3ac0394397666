/** Test support: other people's programs. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The full path of `program`, if it is installed. */
export function findProgram(program: string, variables = process.env): string | undefined {
  for (const folder of (variables['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, program)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Not in this folder.
    }
  }
  return undefined
}

/**
 * Whether all of `programs` are installed, so that tests which need them can be skipped elsewhere. On
 * a build server (`CI=true`) a missing one is an error: there a skipped test would pass for a good one.
 */
export function hasPrograms(programs: readonly string[], variables = process.env): boolean {
  const missing = programs.filter((program) => findProgram(program, variables) === undefined)
  if (missing.length > 0 && variables['CI'] === 'true') {
    throw new Error(
      `tests on a build server need ${missing.join(' and ')}: npm test installs them on Debian as root`,
    )
  }
  return missing.length === 0
}
