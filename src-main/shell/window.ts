import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { app, BrowserWindow, nativeTheme, screen, type WebContents } from 'electron'
import type { Logger } from '../env/logger.ts'
import { appUrl } from './app-files.ts'
import { smallestWindow, usableBounds, type WindowBounds } from './window-bounds.ts'

export interface AppWindow {
  /** Opens or raises the window, on `screen` when given, with the details of one of its rows. */
  show(screen?: string, entryId?: string): void
  /** The window's page, while there is one. */
  contents(): WebContents | undefined
  /** The window itself, as parent of native dialogs. */
  current(): BrowserWindow | undefined
  /** Sends to the page; dropped while there is none. */
  send(channel: string, message: unknown): void
  /** From now on closing closes: the app is going. */
  release(): void
}

export interface WindowOptions {
  readonly preload: string
  readonly icon: string
  /** Where size and place are remembered. */
  readonly directory: string
  readonly navigateChannel: string
  readonly log: Logger
}

/** The one window. Closing hides it: the app lives in the tray. */
export function createAppWindow(options: WindowOptions): AppWindow {
  const { log } = options
  const boundsFile = join(options.directory, 'window.json')
  let window: BrowserWindow | undefined
  let isLoaded = false
  let wanted: { readonly screen: string; readonly entryId: string | undefined } | undefined
  let isReleased = false

  const open = (): BrowserWindow => {
    const areas = screen.getAllDisplays().map((display) => display.workArea)
    const bounds = usableBounds(readBounds(), areas)
    const { isMaximized, ...place } = bounds
    const opened = new BrowserWindow({
      ...place,
      minWidth: smallestWindow.width,
      minHeight: smallestWindow.height,
      title: 'Nostr DNS',
      icon: options.icon,
      show: false,
      autoHideMenuBar: true,
      backgroundColor: nativeTheme.shouldUseDarkColors ? '#16161a' : '#ffffff',
      webPreferences: {
        preload: options.preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webviewTag: false,
        // The spell checker fetches dictionaries from the network.
        spellcheck: false,
      },
    })
    isLoaded = false
    opened.setMenu(null)
    if (isMaximized) opened.maximize()
    opened.once('ready-to-show', () => reveal(opened))
    opened.on('close', (event) => {
      saveBounds(opened)
      if (isReleased) return
      event.preventDefault()
      opened.hide()
      app.dock?.hide()
    })
    opened.on('closed', () => {
      window = undefined
    })
    opened.webContents.on('did-finish-load', () => {
      isLoaded = true
      navigate()
    })
    opened.webContents.on('render-process-gone', (_event, details) => {
      log.error('the window crashed', { reason: details.reason })
      // A new page instead of a dead one; its state comes from the engine, so nothing is lost.
      if (details.reason !== 'clean-exit' && !opened.isDestroyed()) void opened.loadURL(appUrl)
    })
    void opened.loadURL(appUrl).catch((error: unknown) => log.error('window not loaded', { error }))
    return opened
  }

  const reveal = (target: BrowserWindow): void => {
    void app.dock?.show()
    if (target.isMinimized()) target.restore()
    target.show()
    target.focus()
  }

  const navigate = (): void => {
    if (wanted === undefined || !isLoaded) return
    window?.webContents.send(options.navigateChannel, wanted.screen, wanted.entryId)
    wanted = undefined
  }

  const readBounds = (): unknown => {
    try {
      return JSON.parse(readFileSync(boundsFile, 'utf8'))
    } catch {
      return undefined
    }
  }

  const saveBounds = (target: BrowserWindow): void => {
    const bounds: WindowBounds = { ...target.getNormalBounds(), isMaximized: target.isMaximized() }
    try {
      writeFileSync(boundsFile, JSON.stringify(bounds))
    } catch (error) {
      log.warn('window size not saved', { error })
    }
  }

  return {
    show(screenName, entryId) {
      if (screenName !== undefined) wanted = { screen: screenName, entryId }
      if (window === undefined) window = open()
      else if (isLoaded) reveal(window)
      navigate()
    },
    contents: () => window?.webContents,
    current: () => window,
    send(channel, message) {
      if (window !== undefined && isLoaded) window.webContents.send(channel, message)
    },
    release() {
      isReleased = true
      if (window !== undefined && !window.isDestroyed()) saveBounds(window)
    },
  }
}
