import { createInterface } from 'node:readline/promises'
import type { Problem } from '../env/errors.ts'

/** Exit codes of every verb (docs/cli.md). */
export const exitCodes = { ok: 0, failed: 1, usage: 2, notFound: 3, noNetwork: 4 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Where a verb reads and writes; tests give buffers. */
export interface Terminal {
  readonly json: boolean
  readonly isInteractive: boolean
  line(text: string): void
  error(text: string): void
  /** The whole of standard input. */
  readInput(): Promise<string>
  /** Asks one question on the terminal; the answer is not echoed when `hidden`. */
  ask(question: string, options?: { hidden?: boolean }): Promise<string>
}

/** Prints `value` as JSON when `--json` was given, else the lines a person reads. */
export function report(terminal: Terminal, value: unknown, lines: readonly string[]): void {
  if (terminal.json) terminal.line(JSON.stringify(value))
  else for (const line of lines) terminal.line(line)
}

/** Prints a Problem and its hint, and returns the exit code that fits it. */
export function reportProblem(terminal: Terminal, problem: Problem): ExitCode {
  if (terminal.json) terminal.line(JSON.stringify({ error: problem }))
  else {
    terminal.error(`nostr-dns: ${problem.message}`)
    if (problem.hint !== undefined) terminal.error(`  ${problem.hint}`)
  }
  return exitCodeOf(problem)
}

export function exitCodeOf(problem: Problem): ExitCode {
  if (problem.code.startsWith('cli.usage') || problem.code === 'rpc.bad-argument') {
    return exitCodes.usage
  }
  if (/(^|[.-])(unknown|not-found|none)$/u.test(problem.code)) return exitCodes.notFound
  if (/(no-network|no-relay|unreachable|no-address)$/u.test(problem.code))
    return exitCodes.noNetwork
  return exitCodes.failed
}

export function processTerminal(json: boolean): Terminal {
  return {
    json,
    isInteractive: process.stdin.isTTY && process.stdout.isTTY,
    line: (text) => void process.stdout.write(`${text}\n`),
    error: (text) => void process.stderr.write(`${text}\n`),
    async readInput() {
      const chunks: Buffer[] = []
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
      return Buffer.concat(chunks).toString('utf8')
    },
    ask: (question, options) => askTerminal(question, options?.hidden ?? false),
  }
}

async function askTerminal(question: string, hidden: boolean): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stderr, terminal: true })
  if (!hidden) {
    try {
      return await reader.question(question)
    } finally {
      reader.close()
    }
  }
  process.stderr.write(question)
  // readline echoes through this method only; replacing it is how Node hides a typed answer.
  const muted = reader as unknown as { _writeToOutput: (text: string) => void }
  muted._writeToOutput = () => undefined
  try {
    return await reader.question('')
  } finally {
    reader.close()
    process.stderr.write('\n')
  }
}
