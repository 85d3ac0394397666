/** The Certificates screen against the real engine, and a real Chromium that it made ready. */
import { X509Certificate } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { chromium, type BrowserContext } from '@playwright/test'
import { appWindow } from '../pages/app-window.ts'
import { appEnvironment } from '../support/app.ts'
import { freePorts } from '../support/free-ports.ts'
import { forge, startSite, type Site } from '../support/site.ts'
import { expect, test as base } from '../fixtures.ts'

const pictures = join(import.meta.dirname, '../../test-results/screens')
const pages = { '/': '<!doctype html><title>Bob</title><h1>Hello from Bob</h1>' }
/** Markup, and a character that turns the direction of writing. */
const hostileName = '<img src=x onerror=alert(1)>\u202Egnp.exe'
const chromiumPath = '/usr/bin/chromium'

interface Fixtures {
  readonly serve: (...given: Parameters<typeof startSite>) => Promise<Site>
  /** Opens Debian's Chromium with the home folder `home` and the PAC file at `pacUrl`. */
  readonly browse: (home: string, pacUrl: string) => Promise<BrowserContext>
}

const test = base.extend<Fixtures>({
  // oxlint-disable-next-line no-empty-pattern
  serve: async ({}, use) => {
    const sites: Site[] = []
    await use(async (...given) => {
      const site = await startSite(...given)
      sites.push(site)
      return site
    })
    await Promise.all(sites.map((site) => site.stop()))
  },
  browse: async ({ bus, scratch }, use) => {
    const contexts: BrowserContext[] = []
    await use(async (home, pacUrl) => {
      const profile = join(scratch, `profile-${contexts.length}`)
      await mkdir(profile)
      const context = await chromium.launchPersistentContext(profile, {
        executablePath: chromiumPath,
        env: appEnvironment(bus.address, home),
        args: [
          '--no-sandbox',
          '--disable-gpu',
          '--no-first-run',
          '--disable-background-networking',
          '--disable-component-update',
          `--proxy-pac-url=${pacUrl}`,
        ],
      })
      contexts.push(context)
      return context
    })
    await Promise.all(contexts.map((context) => context.close()))
  },
})

test.use({ bobAddress: '127.0.0.1' })

test('a server is checked, then forged: both keys are shown, and the hostile certificate does nothing', async ({
  launch,
  bob,
  serve,
}) => {
  const [port = 0] = await freePorts(1)
  const site = await serve(await bob.makeCertificate(), pages, port)
  await bob.publishCertificate(port)
  const app = await launch({ privateAddressOwners: [bob.pubkey] })
  const window = appWindow(await app.window())
  const { page } = window
  const result = page.getByTestId('check-result')
  const check = async (): Promise<void> => {
    await page.getByTestId('check-input').fill(`https://${bob.name}:${port}/`)
    await page.getByTestId('check-input').press('Enter')
  }

  await window.show('certificates')
  await check()
  await expect(result).toContainText('This is the server its owner vouches for')
  const [pinned = ''] = (await window.snapshot()).certificates.flatMap(({ pins }) =>
    pins.map(({ value }) => value),
  )

  await site.stop()
  const forged = await forge(bob.name, hostileName)
  const forger = await serve(forged, {}, port)
  await check()
  await expect(result).toContainText('This is not the server its owner vouches for')
  expect(forger.seen).toMatchObject({ bytes: 0, paths: [] })
  await expect(page.getByTestId('mismatch-notice')).toBeVisible()

  await page.locator('[data-state=mismatch] [data-row]').click()
  const detail = page.getByTestId('certificate-detail')
  const hashes = await detail.getByTestId('hash-comparison').locator('code').allInnerTexts()
  expect(hashes.map((text) => text.replaceAll(/\s/gu, ''))).toEqual([pinned, forged.spkiSha256])
  await expect(detail).toContainText('<img src=x onerror=alert(1)>?gnp.exe')
  expect(await page.locator('img[src=x]').count()).toBe(0)
  await page.screenshot({ path: join(pictures, 'certificate-mismatch.png') })

  await detail.getByRole('button', { name: 'Export certificate' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Copy PEM' }).click()
  const copied = () => app.electron.evaluate(({ clipboard }) => clipboard.readText())
  const served = new X509Certificate(forged.cert).fingerprint256
  await expect.poll(async () => (await copied()).slice(0, 27)).toBe('-----BEGIN CERTIFICATE-----')
  expect(new X509Certificate(await copied()).fingerprint256).toBe(served)
})

test('a browser is made ready with three presses, and forgets everything with two', async ({
  launch,
  bob,
  serve,
  browse,
}) => {
  const port = await servedPort()
  await serve(await bob.makeCertificate(), pages, port)
  await bob.publishCertificate(port)
  const app = await launch({ privateAddressOwners: [bob.pubkey] })
  const window = appWindow(await app.window())
  const { page } = window
  const url = `https://${bob.name}:${port}/`

  await window.showTab('certificates', 'computer')
  await page.getByTestId('trust-enable').click()
  await page.getByTestId('trust-consent').click()
  const browser = page.getByTestId('trust-target').filter({ hasText: 'Chromium' })
  await browser.getByRole('button', { name: /^Install in/u }).click()
  await expect(browser).toHaveAttribute('data-state', 'installed')
  await page.screenshot({ path: join(pictures, 'trust-installed.png') })

  const { pacUrl } = (await window.snapshot()).trust.proxy
  const ready = await (await browse(app.dataDir, pacUrl)).newPage()
  expect((await ready.goto(url))?.status()).toBe(200)
  await expect(ready.getByRole('heading')).toHaveText('Hello from Bob')
  await ready.goto(new URL('/', pacUrl).href)
  for (const step of ['#proxy', '#trust']) {
    const isLoaded = () =>
      ready.locator(step).evaluate((mark) => (mark as HTMLImageElement).naturalWidth > 0)
    await expect.poll(isLoaded).toBe(true)
  }
  await window.showTab('certificates', 'servers')
  await expect(page.locator('[data-state=match] [data-row]')).toHaveCount(1)

  await window.showTab('certificates', 'computer')
  await page.getByTestId('trust-disable').click()
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off and remove' }).click()
  await expect(page.getByTestId('trust-removal').getByRole('listitem')).toHaveCount(2)
  const { trust } = await window.snapshot()
  expect(trust.authority).toBeUndefined()
  expect(trust.targets.filter(({ state }) => state === 'installed')).toEqual([])
  const afterwards = await (await browse(app.dataDir, pacUrl)).newPage()
  await expect(afterwards.goto(url)).rejects.toThrow(/net::ERR_/u)
})

/** A port that the proxy leads browsers to and nobody holds. */
async function servedPort(): Promise<number> {
  for (const port of [4443, 4444, 443]) {
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer()
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
    })
    if (isFree) return port
  }
  throw new Error('none of the ports of .nostr servers is free')
}
