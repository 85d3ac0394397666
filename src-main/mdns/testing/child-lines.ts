import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A program that is talked to in lines, and dies with us. */
export interface ChildLines {
  /** Lines of stdout and stderr so far; keeps growing. */
  readonly lines: readonly string[]
  /** Resolves with the first line, old or new, that `accept` takes; rejects when the program ends. */
  line(accept: (line: string) => boolean): Promise<string>
  write(line: string): void
  closeInput(): void
  /** Exit code once it has ended; null after a signal. */
  readonly ended: Promise<number | null>
  readonly pid: number
  kill(signal?: NodeJS.Signals): Promise<void>
}

/** Runs `argv`. Should the test process die, the kernel ends the program (prctl PDEATHSIG). */
export function runLines(argv: readonly string[], env?: NodeJS.ProcessEnv): ChildLines {
  const child: ChildProcessWithoutNullStreams = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', '--', ...argv],
    env === undefined ? {} : { env },
  )
  const lines: string[] = []
  const waiting = new Set<() => void>()
  let isOver = false
  const wake = (): void => {
    for (const check of waiting) check()
  }
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      wake()
    })
  }
  child.stdin.on('error', () => undefined)
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      isOver = true
      wake()
      resolve(code)
    })
  })
  return {
    lines,
    pid: child.pid ?? 0,
    ended,
    line: (accept) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const found = lines.find(accept)
          if (found === undefined && !isOver) return
          waiting.delete(check)
          if (found === undefined) reject(new Error(`${argv.join(' ')} said: ${lines.join('\n')}`))
          else resolve(found)
        }
        waiting.add(check)
        check()
      }),
    write(line) {
      child.stdin.write(`${line}\n`)
    },
    closeInput() {
      child.stdin.end()
    },
    async kill(signal = 'SIGKILL') {
      child.kill(signal)
      await ended
    },
  }
}
