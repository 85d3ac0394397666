import { describe, expect, it } from 'vitest'
import type { Page } from 'playwright'
import { callsOf, type WindowOptions } from './open-window.ts'
import { gone, seen, windowSuite } from './window-suite.ts'

const suite = windowSuite()

async function openTab(tab: 'computer' | 'own', options?: WindowOptions): Promise<Page> {
  const page = await suite.open(options)
  await page.getByTestId('nav-certificates').click()
  await page.getByTestId(`certificates-tab-${tab}`).click()
  return page
}

describe('switching on', () => {
  it('asks for consent to exact limits, shows each step, and goes on with the browsers', async () => {
    const page = await suite.open({ scene: 'empty' })
    await page.getByTestId('nav-certificates').click()
    await page.getByTestId('trust-enable').click()
    const dialog = page.getByRole('dialog', { name: 'Turn on HTTPS trust?' })
    for (const limit of [
      'names ending in .nostr and for nothing else',
      'all IP addresses are excluded',
      'made on this computer and stays here',
      'No browser and no setting is changed by this step',
      'You can turn it off at any time',
    ]) {
      expect(await seen(dialog.getByText(limit))).toBe(true)
    }
    expect(await callsOf(page, 'trust.enable')).toEqual([])

    await page.evaluate(() => window.fakeEngine.hold('trust.enable'))
    await dialog.getByTestId('trust-consent').click()
    const steps = dialog.getByRole('list', { name: 'Turning on HTTPS trust…' })
    const states = (): Promise<readonly (string | undefined)[]> =>
      steps.getByRole('listitem').evaluateAll((all) => all.map((step) => step.dataset['state']))
    await expect.poll(states).toEqual(['running', 'waiting', 'waiting'])
    await page.evaluate(() => {
      const { trust } = window.fakeEngine.snapshot()
      const authority = {
        commonName: 'Nostr Names (test)',
        rootSha256: 'ab'.repeat(32),
        validTo: 4_000_000_000,
        createdAtMs: Date.now(),
        protection: 'os' as const,
      }
      window.fakeEngine.emit({ trust: { ...trust, authority } })
    })
    await expect.poll(states).toEqual(['done', 'running', 'waiting'])
    await page.keyboard.press('Escape')
    expect(await dialog.isVisible()).toBe(true)
    await page.evaluate(() => window.fakeEngine.release('trust.enable'))
    expect(await gone(dialog)).toBe(true)
    expect(
      await seen(page.getByTestId('trust-status').getByText('No browser trusts this computer')),
    ).toBe(true)
    expect(await page.getByTestId('trust-target').count()).toBe(4)
    expect(await page.evaluate(() => document.activeElement !== document.body)).toBe(true)
  })

  it('changes nothing when it is cancelled or fails', async () => {
    const page = await openTab('computer', { scene: 'empty' })
    await page.getByTestId('trust-enable').click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    expect(await callsOf(page, 'trust.enable')).toEqual([])
    await page.getByTestId('trust-enable').click()
    await page.evaluate(() =>
      window.fakeEngine.failNext('trust.enable', {
        code: 'store.disk-full',
        message: 'The disk is full, so nothing more can be saved.',
      }),
    )
    const dialog = page.getByRole('dialog')
    await dialog.getByTestId('trust-consent').click()
    expect(await seen(dialog.getByRole('alert').getByText('The disk is full'))).toBe(true)
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    expect(await seen(page.getByTestId('trust-enable'))).toBe(true)
  })
})

