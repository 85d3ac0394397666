import { appWindow } from '../pages/app-window.ts'
import { addressesOf } from '../support/dns-query.ts'
import { expect, test } from '../fixtures.ts'

const toggleLabel = 'Resolve .nostr names'

test('the toggle in the tray menu stops and starts resolution', async ({ launch, panel, bob }) => {
  const app = await launch({ args: ['--hidden'] })
  const item = await panel.item()
  const ask = () => addressesOf(app.ports.proxy, bob.name)
  const isChecked = async () =>
    (await item.menu()).find((entry) => entry.label === toggleLabel)?.isChecked
  const picture = async () => (await panel.item()).picture

  await expect.poll(ask).toEqual(['45.33.32.156'])
  await expect.poll(isChecked).toBe(true)
  await expect.poll(async () => (await item.menu())[1]?.label).toMatch(/^On · \d+ of \d+ relays?/u)
  const pictureOn = await picture()

  await item.click(toggleLabel)
  await expect.poll(ask).toEqual([])
  await expect.poll(isChecked).toBe(false)
  await expect.poll(picture).not.toBe(pictureOn)

  await item.click(toggleLabel)
  await expect.poll(ask).toEqual(['45.33.32.156'])
  await expect.poll(isChecked).toBe(true)
  await expect.poll(picture).toBe(pictureOn)
})

test('tray and window show the same state', async ({ launch, panel }) => {
  const app = await launch()
  const window = appWindow(await app.window())
  const item = await panel.item()
  await expect(window.toggle).toHaveAttribute('aria-checked', 'true')
  await item.click(toggleLabel)
  await expect(window.toggle).toHaveAttribute('aria-checked', 'false')
  await window.toggle.click()
  await expect
    .poll(async () => (await item.menu()).find((entry) => entry.label === toggleLabel)?.isChecked)
    .toBe(true)
})

test('names asked for appear in the tray menu, and open the Names screen', async ({
  launch,
  panel,
  bob,
}) => {
  const app = await launch()
  const window = appWindow(await app.window())
  await expect.poll(() => addressesOf(app.ports.proxy, bob.name)).toEqual(['45.33.32.156'])
  const item = await panel.item()
  const recent = async () =>
    (await item.menu())
      .find((entry) => entry.label === 'Recent names')
      ?.children.map((entry) => entry.label) ?? []
  await expect.poll(recent).toEqual([expect.stringMatching(/^npub1.*nostr: 45\.33\.32\.156$/u)])
  const [label = ''] = await recent()
  await item.click(label)
  await expect(window.nameRows).toHaveCount(1)

  await window.show('overview')
  const questions = window.page.getByText('Questions', { exact: true }).locator('..')
  await expect(questions).toContainText(/[1-9]/u)
})
