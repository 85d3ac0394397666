import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { appWindow } from '../pages/app-window.ts'
import { startAgain } from '../support/app.ts'
import { expect, test } from '../fixtures.ts'

test('a link that starts the app opens the details of its name', async ({ launch, bob }) => {
  const app = await launch({ args: ['--hidden', `nostr-dns://${bob.name}/details`] })
  const window = appWindow(await app.window())
  await expect(window.detail).toContainText('45.33.32.156')
})

test('links opened while the app runs reach it, and bad ones are explained', async ({
  launch,
  bob,
  bus,
  command,
}) => {
  const app = await launch({ args: ['--hidden'] })
  await app.electron.evaluate(({ app: electron, dialog }) => {
    // Native dialogs cannot be seen by a test: this one keeps what it was to say.
    dialog.showMessageBox = async (...asked: readonly unknown[]) => {
      electron.emit('told', asked.at(-1))
      return { response: 0, checkboxChecked: false }
    }
    const told: unknown[] = []
    electron.on('told' as 'activate', (options: unknown) => told.push(options))
    Object.assign(globalThis, { told })
  })
  const told = () =>
    app.electron.evaluate(() => JSON.stringify((globalThis as Record<string, unknown>)['told']))
  const secret = `nsec1${'q'.repeat(58)}`

  const open = (link: string) => startAgain(app, command, bus.address, [link])
  expect(await open(`nostr-dns:${secret}.nostr`)).toBe(0)
  await expect.poll(told).toContain('holds a secret key')
  expect(await open('nostr-dns:%00/../x')).toBe(0)
  await expect.poll(told).toContain('does not name anything')
  expect(app.electron.windows()).toHaveLength(0)

  expect(await open(`nostr-dns:${bob.name}`)).toBe(0)
  const window = appWindow(await app.window())
  await expect(window.detail).toContainText('45.33.32.156')
  expect(await told()).not.toContain('qqqq')
  for (const log of ['shell.log', 'engine.log']) {
    expect(await readFile(join(app.dataDir, log), 'utf8')).not.toContain('qqqq')
  }
})

test('a second start at login brings no window up', async ({ launch, bus, command, panel }) => {
  const app = await launch({ args: ['--hidden'] })
  await panel.item()
  expect(await startAgain(app, command, bus.address, ['--hidden'])).toBe(0)
  // The next one is told to the same running app, after the first.
  expect(app.electron.windows()).toHaveLength(0)
  expect(await startAgain(app, command, bus.address, [])).toBe(0)
  await app.window()
})
