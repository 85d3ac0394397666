import { AppError, type Problem } from '../env/errors.ts'

/** LevelDB gives its own codes and puts the operating system's reason into the text. */
const levelReasons: readonly (readonly [RegExp, string])[] = [
  [/no space left/iu, 'ENOSPC'],
  [/quota exceeded/iu, 'EDQUOT'],
  [/permission denied/iu, 'EACCES'],
  [/read-only file system/iu, 'EROFS'],
]

/** Codes of `thrown` and of its causes, outermost first. */
export function errorCodes(thrown: unknown): readonly string[] {
  const codes: string[] = []
  let current = thrown
  for (let depth = 0; depth < 8 && current instanceof Error; depth++) {
    const code = (current as { code?: unknown }).code
    if (typeof code === 'string') codes.push(code)
    for (const [pattern, reason] of levelReasons) {
      if (pattern.test(current.message)) codes.push(reason)
    }
    current = current.cause
  }
  return codes
}

/**
 * A failure to read or write `path`, as something the user can act on. The text names the path and
 * the reason; it never contains what was being written.
 */
export function storeProblem(thrown: unknown, path: string): Problem {
  if (thrown instanceof AppError) return thrown.problem
  const codes = errorCodes(thrown)
  const has = (...wanted: string[]): boolean => wanted.some((code) => codes.includes(code))
  if (has('ENOSPC', 'EDQUOT')) {
    return {
      code: 'store.disk-full',
      message: `The disk is full, so ${path} was not saved.`,
      hint: 'Free some space; nothing that was confirmed before is lost.',
    }
  }
  if (has('EROFS')) {
    return {
      code: 'store.read-only',
      message: `${path} is on a disk that can only be read.`,
      hint: 'Choose another data folder with --data-dir, or make the disk writable.',
    }
  }
  if (has('EACCES', 'EPERM')) {
    return {
      code: 'store.no-permission',
      message: `There is no permission to use ${path}.`,
      hint: 'Make the data folder belong to the user who runs this program, or choose another one.',
    }
  }
  if (has('ENOTDIR', 'EEXIST', 'EISDIR')) {
    return {
      code: 'store.wrong-type',
      message: `${path} cannot be used: something else of that name is in the way.`,
      hint: 'Move it aside, or choose another data folder.',
    }
  }
  return {
    code: 'store.io',
    message: `${path} could not be read or written (${codes[0] ?? 'unknown error'}).`,
    hint: 'Check the disk that holds the data folder.',
  }
}

/** `storeProblem` as an exception, keeping what was thrown as its cause. */
export function storeError(thrown: unknown, path: string): AppError {
  if (thrown instanceof AppError) return thrown
  return new AppError(storeProblem(thrown, path), { cause: thrown })
}
