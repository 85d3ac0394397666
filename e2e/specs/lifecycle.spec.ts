import { once } from 'node:events'
import type * as Electron from 'electron'
import { startAgain } from '../support/app.ts'
import { isRunning, runningEngine } from '../support/engine.ts'
import { expect, test } from '../fixtures.ts'

/** Whether the app's window can be seen. */
function isWindowVisible({ BrowserWindow }: typeof Electron): boolean {
  return BrowserWindow.getAllWindows().some((window) => window.isVisible())
}

test('closing the window leaves the app in the tray; Open brings it back', async ({
  launch,
  panel,
}) => {
  const app = await launch()
  await app.window()
  await expect.poll(() => app.electron.evaluate(isWindowVisible)).toBe(true)

  await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())
  await expect.poll(() => app.electron.evaluate(isWindowVisible)).toBe(false)
  const item = await panel.item()
  await item.click('Open Nostr DNS')
  await expect.poll(() => app.electron.evaluate(isWindowVisible)).toBe(true)
})

test('--hidden starts in the tray without a window', async ({ launch, panel }) => {
  const app = await launch({ args: ['--hidden'] })
  const item = await panel.item()
  expect(item.tooltip).toContain('Nostr DNS')
  await expect
    .poll(async () => (await item.menu()).map((entry) => entry.label))
    .toContain('Resolve .nostr names')
  expect(app.electron.windows()).toHaveLength(0)
})

test('a second start shows the first one’s window and ends', async ({ launch, bus, command }) => {
  const app = await launch()
  await app.window()
  await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide())
  expect(await startAgain(app, command, bus.address, [])).toBe(0)
  await expect.poll(() => app.electron.evaluate(isWindowVisible)).toBe(true)
})

test('Quit in the tray menu ends the app and its engine', async ({ launch, panel }) => {
  const app = await launch()
  await app.window()
  const engine = await runningEngine(app.electron)
  const main = app.electron.process()
  const exited = once(main, 'exit')
  await (await panel.item()).click('Quit')
  await exited
  expect(main.exitCode).toBe(0)
  await expect.poll(() => isRunning(engine)).toBe(false)
})

test('the window opens again in the size it had', async ({ launch }) => {
  const first = await launch()
  await first.window()
  await first.electron.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.setBounds({ x: 20, y: 30, width: 900, height: 610 }),
  )
  await first.quit()
  const second = await launch()
  await second.window()
  const bounds = await second.electron.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.getBounds(),
  )
  expect(bounds).toMatchObject({ width: 900, height: 610 })
})
