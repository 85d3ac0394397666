import { join } from 'node:path'
import type { Page } from '@playwright/test'
import '../pages/app-window.ts'
import { expect, test as base } from '../fixtures.ts'
import type { RunningApp } from '../support/app.ts'
import { addressesOf } from '../support/dns-query.ts'
import { runningEngine } from '../support/engine.ts'
import { nostrPages, type NostrPages } from '../support/nostr-pages.ts'
import { createSigner } from '../support/signer.ts'
import { forge, startSite, type Site, type SiteCertificate } from '../support/site.ts'

const pictures = join(import.meta.dirname, '../../test-results/screens')
const home = `<!doctype html><title>Bob’s page</title><h1>Hello from Bob</h1>
<p><a id="next" href="/next">Next</a> <a id="popup" target="_blank" href="/next">Popup</a></p>`
const next = '<!doctype html><title>Next</title><h1>The next page</h1>'

/** The app with an address opened in its `.nostr` window. */
interface Visit {
  readonly app: RunningApp
  /** The app's own window. */
  readonly main: Page
  readonly pages: NostrPages
}

interface Fixtures {
  readonly certificate: SiteCertificate
  /** Starts a server that is stopped after the test. */
  readonly serve: (certificate: SiteCertificate, port?: number) => Promise<Site>
  /** Bob's own server, whose certificate he has signed. */
  readonly site: Site
  /** Starts the app, which may follow the names of `owner` to this computer, and opens `address`. */
  readonly visit: (address: string, owner: { readonly pubkey: string }) => Promise<Visit>
}

const test = base.extend<Fixtures>({
  certificate: async ({ bob }, use) => use(await bob.makeCertificate()),
  // oxlint-disable-next-line no-empty-pattern
  serve: async ({}, use) => {
    const sites: Site[] = []
    await use(async (certificate, port) => {
      const site = await startSite(certificate, { '/': home, '/next': next }, port)
      sites.push(site)
      return site
    })
    await Promise.all(sites.map((site) => site.stop()))
  },
  site: async ({ bob, certificate, serve }, use) => {
    const site = await serve(certificate)
    await bob.publishCertificate(site.port)
    await use(site)
  },
  visit: async ({ launch }, use) =>
    use(async (address, { pubkey }) => {
      const app = await launch({ privateAddressOwners: [pubkey] })
      const main = await app.window()
      await open(main, address)
      return { app, main, pages: nostrPages(app.electron) }
    }),
})

test.use({ bobAddress: '127.0.0.1' })

function open(page: Page, address: string): Promise<void> {
  return page.evaluate((text) => window.nostrDns.shell.openNostrWindow(text), address)
}

test('a page whose owner vouches for the server is shown, and stays in its window', async ({
  visit,
  bob,
  site,
}) => {
  const { app, pages } = await visit(`https://${bob.name}:${site.port}/`, bob)

  const page = await pages.shown('Verified')
  await expect(page.getByRole('heading')).toHaveText('Hello from Bob')
  expect(await page.evaluate(() => isSecureContext)).toBe(true)
  await expect.poll(pages.title).toBe(`Verified: ${bob.name} (Bob’s page)`)
  await page.screenshot({ path: join(pictures, 'nostr-window-page.png') })

  const reachable = await page.evaluate(() => ({
    require: typeof (globalThis as Record<string, unknown>)['require'],
    process: typeof (globalThis as Record<string, unknown>)['process'],
    bridge: typeof (globalThis as Record<string, unknown>)['nostrDns'],
    agent: navigator.userAgent,
  }))
  expect(reachable).toMatchObject({
    require: 'undefined',
    process: 'undefined',
    bridge: 'undefined',
  })
  expect(reachable.agent).not.toMatch(/electron|nostr/iu)

  await page.locator('#popup').click()
  await expect(page.getByRole('heading')).toHaveText('The next page')
  expect(app.electron.windows()).toHaveLength(2)
  expect(site.seen.paths).toEqual(expect.arrayContaining(['/', '/next']))
})

test('a page can ask for nothing: permissions, files, the local network, other schemes', async ({
  visit,
  bob,
  site,
}) => {
  const { pages } = await visit(`https://${bob.name}:${site.port}/`, bob)
  const page = await pages.shown('Verified')
  const outcome = await page.evaluate(async (port) => {
    const attempt = async (url: string): Promise<string> => {
      try {
        await fetch(url, { mode: 'no-cors' })
        return 'loaded'
      } catch {
        return 'blocked'
      }
    }
    const names = ['geolocation', 'notifications', 'camera'] as PermissionName[]
    const states = await Promise.all(names.map((name) => navigator.permissions.query({ name })))
    return {
      permissions: states.map(({ state }) => state),
      own: await attempt('/next'),
      loopback: await attempt(`https://127.0.0.1:${port}/`),
      plain: await attempt(`http://127.0.0.1:${port}/`),
      app: await attempt('app://nostr-dns/index.html'),
      file: await attempt('file:///etc/passwd'),
    }
  }, site.port)
  expect(outcome).toEqual({
    permissions: ['denied', 'denied', 'denied'],
    own: 'loaded',
    loopback: 'blocked',
    plain: 'blocked',
    app: 'blocked',
    file: 'blocked',
  })
  const home = page.url()
  await page.evaluate(() => {
    location.href = 'app://nostr-dns/index.html'
  })
  await page.evaluate(() => {
    location.href = 'data:text/html,x'
  })
  expect(page.url()).toBe(home)
})

