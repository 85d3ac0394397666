/** Composition of the tray app: engine process, tray, window, IPC and what follows from settings. */
import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { app, clipboard, nativeTheme, shell as system } from 'electron'
import { channels } from '../../src-preload/contract/channels.ts'
import type { Snapshot } from '../../src-preload/contract/model.ts'
import type { Env } from '../env/env.ts'
import type { Problem } from '../env/errors.ts'
import type { Service } from '../env/service.ts'
import { secureSession } from './app-session.ts'
import { createCertificateWatch } from './certificate-notice.ts'
import { createDesktop } from './desktop.ts'
import { createEngineProcess } from './engine-process.ts'
import { forkEngine } from './fork-engine.ts'
import { openIpc } from './ipc.ts'
import { createKeyTransfer } from './key-transfer.ts'
import { createKeychain } from './keychain.ts'
import { createLinkOpener } from './link-opener.ts'
import { createLoginItem } from './login-item.ts'
import { createNostrWindow } from './nostr-window.ts'
import { restartNotice, showNotice, type Notice } from './notices.ts'
import { createOutsideOpener } from './open-outside.ts'
import { createStateMirror } from './state-mirror.ts'
import { createSystemWatch } from './system-notice.ts'
import { createTrayControl, type TrayControl } from './tray-control.ts'
import { createTray } from './tray.ts'
import { createAppWindow } from './window.ts'

export interface ShellOptions {
  readonly dataDir: string
  readonly relays: readonly string[]
  readonly isHidden: boolean
  /** Folder with the built code: `node/`, `preload/`, `renderer/`. */
  readonly built: string
  readonly assets: string
  readonly docs: string
}

export interface Shell extends Service {
  showWindow(): void
  /** Opens a `nostr-dns:` link, which may be anything; also before the start. */
  openLink(link: string): void
}

/** With no word from the engine by then the window opens anyway and shows what is wrong. */
const firstStateLimitMs = 3000

export function createShell(env: Env, options: ShellOptions): Shell {
  const log = env.log.child('shell')
  const windowData = join(options.dataDir, 'window')
  mkdirSync(windowData, { recursive: true, mode: 0o700 })

  const engine = createEngineProcess(env, {
    fork: () =>
      forkEngine(
        join(options.built, 'node/engine.js'),
        ['--data-dir', options.dataDir, ...options.relays.flatMap((url) => ['--relay', url])],
        log,
      ),
    serveOsRequest: createKeychain(log),
  })
  const mirror = createStateMirror(engine)
  const window = createAppWindow({
    preload: join(options.built, 'preload/preload.cjs'),
    icon: join(options.assets, 'icon.png'),
    directory: windowData,
    navigateChannel: channels.navigate,
    log,
  })
  const nostrWindow = createNostrWindow(env, {
    engine,
    assets: options.assets,
    openOutside: createOutsideOpener(log),
  })
  const desktop = createDesktop(() => window.current())
  const certificateWatch = createCertificateWatch(() => env.clock.nowMs())
  const notify = (notice: Notice, screenName?: string): void =>
    showNotice(notice, () => window.show(screenName))
  const systemWatch = createSystemWatch(env.clock, (notice) => notify(notice, 'overview'))
  const loginItem = createLoginItem(
    process.platform,
    app,
    process.env['APPIMAGE'] ?? process.execPath,
    process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'),
  )
  const links = createLinkOpener(env, {
    engine,
    mirror,
    showNames: (entryId) => window.show('names', entryId),
    tell: (problem) => void desktop.warn(problem.message, problem.hint),
  })
  const openAddress = async (address: string): Promise<void> => {
    const opened = await nostrWindow.open(address)
    if (opened.ok) return
    notify({ title: 'Not opened', body: sentences(opened.error) })
  }
  const tray = createTray(options.assets, (action) => void control.act(action))
  const control: TrayControl = createTrayControl(env, {
    engine,
    mirror,
    show: (view) => tray.show(view),
    openWindow: (screenName, entryId) => window.show(screenName, entryId),
    openAddress,
    notify,
    quit: () => app.quit(),
  })
  let closeIpc: (() => void) | undefined
  let openAtLogin: boolean | undefined
  let isStarted = false
  let isStopped = false
  let toldProblem: string | undefined
  /** A link that came before anything could be shown. */
  let earlyLink: string | undefined

  /** Once for each reason, although starting is tried again and again. */
  const sayWhyFailed = (): void => {
    const problem = engine.problem()
    if (problem === undefined || problem.code === toldProblem) return
    toldProblem = problem.code
    notify({ title: 'Nostr DNS could not start', body: sentences(problem) })
  }

  const follow = (snapshot: Snapshot): void => {
    nativeTheme.themeSource = snapshot.settings.ui.theme
    followLoginSetting(snapshot.settings.ui.openAtLogin)
    nostrWindow.follow(snapshot)
    for (const notice of certificateWatch(snapshot.certificates)) {
      notify(notice, 'certificates')
    }
    systemWatch.follow(snapshot)
  }

  const followLoginSetting = (isWanted: boolean): void => {
    // A run from a source tree must not put itself into the user's session.
    if (!app.isPackaged || openAtLogin === isWanted) return
    openAtLogin = isWanted
    loginItem.apply(isWanted).catch((error: unknown) => log.error('login item', { error }))
  }

  /** Opens the window once it is known whether the user wants it at start. */
  const showFirstWindow = (): void => {
    let isDecided = false
    const decide = (isWanted: boolean): void => {
      if (isDecided) return
      isDecided = true
      stopWaiting()
      if (isWanted && !isStopped) window.show()
    }
    const stopWaiting = mirror.onChange((snapshot) => decide(!snapshot.settings.ui.startHidden))
    env.clock.schedule(firstStateLimitMs, () => decide(true))
  }

  return {
    async start() {
      secureSession(join(options.built, 'renderer'), log)
      closeIpc = openIpc({
        engine,
        window,
        keys: createKeyTransfer(engine, desktop, env.clock),
        log,
        openNostrWindow: openAddress,
        copyText: async (text) => await clipboard.writeText(text),
        openDocs: async () => void (await system.openPath(options.docs)),
        quit: () => app.quit(),
      })
      engine.onState((state) => {
        if (state === 'failed') sayWhyFailed()
      })
      engine.onRestarted(() => {
        nostrWindow.engineRestarted()
        notify(restartNotice)
      })
      mirror.onChange(follow)
      control.draw()
      if (!options.isHidden && !loginItem.wasStartedAtLogin()) showFirstWindow()
      isStarted = true
      if (earlyLink !== undefined) void links.open(earlyLink)
      await engine.start()
    },
    async stop() {
      if (isStopped) return
      isStopped = true
      links.stop()
      systemWatch.stop()
      control.stop()
      window.release()
      nostrWindow.close()
      mirror.stop()
      await engine.stop()
      closeIpc?.()
      tray.destroy()
    },
    showWindow: () => window.show(),
    openLink(link) {
      if (isStopped) return
      if (isStarted) void links.open(link)
      else earlyLink = link
    },
  }
}

function sentences({ message, hint }: Problem): string {
  return hint === undefined ? message : `${message} ${hint}`
}
