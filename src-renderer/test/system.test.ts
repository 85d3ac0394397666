import { describe, expect, it } from 'vitest'
import type { Page } from 'playwright'
import type { SystemState, SystemView } from '../../src-preload/contract/system-model.ts'
import { dropInPlan, linkPlan, systemView } from './fixture-system.ts'
import { callsOf, type WindowOptions } from './open-window.ts'
import { gone, seen, windowSuite } from './window-suite.ts'

const suite = windowSuite()
const states: readonly SystemState[] = [
  'unknown',
  'off',
  'asking',
  'on',
  'paused',
  'not-working',
  'changed',
  'conflict',
  'unsupported',
]

async function openWith(view: SystemView, options?: WindowOptions): Promise<Page> {
  const page = await suite.open(options)
  await page.evaluate((system) => window.fakeEngine.emit({ system }), view)
  await page.locator(`[data-testid=system-status][data-state=${view.state}]`).waitFor()
  return page
}

async function openSettings(page: Page): Promise<void> {
  await page.getByTestId('nav-settings').click()
  await page.getByTestId('settings-tab-computer').click()
}

const attempt = {
  verb: 'install',
  outcome: 'cancelled',
  problem: { code: 'elevation.cancelled', message: 'The prompt was closed.' },
  command: 'sudo sh nostr-dns-helper install --port 5364 --suffix nostr',
} as const

describe('every state', () => {
  it('is shown with its sentence, and only “on” says on', async () => {
    const page = await suite.open()
    const status = page.getByTestId('system-status')
    for (const state of states) {
      await page.evaluate((system) => window.fakeEngine.emit({ system }), systemView(state))
      await expect.poll(() => status.getAttribute('data-state')).toBe(state)
      const [title = '', line = ''] = (await status.innerText()).split(/\n+/u)
      expect({ state, isOn: title === 'This computer: on' }).toEqual({
        state,
        isOn: state === 'on',
      })
      expect(line.length).toBeGreaterThan(20)
    }
  })

  it('gives the reason and the next step when it does not work', async () => {
    const page = await openWith(systemView('not-working'))
    const reason = page.getByTestId('system-reason')
    expect(await seen(reason.getByText('A VPN answers for all names'))).toBe(true)
    expect(await seen(reason.getByText('then check again'))).toBe(true)
    await page.getByTestId('system-check').click()
    expect(await callsOf(page, 'system.look')).toEqual([{}])
  })

  it('names the file that is in the way, and offers nothing that would touch it', async () => {
    const page = await openWith(systemView('conflict'))
    expect(await seen(page.getByText('50-nostr-dns.dns-delegate is not ours'))).toBe(true)
    expect(await page.getByTestId('system-turnOn').count()).toBe(0)
    expect(await page.getByTestId('system-rewrite').count()).toBe(0)
  })

  it('says how to set it up by hand where it is not possible', async () => {
    const page = await openWith(systemView('unsupported'))
    await openSettings(page)
    const manual = page.getByTestId('system-manual')
    expect(await seen(manual.getByText('server=/nostr/127.0.0.1#5364'))).toBe(true)
    await manual.getByRole('button', { name: 'Copy these lines' }).first().click()
    expect(await callsOf(page, 'shell.copyText')).toEqual([
      expect.stringContaining('server=/key/127.0.0.1#5364'),
    ])
    expect(await page.getByTestId('system-turnOn').count()).toBe(0)
  })

  it('lets names be answered again when that is what is paused', async () => {
    const page = await openWith(systemView('paused'))
    await page.getByTestId('toggle-resolution').click()
    await page.getByTestId('system-restart').click()
    expect(await gone(page.getByTestId('system-restart'))).toBe(true)
    expect(await callsOf(page, 'resolver.setEnabled')).toEqual([
      { enabled: false },
      { enabled: true },
    ])
  })
})

describe('turning it on', () => {
  it('shows everything first, then waits for the system’s prompt', async () => {
    const page = await openWith(systemView('off'))
    await page.getByTestId('system-turnOn').click()
    const dialog = page.getByRole('dialog')
    for (const { path, content } of linkPlan.files) {
      expect(await seen(dialog.getByText(path, { exact: true }))).toBe(true)
      expect(await dialog.getByLabel(`Content of ${path}`).innerText()).toContain(content.trim())
    }
    expect(await dialog.getByLabel('Commands run afterwards').innerText()).toContain(
      linkPlan.commands.join('\n'),
    )
    expect(await dialog.getByLabel('What Undo does').innerText()).toContain(
      linkPlan.undo.join('\n'),
    )
    await dialog.getByText('Do it by hand instead').click()
    expect(await seen(dialog.getByText(linkPlan.byHand))).toBe(true)
    expect(await callsOf(page, 'system.install')).toEqual([])

    await page.evaluate(() => window.fakeEngine.hold('system.install'))
    await dialog.getByTestId('system-confirm').click()
    expect(await gone(dialog)).toBe(true)
    const status = page.getByTestId('system-status')
    expect(await seen(status.getByText('This computer: waiting for your permission'))).toBe(true)
    expect(await page.getByTestId('system-turnOn').count()).toBe(0)
    await page.evaluate(() => window.fakeEngine.release('system.install'))
    expect(await seen(status.getByText('This computer: on'))).toBe(true)
    expect(await callsOf(page, 'system.install')).toEqual([{}])
  })

  it('changes nothing when it is cancelled', async () => {
    const page = await openWith(systemView('off'))
    await page.getByTestId('system-turnOn').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    expect(await gone(page.getByRole('dialog'))).toBe(true)
    expect(await callsOf(page, 'system.install')).toEqual([])
  })

  it('asks for agreement where the mechanism has a price', async () => {
    const page = await openWith({ ...systemView('off'), plan: dropInPlan })
    await page.getByTestId('system-turnOn').click()
    const dialog = page.getByRole('dialog')
    expect(await seen(dialog.getByText(dropInPlan.consent ?? '-'))).toBe(true)
    await dialog.getByTestId('system-confirm').click()
    expect(await seen(dialog.getByRole('alert').getByText('Tick this first'))).toBe(true)
    const box = dialog.getByRole('checkbox')
    expect(await box.evaluate((element) => element === document.activeElement)).toBe(true)
    expect(await callsOf(page, 'system.install')).toEqual([])
    await box.check()
    await dialog.getByTestId('system-confirm').click()
    expect(await seen(page.getByText('This computer: on'))).toBe(true)
  })

  it('says why there is no plan', async () => {
    const page = await openWith(systemView('off'))
    await page.evaluate(() =>
      window.fakeEngine.failNext('system.plan', {
        code: 'system.unsupported',
        message: 'No mechanism was found.',
      }),
    )
    await page.getByTestId('system-turnOn').click()
    const dialog = page.getByRole('dialog')
    expect(await seen(dialog.getByText('No mechanism was found.'))).toBe(true)
    expect(await dialog.getByTestId('system-confirm').count()).toBe(0)
  })
})

