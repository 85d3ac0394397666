import { describe, expect, it } from 'vitest'
import type { Page } from 'playwright'
import { callsOf, type WindowOptions } from './open-window.ts'
import { gone, seen, windowSuite } from './window-suite.ts'

const suite = windowSuite()

async function openTab(tab: string, options?: WindowOptions): Promise<Page> {
  const page = await suite.open(options)
  await page.getByTestId('nav-settings').click()
  await page.getByTestId(`settings-tab-${tab}`).click()
  return page
}

describe('a switch', () => {
  it('is saved at once and says so', async () => {
    const page = await openTab('general')
    await page.evaluate(() => window.fakeEngine.hold('settings.update'))
    const toggle = page.getByRole('switch', { name: 'Start when you log in' })
    await toggle.click()
    expect(await seen(page.getByText('Saving…'))).toBe(true)
    expect(await toggle.isDisabled()).toBe(true)
    await page.evaluate(() => window.fakeEngine.release('settings.update'))
    expect(await seen(page.getByText('Saved', { exact: true }))).toBe(true)
    expect(await toggle.getAttribute('aria-checked')).toBe('true')
    expect(await callsOf(page, 'settings.update')).toEqual([{ ui: { openAtLogin: true } }])
  })

  it('goes back, with the reason beside it, when it could not be saved', async () => {
    const page = await openTab('general')
    await page.evaluate(() =>
      window.fakeEngine.failNext('settings.update', {
        code: 'store.disk-full',
        message: 'The disk is full.',
        hint: 'Free some space.',
      }),
    )
    const toggle = page.getByTestId('setting-ui.startHidden')
    await toggle.click()
    expect(await seen(page.getByRole('alert').getByText('The disk is full.'))).toBe(true)
    expect(await toggle.getAttribute('aria-checked')).toBe('false')
    expect(await page.getByText('Saved', { exact: true }).count()).toBe(0)
  })

  it('changes only itself in a group', async () => {
    const page = await openTab('relays')
    await page.getByTestId('setting-relays.embedded.lan').click()
    await expect
      .poll(() => page.evaluate(() => window.fakeEngine.snapshot().settings.relays.embedded))
      .toEqual({ enabled: true, port: 7447, lan: true })
  })

  it.each([
    ['https', 'setting-trust.transparent', 'port 443 of this computer', 'Turn on'],
    ['names', 'setting-publish.copyNodnsCertificate', 'keep bookmark lists', 'Publish them'],
  ])('with a price asks first: %s', async (tab, testId, price, confirm) => {
    const page = await openTab(tab)
    await page.getByTestId(testId).click()
    const dialog = page.getByRole('dialog')
    expect(await seen(dialog.getByText(price))).toBe(true)
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    expect(await gone(dialog)).toBe(true)
    expect(await callsOf(page, 'settings.update')).toEqual([])
    await page.getByTestId(testId).click()
    await dialog.getByRole('button', { name: confirm }).click()
    await expect.poll(() => page.getByTestId(testId).getAttribute('aria-checked')).toBe('true')
    // Switching it off again costs nothing, so nothing is asked.
    await page.getByTestId(testId).click()
    await expect.poll(() => page.getByTestId(testId).getAttribute('aria-checked')).toBe('false')
  })
})

