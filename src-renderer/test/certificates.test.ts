import { describe, expect, it } from 'vitest'
import type { Page } from 'playwright'
import { callsOf, type WindowOptions } from './open-window.ts'
import { gone, seen, windowSuite } from './window-suite.ts'

const suite = windowSuite()

async function openServers(options?: WindowOptions): Promise<Page> {
  const page = await suite.open(options)
  await page.getByTestId('nav-certificates').click()
  return page
}

describe('visited servers', () => {
  it('are listed with state and proof, the wrong ones first', async () => {
    const page = await openServers()
    const rows = page.getByTestId('certificate-row')
    expect(await seen(rows)).toBe(true)
    expect(await rows.evaluateAll((all) => all.map((row) => row.dataset['state']))).toEqual([
      'mismatch',
      'expired',
      'cannot-check',
      'no-certificate',
      'unreachable',
      'unchecked',
      'match',
      'match',
      'match',
    ])
    expect(await rows.first().innerText()).toMatch(
      /^www\.npub1\S{3}…\S{6}\.nostr\s+bob@example\.com\s+443\s+Mismatch\s+Pin\s+3 min$/u,
    )
    expect(await rows.last().innerText()).toMatch(/Matches\s+Hint/u)
    expect(await seen(page.getByTestId('certificates-tab-servers').getByText('1 problem'))).toBe(
      true,
    )
  })

  it('are filtered, by a hash as well', async () => {
    const page = await openServers()
    const hash = await page.evaluate(
      () => window.fakeEngine.snapshot().certificates[1]?.served?.spkiSha256 ?? '',
    )
    await page.getByTestId('certificate-search').fill(hash.slice(0, 16))
    expect(await seen(page.getByText('1 of 9 servers'))).toBe(true)
    await page.getByTestId('certificate-search').fill('no such thing')
    await page.getByRole('button', { name: 'Clear the filter' }).click()
    expect(await seen(page.getByText('9 servers', { exact: true }))).toBe(true)
  })

  it('are reached by arrow keys, one tab stop at a time', async () => {
    const page = await openServers()
    await page.locator('[data-row]').first().focus()
    await page.keyboard.press('End')
    expect(await seen(page.locator('tr[aria-rowindex="10"] [data-row]:focus'))).toBe(true)
    await page.keyboard.press('ArrowUp')
    expect(await seen(page.locator('tr[aria-rowindex="9"] [data-row]:focus'))).toBe(true)
    expect(await page.locator('[data-row][tabindex="0"]').count()).toBe(1)
  })

  it('say why there are none, and that relays cannot be reached', async () => {
    const empty = await openServers({ scene: 'empty' })
    expect(await seen(empty.getByText('No servers yet'))).toBe(true)
    expect(await seen(empty.getByText('Browsers here cannot open https addresses'))).toBe(true)
    const offline = await openServers({ scene: 'offline' })
    expect(await seen(offline.getByText('for at most 7 days'))).toBe(true)
  })

  it('follow what the engine says', async () => {
    const page = await openServers()
    const wrong = page.locator('[data-testid=certificate-row][data-state=mismatch]')
    expect(await seen(wrong)).toBe(true)
    await page.evaluate(() => {
      const certificates = window.fakeEngine
        .snapshot()
        .certificates.map((entry) =>
          entry.state === 'mismatch' ? { ...entry, state: 'match' as const } : entry,
        )
      window.fakeEngine.emit({ certificates })
    })
    expect(await gone(wrong)).toBe(true)
    expect(await gone(page.getByTestId('mismatch-notice'))).toBe(true)
  })
})

