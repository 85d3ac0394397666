import { describe, expect, it } from 'vitest'
import type { Locator, Page } from 'playwright'
import { fakePkarrKey } from './fixture-names.ts'
import { callsOf, type WindowOptions } from './open-window.ts'
import { gone, seen, windowSuite } from './window-suite.ts'

const suite = windowSuite()

async function openScreen(options?: WindowOptions): Promise<Page> {
  const page = await suite.open(options)
  await page.getByTestId('nav-pkarr').click()
  return page
}

async function openKeys(options?: WindowOptions): Promise<Page> {
  const page = await openScreen(options)
  await page.getByTestId('pkarr-tab-keys').click()
  return page
}

/** The details of the zone made from `seed`. */
async function openZone(page: Page, seed: number): Promise<Locator> {
  await page.locator(`[data-row=${fakePkarrKey(seed)}]`).click()
  const detail = page.getByTestId('zone-detail')
  await detail.waitFor()
  return detail
}

async function openEditor(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: 'Edit zone' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  return dialog
}

describe('zones', () => {
  it('are listed with signature, source and times', async () => {
    const page = await openScreen({ size: { width: 1280, height: 800 } })
    const own = page.getByTestId('zone-row').filter({ hasText: 'Pkarr home' })
    expect(await own.getByRole('cell').allInnerTexts()).toEqual([
      'Checked',
      'DHT',
      '1 h',
      '342',
      expect.stringMatching(/^[23] min$/u),
    ])
    const states = await page
      .getByTestId('zone-row')
      .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-state')))
    expect(new Set(states)).toEqual(new Set(['verified', 'unverified', 'stale', 'empty', 'failed']))
  })

  it('tell why they may be believed and how they were sent', async () => {
    const page = await openScreen()
    const detail = await openZone(page, 7)
    expect(await seen(detail.getByText('Checked on this computer: ed25519'))).toBe(true)
    expect(await seen(detail.getByText('342 of 1000 bytes'))).toBe(true)
    expect(await seen(detail.getByText('Sent: on 17 DHT nodes and on 1 of 2 relays'))).toBe(true)
    expect(await detail.getByTestId('delivery-carrier').allInnerTexts()).toEqual([
      expect.stringMatching(/DHT\s*stored · 17 nodes/u),
      expect.stringMatching(/pkarr\.example\.net\s*stored · 204/u),
      expect.stringMatching(/relay\.example\.org\s*asked to wait · 429/u),
    ])
    expect(await seen(detail.getByText('Sent again', { exact: true }))).toBe(true)
  })

  it('from a DoH server alone are marked unverified until the packet was fetched', async () => {
    const page = await openScreen()
    const detail = await openZone(page, 12)
    const doubt = detail.getByTestId('zone-unverified')
    expect(await seen(doubt.getByText('Nobody checked the owner’s signature'))).toBe(true)
    await doubt.getByRole('button', { name: 'Fetch and check' }).click()
    expect(await gone(doubt)).toBe(true)
    expect(await seen(detail.getByText('Checked on this computer'))).toBe(true)
    expect(await callsOf(page, 'pkarr.resolve')).toEqual([
      { key: fakePkarrKey(12), policy: 'network-only' },
    ])
  })

  it('that are old say so, with why the last look-up failed', async () => {
    const page = await openScreen()
    const detail = await openZone(page, 13)
    expect(await seen(detail.getByTestId('zone-stale'))).toBe(true)
    expect(await seen(detail.getByText('No carrier answered in time.'))).toBe(true)
  })

  it('of others are followed, no longer followed, and forgotten', async () => {
    const page = await openScreen()
    const detail = await openZone(page, 14)
    await detail.getByRole('button', { name: 'Follow' }).click()
    expect(await seen(detail.getByText('followed', { exact: true }))).toBe(true)
    await detail.getByRole('button', { name: 'Stop following' }).click()
    expect(await seen(detail.getByRole('button', { name: 'Follow' }))).toBe(true)
    const key = fakePkarrKey(14)
    expect(await callsOf(page, 'pkarr.follow')).toEqual([
      { key, follow: true },
      { key, follow: false },
    ])
    await detail.getByRole('button', { name: 'Forget' }).click()
    expect(await gone(page.locator(`[data-row=${key}]`))).toBe(true)
    await page.getByRole('button', { name: 'Look up again' }).click()
    expect(await seen(page.locator(`[data-row=${key}]`))).toBe(true)
  })

  it('of one’s own cannot be forgotten, only sent again', async () => {
    const page = await openScreen()
    const detail = await openZone(page, 7)
    expect(await detail.getByRole('button', { name: 'Forget' }).count()).toBe(0)
    await detail.getByRole('button', { name: 'Send again' }).click()
    expect(await seen(page.getByText('Sent Pkarr home again').first())).toBe(true)
    expect(await callsOf(page, 'pkarr.republish')).toEqual([{ key: fakePkarrKey(7) }])
  })

  it('lead to services, looked for when asked', async () => {
    const page = await openScreen()
    const detail = await openZone(page, 7)
    await detail.getByRole('button', { name: 'Find services' }).click()
    expect(await detail.getByTestId('endpoint').innerText()).toMatch(
      /homeserver\..*:443\s+203\.0\.113\.40:443\s+must prove the key/u,
    )
  })
})

