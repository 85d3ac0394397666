/** Debian's nobody. */
const nobody = 65534

/**
 * `argv` of a program that runs `command` as somebody who is not root, for what root is refused.
 * Unchanged when the tests do not run as root.
 */
export function unprivileged(command: readonly string[]): readonly [string, ...string[]] {
  const isRoot = process.getuid?.() === 0
  const drop = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups']
  const [program = '', ...argv] = isRoot ? [...drop, ...command] : command
  return [program, ...argv]
}

/** Who `unprivileged` programs run as. */
export function unprivilegedUid(): number {
  const uid = process.getuid?.() ?? nobody
  return uid === 0 ? nobody : uid
}
