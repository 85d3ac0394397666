/**
 * Makes the project startable by an Electron that has no default_app.asar: such a build ignores a
 * path argument and only runs what stands in its own resources/app. Each checkout gets its own
 * stage (hard-linked executable, linked rest), so that two checkouts never see each other's app.
 */
import { createHash } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import { copyFile, link, lstat, mkdir, readdir, rm, stat, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheDirectory } from './cache-dir.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** What of the project the running app may see. */
const appParts = ['package.json', 'out', 'assets']

/**
 * The command that starts this checkout's app with `runtime`.
 * @param {import('./electron-runtime.mjs').ElectronRuntime} runtime
 * @returns {Promise<{ executable: string, args: string[] }>}
 */
export async function stageApp(runtime, projectRoot = root) {
  const resources =
    process.platform === 'darwin'
      ? join(runtime.distPath, 'Electron.app/Contents/Resources')
      : join(runtime.distPath, 'resources')
  if (existsSync(join(resources, 'default_app.asar'))) {
    return { executable: runtime.executable, args: [projectRoot] }
  }
  const key = createHash('sha256').update(`${runtime.distPath}\0${projectRoot}`).digest('hex')
  const stage = join(cacheDirectory(), 'stages', key.slice(0, 16))
  await mkdir(join(stage, 'resources/app'), { recursive: true })
  const executable = join(stage, basename(runtime.executable))
  await placeExecutable(runtime.executable, executable)
  for (const name of await readdir(runtime.distPath)) {
    if (name === 'resources' || name === basename(executable)) continue
    await placeLink(join(runtime.distPath, name), join(stage, name))
  }
  for (const part of appParts) {
    await placeLink(join(projectRoot, part), join(stage, 'resources/app', part))
  }
  return { executable, args: [] }
}

/**
 * Chromium and the dynamic linker look for everything beside the real path of the executable, so
 * this one file cannot be a symbolic link.
 */
async function placeExecutable(from, to) {
  const [wanted, present] = await Promise.all([stat(from), stat(to).catch(() => undefined)])
  if (present?.ino === wanted.ino || present?.mtimeMs === wanted.mtimeMs) return
  await rm(to, { force: true })
  try {
    await link(from, to)
  } catch (error) {
    if (error.code === 'EEXIST') return
    await copyFile(from, to, constants.COPYFILE_FICLONE)
  }
}

async function placeLink(from, to) {
  const present = await lstat(to).catch(() => undefined)
  if (present !== undefined) return
  try {
    await symlink(from, to)
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
}
