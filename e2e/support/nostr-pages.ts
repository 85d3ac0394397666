import type { ElectronApplication, Page } from '@playwright/test'
import { expect } from '@playwright/test'

/** The `.nostr` window as its user sees it. */
export interface NostrPages {
  /** Title of the window. */
  title(): Promise<string>
  /** The page shown now; waits until the window's title begins with `state`. */
  shown(state: 'Verified' | 'Blocked'): Promise<Page>
  close(): Promise<void>
}

export function nostrPages(electron: ElectronApplication): NostrPages {
  const title = (): Promise<string> =>
    electron
      .evaluate(
        ({ BaseWindow, BrowserWindow }) =>
          BaseWindow.getAllWindows()
            .filter((window) => !(window instanceof BrowserWindow))
            .map((window) => window.getTitle())[0] ?? '',
      )
      .catch((error: unknown) => {
        // The inspector loses an answer when the context it asked in goes away; the callers ask again.
        if (String(error).includes('garbage collected')) return ''
        throw error
      })
  return {
    title,
    async shown(state) {
      await expect.poll(title).toMatch(new RegExp(`^${state}: `, 'u'))
      const newest = (): Page | undefined =>
        electron.windows().findLast((page) => isShown(page.url(), state))
      await expect.poll(newest).toBeDefined()
      const page = newest()
      if (page === undefined) throw new Error('the .nostr window shows no page')
      await page.waitForLoadState()
      return page
    },
    close: () =>
      electron.evaluate(({ BaseWindow, BrowserWindow }) => {
        for (const window of BaseWindow.getAllWindows()) {
          if (!(window instanceof BrowserWindow)) window.close()
        }
      }),
  }
}

function isShown(url: string, state: 'Verified' | 'Blocked'): boolean {
  return state === 'Blocked' ? url === 'app://blocked/' : url.startsWith('https://')
}
