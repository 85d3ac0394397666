import { appWindow, screens, type ScreenName } from '../pages/app-window.ts'
import { pkarrScreen } from '../pages/pkarr-screen.ts'
import { violations } from '../support/accessibility.ts'
import { addressesOf } from '../support/dns-query.ts'
import { createPkarrSigner } from '../support/pkarr-signer.ts'
import { expect, test } from '../fixtures.ts'

const themes = ['dark', 'light'] as const
/** Each screen, and the tabs of those that have some; the first tab is the screen itself. */
const tabs: Partial<Record<ScreenName, readonly string[]>> = {
  certificates: ['servers', 'computer', 'own'],
  pkarr: ['zones', 'keys', 'carriers'],
  settings: ['general', 'computer', 'dns', 'relays', 'names', 'https', 'network', 'pkarr'],
}
const passphrase = 'correct horse battery staple'

test('every screen in dark and light, empty and in use: no console error, nothing for axe', async ({
  launch,
  bob,
  addressServices,
  pkarrRelay,
}, testInfo) => {
  // Some sixty pictures, each looked over by axe.
  test.slow()
  const app = await launch({ addressServices, pkarrRelays: [pkarrRelay.url] })
  const page = await app.window()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  const window = appWindow(page)
  const pkarr = pkarrScreen(window)

  const photograph = async (occasion: string, screen: ScreenName, tab: string): Promise<void> => {
    for (const theme of themes) {
      await page.emulateMedia({ colorScheme: theme })
      const name = [occasion, screen, tab, theme].filter(Boolean).join('-')
      await page.screenshot({ path: testInfo.outputPath(`${name}.png`), animations: 'disabled' })
      const found = await violations(page)
      expect({ name, found }).toEqual({ name, found: [] })
    }
  }
  const photographAll = async (occasion: string): Promise<void> => {
    for (const screen of screens) {
      for (const tab of tabs[screen] ?? ['']) {
        if (tab === '') await window.show(screen)
        else await window.showTab(screen, tab)
        await photograph(occasion, screen, tab)
      }
    }
  }

  await expect(window.toggle).toHaveAttribute('aria-checked', 'true')
  await photographAll('empty')

  await window.createKey('Home', passphrase)
  await window.publishDetectedAddress()
  await expect(window.publishResult).toHaveAttribute('data-state', 'published')
  await expect.poll(() => addressesOf(app.ports.proxy, bob.name)).toEqual(['45.33.32.156'])

  const stranger = createPkarrSigner()
  pkarrRelay.packets.set(stranger.key, stranger.zone('203.0.113.60', 90))
  await pkarr.createKey('Blog')
  await pkarr.editZone('Blog')
  await pkarr.editor.field('Data', 1).fill('203.0.113.61')
  await pkarr.editor.addRow()
  await pkarr.editor.field('Name', 2).fill('www')
  await pkarr.editor.field('Type', 2).selectOption('CNAME')
  await pkarr.editor.field('Data', 2).fill(stranger.key)
  await pkarr.editor.publish()
  await expect(pkarr.editor.delivery).toContainText('stored')
  await photograph('used', 'pkarr', 'editor')
  await pkarr.editor.close()
  await pkarr.lookUp(stranger.key)
  await expect(pkarr.lookupResult).toContainText('203.0.113.60')
  await photograph('used', 'pkarr', 'lookup')
  await pkarr.openZone('Blog')
  await expect(pkarr.detail).toContainText('203.0.113.61')

  await photographAll('used')
  expect(complaints).toEqual([])
})
