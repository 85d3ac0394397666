/** The npm packages of a clone: installed when missing or when the lock file changed. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runChild, tail } from './child.mjs'
import { npmCommand } from './npm-command.mjs'
import { StepError, stillWorking, step } from './steps.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
/** npm's own record of what it installed, written at the end of a complete install. */
const installed = join(root, 'node_modules', '.package-lock.json')

export const leastNode = [20, 18, 0]

/** @param {string} version such as `20.18.1` */
export function isNodeRecentEnough(version = process.versions.node) {
  const parts = version.split('.').map(Number)
  for (const [index, least] of leastNode.entries()) {
    const part = parts[index] ?? 0
    if (part !== least) return part > least
  }
  return true
}

export function requireNode() {
  if (isNodeRecentEnough()) return
  throw new StepError(
    `Node.js ${process.versions.node} is too old; this needs ${leastNode.join('.')} or newer.`,
    'Install a current Node.js from https://nodejs.org or with your package manager.',
  )
}

/**
 * True when `installed` (node_modules/.package-lock.json) holds every package of `wanted`
 * (package-lock.json) in the same version. Packages for other platforms may be absent.
 */
export function holdsAll(installed, wanted) {
  return Object.entries(wanted.packages)
    .filter(([path]) => path !== '')
    .every(([path, { version, integrity, optional }]) => {
      const present = installed.packages[path]
      if (present === undefined) return optional === true
      return present.version === version && present.integrity === integrity
    })
}

function arePackagesFresh() {
  if (!existsSync(installed)) return false
  const read = (path) => JSON.parse(readFileSync(path, 'utf8'))
  return holdsAll(read(installed), read(join(root, 'package-lock.json')))
}

/** Installs the locked packages when needed; otherwise does nothing and needs no network. */
export async function ensurePackages() {
  if (arePackagesFresh()) return
  await step('install npm packages', async () => {
    const stop = stillWorking('npm ci')
    const npm = npmCommand(['ci', '--no-audit', '--no-fund', '--loglevel=error'])
    const { code, output } = await runChild(npm.command, npm.args, {
      capture: true,
      cwd: root,
      shell: npm.shell,
    })
    stop()
    if (code !== 0) {
      const isOffline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|network/iu.test(output)
      throw new StepError(
        `npm ci failed (exit code ${code}):\n${tail(output)}`,
        isOffline
          ? 'The npm registry could not be reached: connect to the network and run this again.'
          : 'Delete node_modules and run this again; if it persists, the lines above say why.',
      )
    }
  })
}
