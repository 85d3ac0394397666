import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildApp } from './build.mjs'
import { engineFlags } from './engine-flags.mjs'
import { runForeground } from './foreground.mjs'
import { sayAside } from './steps.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The command line from this clone, built if stale. */
export async function run(args) {
  await buildApp({ tell: sayAside })
  const entry = join(root, 'out/node/cli.js')
  if (!existsSync(entry)) throw new Error(`${entry} was not built`)
  const flags = args[0] === 'serve' ? engineFlags : []
  return runForeground(process.execPath, [...flags, entry, ...args])
}