describe('an attempt that did not succeed', () => {
  it('is told without alarm when the prompt was closed, with a command to copy', async () => {
    const page = await openWith({ ...systemView('off'), lastAttempt: attempt })
    const notice = page.getByTestId('system-attempt')
    expect(await seen(notice.getByText('You closed the prompt, so nothing was changed'))).toBe(true)
    expect(await notice.getByText('The prompt was closed.').count()).toBe(0)
    await notice.getByRole('button', { name: 'Copy terminal command' }).click()
    expect(await callsOf(page, 'shell.copyText')).toEqual([attempt.command])
    expect(await seen(page.getByText('This computer: off'))).toBe(true)
  })

  it('says what to do where there is no prompt', async () => {
    const page = await openWith({
      ...systemView('off'),
      lastAttempt: {
        ...attempt,
        outcome: 'no-prompt',
        problem: { code: 'elevation.no-agent', message: 'No program can ask for a password here.' },
      },
    })
    const notice = page.getByTestId('system-attempt')
    expect(await seen(notice.getByText('No program can ask for a password'))).toBe(true)
    expect(await seen(notice.getByText('sudo sh nostr-dns-helper'))).toBe(true)
  })

  it('stays on the screen when it failed', async () => {
    const page = await openWith({
      ...systemView('off'),
      lastAttempt: {
        verb: 'install',
        outcome: 'failed',
        problem: { code: 'system.reload', message: 'systemd-resolved did not start again.' },
      },
    })
    expect(await seen(page.getByText('It could not be turned on'))).toBe(true)
    await openSettings(page)
    expect(await seen(page.getByText('systemd-resolved did not start again.'))).toBe(true)
  })

  it('is silent beyond that, even when the engine answers with the closed prompt', async () => {
    const page = await openWith(systemView('off'))
    await page.evaluate(() =>
      window.fakeEngine.failNext('system.install', {
        code: 'elevation.cancelled',
        message: 'The prompt was closed.',
      }),
    )
    await page.getByTestId('system-turnOn').click()
    await page.getByTestId('system-confirm').click()
    expect(await gone(page.getByRole('dialog'))).toBe(true)
    await expect.poll(() => callsOf(page, 'system.install')).toHaveLength(1)
    expect(await seen(page.getByText('This computer: off'))).toBe(true)
    expect(await page.getByText('The prompt was closed.').count()).toBe(0)
  })
})

describe('undoing it', () => {
  it('lists what is done and asks first', async () => {
    const page = await openWith(systemView('on'))
    await page.getByTestId('system-undo').click()
    const dialog = page.getByRole('dialog', { name: 'Undo it?' })
    expect(await seen(dialog.getByText('ip link del nostr-dns'))).toBe(true)
    expect(await callsOf(page, 'system.uninstall')).toEqual([])
    await dialog.getByRole('button', { name: 'Undo', exact: true }).click()
    expect(await seen(page.getByText('This computer: off'))).toBe(true)
    expect(await callsOf(page, 'system.uninstall')).toEqual([{}])
  })

  it('is offered beside writing it again when somebody changed it', async () => {
    const page = await openWith(systemView('changed'))
    expect(await seen(page.getByTestId('system-undo'))).toBe(true)
    await page.getByTestId('system-rewrite').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Rewrite' }).click()
    expect(await seen(page.getByText('This computer: on'))).toBe(true)
  })
})

describe('help', () => {
  it('is reached from the Overview, and gives commands for a name of one’s own', async () => {
    const page = await openWith(systemView('on'))
    await page.getByTestId('system-details').click()
    const help = page.getByTestId('troubleshooting')
    expect(await seen(help.getByText('The browser searches the web'))).toBe(true)
    const dig = help.getByTestId('trouble-dig')
    await dig.locator('summary').click()
    await dig.getByRole('button', { name: 'Copy command' }).click()
    expect(await callsOf(page, 'shell.copyText')).toEqual([
      expect.stringMatching(/^getent hosts npub1\w{58}\.nostr$/u),
    ])
  })
})
