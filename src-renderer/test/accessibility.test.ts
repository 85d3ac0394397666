import axe from 'axe-core'
import { describe, expect, it } from 'vitest'
import type { Page } from 'playwright'
import { fakePkarrKey } from './fixture-names.ts'
import type { Scene } from './fixtures.ts'
import { gone, seen, windowSuite } from './window-suite.ts'

const screens = [
  'overview',
  'names',
  'certificates',
  'publish',
  'keys',
  'pkarr',
  'settings',
] as const
const tabs = [
  ['certificates', 'computer'],
  ['certificates', 'own'],
  ['pkarr', 'keys'],
  ['pkarr', 'carriers'],
  ['settings', 'computer'],
  ['settings', 'dns'],
  ['settings', 'relays'],
  ['settings', 'names'],
  ['settings', 'https'],
  ['settings', 'network'],
  ['settings', 'pkarr'],
] as const
type ScreenName = (typeof screens)[number]

const suite = windowSuite()

/** Rule and place of everything axe finds against WCAG 2.2 A and AA. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const run = (window as unknown as { axe: typeof axe }).axe.run
    const found = await run(
      // A menu floats outside the landmarks for as long as it is open.
      { exclude: ['[data-radix-popper-content-wrapper]'] },
      {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      },
    )
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')}: ${failureSummary}`),
    )
  })
}

async function show(page: Page, screen: ScreenName): Promise<void> {
  await page.getByTestId(`nav-${screen}`).click()
  expect(await seen(page.getByRole('heading', { level: 1 }))).toBe(true)
}

describe('axe finds nothing', () => {
  const scenes: readonly Scene[] = ['rich', 'empty', 'errors', 'locked']
  const themes = ['light', 'dark'] as const
  it.each(scenes.flatMap((scene) => themes.map((theme) => [scene, theme] as const)))(
    'on any screen: %s, %s',
    async (scene, theme) => {
      const page = await suite.open({ scene, theme })
      for (const screen of screens) {
        await show(page, screen)
        expect({ screen, found: await violations(page) }).toEqual({ screen, found: [] })
      }
      for (const [screen, tab] of tabs) {
        await show(page, screen)
        await page.getByTestId(`${screen}-tab-${tab}`).click()
        expect({ screen, tab, found: await violations(page) }).toEqual({ screen, tab, found: [] })
      }
    },
    60_000,
  )

  it.each([
    ['names', 'the details', (page: Page) => page.locator('[data-row]').first().click()],
    [
      'names',
      'a look-up',
      async (page: Page) => {
        await page.getByTestId('lookup-input').fill('alice.nostr')
        await page.keyboard.press('Enter')
        await seen(page.getByText('Found 2 records'))
      },
    ],
    ['certificates', 'the details', (page: Page) => page.locator('[data-row]').first().click()],
    [
      'certificates',
      'a check',
      async (page: Page) => {
        await page.getByTestId('check-input').fill('npub1x.nostr')
        await page.keyboard.press('Enter')
        await seen(page.getByTestId('check-result'))
      },
    ],
    [
      'certificates',
      'a certificate as text',
      async (page: Page) => {
        await page.locator('[data-row]').first().click()
        await page.getByRole('button', { name: 'Export certificate' }).click()
        await seen(page.getByText('BEGIN CERTIFICATE'))
      },
    ],
    [
      'certificates',
      'a form',
      async (page: Page) => {
        await page.getByTestId('certificates-tab-own').click()
        await page.getByTestId('create-certificate').click()
      },
    ],
    [
      'overview',
      'the plan for the system',
      async (page: Page) => {
        await page.getByTestId('system-turnOn').click()
        await seen(page.getByTestId('system-confirm'))
      },
    ],
    ['pkarr', 'the details', (page: Page) => page.locator('[data-row]').first().click()],
    [
      'pkarr',
      'a look-up',
      async (page: Page) => {
        await page.getByTestId('zone-lookup').fill(fakePkarrKey(7))
        await page.keyboard.press('Enter')
        await seen(page.getByTestId('zone-lookup-result').getByText('Found a zone'))
      },
    ],
    [
      'pkarr',
      'a sent zone',
      async (page: Page) => {
        await page.getByTestId('pkarr-tab-keys').click()
        await page.getByRole('button', { name: 'Edit zone' }).first().click()
        await page.getByRole('button', { name: 'Publish zone' }).click()
        await seen(page.getByTestId('delivery'))
      },
    ],
    [
      'settings',
      'a refused value',
      async (page: Page) => {
        await page.getByTestId('settings-tab-dns').click()
        await page.getByTestId('setting-resolver.proxyPort').fill('0')
        await page.keyboard.press('Enter')
        await seen(page.getByRole('alert'))
      },
    ],
    ['publish', 'the editor', (page: Page) => page.getByText('Edit records').first().click()],
    ['keys', 'a dialog', (page: Page) => page.getByTestId('import-identity').click()],
    ['keys', 'a menu', (page: Page) => page.getByLabel('More actions for Blog').click()],
  ] as const)('on %s with %s open', async (screen, _, act) => {
    const page = await suite.open({ theme: 'dark' })
    await show(page, screen)
    await act(page)
    expect(await violations(page)).toEqual([])
  })
})

describe('layout', () => {
  it.each([
    ['the smallest window', { width: 760, height: 520 }],
    ['the smallest window at 200 % zoom', { width: 380, height: 260 }],
  ])('never scrolls sideways: %s', async (_, size) => {
    const page = await suite.open({ scene: 'errors', size })
    const excess = (): Promise<number> =>
      page.evaluate(() => {
        const main = document.querySelector('main')
        return main === null ? -1 : main.scrollWidth - main.clientWidth
      })
    for (const screen of screens) {
      await show(page, screen)
      expect({ screen, excess: await excess() }).toEqual({ screen, excess: 0 })
    }
    await show(page, 'certificates')
    await page.locator('[data-row]').first().click()
    expect(await excess()).toBe(0)
    await show(page, 'pkarr')
    await page.locator('[data-row]').first().click()
    expect(await excess()).toBe(0)
    for (const [screen, tab] of tabs) {
      await show(page, screen)
      await page.getByTestId(`${screen}-tab-${tab}`).click()
      expect({ screen, tab, excess: await excess() }).toEqual({ screen, tab, excess: 0 })
    }
  })
})

describe('keyboard', () => {
  it('goes from the skip link through the sidebar into the screen, always visibly', async () => {
    const page = await suite.open()
    expect(await seen(page.getByText('48,213'))).toBe(true)
    const order: string[] = []
    for (let stop = 0; stop < 9; stop += 1) {
      await page.keyboard.press('Tab')
      order.push(
        await page.evaluate(() => {
          const focused = document.activeElement
          if (!(focused instanceof HTMLElement)) return 'nothing'
          const { outlineStyle, outlineWidth } = getComputedStyle(focused)
          const isVisible = outlineStyle === 'solid' && Number.parseFloat(outlineWidth) >= 2
          return `${focused.dataset['testid'] ?? focused.textContent} ${String(isVisible)}`
        }),
      )
    }
    expect(order).toEqual([
      'Skip to content true',
      'nav-overview true',
      'nav-names true',
      'nav-certificates true',
      'nav-publish true',
      'nav-keys true',
      'nav-pkarr true',
      'nav-settings true',
      'toggle-resolution true',
    ])
  })

  it('holds the focus in a dialog and gives it back', async () => {
    const page = await suite.open()
    await show(page, 'keys')
    await page.getByTestId('create-identity').press('Enter')
    const label = page.getByRole('dialog').getByLabel('Label')
    expect(await label.evaluate((element) => element === document.activeElement)).toBe(true)
    for (let stop = 0; stop < 8; stop += 1) {
      await page.keyboard.press('Tab')
      expect(
        await page.evaluate(() => document.activeElement?.closest('[role=dialog]') !== null),
      ).toBe(true)
    }
    await page.keyboard.press('Escape')
    expect(await gone(page.getByRole('dialog'))).toBe(true)
    // Radix gives the focus back one task after the dialog has gone.
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-testid')))
      .toBe('create-identity')
  })
})
