/** Child processes for scripts: run to the end, with a time limit, without losing output. */
import { spawn } from 'node:child_process'

/**
 * Runs a program to its end. With `capture` the output is returned instead of shown.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, capture?: boolean, timeoutMs?: number, shell?: boolean, input?: 'inherit' | 'ignore' }} [options]
 * @returns {Promise<{ code: number, output: string, isTimedOut: boolean }>} code 127 when the
 *   program cannot be started, 128 when it was ended by a signal.
 */
export function runChild(command, args, options = {}) {
  const { capture = false, timeoutMs, input = 'ignore', ...rest } = options
  return new Promise((resolve) => {
    const stdio = capture ? [input, 'pipe', 'pipe'] : [input, 'inherit', 'inherit']
    const child = spawn(command, [...args], { ...rest, stdio })
    let output = ''
    let isTimedOut = false
    const keep = (chunk) => {
      output = (output + chunk).slice(-200_000)
    }
    child.stdout?.setEncoding('utf8').on('data', keep)
    child.stderr?.setEncoding('utf8').on('data', keep)
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            isTimedOut = true
            child.kill('SIGKILL')
          }, timeoutMs)
    const finish = (code) => {
      clearTimeout(timer)
      resolve({ code, output, isTimedOut })
    }
    child.once('error', (error) => {
      output += String(error)
      finish(127)
    })
    child.once('close', (code) => finish(code ?? 128))
  })
}

/**
 * Whether a program of this name is on PATH.
 * @param {string} name
 */
export async function isOnPath(name) {
  const finder = process.platform === 'win32' ? ['where', [name]] : ['which', [name]]
  const { code } = await runChild(finder[0], finder[1], { capture: true })
  return code === 0
}

/** @param {string} text the last lines of a long output, indented for an error message */
export function tail(text, lines = 12) {
  return text
    .trimEnd()
    .split('\n')
    .slice(-lines)
    .map((line) => `  ${line}`)
    .join('\n')
}