test('a forged certificate shows the block page, and the server gets no byte', async ({
  visit,
  bob,
  certificate,
  serve,
}) => {
  const forger = await serve(await forge(bob.name))
  await bob.publishCertificate(forger.port)
  const { pages } = await visit(`https://${bob.name}:${forger.port}/`, bob)

  const page = await pages.shown('Blocked')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    'This is not the server its owner vouches for',
  )
  await expect(page.locator('body')).toContainText(bob.name)
  expect(forger.seen).toMatchObject({ bytes: 0, paths: [] })
  expect(forger.seen.connections).toBeGreaterThan(0)
  await page.screenshot({ path: join(pictures, 'nostr-window-blocked.png'), fullPage: true })

  // The right server takes the forger's place: trying again shows its page.
  const { port } = forger
  await forger.stop()
  await serve(certificate, port)
  await page.getByRole('link', { name: 'Try again' }).click()
  const shown = await pages.shown('Verified')
  await expect(shown.getByRole('heading')).toHaveText('Hello from Bob')
  expect(forger.seen.bytes).toBe(0)
})

test('a pinned certificate of another name is refused', async ({ visit, serve, relays }) => {
  const urls = relays.map((relay) => relay.url)
  const carol = createSigner(urls)
  const others = await forge(createSigner(urls).name)
  const site = await serve(others)
  await carol.announce(site.port, others.spkiSha256)
  const { pages } = await visit(`https://${carol.name}:${site.port}/`, carol)
  const page = await pages.shown('Blocked')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    'This certificate belongs to another name',
  )
  expect(site.seen.bytes).toBe(0)
})

test('a name that leads into the local network is not followed', async ({ launch, bob, site }) => {
  const app = await launch()
  await open(await app.window(), `${bob.name}:${site.port}`)
  const page = await nostrPages(app.electron).shown('Blocked')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/own network|cannot be reached/u)
  await page.screenshot({ path: join(pictures, 'nostr-window-private.png'), fullPage: true })
  expect(site.seen.connections).toBe(0)
})

test('a name without a certificate is explained', async ({ visit, bob, certificate, serve }) => {
  const site = await serve(certificate)
  const { pages } = await visit(`${bob.name}:${site.port}`, bob)
  const page = await pages.shown('Blocked')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    'The owner announced no certificate for this name',
  )
  expect(site.seen.connections).toBe(0)
})

test('when the owner takes the certificate back, its open page goes', async ({
  visit,
  serve,
  relays,
}) => {
  const carol = createSigner(relays.map((relay) => relay.url))
  const certificate = await forge(carol.name)
  const site = await serve(certificate)
  await carol.announce(site.port, certificate.spkiSha256)
  const { pages } = await visit(`https://${carol.name}:${site.port}/`, carol)
  await pages.shown('Verified')

  const { paths } = site.seen
  const asked = [...paths]
  await carol.announce(site.port, (await forge(carol.name)).spkiSha256)
  const page = await pages.shown('Blocked')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    'This is not the server its owner vouches for',
  )
  expect(paths).toEqual(asked)

  // Taken back again: the page may be shown again.
  await carol.announce(site.port, certificate.spkiSha256)
  await expect(async () => {
    await page.getByRole('link', { name: 'Try again' }).click()
    await expect.poll(pages.title, { timeout: 2000 }).toMatch(/^Verified/u)
  }).toPass()
})

test('the window outlives a killed engine and opens again after it was closed', async ({
  visit,
  bob,
  site,
}) => {
  const address = `https://${bob.name}:${site.port}/next`
  const { app, main, pages } = await visit(address, bob)
  await pages.shown('Verified')

  const engine = await runningEngine(app.electron)
  const asked = site.seen.paths.length
  process.kill(engine, 'SIGKILL')
  // A new session, through the new engine.
  await expect.poll(() => site.seen.paths.length).toBeGreaterThan(asked)
  await expect((await pages.shown('Verified')).getByRole('heading')).toHaveText('The next page')

  await pages.close()
  await expect.poll(() => app.electron.windows().length).toBe(1)
  await open(main, address)
  await expect((await pages.shown('Verified')).getByRole('heading')).toHaveText('The next page')
})

test('the tray opens recent names in the window', async ({ launch, panel, bob }) => {
  const app = await launch({ args: ['--hidden'], privateAddressOwners: [bob.pubkey] })
  const item = await panel.item()
  await expect.poll(() => addressesOf(app.ports.proxy, bob.name)).toEqual(['127.0.0.1'])
  const entries = async () =>
    (await item.menu()).find((entry) => entry.label === 'Open in .nostr window')?.children ?? []
  await expect.poll(async () => (await entries()).map((entry) => entry.isEnabled)).toEqual([true])
  await item.click((await entries())[0]?.label ?? '')
  // Nothing is served at port 443 here.
  await nostrPages(app.electron).shown('Blocked')
  await expect.poll(nostrPages(app.electron).title).toContain(bob.name)
})
