import type { Locator, Page } from '@playwright/test'

import type { RendererApi } from '../../src-preload/contract/replies.ts'
import type { Snapshot } from '../../src-preload/contract/model.ts'

declare global {
  interface Window {
    readonly nostrDns: RendererApi
  }
}

export const screens = [
  'overview',
  'names',
  'certificates',
  'publish',
  'keys',
  'pkarr',
  'settings',
] as const
export type ScreenName = (typeof screens)[number]

/** The window as its user sees it; keeps selectors out of the specs. */
export interface AppWindow {
  readonly page: Page
  readonly toggle: Locator
  readonly status: Locator
  readonly banner: Locator
  readonly relayRows: Locator
  readonly nameRows: Locator
  /** The details of a name. */
  readonly detail: Locator
  readonly publishResult: Locator
  /** The state as the page gets it. */
  snapshot(): Promise<Snapshot>
  show(screen: ScreenName): Promise<void>
  /** Shows one part of a screen. */
  showTab(screen: ScreenName, tab: string): Promise<void>
  /** Answers a dialog that asks for a passphrase before it goes on. */
  choosePassphrase(passphrase: string): Promise<void>
  createKey(label: string, passphrase: string): Promise<void>
  publishDetectedAddress(): Promise<void>
  lookUp(name: string): Promise<Locator>
  /** Opens the details of the only name in the table. */
  openOnlyName(): Promise<Locator>
}

export function appWindow(page: Page): AppWindow {
  const show = async (screen: ScreenName): Promise<void> => {
    await page.getByTestId(`nav-${screen}`).click()
  }
  const choosePassphrase = async (passphrase: string): Promise<void> => {
    const dialog = page.getByRole('dialog')
    await dialog.getByTestId('vault-passphrase').fill(passphrase)
    await dialog.getByTestId('vault-passphrase-repeat').fill(passphrase)
    await dialog.getByRole('button', { name: 'Set passphrase' }).click()
  }
  return {
    page,
    toggle: page.getByTestId('toggle-resolution'),
    status: page.getByTestId('status-line'),
    banner: page.getByTestId('engine-banner'),
    relayRows: page.getByTestId('relay-row'),
    nameRows: page.getByTestId('name-row'),
    detail: page.getByTestId('name-detail'),
    publishResult: page.getByTestId('publish-result'),
    async snapshot() {
      const reply = await page.evaluate(() => window.nostrDns.call('state.snapshot', {}))
      if (!reply.ok) throw new Error(reply.error.message)
      return reply.value
    },
    show,
    async showTab(screen, tab) {
      await show(screen)
      await page.getByTestId(`${screen}-tab-${tab}`).click()
    },
    choosePassphrase,
    async createKey(label, passphrase) {
      await show('keys')
      await page.getByTestId('create-identity').first().click()
      const dialog = page.getByRole('dialog')
      await choosePassphrase(passphrase)
      await dialog.getByLabel('Label').fill(label)
      await dialog.getByRole('button', { name: 'Create', exact: true }).click()
      await page.getByTestId('identity-row').filter({ hasText: label }).waitFor()
    },
    async publishDetectedAddress() {
      await show('publish')
      await page.getByTestId('publish-button').click()
    },
    async lookUp(name) {
      await show('names')
      await page.getByTestId('lookup-input').fill(name)
      await page.getByTestId('lookup-input').press('Enter')
      return page.getByTestId('lookup-result')
    },
    async openOnlyName() {
      await show('names')
      await page.getByTestId('name-row').getByRole('button').first().click()
      return this.detail
    },
  }
}