describe('the details of a server', () => {
  it('put a mismatch plainly: both hashes, what it means, what to do', async () => {
    const page = await openServers()
    await page.getByTestId('mismatch-notice').getByRole('button', { name: 'Show details' }).click()
    const detail = page.getByTestId('certificate-detail')
    const comparison = detail.getByTestId('hash-comparison')
    expect(await comparison.getAttribute('data-verdict')).toBe('different')
    const [pinned, shown] = await page.evaluate(() => {
      const entry = window.fakeEngine
        .snapshot()
        .certificates.find(({ state }) => state === 'mismatch')
      return [entry?.pins[0]?.value ?? '', entry?.served?.spkiSha256 ?? '']
    })
    expect((await comparison.locator('code').allInnerTexts()).map(joined)).toEqual([pinned, shown])
    const advice = detail.getByTestId('certificate-advice')
    expect(await seen(advice.getByText('closed before anything was sent'))).toBe(true)
    expect(await seen(advice.getByText('try another one and check again'))).toBe(true)
    expect(await seen(detail.getByText('The server showed another key'))).toBe(true)
  })

  it('show that old and new key both count while a key changes', async () => {
    const page = await openServers()
    await page
      .getByTestId('certificate-row')
      .filter({ hasText: 'Home server' })
      .getByRole('button')
      .press('Enter')
    const detail = page.getByTestId('certificate-detail')
    expect(await detail.getByTestId('hash-comparison').getAttribute('data-verdict')).toBe('equal')
    expect(await seen(detail.getByText('equal to what the server showed: '))).toBe(true)
    expect(await seen(detail.getByText('vouched for, not used now: '))).toBe(true)
    expect(await detail.getByTestId('certificate-advice').count()).toBe(0)
    await detail.getByRole('button', { name: 'Copy event id' }).first().click()
    expect(await callsOf(page, 'shell.copyText')).toEqual([
      await page.evaluate(() => window.fakeEngine.snapshot().certificates[0]?.pins[0]?.eventId),
    ])
  })

  it('explain a certificate that is made out to another name', async () => {
    const page = await openServers({ scene: 'errors' })
    const row = page.locator('[data-testid=certificate-row][data-state=mismatch]').nth(1)
    await row.getByRole('button').click()
    const detail = page.getByTestId('certificate-detail')
    expect(await seen(detail.getByText('The certificate is made out to another name'))).toBe(true)
    expect(await detail.getByTestId('hash-comparison').getAttribute('data-verdict')).toBe('equal')
    expect(await seen(detail.getByText('router.example.com'))).toBe(true)
  })

  it.each([
    ['expired', 'The owner’s word has run out', 'Ran out'],
    ['cannot-check', 'It cannot be checked now', '1 of 5 relays answered'],
    ['no-certificate', 'The owner vouches for no certificate', 'names no certificate for port 443'],
    ['unreachable', 'The server cannot be reached', 'ETIMEDOUT'],
    ['unchecked', 'Not checked since something changed', 'No certificate was seen'],
  ])('explain %s', async (state, title, part) => {
    const page = await openServers()
    await page.locator(`[data-state=${state}] [data-row]`).click()
    const detail = page.getByTestId('certificate-detail')
    expect(await seen(detail.getByTestId('certificate-advice').getByText(title))).toBe(true)
    expect(await seen(detail.getByText(part))).toBe(true)
  })

  it('check again, step by step, and tell a failure', async () => {
    const page = await openServers()
    await page.locator('[data-state=mismatch] [data-row]').click()
    const detail = page.getByTestId('certificate-detail')
    await detail.getByRole('button', { name: 'Check now' }).click()
    const result = detail.getByTestId('detail-check-result')
    expect(await seen(result.getByText('This is not the server its owner vouches for'))).toBe(true)
    expect(await result.getByRole('listitem').allInnerTexts()).toHaveLength(5)
    expect(await seen(result.getByText('which its owner does not vouch for'))).toBe(true)
    await page.evaluate(() =>
      window.fakeEngine.failNext('certificates.check', {
        code: 'relays.offline',
        message: 'No relay can be reached.',
      }),
    )
    await detail.getByRole('button', { name: 'Check now' }).click()
    expect(await seen(result.getByRole('alert').getByText('No relay can be reached.'))).toBe(true)
  })

  it('open in a window that checks by itself', async () => {
    const page = await openServers()
    await page.locator('[data-state=unreachable] [data-row]').click()
    await page
      .getByTestId('certificate-detail')
      .getByRole('button', { name: 'Open', exact: true })
      .click()
    expect(await callsOf(page, 'shell.openNostrWindow')).toEqual([
      expect.stringMatching(/^https:\/\/npub1\w+\.nostr:8443\/$/u),
    ])
  })

  it('give the certificate as text to copy', async () => {
    const page = await openServers()
    await page.locator('[data-state=match] [data-row]').first().click()
    await page.getByRole('button', { name: 'Export certificate' }).click()
    const dialog = page.getByRole('dialog', { name: 'Certificate' })
    expect(await seen(dialog.getByText('BEGIN CERTIFICATE'))).toBe(true)
    await dialog.getByRole('button', { name: 'Copy PEM' }).click()
    expect(await gone(dialog)).toBe(true)
    expect(await callsOf(page, 'shell.copyText')).toEqual([
      expect.stringMatching(/^-----BEGIN CERTIFICATE-----\n/u),
    ])
  })

  it('forget a server, with a way to check it again, and give the focus back', async () => {
    const page = await openServers()
    await page.locator('[data-state=expired] [data-row]').click()
    await page
      .getByTestId('certificate-detail')
      .getByRole('button', { name: 'Forget' })
      .press('Enter')
    expect(await gone(page.locator('[data-state=expired]'))).toBe(true)
    await page.getByRole('button', { name: 'Check again' }).first().click()
    await expect.poll(() => callsOf(page, 'certificates.check')).toHaveLength(1)
    const opener = page.locator('[data-state=cannot-check] [data-row]')
    await opener.press('Enter')
    await page.keyboard.press('Escape')
    expect(await opener.evaluate((element) => element === document.activeElement)).toBe(true)
  })
})

