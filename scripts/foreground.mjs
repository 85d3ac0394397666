import { spawn } from 'node:child_process'

/** A program that ignores a polite end is killed after this long. */
const stopLimitMs = 12_000

/**
 * Runs a program in the foreground until it ends. Ctrl-C reaches it through the terminal; when only
 * this process gets a signal it is passed on, and both end together.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>} the exit code; 0 when it ended because it was asked to
 */
export function runForeground(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { stdio: 'inherit', ...options })
    let isAsked = false
    const ask = (signal) => {
      if (isAsked) return
      isAsked = true
      child.kill(signal)
      setTimeout(() => child.kill('SIGKILL'), stopLimitMs).unref()
    }
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, ask)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      for (const name of signals) process.off(name, ask)
      resolve(code ?? (isAsked && signal !== 'SIGKILL' ? 0 : 1))
    })
  })
}
