import { join } from 'node:path'
import { appWindow } from '../pages/app-window.ts'
import { appPorts, writeSettings } from '../support/app.ts'
import { addressesOf } from '../support/dns-query.ts'
import { startServe } from '../support/cli.ts'
import { enginePid, isRunning, runningEngine } from '../support/engine.ts'
import { expect, test } from '../fixtures.ts'

test('a killed engine is started again, and nothing saved is lost', async ({
  launch,
  panel,
  relays,
  bob,
}) => {
  const app = await launch()
  const window = appWindow(await app.window())
  await window.createKey('Home', 'correct horse battery staple')
  const ask = () => addressesOf(app.ports.proxy, bob.name)
  await expect.poll(ask).toEqual(['45.33.32.156'])

  const killed = await runningEngine(app.electron)
  // From now on only what is stored here can answer.
  await Promise.all(relays.map((relay) => relay.stop()))
  process.kill(killed, 'SIGKILL')
  await expect(window.banner).toBeVisible()

  await expect.poll(() => enginePid(app.electron)).not.toBe(killed)
  await expect(window.banner).toBeHidden()
  await expect.poll(ask).toEqual(['45.33.32.156'])
  await window.show('keys')
  await expect(window.page.getByTestId('identity-row')).toContainText('Home')
  await window.show('names')
  await expect(window.nameRows).toHaveCount(1)
  await expect.poll(async () => (await (await panel.item()).menu())[1]?.label).toMatch(/^On/u)
})

test('a killed app takes its engine with it', async ({ launch }) => {
  const app = await launch()
  await app.window()
  const engine = await runningEngine(app.electron)
  app.electron.process().kill('SIGKILL')
  await expect.poll(() => isRunning(engine)).toBe(false)
})

test('while another engine holds the data folder, tray and window say so; then it starts', async ({
  launch,
  panel,
  scratch,
}) => {
  test.slow()
  const dataDir = join(scratch, 'data')
  const ports = await appPorts()
  await writeSettings(dataDir, ports, [])
  const other = await startServe(dataDir)
  const app = await launch()
  const window = appWindow(await app.window())
  await expect(window.banner).toBeVisible()
  const status = async () => (await (await panel.item()).menu())[1]?.label
  await expect.poll(status).toMatch(/already|in use|another/iu)
  await expect(window.banner).toContainText(/already|in use|another/iu)

  await other.stop()
  // A failed start is tried again every half minute.
  await expect(window.banner).toBeHidden({ timeout: 45_000 })
  await expect.poll(status).toMatch(/^On/u)
})