describe('browsers', () => {
  it('are each installed and removed with one press, and undone', async () => {
    const page = await openTab('computer', { scene: 'fresh-trust' })
    const row = page.getByTestId('trust-target').filter({ hasText: 'Firefox (default-release)' })
    await row.getByRole('button', { name: 'Install in Firefox (default-release)' }).click()
    expect(await seen(row.getByText('Trusts it'))).toBe(true)
    expect(await seen(page.getByText('If it is open, restart it once.').first())).toBe(true)
    await row.getByRole('button', { name: 'Remove from Firefox (default-release)' }).click()
    expect(await seen(row.getByText('Not yet'))).toBe(true)
    await page.getByRole('button', { name: 'Undo' }).first().click()
    expect(await seen(row.getByText('Trusts it'))).toBe(true)
    expect(await seen(page.getByText('learns of it only when it is restarted'))).toBe(true)
    const targetId = 'nss:/home/me/.config/mozilla/firefox/k3x9.default-release'
    expect(await callsOf(page, 'trust.install')).toEqual([{ targetId }, { targetId }])
    expect(await callsOf(page, 'trust.remove')).toEqual([{ targetId }])
  })

  it('say what stands in the way and what to do', async () => {
    const page = await openTab('computer', { scene: 'errors' })
    const rows = page.getByTestId('trust-target')
    expect(await seen(rows.getByText('Install the package libnss3-tools'))).toBe(true)
    expect(await seen(rows.filter({ hasText: 'Conflict' }).getByText('Open Settings'))).toBe(true)
    expect(await seen(rows.getByText('asks for the administrator’s password'))).toBe(true)
  })

  it('are not said to trust it when the engine could not do it', async () => {
    const page = await openTab('computer', { scene: 'fresh-trust' })
    const row = page.getByTestId('trust-target').first()
    await page.evaluate(() =>
      window.fakeEngine.failNext('trust.install', {
        code: 'trust.verify-failed',
        message: 'The certificate did not stay there.',
      }),
    )
    await row.getByRole('button').click()
    expect(await seen(page.getByText('The certificate did not stay there.').first())).toBe(true)
    expect(await row.getAttribute('data-state')).toBe('missing')
  })

  it('stay as they are, without a word, when the user closes the system’s prompt', async () => {
    const page = await openTab('computer', { scene: 'fresh-trust' })
    const row = page.getByTestId('trust-target').filter({ hasText: 'System store' })
    await page.evaluate(() => {
      window.fakeEngine.hold('trust.install')
      window.fakeEngine.failNext('trust.install', {
        code: 'elevation.cancelled',
        message: 'The prompt was closed.',
      })
    })
    await row.getByRole('button').click()
    expect(await seen(row.locator('[aria-busy=true]'))).toBe(true)
    await page.evaluate(() => window.fakeEngine.release('trust.install'))
    expect(await gone(row.locator('[aria-busy=true]'))).toBe(true)
    expect(await page.getByText('The prompt was closed.').count()).toBe(0)
    expect(await row.getAttribute('data-state')).toBe('missing')
  })

  it('are told apart by what is still missing', async () => {
    const page = await openTab('computer')
    expect(await page.getByTestId('browser-readiness').allInnerTexts()).toEqual([
      expect.stringMatching(/Chromium, Chrome.*Ready/su),
      expect.stringMatching(/Firefox.*Still missing: the authority$/su),
      expect.stringMatching(/snap.*Still missing: the authority$/su),
    ])
    await page.getByTestId('open-nostr-window').click()
    expect(await callsOf(page, 'shell.openNostrWindow')).toEqual([
      expect.stringMatching(/^https:\/\/npub1\w{58}\.nostr\/$/u),
    ])
  })
})

describe('the proxy setting', () => {
  it('is set and removed', async () => {
    const page = await openTab('computer', { scene: 'fresh-trust' })
    const row = page.getByTestId('system-proxy')
    await row.getByRole('button', { name: 'Set it' }).click()
    await expect.poll(() => row.getAttribute('data-state')).toBe('ours')
    await row.getByRole('button', { name: 'Remove it' }).click()
    await expect.poll(() => row.getAttribute('data-state')).toBe('none')
    expect(await callsOf(page, 'trust.setSystemProxy')).toEqual([
      { enabled: true },
      { enabled: false },
    ])
  })

  it('of somebody else is never offered to be overwritten, only text to merge', async () => {
    const page = await openTab('computer', { scene: 'errors' })
    const row = page.getByTestId('system-proxy')
    expect(await seen(row.getByText('http://wpad.corp.example/proxy.pac'))).toBe(true)
    expect(await row.getByRole('button').allInnerTexts()).toEqual(['Copy the lines'])
    await row.getByRole('button').click()
    expect(await callsOf(page, 'shell.copyText')).toEqual([
      expect.stringContaining('PROXY 127.0.0.1:47813'),
    ])
  })

  it('gives the address to copy', async () => {
    const page = await openTab('computer')
    await page.getByTestId('local-proxy').getByRole('button', { name: 'Copy PAC address' }).click()
    expect(await callsOf(page, 'shell.copyText')).toEqual(['http://127.0.0.1:47813/proxy.pac'])
  })
})

