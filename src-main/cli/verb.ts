import type { ParseArgsConfig } from 'node:util'
import type { CliContext } from './context.ts'
import type { ExitCode } from './terminal.ts'

export type OptionTable = NonNullable<ParseArgsConfig['options']>
export type OptionValues = Readonly<
  Record<string, string | boolean | (string | boolean)[] | undefined>
>

/** One word of the command line. `usage` lines are what `--help` prints. */
export interface Verb {
  readonly name: string
  readonly summary: string
  readonly usage: readonly string[]
  readonly options?: OptionTable
  run(context: CliContext, positionals: readonly string[], values: OptionValues): Promise<ExitCode>
}

export function textOption(values: OptionValues, name: string): string | undefined {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

export function flagOption(values: OptionValues, name: string): boolean {
  return values[name] === true
}

export function listOption(values: OptionValues, name: string): readonly string[] {
  const value = values[name]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** Wrong use of a verb: the message says what was wrong, and the exit code is 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** A port number given as text. */
export function portOption(values: OptionValues, name: string): number | undefined {
  const text = textOption(values, name)
  if (text === undefined) return undefined
  const port = /^\d{1,5}$/u.test(text) ? Number(text) : -1
  if (port < 0 || port > 65535)
    throw new UsageError(`--${name} must be a port number, not "${text}"`)
  return port
}

/** The only positional argument; `what` names it in the message when it is missing or not alone. */
export function oneWord([word, ...extra]: readonly string[], what: string): string {
  if (word === undefined || extra.length > 0) throw new UsageError(`give ${what}`)
  return word
}
