import { appWindow } from '../pages/app-window.ts'
import { addressesOf, askDns } from '../support/dns-query.ts'
import { freePorts } from '../support/free-ports.ts'
import { createPkarrSigner } from '../support/pkarr-signer.ts'
import { startUpstream } from '../support/upstream.ts'
import { expect, test } from '../fixtures.ts'

test('an upstream: a bad one is refused at its field and stays there, a good one is asked', async ({
  launch,
}) => {
  const upstream = await startUpstream('203.0.113.40')
  const app = await launch()
  const window = appWindow(await app.window())
  const { page } = window
  const field = page.getByTestId('setting-resolver.upstreams')
  const bad = '127.0.0.1:9\n?'

  await window.showTab('settings', 'dns')
  await expect(field).toHaveValue('127.0.0.1:9')
  await field.fill(bad)
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(field).toHaveAttribute('aria-invalid', 'true')
  await expect(page.getByRole('alert')).toContainText('Line 2')
  expect((await window.snapshot()).settings.resolver.upstreams).toEqual(['127.0.0.1:9'])

  await window.show('overview')
  await window.showTab('settings', 'dns')
  await expect(field).toHaveValue(bad)
  await expect(page.getByTestId('settings-tab-dns')).toContainText('1 unsaved change')

  await field.fill(upstream.address)
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(field).not.toHaveAttribute('aria-invalid')
  await expect.poll(() => addressesOf(app.ports.proxy, 'www.example.com')).toEqual(['203.0.113.40'])
  await upstream.stop()
})

test('a port: bad ones are refused at the field, and a good one is where names are answered', async ({
  launch,
  bob,
}) => {
  const app = await launch()
  const window = appWindow(await app.window())
  const { page } = window
  const field = page.getByTestId('setting-resolver.proxyPort')
  const [port = 0] = await freePorts(1)
  await expect.poll(() => addressesOf(app.ports.proxy, bob.name)).toEqual(['45.33.32.156'])

  await window.showTab('settings', 'dns')
  for (const bad of ['a port', '70000']) {
    await field.fill(bad)
    await field.press('Enter')
    await expect(page.getByRole('alert')).toBeVisible()
    await expect(field).toHaveValue(bad)
  }
  expect(await addressesOf(app.ports.proxy, bob.name)).toEqual(['45.33.32.156'])

  await field.fill(String(port))
  await expect(page.getByRole('alert')).toBeHidden()
  await field.press('Enter')
  await expect.poll(() => addressesOf(port, bob.name)).toEqual(['45.33.32.156'])
  expect(await askDns(app.ports.proxy, bob.name, 'A', 1000)).toBeUndefined()
  await window.show('overview')
  await expect(page.getByText(`127.0.0.1:${port}`).first()).toBeVisible()

  await app.quit()
  await launch()
  await expect.poll(() => addressesOf(port, bob.name)).toEqual(['45.33.32.156'])
})

test('the theme is the one chosen, whatever the system prefers, and is kept', async ({
  launch,
}) => {
  const app = await launch()
  const window = appWindow(await app.window())
  const { page } = window
  const background = () =>
    page.evaluate(() => getComputedStyle(document.body).backgroundColor.replaceAll(' ', ''))
  await window.show('settings')
  await page.emulateMedia({ colorScheme: 'light' })
  const light = await background()
  await page.emulateMedia({ colorScheme: 'dark' })
  await expect.poll(background).not.toBe(light)
  const dark = await background()

  const theme = page.getByTestId('setting-ui.theme')
  await theme.selectOption('light')
  await expect.poll(background).toBe(light)
  await theme.selectOption('dark')
  await page.emulateMedia({ colorScheme: 'light' })
  await expect.poll(background).toBe(dark)

  await expect.poll(async () => (await window.snapshot()).settings.ui.theme).toBe('dark')
  await app.quit()
  const again = await (await launch()).window()
  await expect(again.locator('html')).toHaveAttribute('data-theme', 'dark')
})

test('PKARR names are answered as long as they are switched on', async ({ launch, pkarrRelay }) => {
  const signer = createPkarrSigner()
  pkarrRelay.packets.set(signer.key, signer.zone('203.0.113.50', 1))
  const app = await launch({ pkarrRelays: [pkarrRelay.url] })
  const window = appWindow(await app.window())
  const { page } = window
  const name = `${signer.key}.pkarr`
  const rcode = async () => (await askDns(app.ports.proxy, name))?.rcode
  await expect.poll(() => addressesOf(app.ports.proxy, name)).toEqual(['203.0.113.50'])

  await window.showTab('settings', 'pkarr')
  const enabled = page.getByTestId('setting-pkarr.enabled')
  await enabled.click()
  await expect(enabled).toHaveAttribute('aria-checked', 'false')
  await expect.poll(rcode).toBe('SERVFAIL')
  await window.show('pkarr')
  await expect(page.getByTestId('pkarr-off')).toBeVisible()

  await window.showTab('settings', 'pkarr')
  await enabled.click()
  await expect.poll(() => addressesOf(app.ports.proxy, name)).toEqual(['203.0.113.50'])
})