describe('looking up a key', () => {
  const key = fakePkarrKey(77)

  it('takes names and addresses, and shows why the answer may be believed', async () => {
    const page = await openScreen()
    await page.getByTestId('zone-lookup').fill(`https://www.${key.toUpperCase()}.pkarr/path`)
    await page.getByRole('combobox', { name: 'Where to look' }).selectOption('network-only')
    await page.keyboard.press('Tab')
    await page.getByRole('button', { name: 'Look up' }).click()
    const answer = page.getByTestId('zone-lookup-result')
    expect(await seen(answer.getByText('Found a zone with 2 records'))).toBe(true)
    expect(await seen(answer.getByText('Checked on this computer'))).toBe(true)
    expect(await callsOf(page, 'pkarr.resolve')).toEqual([{ key, policy: 'network-only' }])
    await answer.getByRole('button', { name: 'Close the answer' }).click()
    expect(await gone(answer)).toBe(true)
  })

  it('refuses what holds no key, and never sends a secret', async () => {
    const page = await openScreen()
    const field = page.getByTestId('zone-lookup')
    await field.fill('example.com')
    await field.press('Enter')
    expect(await seen(page.getByRole('alert').getByText('no PKARR key'))).toBe(true)
    await field.fill(`nsec1${'q'.repeat(58)}`)
    await field.press('Enter')
    expect(await seen(page.getByText('That is a secret key.'))).toBe(true)
    expect(await field.inputValue()).toBe('')
    expect(await callsOf(page, 'pkarr.resolve')).toEqual([])
  })

  it('says that nobody has it', async () => {
    const page = await openScreen()
    await page.getByTestId('zone-lookup').fill(fakePkarrKey(15))
    await page.keyboard.press('Enter')
    const answer = page.getByTestId('zone-lookup-result')
    expect(await seen(answer.getByText('Nobody has a zone of this key'))).toBe(true)
    expect(await seen(answer.getByText('none has one'))).toBe(true)
    expect(await answer.getByRole('alert').count()).toBe(0)
  })
})

