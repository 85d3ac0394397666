import { describe, expect, it } from 'vitest'
import type { Page } from 'playwright'
import { callsOf, type WindowOptions } from './open-window.ts'
import { gone, seen, windowSuite } from './window-suite.ts'

const suite = windowSuite()

async function openScreen(screen: 'publish' | 'keys', options?: WindowOptions): Promise<Page> {
  const page = await suite.open(options)
  await page.getByTestId(`nav-${screen}`).click()
  return page
}

describe('a zone file', () => {
  it('is published whole, and each host says what became of it', async () => {
    const page = await openScreen('publish')
    await page.getByRole('button', { name: 'Import a zone file' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Publish all' }).click()
    expect(await seen(dialog.getByRole('alert').getByText('Paste a zone file'))).toBe(true)
    const zone = '@ 300 A 203.0.113.10\nwww 300 CNAME @'
    await dialog.getByTestId('zone-text').fill(zone)
    await dialog.getByRole('button', { name: 'Publish all' }).click()
    const hosts = dialog.getByTestId('zone-host')
    expect(await seen(hosts.nth(0).getByText('Published on 3 relays'))).toBe(true)
    expect(await seen(hosts.nth(1).getByText('Published on one relay only'))).toBe(true)
    expect(await callsOf(page, 'publish.zone')).toMatchObject([{ text: zone }])
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    expect(await gone(dialog)).toBe(true)
  })

  it('is refused line by line, and stays there to be mended', async () => {
    const page = await openScreen('publish')
    await page.getByRole('button', { name: 'Import a zone file' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByTestId('zone-text').fill('@ 300 A 203.0.113.10\nwww 300 A here')
    await dialog.getByRole('button', { name: 'Publish all' }).click()
    const fault = dialog.getByTestId('zone-fault')
    expect(await seen(fault.getByText('Line 2: "A" needs an IPv4 address'))).toBe(true)
    expect(await seen(fault.getByText('www 300 A here', { exact: true }))).toBe(true)
    expect(await seen(dialog.getByText('Nothing was changed.'))).toBe(true)
    expect(await dialog.getByTestId('zone-text').inputValue()).toContain('www 300 A here')
  })

  it('is read from a file, chosen or dropped, unless it is too large', async () => {
    const page = await openScreen('publish')
    await page.getByRole('button', { name: 'Import a zone file' }).click()
    const dialog = page.getByRole('dialog')
    const field = dialog.getByTestId('zone-text')
    await dialog.getByTestId('zone-file').setInputFiles({
      name: 'home.zone',
      mimeType: 'text/plain',
      buffer: Buffer.from('@ A 203.0.113.10'),
    })
    await expect.poll(() => field.inputValue()).toBe('@ A 203.0.113.10')
    const dropped = await page.evaluateHandle(() => {
      const transfer = new DataTransfer()
      transfer.items.add(new File(['nas A 192.0.2.5'], 'nas.zone'))
      return transfer
    })
    await field.dispatchEvent('drop', { dataTransfer: dropped })
    await expect.poll(() => field.inputValue()).toBe('nas A 192.0.2.5')
    await dialog.getByTestId('zone-file').setInputFiles({
      name: 'large.zone',
      mimeType: 'text/plain',
      buffer: Buffer.alloc(300_000, 'x'),
    })
    expect(await seen(dialog.getByRole('alert').getByText('larger than 256 KB'))).toBe(true)
    expect(await field.inputValue()).toBe('nas A 192.0.2.5')
  })
})

describe('Publish', () => {
  it('publishes the detected address with one press and shows each relay as it answers', async () => {
    const page = await openScreen('publish')
    expect(await seen(page.getByText('3 sources agree'))).toBe(true)
    await page.evaluate(() => window.fakeEngine.hold('publish.address'))
    await page.getByTestId('publish-button').click()
    const result = page.getByTestId('publish-result')
    expect(await seen(result.getByText('Publishing…'))).toBe(true)
    await page.evaluate(() => {
      const { publish } = window.fakeEngine.snapshot()
      const report = publish.hosts[0]?.lastPublished
      const [copy] = report?.copies ?? []
      if (report === undefined || copy === undefined) throw new Error('no report in the fixture')
      const relays = copy.relays.slice(0, 2)
      const running = [{ ...report, copies: [{ ...copy, state: 'queued' as const, relays }] }]
      window.fakeEngine.emit({ publish: { ...publish, running } })
    })
    await expect.poll(() => result.getByTestId('publish-relay').count()).toBe(2)
    await page.evaluate(() => window.fakeEngine.release('publish.address'))
    expect(await seen(result.getByText('Published on 3 relays'))).toBe(true)
    expect(await seen(result.getByText('refused: blocked: pay first'))).toBe(true)
    expect(await seen(result.getByText('so it was left alone'))).toBe(true)
    expect(await result.getAttribute('data-state')).toBe('published')
    const pubkey = await page.evaluate(
      () => window.fakeEngine.snapshot().keys.identities[0]?.pubkey,
    )
    expect(await callsOf(page, 'publish.address')).toEqual([{ pubkey, follow: true }])
  })

  it('goes on showing a publication after its reply, as waiting relays answer', async () => {
    const page = await openScreen('publish')
    await page.getByTestId('publish-button').click()
    await expect.poll(() => callsOf(page, 'publish.address')).toHaveLength(1)
    const result = page.getByTestId('publish-result')
    for (const state of ['queued', 'published'] as const) {
      await page.evaluate((next) => {
        const { publish } = window.fakeEngine.snapshot()
        const hosts = publish.hosts.map((host) =>
          host.host === '@' && host.lastPublished !== undefined
            ? { ...host, lastPublished: { ...host.lastPublished, state: next } }
            : host,
        )
        window.fakeEngine.emit({ publish: { ...publish, hosts } })
      }, state)
      await expect.poll(() => result.getAttribute('data-state')).toBe(state)
    }
  })

  it('publishes addresses set by hand only when they are addresses', async () => {
    const page = await openScreen('publish')
    await page.getByRole('switch', { name: 'Set the address by hand' }).click()
    const field = page.getByRole('textbox', { name: 'Addresses' })
    await field.fill('203.0.113.77 home')
    await page.getByTestId('publish-button').click()
    expect(await seen(page.getByText('Not an IP address: home'))).toBe(true)
    expect(await callsOf(page, 'publish.address')).toEqual([])
    await field.fill('203.0.113.77, 2001:db8::77')
    await page.getByTestId('publish-button').click()
    await expect
      .poll(() => callsOf(page, 'publish.address'))
      .toMatchObject([{ addresses: ['203.0.113.77', '2001:db8::77'], follow: false }])
  })

  it('says why it could not publish', async () => {
    const page = await openScreen('publish', { scene: 'locked' })
    expect(await seen(page.getByText('This key is locked.'))).toBe(true)
    await page.evaluate(() =>
      window.fakeEngine.failNext('publish.address', { code: 'keys.locked', message: 'x' }),
    )
    await page.getByTestId('publish-button').click()
    expect(await seen(page.getByRole('alert').getByText('Your keys are locked.'))).toBe(true)
  })

  it('shows the name in full, with copy and QR code', async () => {
    const page = await openScreen('publish')
    expect(await seen(page.getByRole('img', { name: /^QR code of npub1/u }))).toBe(true)
    await page.getByRole('button', { name: 'Copy name' }).click()
    const npub = await page.evaluate(() => window.fakeEngine.snapshot().keys.identities[0]?.npub)
    expect(await callsOf(page, 'shell.copyText')).toEqual([`${npub}.nostr`])
  })

  it('lists what each source says of the address', async () => {
    const page = await openScreen('publish')
    await page.getByText('Who says so (7)').click()
    const row = page.getByRole('row', { name: /checkip\.amazonaws\.com/u })
    expect(await row.innerText()).toMatch(/198\.51\.100\.99\s+differs/u)
    expect(await seen(page.getByRole('row', { name: /timed out after 5 s\s+failed/u }))).toBe(true)
  })

  it('withdraws a host after a question, and takes it back', async () => {
    const page = await openScreen('publish')
    const host = page.getByTestId('published-host').filter({ hasText: /^www\./u })
    await host.getByRole('button', { name: 'Withdraw' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click()
    expect(await seen(host.getByText('Withdrawn'))).toBe(true)
    await page.getByRole('button', { name: 'Undo' }).click()
    expect(await seen(host.getByText('On one relay'))).toBe(true)
    expect(await callsOf(page, 'publish.undoWithdraw')).toMatchObject([{ host: 'www' }])
  })

  it('edits records and shows what the engine says of a bad one', async () => {
    const page = await openScreen('publish')
    await page.getByRole('button', { name: 'Add records' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add records' })
    expect(await dialog.getByLabel('Host').evaluate((e) => e === document.activeElement)).toBe(true)
    await dialog.getByLabel('Host').fill('git')
    await dialog.getByLabel('Data, record 1').fill('not an address')
    await dialog.getByRole('button', { name: 'Publish records' }).click()
    expect(await seen(dialog.getByText('"not an address" is not an IPv4 address'))).toBe(true)
    await dialog.getByLabel('Data, record 1').fill('203.0.113.5')
    await dialog.getByRole('button', { name: 'Publish records' }).click()
    expect(await gone(dialog)).toBe(true)
    await page
      .getByTestId('published-host')
      .filter({ hasText: /^git\./u })
      .waitFor()
    expect((await callsOf(page, 'publish.records')).at(-1)).toMatchObject({
      host: 'git',
      lifetime: 'normal',
      records: [{ name: 'git', type: 'A', ttl: 300, rdata: '203.0.113.5' }],
    })
  })

  it('starts with a key when there is none', async () => {
    const page = await openScreen('publish', { scene: 'empty' })
    await page.getByTestId('create-identity').click()
    await page.getByRole('button', { name: 'Create', exact: true }).click()
    expect(await seen(page.getByTestId('publish-button'))).toBe(true)
    expect(await callsOf(page, 'keys.create')).toEqual([{ label: 'My key' }])
  })
})

describe('Keys', () => {
  it('creates the first key in one dialog, passphrase and all', async () => {
    const page = await openScreen('keys', { scene: 'first-passphrase' })
    await page.getByTestId('create-identity').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByTestId('vault-passphrase').fill('correct horse battery staple')
    await dialog.getByTestId('vault-passphrase-repeat').fill('correct horse battery staple')
    await page.keyboard.press('Enter')
    await expect
      .poll(() => dialog.getByLabel('Label').evaluate((e) => e === document.activeElement))
      .toBe(true)
    await page.keyboard.press('Control+A')
    await page.keyboard.type('Laptop')
    await page.keyboard.press('Enter')
    expect(await seen(page.getByTestId('identity-row').filter({ hasText: 'Laptop' }))).toBe(true)
    expect(await callsOf(page, 'keys.create')).toEqual([{ label: 'Laptop' }])
  })

  it('sets the first passphrase only when it was typed twice the same', async () => {
    const page = await openScreen('keys', { scene: 'first-passphrase' })
    await page.getByTestId('vault-passphrase').fill('correct horse battery staple')
    await page.getByTestId('vault-passphrase-repeat').fill('correct horse')
    await page.getByRole('button', { name: 'Set passphrase' }).click()
    expect(await seen(page.getByText('The two are not the same.'))).toBe(true)
    expect(await callsOf(page, 'keys.unlock')).toEqual([])
    await page.getByTestId('vault-passphrase-repeat').fill('correct horse battery staple')
    await page.keyboard.press('Enter')
    expect(await seen(page.getByText('The vault is open.'))).toBe(true)
  })

  it('unlocks, after a wrong try that is told', async () => {
    const page = await openScreen('keys', { scene: 'locked' })
    await page.getByTestId('vault-passphrase').fill('wrong passphrase')
    await page.getByRole('button', { name: 'Unlock' }).click()
    expect(await seen(page.getByText('That is not the passphrase.'))).toBe(true)
    await page.getByTestId('vault-passphrase').fill('right')
    await page.keyboard.press('Enter')
    expect(await seen(page.getByText('Keys unlocked').first())).toBe(true)
    await page.getByRole('button', { name: 'Lock now' }).click()
    expect(await seen(page.getByTestId('vault-passphrase'))).toBe(true)
  })

  it('imports through the shell, so that the secret never enters the page', async () => {
    const page = await openScreen('keys')
    await page.getByTestId('import-identity').click()
    const dialog = page.getByRole('dialog', { name: 'Import a key' })
    await dialog.getByRole('button', { name: 'Paste from clipboard' }).click()
    expect(await seen(dialog.getByText('Give it a label.'))).toBe(true)
    await dialog.getByLabel('Label').fill('Old key')
    await page.evaluate(() =>
      window.fakeEngine.failNext('shell.importKey', {
        code: 'shell.clipboard-empty',
        message: 'The clipboard holds no text.',
      }),
    )
    await dialog.getByRole('button', { name: 'Paste from clipboard' }).click()
    expect(await seen(dialog.getByText('The clipboard holds no text.'))).toBe(true)
    await dialog.getByRole('button', { name: 'Choose file…' }).click()
    expect(await seen(page.getByTestId('identity-row').filter({ hasText: 'Old key' }))).toBe(true)
    expect((await callsOf(page, 'shell.importKey')).at(-1)).toEqual({
      source: 'file',
      label: 'Old key',
    })
  })

  it('backs a key up, encrypted unless asked otherwise', async () => {
    const page = await openScreen('keys')
    await page.getByRole('button', { name: 'Back up now' }).click()
    const dialog = page.getByRole('dialog', { name: 'Back up Blog' })
    await dialog.getByRole('button', { name: 'Save to a file…' }).click()
    expect(await callsOf(page, 'shell.exportKey')).toEqual([])
    await dialog.getByLabel('Password', { exact: true }).fill('p4ss')
    await dialog.getByLabel('Repeat the password').fill('p4ss')
    await dialog.getByRole('button', { name: 'Save to a file…' }).click()
    expect(await seen(page.getByText('To nostr-key.txt').first())).toBe(true)
    expect(await callsOf(page, 'shell.exportKey')).toMatchObject([
      { form: 'ncryptsec', target: 'file', password: 'p4ss' },
    ])
  })

  it('stays quiet when the user cancels the native dialog', async () => {
    const page = await openScreen('keys')
    await page.getByRole('button', { name: 'Back up now' }).click()
    const dialog = page.getByRole('dialog', { name: 'Back up Blog' })
    await dialog.getByLabel('Form').selectOption('nsec')
    await page.evaluate(() =>
      window.fakeEngine.failNext('shell.exportKey', { code: 'shell.cancelled', message: 'No.' }),
    )
    await dialog.getByRole('button', { name: 'Copy to clipboard' }).click()
    await expect.poll(() => callsOf(page, 'shell.exportKey')).toHaveLength(1)
    expect(await dialog.getByRole('alert').count()).toBe(0)
  })

  it('renames, makes default and removes with undo', async () => {
    const page = await openScreen('keys')
    const blog = page.getByTestId('identity-row').filter({ hasText: 'Blog' })
    await blog.getByRole('button', { name: 'More actions for Blog' }).click()
    await page.getByRole('menuitem', { name: 'Make default' }).click()
    expect(await seen(blog.getByText('default'))).toBe(true)
    await blog.getByRole('button', { name: 'More actions for Blog' }).click()
    await page.getByRole('menuitem', { name: 'Rename…' }).click()
    await page.getByLabel('Label').fill('Journal')
    await page.keyboard.press('Enter')
    const journal = page.getByTestId('identity-row').filter({ hasText: 'Journal' })
    await journal.getByRole('button', { name: 'More actions for Journal' }).click()
    await page.getByRole('menuitem', { name: 'Remove…' }).click()
    expect(await seen(page.getByText('the name is lost for good'))).toBe(true)
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
    expect(await gone(journal)).toBe(true)
    await page.getByRole('button', { name: 'Undo' }).first().click()
    await expect.poll(() => callsOf(page, 'keys.undoRemove')).toHaveLength(1)
    expect(await seen(page.getByText('Blog is back').first())).toBe(true)
  })
})
