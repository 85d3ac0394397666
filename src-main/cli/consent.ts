import { AppError } from '../env/errors.ts'
import type { CliContext } from './context.ts'
import { flagOption, UsageError, type OptionValues } from './verb.ts'

/** Asks `question` unless `--yes` was given; throws when the answer is no, or nobody can be asked. */
export async function consent(
  context: CliContext,
  values: OptionValues,
  question: string,
): Promise<void> {
  if (flagOption(values, 'yes')) return
  if (!context.terminal.isInteractive) throw new UsageError('this needs --yes')
  const answer = await context.terminal.ask(`${question} [y/N] `)
  if (!/^y(es)?$/iu.test(answer.trim())) {
    throw new AppError({ code: 'cli.declined', message: 'Nothing was changed.' })
  }
}