describe('the authority', () => {
  it('is shown with how its key is kept, and replaced after a question', async () => {
    const page = await openTab('computer', { scene: 'errors' })
    expect(await seen(page.getByText('Nostr Names (desk) 9f31c2aa'))).toBe(true)
    expect(await seen(page.getByText('no keychain that is safe to use'))).toBe(true)
    await page.getByRole('button', { name: 'Replace…' }).click()
    expect(await callsOf(page, 'trust.rotate')).toEqual([])
    await page.getByRole('dialog').getByRole('button', { name: 'Replace' }).click()
    expect(await seen(page.getByText('Nostr Names (desk) 04d7be11'))).toBe(true)
  })

  it('can be exported for a program that is not listed', async () => {
    const page = await openTab('computer')
    await page.getByRole('button', { name: 'Export certificate' }).click()
    const dialog = page.getByRole('dialog', { name: 'Certificate of the authority' })
    await dialog.getByRole('button', { name: 'Copy PEM' }).click()
    expect(await callsOf(page, 'shell.copyText')).toEqual([
      expect.stringMatching(/^-----BEGIN CERTIFICATE-----/u),
    ])
  })

  it('is removed with everything else, after a question, and every part is listed', async () => {
    const page = await openTab('computer')
    await page.getByTestId('trust-disable').click()
    const dialog = page.getByRole('dialog', { name: 'Turn off HTTPS trust?' })
    expect(await seen(dialog.getByText('from Chromium, Chrome, Brave and others'))).toBe(true)
    await dialog.getByRole('button', { name: 'Turn off and remove' }).click()
    const report = page.getByTestId('trust-removal')
    expect(await report.getByRole('listitem').allInnerTexts()).toEqual([
      'The authority, from Chromium, Chrome, Brave and others',
      'The proxy setting of the system',
      'The authority “Nostr Names (desk) 9f31c2aa” and its keys',
    ])
    expect(await seen(page.getByTestId('trust-enable'))).toBe(true)
    await report.getByRole('button').click()
    expect(await gone(report)).toBe(true)
  })
})

describe('what could not be removed', () => {
  it('is listed with the reason until it was read, also on the way to another screen', async () => {
    const page = await openTab('computer')
    await page.evaluate(() =>
      window.fakeEngine.failNext('trust.disable', {
        code: 'trust.store-busy',
        message: 'Firefox keeps its store open.',
        hint: 'Close it and try again.',
      }),
    )
    await page.getByTestId('trust-disable').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Turn off and remove' }).click()
    const report = page.getByTestId('trust-removal')
    expect(await seen(report.getByText('Firefox keeps its store open.'))).toBe(true)
    expect(await seen(report.getByText('Chromium, Chrome, Brave and others still has it'))).toBe(
      true,
    )
    await page.getByTestId('nav-names').click()
    await page.getByTestId('nav-certificates').click()
    expect(await seen(report.getByText('Firefox keeps its store open.'))).toBe(true)

    await page.getByTestId('trust-disable').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Turn off and remove' }).click()
    expect(await seen(report.getByText('Removed from this computer'))).toBe(true)
    expect(await report.getByText('Firefox keeps its store open.').count()).toBe(0)
  })
})

