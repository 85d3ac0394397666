import { writeFile } from 'node:fs/promises'
import type { CliContext } from './context.ts'
import { exitCodes, report, type ExitCode } from './terminal.ts'
import { readTextFile } from './text-file.ts'
import { textOption, UsageError, type OptionValues } from './verb.ts'

/** A secret from `--file`, a hidden answer to `question`, or standard input; never from an argument. */
export async function readSecret(
  context: CliContext,
  values: OptionValues,
  question: string,
): Promise<string> {
  const file = textOption(values, 'file')
  if (file !== undefined) return readTextFile(file)
  return context.terminal.isInteractive
    ? context.terminal.ask(question, { hidden: true })
    : context.terminal.readInput()
}

/** Prints an exported secret, or writes it to the new file of `--out`, readable by its owner only. */
export async function giveSecret(
  context: CliContext,
  values: OptionValues,
  secret: { readonly text: string },
): Promise<ExitCode> {
  const out = textOption(values, 'out')
  if (out === undefined) {
    report(context.terminal, secret, [secret.text])
    return exitCodes.ok
  }
  try {
    await writeFile(out, `${secret.text}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(
      code === 'EEXIST'
        ? `${out} exists already: a secret is never written over a file`
        : `${out} cannot be written (${code ?? 'unknown error'})`,
    )
  }
  report(context.terminal, { file: out }, [`wrote ${out} (mode 0600)`])
  return exitCodes.ok
}
