/** Composition of the tray app: engine process, tray, window, IPC and what follows from settings. */
import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { app, clipboard, nativeTheme, shell as system } from 'electron'
import { channels } from '../../src-preload/contract/channels.ts'
import type { Snapshot } from '../../src-preload/contract/model.ts'
import type { Env } from '../env/env.ts'
import type { Service } from '../env/service.ts'
import { secureSession } from './app-session.ts'
import { createCertificateWatch } from './certificate-notice.ts'
import { createDesktop } from './desktop.ts'
import { createEngineProcess } from './engine-process.ts'
import { forkEngine } from './fork-engine.ts'
import { openIpc } from './ipc.ts'
import { createKeyTransfer } from './key-transfer.ts'
import { createKeychain } from './keychain.ts'
import { createLoginItem } from './login-item.ts'
import { createNostrWindow } from './nostr-window.ts'
import { restartNotice, showNotice } from './notices.ts'
import { createOutsideOpener } from './open-outside.ts'
import { createPrediction } from './prediction.ts'
import { publishNotice } from './publish-notice.ts'
import { createStateMirror } from './state-mirror.ts'
import { trayView, type TrayAction } from './tray-menu.ts'
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
}

/** Changes that come in bursts are shown together. */
const trayDelayMs = 250
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
  const certificateWatch = createCertificateWatch()
  const tray = createTray(options.assets, (action) => void act(action))
  const loginItem = createLoginItem(
    process.platform,
    app,
    process.env['APPIMAGE'] ?? process.execPath,
    process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'),
  )
  const prediction = createPrediction<boolean>(env.clock, () => drawTray())
  let isPublishing = false
  let isDrawPending = false
  let closeIpc: (() => void) | undefined
  let openAtLogin: boolean | undefined
  let isStopped = false
  let toldProblem: string | undefined

  const drawTray = (): void => {
    if (isStopped) return
    tray.show(
      trayView({
        engine: engine.state(),
        problem: engine.problem(),
        snapshot: mirror.snapshot(),
        predictedEnabled: prediction.value(),
        isPublishing,
      }),
    )
  }

  const drawTraySoon = (): void => {
    if (isDrawPending) return
    isDrawPending = true
    env.clock.schedule(trayDelayMs, () => {
      isDrawPending = false
      drawTray()
    })
  }

  const act = async (action: TrayAction): Promise<void> => {
    switch (action.type) {
      case 'open':
        window.show(action.screen)
        return
      case 'quit':
        app.quit()
        return
      case 'set-enabled':
        await setEnabled(action.enabled)
        return
      case 'publish-address':
        await publishAddress()
        return
      case 'open-address':
        await openAddress(action.address)
    }
  }

  const setEnabled = async (enabled: boolean): Promise<void> => {
    prediction.expect(enabled)
    drawTray()
    const reply = await engine.call('resolver.setEnabled', { enabled })
    if (!reply.ok) {
      prediction.drop()
      showNotice({ title: 'Nostr DNS', body: reply.error.message }, () => window.show())
    }
    drawTray()
  }

  const openAddress = async (address: string): Promise<void> => {
    const opened = await nostrWindow.open(address)
    if (opened.ok) return
    const { message, hint = '' } = opened.error
    showNotice({ title: 'Not opened', body: `${message} ${hint}` }, () => window.show())
  }

  const publishAddress = async (): Promise<void> => {
    isPublishing = true
    drawTray()
    const reply = await engine.call('publish.address', {})
    isPublishing = false
    drawTray()
    showNotice(publishNotice(reply), () => window.show('publish'))
  }

  /** Once for each reason, although starting is tried again and again. */
  const sayWhyFailed = (): void => {
    const problem = engine.problem()
    if (problem === undefined || problem.code === toldProblem) return
    toldProblem = problem.code
    const { message, hint } = problem
    showNotice(
      {
        title: 'Nostr DNS could not start',
        body: hint === undefined ? message : `${message} ${hint}`,
      },
      () => window.show(),
    )
  }

  const follow = (snapshot: Snapshot): void => {
    prediction.confirm(snapshot.resolver.enabled)
    nativeTheme.themeSource = snapshot.settings.ui.theme
    followLoginSetting(snapshot.settings.ui.openAtLogin)
    nostrWindow.follow(snapshot)
    for (const notice of certificateWatch(snapshot.certificates)) {
      showNotice(notice, () => window.show('certificates'))
    }
    drawTraySoon()
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
        keys: createKeyTransfer(
          engine,
          createDesktop(() => window.current()),
          env.clock,
        ),
        log,
        openNostrWindow: openAddress,
        copyText: async (text) => await clipboard.writeText(text),
        openDocs: async () => void (await system.openPath(options.docs)),
        quit: () => app.quit(),
      })
      engine.onState((state) => {
        drawTray()
        if (state === 'failed') sayWhyFailed()
      })
      engine.onRestarted(() => {
        nostrWindow.engineRestarted()
        showNotice(restartNotice, () => window.show())
      })
      mirror.onChange(follow)
      drawTray()
      if (!options.isHidden) showFirstWindow()
      await engine.start()
    },
    async stop() {
      if (isStopped) return
      isStopped = true
      window.release()
      nostrWindow.close()
      mirror.stop()
      prediction.drop()
      await engine.stop()
      closeIpc?.()
      tray.destroy()
    },
    showWindow: () => window.show(),
  }
}
