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
import { linkScheme } from './shell/nostr-link.ts'
import { createShell } from './shell/shell.ts'

const launch = parseLaunchOptions(process.argv.slice(1))
const dataDir = launch.dataDir ?? defaultDataDir(process.platform, process.env, homedir())
// The window's own data (and with it the single-instance lock) belongs to this data folder.
app.setPath('userData', join(dataDir, 'window'))
registerAppScheme()
// Windows tells notices, the task bar and the start at login apart by it; the same in electron-builder.yml.
if (process.platform === 'win32') app.setAppUserModelId('org.nostr-dns.app')

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

  /** Another start of the app while this one runs: from the menu, at login or by a link. */
  app.on('second-instance', (_event, argv) => {
    const { link, isHidden } = parseLaunchOptions(argv.slice(1))
    if (link !== undefined) shell.openLink(link)
    else if (!isHidden) shell.showWindow()
  })
  // macOS hands links over by this event, also the one that started the app.
  app.on('open-url', (event, url) => {
    event.preventDefault()
    shell.openLink(url)
  })
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
    .then(async () => {
      // Linux: the package's desktop entry says so. A run from a source tree must not register itself.
      if (app.isPackaged && process.platform !== 'linux') app.setAsDefaultProtocolClient(linkScheme)
      if (launch.link !== undefined) shell.openLink(launch.link)
      await shell.start()
    })
    .catch((error: unknown) => {
      log.error('start', { error })
      app.quit()
    })
}
