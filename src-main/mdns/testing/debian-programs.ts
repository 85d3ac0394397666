import { execFileSync } from 'node:child_process'
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Programs of the distribution, wherever they are. */
export interface Programs {
  path(program: string): string
  /** Environment in which they find their libraries. */
  readonly env: NodeJS.ProcessEnv
}

const programs = ['avahi-daemon', 'avahi-resolve', 'avahi-publish', 'tcpdump']
const packages = ['avahi-daemon', 'avahi-utils', 'libavahi-core7', 'libavahi-common3']
const morePackages = ['libavahi-client3', 'tcpdump']
/** Names before and since the 64-bit time_t transition (Debian 13). */
const renamed = [
  ['libdaemon0', 'libpcap0.8'],
  ['libdaemon0t64', 'libpcap0.8t64'],
]
const cache = fileURLToPath(new URL('../../../node_modules/.cache/nostr-dns-mdns', import.meta.url))
const folders = ['/usr/sbin', '/usr/bin']

/**
 * Avahi and tcpdump. Where they are not installed, their Debian packages are unpacked beside the
 * dependencies and not installed: installing avahi-daemon would start it on the tester's computer.
 * Undefined where that is not possible.
 */
export function findPrograms(): Programs | undefined {
  if (!hasAll('/') && !hasAll(cache) && !unpackInto(cache)) return undefined
  const root = hasAll('/') ? '/' : cache
  const libraries = [`${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`, '']
  return {
    path: (program) => find(root, program) ?? program,
    env: {
      ...process.env,
      LD_LIBRARY_PATH: libraries.map((folder) => join(root, 'usr/lib', folder)).join(':'),
    },
  }
}

function hasAll(root: string): boolean {
  return programs.every((program) => find(root, program) !== undefined)
}

function find(root: string, program: string): string | undefined {
  return folders.map((folder) => join(root, folder, program)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function unpackInto(root: string): boolean {
  const partial = `${root}.${process.pid}`
  mkdirSync(partial, { recursive: true })
  try {
    const isThere = renamed.some((names) => {
      try {
        const wanted = [...packages, ...morePackages, ...names]
        execFileSync('apt-get', ['download', ...wanted], { cwd: partial, stdio: 'pipe' })
        return true
      } catch {
        return false
      }
    })
    if (!isThere) return false
    for (const file of readdirSync(partial).filter((name) => name.endsWith('.deb'))) {
      execFileSync('dpkg', ['-x', join(partial, file), partial], { stdio: 'pipe' })
      rmSync(join(partial, file))
    }
    if (!hasAll(partial)) return false
    if (!existsSync(root)) renameSync(partial, root)
    return true
  } catch {
    return false
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
}
