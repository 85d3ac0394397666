import { join } from 'node:path'
import { appWindow } from '../pages/app-window.ts'
import { writeSettings } from '../support/app.ts'
import { addressesOf } from '../support/dns-query.ts'
import { packageApp, startPackaged } from '../support/packaged-app.ts'
import { expect, test } from '../fixtures.ts'

test.skip(process.platform !== 'linux', 'what is packaged here is for Linux')

test('the packaged app starts, shows tray and window, answers a name and quits', async ({
  bob,
  bus,
  panel,
  ports,
  relays,
  scratch,
}) => {
  // Packing copies a whole Electron.
  test.slow()
  const executable = await packageApp(join(scratch, 'dist'))
  const dataDir = join(scratch, 'data')
  const urls = relays.map((relay) => relay.url)
  await writeSettings(dataDir, ports, urls)
  const app = await startPackaged(executable, dataDir, bus.address)
  try {
    const window = appWindow(await app.window())
    await expect(window.toggle).toHaveAttribute('aria-checked', 'true')
    await expect(window.banner).toBeHidden()
    await expect.poll(() => addressesOf(ports.proxy, bob.name)).toEqual(['45.33.32.156'])
    // Native modules came along: the database (no fault in the health list) and batched sockets.
    const { health, resolver } = await window.snapshot()
    expect(health.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(resolver.listeners.find(({ id }) => id === 'proxy')).toMatchObject({ engine: 'batched' })

    const item = await panel.item()
    await expect.poll(async () => (await item.menu())[1]?.label).toMatch(/^On/u)
    await item.click('Quit')
    expect(await app.ended).toBe(0)
  } finally {
    await app.kill()
  }
})
