/** Electron entry: lifecycle only. What the app is made of stands in `shell/shell.ts`. */
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app } from 'electron'
import { defaultDataDir } from './env/data-dir.ts'
import { createFileLog } from './env/file-log.ts'
import { systemClock, systemRandom } from './env/system-env.ts'
import { registerAppScheme } from './shell/app-session.ts'
import { parseLaunchOptions } from './shell/launch-options.ts'
import { createShell } from './shell/shell.ts'

const launch = parseLaunchOptions(process.argv.slice(1))
const dataDir = launch.dataDir ?? defaultDataDir(process.platform, process.env, homedir())
// The window's own data (and with it the single-instance lock) belongs to this data folder.
app.setPath('userData', join(dataDir, 'window'))
registerAppScheme()

if (app.requestSingleInstanceLock()) run()
else app.exit(0)

function run(): void {
  const fileLog = createFileLog(dataDir, systemClock, 'info', 'shell.log')
  const { logger: log } = fileLog
  const env = { clock: systemClock, random: systemRandom, log }
  const built = dirname(dirname(fileURLToPath(import.meta.url)))
  const project = dirname(built)
  const shell = createShell(env, {
    dataDir,
    relays: launch.relays,
    isHidden: launch.isHidden,
    built,
    assets: join(project, 'assets'),
    docs: app.isPackaged ? join(process.resourcesPath, 'README.md') : join(project, 'README.md'),
  })
  let end: 'running' | 'stopping' | 'stopped' = 'running'

  const stop = async (): Promise<void> => {
    if (end !== 'running') return
    end = 'stopping'
    try {
      await shell.stop()
    } catch (error) {
      log.error('stop', { error })
    }
    await fileLog.close()
    end = 'stopped'
    app.quit()
  }

  app.on('second-instance', () => shell.showWindow())
  // macOS: the Dock icon or Finder asks for the app.
  app.on('activate', () => shell.showWindow())
  // The app lives in the tray: no window is no reason to end.
  app.on('window-all-closed', () => undefined)
  app.on('before-quit', (event) => {
    if (end === 'stopped') return
    event.preventDefault()
    void stop()
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => app.quit())
  }
  process.on('uncaughtException', (error) => log.error('uncaught', { error, stack: error.stack }))
  process.on('unhandledRejection', (error) => log.error('unhandled', { error }))

  app
    .whenReady()
    .then(() => shell.start())
    .catch((error: unknown) => {
      log.error('start', { error })
      app.quit()
    })
}
