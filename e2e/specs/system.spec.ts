import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { appWindow } from '../pages/app-window.ts'
import { addressesOf } from '../support/dns-query.ts'
import { expect, test } from '../fixtures.ts'

/** How a computer stands on which nothing was turned on: which of the two, its system decides. */
const untouched = {
  off: {
    title: 'This computer: off',
    trayItem: 'Open .nostr names everywhere…',
    nextStep: 'system-turnOn',
  },
  unsupported: {
    title: 'This computer: not possible here',
    trayItem: 'Where .nostr names open…',
    nextStep: 'system-check',
  },
} as const
type Untouched = keyof typeof untouched

function asUntouched(state: string): Untouched {
  if (state === 'off' || state === 'unsupported') return state
  throw new Error(`nothing was turned on, yet the computer is said to be "${state}"`)
}

test('the panel of this computer says how things stand, and the next step', async ({
  launch,
  panel,
}) => {
  const app = await launch()
  const window = appWindow(await app.window())
  const { page } = window
  const status = page.getByTestId('system-status')
  await expect(status).toHaveAttribute('data-state', /^(?:off|unsupported)$/u)
  const { system } = await window.snapshot()
  const expected = untouched[asUntouched(system.state)]
  await expect(status).toContainText(expected.title)
  await expect(page.getByTestId(expected.nextStep)).toBeEnabled()
  // Why not, in the engine's own words.
  for (const sentence of system.state === 'unsupported' ? [system.reason?.message ?? '—'] : []) {
    await expect(page.getByTestId('system-reason')).toContainText(sentence)
  }

  // Looking again does not make it better than it is.
  await page.getByTestId('system-check').click()
  await expect
    .poll(async () => (await window.snapshot()).system.checkedAtMs ?? 0)
    .toBeGreaterThan(system.checkedAtMs ?? 0)
  await expect(status).toHaveAttribute('data-state', system.state)

  const item = await panel.item()
  await expect.poll(async () => (await item.menu())[1]?.label).toMatch(/^On · /u)
  expect(item.tooltip).not.toContain('everywhere')

  await page.getByTestId('system-details').click()
  await expect(page.getByTestId('settings-tab-computer')).toHaveAttribute('data-state', 'active')
  const byHand = page.getByTestId('system-manual').or(page.getByTestId('system-plan'))
  await expect(byHand).toBeVisible()
})

test('the item of the tray opens the panel, and its switch asks for no privilege', async ({
  launch,
  panel,
  bob,
  scratch,
}) => {
  const programs = join(scratch, 'programs')
  const asked = join(scratch, 'asked')
  await mkdir(asked, { recursive: true })
  await mkdir(programs)
  for (const name of ['pkexec', 'sudo']) {
    const path = join(programs, name)
    await writeFile(path, `#!/bin/sh\ntouch '${join(asked, name)}'\nexit 126\n`)
    await chmod(path, 0o755)
  }
  const app = await launch({ programs })
  const window = appWindow(await app.window())
  const item = await panel.item()
  const status = window.page.getByTestId('system-status')
  await expect(status).toHaveAttribute('data-state', /^(?:off|unsupported)$/u)
  const state = asUntouched((await window.snapshot()).system.state)

  await window.show('keys')
  await expect(status).toBeHidden()
  await item.click(untouched[state].trayItem)
  await expect(status).toBeVisible()
  await expect(window.page.getByRole('dialog')).toBeHidden()

  const ask = () => addressesOf(app.ports.proxy, bob.name)
  await expect.poll(ask).toEqual(['45.33.32.156'])
  await item.click('Resolve .nostr names')
  await expect.poll(ask).toEqual([])
  await item.click('Resolve .nostr names')
  await expect.poll(ask).toEqual(['45.33.32.156'])
  expect(await readdir(asked)).toEqual([])
  const { system } = await window.snapshot()
  expect(system).toMatchObject({ state })
  expect(system).not.toHaveProperty('lastAttempt')
})
