import { afterAll, afterEach, beforeAll } from 'vitest'
import type { Locator, Page } from 'playwright'
import {
  startWindowHarness,
  type OpenedWindow,
  type WindowHarness,
  type WindowOptions,
} from './open-window.ts'

export interface WindowSuite {
  /** Opens a window that is closed after the test, which fails if the page had any fault. */
  open(options?: WindowOptions): Promise<Page>
  /** For a test that provokes faults. */
  ignoreFaults(): void
}

/** One browser for a test file, and a clean window for each test. */
export function windowSuite(): WindowSuite {
  let harness: WindowHarness | undefined
  let windows: OpenedWindow[] = []
  let areFaultsIgnored = false

  beforeAll(async () => {
    harness = await startWindowHarness()
  }, 120_000)

  afterAll(() => harness?.close())

  afterEach(async () => {
    const faults = areFaultsIgnored ? [] : windows.flatMap((opened) => opened.faults)
    await Promise.all(windows.map(({ page }) => page.context().close()))
    windows = []
    areFaultsIgnored = false
    if (faults.length > 0) throw new Error(`the page had faults:\n${faults.join('\n')}`)
  })

  return {
    async open(options) {
      if (harness === undefined) throw new Error('open() is for tests, after beforeAll')
      const opened = await harness.open(options)
      windows.push(opened)
      return opened.page
    },
    ignoreFaults() {
      areFaultsIgnored = true
    },
  }
}

/** True as soon as the first match of `locator` is visible; fails with Playwright's account if it never is. */
export async function seen(locator: Locator): Promise<boolean> {
  await locator.first().waitFor({ timeout: 8000 })
  return true
}

/** True as soon as nothing matches `locator`. */
export async function gone(locator: Locator): Promise<boolean> {
  await locator.first().waitFor({ state: 'detached', timeout: 8000 })
  return true
}