describe('the check', () => {
  it('takes a name, a port or an address, and explains each step', async () => {
    const page = await openServers({ scene: 'empty' })
    const input = page.getByTestId('check-input')
    await input.fill('https://npub1x.nostr/page')
    await page.getByLabel('Port', { exact: true }).fill('4443')
    await input.press('Enter')
    const result = page.getByTestId('check-result')
    expect(await seen(result.getByText('This is the server its owner vouches for'))).toBe(true)
    expect(await result.getByRole('listitem').allInnerTexts()).toEqual([
      expect.stringContaining('Read the name'),
      expect.stringContaining('Find the address'),
      expect.stringContaining('Connect to the server'),
      expect.stringContaining('Ask what the owner vouches for'),
      expect.stringContaining('Compare both'),
    ])
    expect(await seen(result.getByText('npub1x.nostr:4443'))).toBe(true)
    expect(await callsOf(page, 'certificates.check')).toEqual([
      { domain: 'npub1x.nostr', port: 4443 },
    ])
    await result.getByRole('button', { name: 'Close the result' }).click()
    expect(await gone(result)).toBe(true)
  })

  it('never sends a secret key, and says what is missing', async () => {
    const page = await openServers()
    const input = page.getByTestId('check-input')
    await page.getByRole('button', { name: 'Check', exact: true }).click()
    expect(await seen(page.getByText('Enter a name first.'))).toBe(true)
    await input.fill(`nsec1${'q'.repeat(58)}`)
    await input.press('Enter')
    expect(await seen(page.getByText('That is a secret key, not a name.'))).toBe(true)
    expect(await input.inputValue()).toBe('')
    expect(await callsOf(page, 'certificates.check')).toEqual([])
  })

  it('says what the engine refuses', async () => {
    const page = await openServers()
    await page.evaluate(() =>
      window.fakeEngine.failNext('certificates.check', {
        code: 'names.foreign',
        message: 'Only names under .nostr have an owner to ask.',
      }),
    )
    await page.getByTestId('check-input').fill('example.com')
    await page.getByTestId('check-input').press('Enter')
    expect(
      await seen(page.getByTestId('check-result').getByText('Only names under .nostr have')),
    ).toBe(true)
  })
})

function joined(groups: string): string {
  return groups.replace(/\s/gu, '')
}