describe('something typed', () => {
  it('is not saved before its owner says so', async () => {
    const page = await openTab('dns')
    const field = page.getByTestId('setting-resolver.proxyPort')
    await field.fill('5300')
    expect(await seen(page.getByText('Not saved yet'))).toBe(true)
    expect(await callsOf(page, 'settings.update')).toEqual([])
    await field.press('Enter')
    expect(await seen(page.getByText('Saved', { exact: true }))).toBe(true)
    expect(await gone(page.getByText('Not saved yet'))).toBe(true)
    expect(await callsOf(page, 'settings.update')).toEqual([{ resolver: { proxyPort: 5300 } }])
  })

  it('is refused at its field, and stays there to be mended', async () => {
    const page = await openTab('dns')
    const field = page.getByTestId('setting-resolver.proxyPort')
    await field.fill('70000')
    await field.press('Enter')
    expect(await seen(page.getByRole('alert').getByText('65535'))).toBe(true)
    expect(await field.getAttribute('aria-invalid')).toBe('true')
    expect(await field.inputValue()).toBe('70000')
    await field.fill('53a')
    await field.press('Enter')
    expect(await seen(page.getByRole('alert').getByText('Enter a whole number.'))).toBe(true)
    await page.getByRole('button', { name: 'Discard' }).click()
    expect(await field.inputValue()).toBe('5354')
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  it('names the line of a list that is wrong', async () => {
    const page = await openTab('relays')
    const field = page.getByTestId('setting-relays.user')
    await field.fill('wss://relay.example.com\n\nrelay.example.org')
    await page.getByRole('button', { name: 'Save' }).click()
    expect(await seen(page.getByRole('alert').getByText('Line 3: Must be a ws://'))).toBe(true)
    await field.fill('wss://relay.example.com\nwss://relay.example.org')
    expect(await page.getByRole('alert').count()).toBe(0)
    await page.getByRole('button', { name: 'Save' }).click()
    expect(await seen(page.getByText('Saved', { exact: true }))).toBe(true)
    expect(await page.evaluate(() => window.fakeEngine.snapshot().settings.relays.user)).toEqual([
      'wss://relay.example.com',
      'wss://relay.example.org',
    ])
  })

  it('survives a walk to other screens, and the tab says that it is there', async () => {
    const page = await openTab('dns')
    await page.getByTestId('setting-resolver.upstreams').fill('9.9.9.9\n1.1.1.1')
    await page.getByTestId('nav-overview').click()
    await page.getByTestId('nav-settings').click()
    await page.getByTestId('settings-tab-general').click()
    expect(await seen(page.getByTestId('settings-tab-dns').getByText('1 unsaved change'))).toBe(
      true,
    )
    await page.getByTestId('settings-tab-dns').click()
    expect(await page.getByTestId('setting-resolver.upstreams').inputValue()).toBe(
      '9.9.9.9\n1.1.1.1',
    )
  })

  it('is no change when it is what was there', async () => {
    const page = await openTab('dns')
    const field = page.getByTestId('setting-resolver.dohPort')
    await field.fill('1')
    expect(await seen(page.getByText('Not saved yet'))).toBe(true)
    await field.fill('5380')
    expect(await gone(page.getByText('Not saved yet'))).toBe(true)
  })

  it('is kept while the engine restarts', async () => {
    const page = await openTab('dns')
    const field = page.getByTestId('setting-resolver.dohPort')
    await field.fill('8053')
    await page.evaluate(() => window.fakeEngine.setEngine('restarting'))
    await page.evaluate(() => window.fakeEngine.setEngine('running'))
    expect(await gone(page.getByTestId('engine-banner'))).toBe(true)
    expect(await field.inputValue()).toBe('8053')
  })
})

describe('the theme', () => {
  it('changes at once', async () => {
    const page = await openTab('general')
    await page.getByTestId('setting-ui.theme').selectOption('dark')
    expect(await seen(page.locator(':root[data-theme=dark]'))).toBe(true)
    expect(await callsOf(page, 'settings.update')).toEqual([{ ui: { theme: 'dark' } }])
  })
})

describe('the endings sent to Nostr DNS', () => {
  it('are chosen one by one, and never none', async () => {
    const page = await openTab('computer')
    await page.getByRole('checkbox', { name: /^\.pkarr/u }).click()
    await expect
      .poll(() => callsOf(page, 'settings.update'))
      .toEqual([{ system: { suffixes: ['nostr', 'key'] } }])
    await page.getByRole('checkbox', { name: /^\.key/u }).click()
    const last = page.getByRole('checkbox', { name: /^\.nostr/u })
    expect(await seen(page.getByText('At least one ending is needed.'))).toBe(true)
    expect(await last.isDisabled()).toBe(true)
  })
})

describe('programs that know no proxy', () => {
  it('shows whether sending them through the check works, and why not', async () => {
    const page = await openTab('https')
    await page.evaluate(() => {
      const { trust } = window.fakeEngine.snapshot()
      const problem = 'Port 443 is held by nginx (pid 812).'
      window.fakeEngine.emit({
        trust: { ...trust, transparent: { state: 'failed', addresses: [], problem } },
      })
    })
    expect(await seen(page.getByTestId('transparent-problem').getByText('nginx'))).toBe(true)
    await page.evaluate(() => {
      const { trust } = window.fakeEngine.snapshot()
      window.fakeEngine.emit({
        trust: { ...trust, transparent: { state: 'listening', addresses: ['127.0.0.1', '::1'] } },
      })
    })
    expect(await seen(page.getByText('lead to 127.0.0.1 and ::1 meanwhile'))).toBe(true)
  })
})

describe('the local network', () => {
  it('shows what is announced where, and what another computer holds', async () => {
    const page = await openTab('network')
    expect(await seen(page.getByText('192.168.1.20'))).toBe(true)
    expect(await page.getByTestId('mdns-name').allInnerTexts()).toEqual([
      expect.stringMatching(/^npub1.*\.local\s+Announced$/su),
      expect.stringMatching(/^nas\..*Asking whether it is free…$/su),
      expect.stringMatching(/Taken by another computer\s+The computer at 192\.168\.1\.31/su),
    ])
    expect(await seen(page.getByText('It tells everybody in the network who you are'))).toBe(true)
  })

  it('says why it failed', async () => {
    const page = await openTab('network', { scene: 'errors' })
    expect(await seen(page.getByTestId('mdns-state').getByText('Port 5353 is held'))).toBe(true)
  })
})

describe('without an engine', () => {
  it('nothing can be changed before it has spoken', async () => {
    const page = await openTab('dns', { scene: 'loading' })
    expect(await page.getByTestId('setting-resolver.proxyPort').isDisabled()).toBe(true)
    expect(await page.getByTestId('setting-resolver.usePortFallback').isDisabled()).toBe(true)
  })
})