describe('editing a zone', () => {
  it('measures it while it is typed, and says what each carrier answered', async () => {
    const page = await openKeys()
    const dialog = await openEditor(page)
    const meter = dialog.getByTestId('size-meter')
    expect(await seen(meter.getByText('of 1000 bytes'))).toBe(true)
    expect(await seen(dialog.getByTestId('zone-warning').getByText('below 300 s'))).toBe(true)
    await dialog.getByLabel('TTL (s), record 2').fill('300')
    expect(await gone(dialog.getByTestId('zone-warning'))).toBe(true)

    await dialog.getByRole('button', { name: 'Publish zone' }).click()
    const delivery = dialog.getByTestId('delivery')
    expect(await seen(delivery.getByText('Sent: on 17 DHT nodes and on 1 of 2 relays'))).toBe(true)
    expect(await callsOf(page, 'pkarr.publish')).toMatchObject([
      {
        key: fakePkarrKey(7),
        records: [
          { name: '@', type: 'A', ttl: 300, rdata: '203.0.113.10' },
          { name: 'www', type: 'CNAME', ttl: 300 },
          { name: '_text', type: 'TXT' },
        ],
      },
    ])
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    expect(await gone(dialog)).toBe(true)
  })

  it('is told how many bytes are too many, and sends nothing', async () => {
    const page = await openKeys()
    const dialog = await openEditor(page)
    await dialog.getByLabel('Data, record 3').fill(`"${'x'.repeat(1200)}"`)
    const meter = dialog.getByTestId('size-meter')
    expect(await seen(meter.getByText(/\d+ bytes too many/u))).toBe(true)
    expect(await meter.getAttribute('data-level')).toBe('over')
    await dialog.getByRole('button', { name: 'Publish zone' }).click()
    expect(await seen(dialog.getByText('A packet holds no more than that.'))).toBe(true)
    expect(await callsOf(page, 'pkarr.publish')).toEqual([])
  })

  it('says which record is wrong before it is sent', async () => {
    const page = await openKeys()
    const dialog = await openEditor(page)
    await dialog.getByLabel('Data, record 1').fill('here')
    expect(await seen(dialog.getByText('"here" is not an IPv4 address'))).toBe(true)
    await dialog.getByLabel('TTL (s), record 1').fill('soon')
    await dialog.getByRole('button', { name: 'Publish zone' }).click()
    expect(await seen(dialog.getByText('whole number of seconds from 0 to 604800'))).toBe(true)
    expect(await dialog.getByLabel('Data, record 1').inputValue()).toBe('here')
  })

  it('notices that a newer zone was published from elsewhere', async () => {
    const page = await openKeys()
    const dialog = await openEditor(page)
    await expect.poll(() => callsOf(page, 'pkarr.resolve')).toHaveLength(1)
    await dialog.getByLabel('Data, record 1').fill('198.51.100.1')
    await page.evaluate(() => {
      const { pkarr } = window.fakeEngine.snapshot()
      const zones = pkarr.zones.map((zone) =>
        zone.isOwn ? { ...zone, signedAtMs: Date.now(), records: zone.records.slice(0, 1) } : zone,
      )
      window.fakeEngine.emit({ pkarr: { ...pkarr, zones } })
    })
    const notice = dialog.getByTestId('newer-zone')
    expect(await seen(notice)).toBe(true)
    // What was typed stays until its owner decides.
    expect(await dialog.getByLabel('Data, record 1').inputValue()).toBe('198.51.100.1')
    await notice.getByRole('button', { name: 'Take it' }).click()
    expect(await dialog.getByLabel('Data, record 1').inputValue()).toBe('203.0.113.10')
    expect(await dialog.getByLabel('Data, record 2').count()).toBe(0)
    expect(await gone(notice)).toBe(true)
  })

  it('begins with the newest zone there is, as long as nothing was typed', async () => {
    const page = await openKeys()
    const dialog = await openEditor(page)
    await page.evaluate(() => {
      const { pkarr } = window.fakeEngine.snapshot()
      const zones = pkarr.zones.map((zone) =>
        zone.isOwn ? { ...zone, signedAtMs: Date.now(), records: zone.records.slice(0, 1) } : zone,
      )
      window.fakeEngine.emit({ pkarr: { ...pkarr, zones } })
    })
    expect(await gone(dialog.getByLabel('Data, record 2'))).toBe(true)
    expect(await dialog.getByTestId('newer-zone').count()).toBe(0)
  })

  it('begins with one empty record for a key that has no zone yet', async () => {
    const page = await openKeys()
    const row = page.getByTestId('pkarr-key-row').filter({ hasText: 'Notes' })
    await row.getByRole('button', { name: 'Edit zone' }).click()
    const dialog = page.getByRole('dialog', { name: 'Zone of Notes' })
    expect(await dialog.getByLabel('Name, record 1').inputValue()).toBe('@')
    await dialog.getByRole('button', { name: 'Publish zone' }).click()
    expect(await seen(dialog.getByText('Every record needs data.'))).toBe(true)
    expect(await callsOf(page, 'pkarr.publish')).toEqual([])
  })
})

