/**
 * `npm start`, `npm test`, `npm run cli|bench|package`: each does all of its own set-up on a fresh
 * clone, says what it does, and needs no network once everything is there. Only Node built-ins are
 * imported before the packages are installed.
 */
import { pathToFileURL } from 'node:url'
import { ensurePackages, requireNode } from './packages.mjs'
import { StepError, reportAndExit } from './steps.mjs'

/** @type {Record<string, () => Promise<{ run: (args: string[]) => Promise<number> }>>} */
const commands = {
  start: () => import('./run-start.mjs'),
  test: () => import('./run-test.mjs'),
  cli: () => import('./run-cli.mjs'),
  bench: () => import('./run-bench.mjs'),
  package: () => import('./run-package.mjs'),
}

export async function main(argv) {
  const [name = '', ...rest] = argv
  const load = commands[name]
  if (load === undefined) {
    throw new StepError(
      `There is no "${name}" here.`,
      `Use one of: ${Object.keys(commands).join(', ')}`,
      2,
    )
  }
  requireNode()
  await ensurePackages()
  const { run } = await load()
  // `npm run cli -- x` arrives as `-- x`.
  return run(rest[0] === '--' ? rest.slice(1) : rest)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    process.exitCode = await main(process.argv.slice(2))
  } catch (error) {
    reportAndExit(error)
  }
}
