import type { Locator } from '@playwright/test'
import type { AppWindow } from './app-window.ts'

/** The PKARR screen as its user sees it. */
export interface PkarrScreen {
  readonly keyRows: Locator
  readonly zoneRows: Locator
  readonly carrierRows: Locator
  /** The details of a zone. */
  readonly detail: Locator
  readonly lookupResult: Locator
  readonly editor: ZoneEditor
  /** Makes a key; `passphrase` is the one to choose when there is none yet. */
  createKey(label: string, passphrase?: string): Promise<void>
  /** Imports the seed on the clipboard; `passphrase` as in `createKey`. */
  importFromClipboard(label: string, passphrase?: string): Promise<void>
  editZone(label: string): Promise<void>
  lookUp(key: string): Promise<void>
  openZone(name: string): Promise<void>
  removeKey(label: string): Promise<void>
}

/** The dialog that edits a whole zone. */
export interface ZoneEditor {
  readonly dialog: Locator
  readonly meter: Locator
  readonly delivery: Locator
  field(column: 'Name' | 'Type' | 'Data' | 'TTL (s)', row: number): Locator
  addRow(): Promise<void>
  publish(): Promise<void>
  close(): Promise<void>
}

export function pkarrScreen(window: AppWindow): PkarrScreen {
  const { page } = window
  const dialog = page.getByRole('dialog')
  const keyRows = page.getByTestId('pkarr-key-row')
  const keyRow = (label: string): Locator => keyRows.filter({ hasText: label })
  const zoneRows = page.getByTestId('zone-row')
  const press = (within: Locator, name: string): Promise<void> =>
    within.getByRole('button', { name, exact: true }).click()

  return {
    keyRows,
    zoneRows,
    carrierRows: page.getByTestId('carrier-row'),
    detail: page.getByTestId('zone-detail'),
    lookupResult: page.getByTestId('zone-lookup-result'),
    editor: {
      dialog,
      meter: dialog.getByTestId('size-meter'),
      delivery: dialog.getByTestId('delivery'),
      field: (column, row) => dialog.getByLabel(`${column}, record ${row}`, { exact: true }),
      addRow: () => press(dialog, 'Add a record'),
      async publish() {
        await dialog.getByRole('button', { name: /^Publish/u }).click()
      },
      async close() {
        await dialog
          .getByRole('button', { name: /^(?:Close|Cancel)$/u })
          .first()
          .click()
        await dialog.waitFor({ state: 'detached' })
      },
    },
    async createKey(label, passphrase) {
      await window.showTab('pkarr', 'keys')
      await page.getByTestId('create-pkarr-key').first().click()
      if (passphrase !== undefined) await window.choosePassphrase(passphrase)
      await dialog.getByLabel('Label').fill(label)
      await press(dialog, 'Create')
      await keyRow(label).waitFor()
    },
    async importFromClipboard(label, passphrase) {
      await window.showTab('pkarr', 'keys')
      await page.getByTestId('import-pkarr-key').click()
      if (passphrase !== undefined) await window.choosePassphrase(passphrase)
      await dialog.getByLabel('Label').fill(label)
      await press(dialog, 'Paste from clipboard')
      await keyRow(label).waitFor()
    },
    async editZone(label) {
      await window.showTab('pkarr', 'keys')
      await press(keyRow(label), 'Edit zone')
    },
    async lookUp(key) {
      await window.showTab('pkarr', 'zones')
      await page.getByTestId('zone-lookup').fill(key)
      await page.getByTestId('zone-lookup').press('Enter')
    },
    async openZone(name) {
      await window.showTab('pkarr', 'zones')
      await zoneRows.filter({ hasText: name }).getByRole('button').first().click()
    },
    async removeKey(label) {
      await window.showTab('pkarr', 'keys')
      await press(keyRow(label), `More actions for ${label}`)
      await page.getByRole('menuitem', { name: 'Remove…' }).click()
      await press(page.getByRole('alertdialog').or(dialog), 'Remove')
    },
  }
}
