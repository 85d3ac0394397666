/**
 * Debian packages of services that tests start themselves. Installing them would start them on this
 * computer (systemd-resolved, avahi) or take port 53 (unbound, dnsdist), so their files are only
 * unpacked, with those of the libraries this computer lacks, into a folder of the cache. Needs no root.
 */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheDirectory } from './cache-dir.mjs'
import { runChild, tail } from './child.mjs'
import { StepError, say, step } from './steps.mjs'
import { isDebianLike } from './system-packages.mjs'

/**
 * @typedef {object} ExtractedSet
 * @property {string} folder below the folder of all sets; it is the root of an unpacked file tree
 * @property {readonly string[]} packages Debian's names
 * @property {string} why
 */

/** @type {readonly ExtractedSet[]} */
export const extractedSets = [
  {
    folder: 'systemd-resolved',
    packages: ['systemd-resolved'],
    why: 'the system resolver, to try the split DNS with',
  },
  {
    folder: 'avahi',
    packages: ['avahi-daemon', 'avahi-utils'],
    why: 'another mDNS responder, to get along with',
  },
  { folder: 'unbound', packages: ['unbound'], why: 'a resolver that asks ours, as operators use' },
  { folder: 'dnsdist', packages: ['dnsdist'], why: 'a load balancer in front of two instances' },
]

/** Where the sets are, by release: what was unpacked for another one would miss its libraries. */
export function extractedPackagesFolder() {
  return join(cacheDirectory(), 'packages', releaseName())
}

function releaseName() {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  const values = new Map(
    [...text.matchAll(/^([A-Z_]+)="?([^"\n]*)"?$/gmu)].map((match) => [match[1], match[2]]),
  )
  const name = `${values.get('ID') ?? process.platform}-${values.get('VERSION_ID') ?? 'rolling'}`
  return name.replace(/[^\w.-]/gu, '_')
}

/** The packages that apt would have to unpack, from the output of `apt-get --simulate install`. */
export function packagesToUnpack(simulation) {
  return [...simulation.matchAll(/^Inst (\S+) /gmu)].map((match) => match[1])
}

/**
 * Unpacks the sets that are not there yet; nothing is installed. Returns the folders still missing:
 * none on Debian and its kin, where a failure is an error to root and a note to others.
 * @returns {Promise<readonly string[]>}
 */
export async function extractPackages(sets = extractedSets, base = extractedPackagesFolder()) {
  if (process.platform !== 'linux') return []
  const missing = sets.filter(({ folder }) => !existsSync(join(base, folder)))
  if (missing.length === 0) return []
  if (!isDebianLike()) {
    say(`note  tests that need ${missing.map(({ folder }) => folder).join(', ')} are skipped here`)
    return missing.map(({ folder }) => folder)
  }
  await mkdir(base, { recursive: true })
  const isRoot = process.getuid?.() === 0
  // Root can read the package lists anew, which fresh machines lack and old ones have outdated.
  if (isRoot) await step('read the package lists', () => run('apt-get', ['-qq', 'update']))
  const failed = []
  for (const set of missing) {
    try {
      await step(`unpack ${set.packages.join(', ')}: ${set.why}`, () => extract(set, base))
    } catch (error) {
      if (isRoot || !(error instanceof StepError)) throw error
      say(`note  ${error.message}`)
      failed.push(set.folder)
    }
  }
  return failed
}

async function extract({ folder, packages }, base) {
  const work = await mkdtemp(join(base, '.work-'))
  try {
    const archives = join(work, 'archives')
    const tree = join(work, 'tree')
    await mkdir(archives)
    await mkdir(tree)
    const simulation = await run('apt-get', [
      ...['-qq', '--simulate', '--no-install-recommends', 'install'],
      ...packages,
    ])
    const wanted = [...new Set([...packages, ...packagesToUnpack(simulation)])]
    await run('apt-get', ['-qq', 'download', ...wanted], archives)
    for (const archive of await readdir(archives)) {
      await run('dpkg-deb', ['--extract', join(archives, archive), tree])
    }
    await publish(tree, join(base, folder))
    return `${wanted.length} packages`
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Another run may finish first: its copy is as good as ours. */
async function publish(tree, finished) {
  try {
    await rename(tree, finished)
  } catch (error) {
    if (!existsSync(finished)) throw error
  }
}

async function run(command, args, cwd) {
  const { code, output } = await runChild(command, args, {
    capture: true,
    ...(cwd === undefined ? {} : { cwd }),
  })
  if (code === 0) return output
  throw new StepError(
    `${command} failed:\n${tail(output, 6)}`,
    'Check the network and the package sources (apt-get update), then run this again.',
  )
}