describe('keys', () => {
  it('have no zone until one is published', async () => {
    const page = await openScreen()
    const key = fakePkarrKey(8)
    await page.evaluate((own) => {
      const { pkarr } = window.fakeEngine.snapshot()
      const zone = {
        key: own,
        alias: 'Notes',
        isOwn: true,
        isFollowed: false,
        records: [],
        size: 0,
        carriers: [],
        isVerified: false,
        isExpired: false,
        notes: [],
      }
      window.fakeEngine.emit({ pkarr: { ...pkarr, zones: [...pkarr.zones, zone] } })
    }, key)
    const row = page.getByTestId('zone-row').filter({ hasText: 'Notes' })
    expect(await seen(row.getByText('Not published'))).toBe(true)
    const detail = await openZone(page, 8)
    expect(await seen(detail.getByText('Edit its zone to begin.'))).toBe(true)
  })

  it('are made, renamed, and removed with a way back', async () => {
    const page = await openScreen({ scene: 'empty' })
    expect(await seen(page.getByText('No zones yet'))).toBe(true)
    await page.getByTestId('create-pkarr-key').click()
    await page.getByRole('dialog').getByLabel('Label').fill('Garden')
    await page.keyboard.press('Enter')
    const row = page.getByTestId('pkarr-key-row')
    expect(await seen(row.getByText('Garden'))).toBe(true)
    expect(await seen(row.getByText('no backup'))).toBe(true)

    await row.getByRole('button', { name: 'More actions for Garden' }).click()
    await page.getByRole('menuitem', { name: 'Rename…' }).click()
    await page.getByRole('dialog').getByLabel('Label').fill('Orchard')
    await page.keyboard.press('Enter')
    expect(await seen(row.getByText('Orchard'))).toBe(true)

    await row.getByRole('button', { name: 'More actions for Orchard' }).click()
    await page.getByRole('menuitem', { name: 'Remove…' }).click()
    const dialog = page.getByRole('dialog')
    expect(await seen(dialog.getByText('You have no backup of it.'))).toBe(true)
    await dialog.getByRole('button', { name: 'Remove', exact: true }).click()
    expect(await gone(row)).toBe(true)
    await page.getByRole('button', { name: 'Undo' }).first().click()
    expect(await seen(row)).toBe(true)
  })

  it('come and go as seeds by the shell, which alone sees them', async () => {
    const page = await openKeys()
    await page.getByTestId('import-pkarr-key').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Paste from clipboard' }).click()
    expect(await seen(dialog.getByRole('alert').getByText('Give it a label.'))).toBe(true)
    await dialog.getByLabel('Label').fill('From pkdns')
    await dialog.getByRole('button', { name: 'Choose file…' }).click()
    expect(await seen(page.getByTestId('pkarr-key-row').getByText('From pkdns'))).toBe(true)
    expect(await callsOf(page, 'shell.importPkarrSeed')).toEqual([
      { source: 'file', label: 'From pkdns' },
    ])

    const row = page.getByTestId('pkarr-key-row').filter({ hasText: 'Notes' })
    await row.getByRole('button', { name: 'More actions for Notes' }).click()
    await page.getByRole('menuitem', { name: 'Back up…' }).click()
    await dialog.getByLabel('Form').selectOption('z32')
    expect(await seen(dialog.getByText('readable by every program'))).toBe(true)
    await page.evaluate(() =>
      window.fakeEngine.failNext('shell.exportPkarrSeed', {
        code: 'shell.cancelled',
        message: 'Cancelled.',
      }),
    )
    await dialog.getByRole('button', { name: 'Save to a file…' }).click()
    await expect.poll(() => callsOf(page, 'shell.exportPkarrSeed')).toHaveLength(1)
    expect(await dialog.getByText('Cancelled.').count()).toBe(0)
    await dialog.getByRole('button', { name: 'Copy to clipboard' }).click()
    expect(await gone(dialog)).toBe(true)
    expect(await callsOf(page, 'shell.exportPkarrSeed')).toEqual([
      { key: fakePkarrKey(8), form: 'z32', target: 'file' },
      { key: fakePkarrKey(8), form: 'z32', target: 'clipboard' },
    ])
  })

  it('that are locked say how to unlock them', async () => {
    const page = await openKeys({ scene: 'locked' })
    await page.getByRole('button', { name: 'Unlock on the Keys screen' }).click()
    expect(await seen(page.getByRole('heading', { level: 1, name: 'Keys' }))).toBe(true)
  })

  it('keep what was typed when the engine refuses', async () => {
    const page = await openScreen()
    await page.getByTestId('create-pkarr-key').click()
    await page.evaluate(() =>
      window.fakeEngine.failNext('pkarr.create', {
        code: 'store.disk-full',
        message: 'The disk is full.',
      }),
    )
    const field = page.getByRole('dialog').getByLabel('Label')
    await field.fill('Garden')
    await page.keyboard.press('Enter')
    expect(await seen(page.getByRole('alert').getByText('The disk is full.'))).toBe(true)
    expect(await field.inputValue()).toBe('Garden')
  })
})

