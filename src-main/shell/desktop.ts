import { clipboard, dialog, type BrowserWindow } from 'electron'
import type { Desktop } from './key-transfer.ts'

export interface AppDesktop extends Desktop {
  /** Tells what went wrong. While such a message is open no other one comes. */
  warn(message: string, detail?: string): Promise<void>
}

/** Clipboard and native dialogs, attached to `parent` while it is open. */
export function createDesktop(parent: () => BrowserWindow | undefined): AppDesktop {
  let isWarning = false
  return {
    async warn(message, detail) {
      if (isWarning) return
      isWarning = true
      try {
        await dialog.showMessageBox({
          type: 'warning',
          message,
          buttons: ['OK'],
          ...(detail === undefined ? {} : { detail }),
        })
      } finally {
        isWarning = false
      }
    },
    // Electron is moving its clipboard from synchronous to asynchronous; awaiting fits both.
    readClipboard: async () => await clipboard.readText(),
    writeClipboard: async (text) => await clipboard.writeText(text),
    clearClipboard: async () => clipboard.clear(),
    async chooseFileToOpen(title) {
      const options = { title, properties: ['openFile' as const] }
      const window = parent()
      const { canceled, filePaths } = await (window
        ? dialog.showOpenDialog(window, options)
        : dialog.showOpenDialog(options))
      return canceled ? undefined : filePaths[0]
    },
    async chooseFileToSave(title, defaultPath) {
      const options = { title, defaultPath, properties: ['showOverwriteConfirmation' as const] }
      const window = parent()
      const { canceled, filePath } = await (window
        ? dialog.showSaveDialog(window, options)
        : dialog.showSaveDialog(options))
      return canceled || filePath === '' ? undefined : filePath
    },
    async confirm({ message, detail, action }) {
      const options = {
        type: 'warning' as const,
        message,
        detail,
        buttons: ['Cancel', action],
        defaultId: 0,
        cancelId: 0,
        noLink: true,
      }
      const window = parent()
      const { response } = await (window
        ? dialog.showMessageBox(window, options)
        : dialog.showMessageBox(options))
      return response === 1
    },
  }
}
