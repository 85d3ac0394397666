import { dialog, shell as system, type BaseWindow } from 'electron'
import type { Logger } from '../env/logger.ts'

/** Of an address that may be of any length. */
const longestShown = 200

/**
 * Offers to open an https address of the public web in the user's own browser. A page can ask for
 * that at any time, so there is one question at a time and nothing happens without an answer.
 */
export function createOutsideOpener(log: Logger): (url: string, parent: BaseWindow) => void {
  let isAsking = false

  const offer = async (url: string, parent: BaseWindow): Promise<void> => {
    const { response } = await dialog.showMessageBox(parent, {
      type: 'question',
      message: `Open ${new URL(url).hostname} in your browser?`,
      detail: url.length <= longestShown ? url : `${url.slice(0, longestShown)}…`,
      buttons: ['Cancel', 'Open'],
      defaultId: 0,
      cancelId: 0,
      noLink: true,
    })
    if (response === 1) await system.openExternal(url)
  }

  return (url, parent) => {
    if (isAsking || new URL(url).protocol !== 'https:') return
    isAsking = true
    offer(url, parent)
      .catch((error: unknown) => log.warn('not opened in the browser', { error }))
      .finally(() => {
        isAsking = false
      })
  }
}
