import type { Problem } from '../../../src-main/env/errors.ts'

export interface ZoneFault {
  readonly line: number
  /** The line itself, as it was given. */
  readonly source: string
  readonly reason: string
}

/** The lines that a refused zone file is refused for, as far as the engine lists them. */
export function zoneFaults({ code, message }: Problem, zone: string): readonly ZoneFault[] {
  if (code !== 'publish.bad-zone') return []
  const lines = zone.split(/\r?\n/u)
  return [...message.matchAll(/line (\d+): (.*?)(?=; line \d+: |; and \d+ more|\.?$)/gu)].map(
    ([, digits, reason = '']) => {
      const line = Number(digits)
      return { line, source: (lines[line - 1] ?? '').trim(), reason }
    },
  )
}

/** How many more lines are at fault than are listed. */
export function faultsNotListed({ message }: Problem): number {
  return Number(/; and (\d+) more\.?$/u.exec(message)?.[1] ?? 0)
}
