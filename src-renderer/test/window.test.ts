import { describe, expect, it } from 'vitest'
import { callsOf } from './open-window.ts'
import { gone, seen, windowSuite } from './window-suite.ts'

const suite = windowSuite()

describe('Overview', () => {
  it('turns resolution off and on through the engine', async () => {
    const page = await suite.open()
    const toggle = page.getByRole('switch', { name: 'Answer .nostr names' })
    expect(await seen(page.getByText('Answering .nostr names on 127.0.0.1, port 5355.'))).toBe(true)
    await toggle.click()
    expect(await seen(page.getByTestId('status-line').getByText('Off', { exact: true }))).toBe(true)
    expect(await toggle.getAttribute('aria-checked')).toBe('false')
    await toggle.press('Space')
    expect(await seen(page.getByTestId('status-line').getByText('On', { exact: true }))).toBe(true)
    expect(await callsOf(page, 'resolver.setEnabled')).toEqual([
      { enabled: false },
      { enabled: true },
    ])
  })

  it('says that it waits, and goes back when the engine refuses', async () => {
    const page = await suite.open()
    await page.evaluate(() => {
      window.fakeEngine.hold('resolver.setEnabled')
      window.fakeEngine.failNext('resolver.setEnabled', {
        code: 'dns.no-permission',
        message: 'This port may not be opened.',
      })
    })
    await page.getByTestId('toggle-resolution').click()
    expect(await seen(page.getByText('Turning off…'))).toBe(true)
    await page.evaluate(() => window.fakeEngine.release('resolver.setEnabled'))
    expect(
      await seen(page.getByRole('status').getByText('This port may not be opened.').first()),
    ).toBe(true)
    expect(await page.getByTestId('toggle-resolution').getAttribute('aria-checked')).toBe('true')
  })

  it('shows listeners, another port than wanted, and each relay', async () => {
    const page = await suite.open()
    expect(
      await seen(page.getByText('Port 5354 was taken by another program, so 5355 is used.')),
    ).toBe(true)
    expect(await page.getByTestId('relay-row').count()).toBe(6)
    const row = page.getByTestId('relay-row').filter({ hasText: 'nos.lol' })
    expect(await row.getByRole('cell').allInnerTexts()).toEqual([
      'Connected',
      '131 ms',
      '988',
      '3',
      '–',
    ])
  })

  it('puts problems first, with what to do', async () => {
    const page = await suite.open({ scene: 'errors' })
    expect(await seen(page.getByText('Stop that program or choose another port'))).toBe(true)
    expect(
      await seen(page.getByText('Port 5364 is in use by systemd-resolved (pid 412).').last()),
    ).toBe(true)
    expect(await seen(page.getByText('On, with a problem'))).toBe(true)
  })

  it('follows deltas, and asks for everything again after a gap', async () => {
    const page = await suite.open()
    expect(await seen(page.getByText('48,213'))).toBe(true)
    const counters = (queries: number) => ({
      queries,
      managed: 0,
      forwarded: 0,
      cacheHits: 0,
      refused: 0,
      failures: 0,
      perSecond: [],
    })
    await page.evaluate((slices) => window.fakeEngine.emit(slices), { counters: counters(7001) })
    expect(await seen(page.getByText('7,001'))).toBe(true)
    expect(await callsOf(page, 'state.snapshot')).toHaveLength(1)
    await page.evaluate((slices) => window.fakeEngine.emitGap(slices), {
      counters: counters(7002),
    })
    expect(await seen(page.getByText('7,002'))).toBe(true)
    expect(await callsOf(page, 'state.snapshot')).toHaveLength(2)
  })
})

describe('the frame', () => {
  it('says that the engine restarts and keeps the state meanwhile', async () => {
    const page = await suite.open()
    expect(await seen(page.getByText('48,213'))).toBe(true)
    await page.evaluate(() => window.fakeEngine.setEngine('restarting'))
    expect(
      await seen(page.getByTestId('engine-banner').getByText('Restarting after a fault')),
    ).toBe(true)
    expect(await seen(page.getByText('48,213'))).toBe(true)
    expect(await page.getByTestId('toggle-resolution').isDisabled()).toBe(true)
    await page.evaluate(() => window.fakeEngine.setEngine('running'))
    expect(await gone(page.getByTestId('engine-banner'))).toBe(true)
    expect(await callsOf(page, 'state.snapshot')).toHaveLength(2)
  })

  it('waits honestly while the engine starts and when it has stopped', async () => {
    const starting = await suite.open({ scene: 'loading' })
    expect(await seen(starting.getByTestId('status-line').getByText('Starting…'))).toBe(true)
    const page = await suite.open({ scene: 'stopped' })
    expect(await seen(page.getByText('Nostr DNS is stopped'))).toBe(true)
    expect(await seen(page.getByText('Nothing to show'))).toBe(true)
  })

  it('opens screens from the sidebar, the keyboard and the tray', async () => {
    const page = await suite.open()
    await page.getByTestId('nav-keys').click()
    expect(await seen(page.getByRole('heading', { level: 1, name: 'Keys' }))).toBe(true)
    expect(await page.getByTestId('nav-keys').getAttribute('aria-current')).toBe('page')
    await page.keyboard.press('Control+2')
    expect(await seen(page.getByRole('heading', { level: 1, name: 'Names' }))).toBe(true)
    await page.evaluate(() => window.fakeEngine.navigate('publish'))
    expect(await seen(page.getByRole('heading', { level: 1, name: 'Publish' }))).toBe(true)
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('content')
    await page.evaluate(() => window.fakeEngine.navigate('no-such-screen'))
    expect(await page.title()).toBe('Publish – Nostr DNS')
  })

  it('opens the details of a name that a link asks for, also when its row arrives later', async () => {
    const page = await suite.open()
    const late = await page.evaluate(() => {
      const [name] = window.fakeEngine.snapshot().names
      if (name === undefined) throw new Error('no name in the fixture')
      window.fakeEngine.emit({}, { upsert: [], remove: [name.id] })
      window.fakeEngine.navigate('names', name.id)
      return name
    })
    expect(await seen(page.getByRole('heading', { level: 1, name: 'Names' }))).toBe(true)
    expect(await page.getByTestId('name-detail').count()).toBe(0)
    await page.evaluate((name) => window.fakeEngine.emit({}, { upsert: [name], remove: [] }), late)
    expect(await seen(page.getByTestId('name-detail'))).toBe(true)
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H2')
  })

  it('follows the theme of the settings over that of the system', async () => {
    const page = await suite.open({ theme: 'light' })
    expect(await seen(page.getByText('48,213'))).toBe(true)
    const background = (): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const light = await background()
    await page.evaluate(() => {
      const { settings } = window.fakeEngine.snapshot()
      window.fakeEngine.emit({ settings: { ...settings, ui: { ...settings.ui, theme: 'dark' } } })
    })
    expect(await seen(page.locator(':root[data-theme=dark]'))).toBe(true)
    expect(await background()).not.toBe(light)
  })

  it('runs under its content security policy, which forbids scripts from elsewhere', async () => {
    suite.ignoreFaults()
    const page = await suite.open()
    const violation = await page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          document.addEventListener('securitypolicyviolation', (event) => {
            resolve(event.effectiveDirective)
          })
          const script = document.createElement('script')
          script.textContent = 'window.wasRun = true'
          document.body.append(script)
        }),
    )
    expect(violation).toBe('script-src-elem')
    expect(await page.evaluate(() => 'wasRun' in window)).toBe(false)
    expect(await page.locator('style').count()).toBe(0)
  })
})
