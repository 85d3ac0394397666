/** `npm test`: formatting, lint, types, unit and integration tests, build, the same core on Electron's Node, e2e. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildApp } from './build.mjs'
import { isOnPath, runChild } from './child.mjs'
import { chooseElectron } from './electron-runtime.mjs'
import { extractPackages } from './extracted-packages.mjs'
import { StepError, formatElapsed, say } from './steps.mjs'
import { ensureSystemPackages } from './system-packages.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** What must also work on the Node inside Electron: codecs, native modules, storage, cryptography. */
const coreFolders = [
  ...['names', 'dns', 'store', 'keys', 'relays', 'systems'],
  ...['authority', 'owner', 'pins', 'proxy', 'terminator', 'transparent', 'window', 'x509'].map(
    (name) => `trust/${name}`,
  ),
].map((name) => `src-main/${name}/`)

const screen = '1280x900x24'

/** A program of a package, by its script: needs no shell and no PATH. */
const bins = {
  prettier: 'prettier/bin/prettier.cjs',
  oxlint: 'oxlint/bin/oxlint',
  tsc: 'typescript/bin/tsc',
  vitest: 'vitest/vitest.mjs',
  playwright: '@playwright/test/cli.js',
}

/** @param {keyof typeof bins} name */
function bin(name) {
  return join(root, 'node_modules', bins[name])
}

/**
 * The checks in the order they run; each answers with an exit code.
 * @returns {[title: string, check: () => Promise<number>][]}
 */
function checks() {
  const node = (name, ...args) => runInherited(process.execPath, [bin(name), ...args])
  return [
    ['formatting', () => node('prettier', '--check', '--log-level=warn', '.')],
    ['lint', () => node('oxlint', '--type-aware', '--deny-warnings')],
    ['types of main and preload', () => node('tsc', '--noEmit', '-p', 'tsconfig.json')],
    ['types of the window', () => node('tsc', '--noEmit', '-p', 'src-renderer/tsconfig.json')],
    ['types of e2e', () => node('tsc', '--noEmit', '-p', 'e2e/tsconfig.json')],
    ['unit and integration tests', () => node('vitest', 'run')],
    ['build', build],
    ['core tests on Electron’s Node', coreOnElectron],
    ['e2e tests', e2e],
  ]
}

/** Runs everything, also after a failure, so that one run shows all there is to mend. */
export async function run() {
  const startedMs = performance.now()
  const missing = [...(await ensureSystemPackages()), ...(await extractPackages())]
  const failed = []
  for (const [title, check] of checks()) {
    say(`\n----  ${title}`)
    const checkStartedMs = performance.now()
    const code = await check().catch((error) => {
      if (!(error instanceof StepError)) throw error
      say(`${error.message}${error.hint === undefined ? '' : `\n  ${error.hint}`}`)
      return error.exitCode
    })
    const elapsed = formatElapsed(performance.now() - checkStartedMs)
    say(`${code === 0 ? 'ok  ' : 'FAIL'}  ${title} (${elapsed})`)
    if (code !== 0) failed.push(title)
  }
  const elapsed = formatElapsed(performance.now() - startedMs)
  if (failed.length === 0) {
    say(`\nok    all checks passed (${elapsed})`)
    return 0
  }
  say(`\nFAIL  ${failed.join(', ')} (${elapsed})`)
  if (missing.length > 0) say(`note  missing on this system: ${missing.join(', ')}`)
  return 1
}

async function runInherited(command, args, env = {}) {
  const { code } = await runChild(command, args, { cwd: root, env: { ...process.env, ...env } })
  return code
}

async function build() {
  if (!(await buildApp())) say('ok    build is up to date')
  return 0
}

async function coreOnElectron() {
  const { executable } = await chooseElectron()
  return runInherited(executable, [bin('vitest'), 'run', '--pool=forks', ...coreFolders], {
    ELECTRON_RUN_AS_NODE: '1',
  })
}

async function e2e() {
  const command = [process.execPath, bin('playwright'), 'test']
  if (process.platform !== 'linux') return runInherited(command[0], command.slice(1))
  if (!(await isOnPath('dbus-daemon'))) {
    throw new StepError('e2e tests need dbus-daemon.', 'Install the package dbus.')
  }
  if (await isOnPath('xvfb-run')) {
    return runInherited('xvfb-run', ['-a', '-s', `-screen 0 ${screen}`, ...command])
  }
  if (process.env.DISPLAY) return runInherited(command[0], command.slice(1))
  throw new StepError('e2e tests need a display or Xvfb.', 'Install the package xvfb.')
}