describe('own servers', () => {
  it('get a certificate, which is published and then shown so', async () => {
    const page = await openTab('own', { scene: 'fresh-trust' })
    await page.getByTestId('create-certificate').click()
    const dialog = page.getByRole('dialog', { name: 'New certificate' })
    expect(await dialog.getByLabel('Host').inputValue()).toBe('@')
    await dialog.getByLabel('Host').fill('not a host')
    await dialog.getByRole('button', { name: 'Make certificate' }).click()
    expect(await seen(dialog.getByRole('alert').getByText('Use @ or small letters'))).toBe(true)
    await dialog.getByLabel('Host').fill('shop')
    await dialog.getByLabel('Extra names').fill('www, blog')
    await page.keyboard.press('Enter')
    expect(await gone(dialog)).toBe(true)
    expect(await callsOf(page, 'ownCertificates.create')).toMatchObject([
      { host: 'shop', extraNames: ['www', 'blog'] },
    ])

    const row = page.getByTestId('own-certificate-row').filter({ hasText: /^shop\./u })
    expect(await seen(row.getByText('Not published'))).toBe(true)
    await row.getByRole('button', { name: 'Publish', exact: true }).click()
    const publish = page.getByRole('dialog')
    await publish.getByLabel('Ports').fill('443 http')
    await publish.getByRole('button', { name: 'Publish', exact: true }).click()
    expect(await seen(publish.getByText('Enter 1 to 4 ports'))).toBe(true)
    await publish.getByLabel('Ports').fill('443 4443')
    await publish.getByRole('button', { name: 'Publish', exact: true }).click()
    expect(await seen(publish.getByText('Published on 3 relays'))).toBe(true)
    expect(await callsOf(page, 'ownCertificates.publish')).toMatchObject([
      { host: 'shop', ports: [443, 4443], includeCertificate: false },
    ])
    await publish.getByRole('button', { name: 'Close' }).last().click()
    expect(await seen(row.getByText('Published', { exact: true }))).toBe(true)
  })

  it('last as many days as asked for', async () => {
    const page = await openTab('own')
    await page.getByTestId('create-certificate').click()
    const dialog = page.getByRole('dialog', { name: 'New certificate' })
    await dialog.getByLabel('Host').fill('shop')
    const days = dialog.getByLabel('Valid for days')
    expect(await days.inputValue()).toBe('365')
    await days.fill('900')
    await page.keyboard.press('Enter')
    expect(await seen(dialog.getByRole('alert').getByText('from 1 to 825'))).toBe(true)
    await days.fill('90')
    await page.keyboard.press('Enter')
    expect(await gone(dialog)).toBe(true)
    expect(await callsOf(page, 'ownCertificates.create')).toMatchObject([
      { host: 'shop', days: 90 },
    ])
  })

  it('are withdrawn after saying what visitors will see, with what each relay answered', async () => {
    const page = await openTab('own')
    const row = page.getByTestId('own-certificate-row').filter({ hasText: /^www\./u })
    const more = row.getByRole('button', { name: /^More actions/u })
    await more.click()
    await page.getByRole('menuitem', { name: 'Withdraw from your name…' }).click()
    const dialog = page.getByRole('dialog')
    expect(await seen(dialog.getByText('Visitors who use Nostr DNS are told'))).toBe(true)
    expect(await callsOf(page, 'ownCertificates.withdraw')).toEqual([])
    await dialog.getByRole('button', { name: 'Withdraw' }).click()
    expect(await seen(dialog.getByText('Published on 3 relays'))).toBe(true)
    expect(await callsOf(page, 'ownCertificates.withdraw')).toMatchObject([{ host: 'www' }])
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    expect(await seen(row.getByText('Not published'))).toBe(true)
    await more.click()
    expect(await seen(page.getByRole('menuitem', { name: 'Remove…' }))).toBe(true)
    expect(await page.getByRole('menuitem', { name: 'Withdraw from your name…' }).count()).toBe(0)
  })

  it('warn before a certificate runs out, and renew it with the same key', async () => {
    const page = await openTab('own')
    const row = page.getByTestId('own-certificate-row').filter({ hasText: /^www\./u })
    expect(await seen(row.getByTestId('expiry-notice').getByText('Runs out in 9 days'))).toBe(true)
    await row.getByRole('button', { name: 'Renew' }).click()
    expect(await gone(row.getByTestId('expiry-notice'))).toBe(true)
    expect(await seen(page.getByText('nothing has to be published').first())).toBe(true)
  })

  it('change their key in two steps, the second only after the next key is published', async () => {
    const page = await openTab('own')
    const row = page.getByTestId('own-certificate-row').filter({ hasText: /^git\./u })
    const more = row.getByRole('button', { name: /^More actions/u })
    await more.click()
    await page.getByRole('menuitem', { name: 'Change the key…' }).click()
    expect(await seen(page.getByText('Step 2, ten minutes later or more'))).toBe(true)
    await page.getByRole('button', { name: 'Make the next key' }).click()
    expect(await seen(row.getByTestId('rotation-notice').getByText('Publish both keys'))).toBe(true)

    await more.click()
    await page.getByRole('menuitem', { name: 'Step 2: use the next key' }).click()
    const dialog = page.getByRole('dialog')
    expect(await seen(dialog.getByText('The next key is not published yet'))).toBe(true)
    expect(await dialog.getByRole('button', { name: 'Use the next key' }).count()).toBe(0)
    await dialog.getByRole('button', { name: 'Cancel' }).click()

    await row.getByTestId('rotation-notice').getByRole('button').click()
    await dialog.getByRole('button', { name: 'Publish', exact: true }).click()
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await row.getByTestId('rotation-notice').getByRole('button').click()
    await page.evaluate(() =>
      window.fakeEngine.failNext('ownCertificates.rotate', {
        code: 'certificates.too-early',
        message: 'The next key is too new: programs elsewhere may not know it yet.',
        hint: 'Publish both keys, and try again in 7 minutes.',
      }),
    )
    await dialog.getByRole('button', { name: 'Use the next key' }).click()
    expect(await seen(dialog.getByText('try again in 7 minutes'))).toBe(true)
    await dialog.getByRole('button', { name: 'Use the next key' }).click()
    expect(await gone(dialog)).toBe(true)
    expect(await seen(row.getByText('replaced'))).toBe(true)
    expect(await gone(row.getByTestId('rotation-notice'))).toBe(true)
  })

  it('give a certificate that carries the signature of its owner', async () => {
    const page = await openTab('own')
    const row = page.getByTestId('own-certificate-row').filter({ hasText: /^www\./u })
    await row.getByRole('button', { name: /^More actions/u }).click()
    await page.getByRole('menuitem', { name: 'Certificate with your signature…' }).click()
    const dialog = page.getByRole('dialog')
    expect(await seen(dialog.getByText('BEGIN CERTIFICATE'))).toBe(true)
    expect(await callsOf(page, 'ownCertificates.staple')).toMatchObject([{ host: 'www' }])
  })

  it('are removed after a question that says what visitors will see', async () => {
    const page = await openTab('own')
    const row = page.getByTestId('own-certificate-row').filter({ hasText: /^www\./u })
    await row.getByRole('button', { name: /^More actions/u }).click()
    await page.getByRole('menuitem', { name: 'Remove…' }).click()
    const dialog = page.getByRole('dialog')
    expect(await seen(dialog.getByText('visitors expect exactly this key'))).toBe(true)
    await dialog.getByRole('button', { name: 'Remove', exact: true }).click()
    expect(await gone(row)).toBe(true)
    expect(await callsOf(page, 'ownCertificates.remove')).toMatchObject([{ host: 'www' }])
  })

  it('start with a key when there is none', async () => {
    const page = await openTab('own', { scene: 'empty' })
    expect(await seen(page.getByText('First you need a key'))).toBe(true)
    expect(await seen(page.getByTestId('create-identity'))).toBe(true)
  })
})

describe('elsewhere', () => {
  it('the Overview says where trust stands and leads there', async () => {
    const page = await suite.open()
    expect(await seen(page.getByText('can open https addresses under .nostr.'))).toBe(true)
    expect(await seen(page.getByText('1 server shows a certificate its owner does not'))).toBe(true)
    await page.getByTestId('overview-trust').click()
    expect(await seen(page.getByTestId('trust-status'))).toBe(true)
  })

  it('tabs are changed by arrow keys and kept while other screens are shown', async () => {
    const page = await openTab('computer')
    await page.getByTestId('certificates-tab-computer').press('ArrowRight')
    expect(await seen(page.getByText('Certificates of your servers'))).toBe(true)
    await page.getByTestId('nav-names').click()
    await page.getByTestId('nav-certificates').click()
    expect(await seen(page.getByText('Certificates of your servers'))).toBe(true)
  })

  it('waits honestly while the engine starts', async () => {
    const page = await openTab('computer', { scene: 'loading' })
    expect(await seen(page.getByText('Loading…').first())).toBe(true)
    expect(await page.getByTestId('trust-enable').count()).toBe(0)
  })
})
