/** How to run npm itself from a script, with or without npm having started us. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * The program and arguments that run `npm …args`, usable with `spawn` on every platform.
 * @param {readonly string[]} args
 * @returns {{ command: string, args: string[], shell: boolean }}
 */
export function npmCommand(args) {
  const besideNode = [
    join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js'),
    join(dirname(process.execPath), 'node_modules/npm/bin/npm-cli.js'),
  ]
  const script = [process.env.npm_execpath, ...besideNode].find(
    (path) => path !== undefined && /npm-cli\.[cm]?js$/u.test(path) && existsSync(path),
  )
  if (script !== undefined) {
    return { command: process.execPath, args: [script, ...args], shell: false }
  }
  // npm is a .cmd file on Windows, which only a shell can start.
  return { command: 'npm', args: [...args], shell: process.platform === 'win32' }
}