describe('carriers', () => {
  it('are shown with what they last said, and all zones can be sent again', async () => {
    const page = await openScreen()
    await page.getByTestId('pkarr-tab-carriers').click()
    const rows = page.getByTestId('carrier-row')
    expect(await rows.allInnerTexts()).toEqual([
      expect.stringMatching(/^DHT\s+210 ms · knows 148 nodes\s+Working$/u),
      expect.stringMatching(/^pkarr\.example\.net\s+64 ms\s+Working$/u),
      expect.stringMatching(/^relay\.example\.org\s+Failing\s+429: asked to wait for 40 s$/u),
    ])
    await page.getByRole('button', { name: 'Send all again' }).click()
    expect(await seen(page.getByText('Sent 1 of 2 zones again').first())).toBe(true)
    await page.getByRole('button', { name: 'Change in the settings' }).click()
    expect(await seen(page.getByTestId('setting-pkarr.relays'))).toBe(true)
  })
})

describe('other states', () => {
  it('offline: says so, and shows what is kept', async () => {
    const page = await openScreen({ scene: 'offline' })
    expect(await seen(page.getByText('No relay and no DHT node can be reached.'))).toBe(true)
    expect(await page.getByTestId('zone-row').count()).toBe(6)
  })

  it('off: says so, and leads to the switch', async () => {
    const page = await openScreen({ scene: 'errors' })
    await page.getByTestId('pkarr-tab-carriers').click()
    expect(await page.getByTestId('carrier-row').allInnerTexts()).toEqual([
      expect.stringMatching(/^DHT\s+Off$/u),
    ])
    await page.getByTestId('pkarr-off').getByRole('button').click()
    expect(await seen(page.getByTestId('setting-pkarr.enabled'))).toBe(true)
  })

  it('loading: waits honestly', async () => {
    const page = await openScreen({ scene: 'loading' })
    expect(await seen(page.getByText('Loading…').first())).toBe(true)
    expect(await page.getByText('No zones yet').count()).toBe(0)
  })
})
