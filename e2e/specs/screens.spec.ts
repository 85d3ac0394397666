import { join } from 'node:path'
import { appWindow, type ScreenName } from '../pages/app-window.ts'
import { addressesOf } from '../support/dns-query.ts'
import { expect, test } from '../fixtures.ts'

const screens: readonly ScreenName[] = ['overview', 'names', 'certificates', 'publish', 'keys']
const themes = ['dark', 'light'] as const
const pictures = join(import.meta.dirname, '../../test-results/screens')

test('every screen in dark and light, empty and in use, without one console error', async ({
  launch,
  bob,
  addressServices,
}) => {
  const app = await launch({ addressServices })
  const page = await app.window()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  const window = appWindow(page)

  const photograph = async (occasion: string): Promise<void> => {
    for (const theme of themes) {
      await page.emulateMedia({ colorScheme: theme })
      for (const screen of screens) {
        await window.show(screen)
        await page.screenshot({ path: join(pictures, `${occasion}-${screen}-${theme}.png`) })
      }
    }
  }

  await expect(window.toggle).toHaveAttribute('aria-checked', 'true')
  await photograph('empty')
  await window.createKey('Home', 'correct horse battery staple')
  await window.publishDetectedAddress()
  await expect(window.publishResult).toHaveAttribute('data-state', 'published')
  await expect.poll(() => addressesOf(app.ports.proxy, bob.name)).toEqual(['45.33.32.156'])
  await photograph('used')
  expect(complaints).toEqual([])
})
