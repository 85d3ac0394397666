import { describe, expect, it } from 'vitest'
import type { Page } from 'playwright'
import { callsOf, type WindowOptions } from './open-window.ts'
import { gone, seen, windowSuite } from './window-suite.ts'

const suite = windowSuite()

async function openNames(options?: WindowOptions): Promise<Page> {
  const page = await suite.open(options)
  await page.getByTestId('nav-names').click()
  return page
}

describe('the table', () => {
  it('shows each name with its records, format and relays', async () => {
    const page = await openNames()
    const row = page.getByTestId('name-row').filter({ hasText: 'Home server' })
    expect(await seen(row)).toBe(true)
    expect(await row.innerText()).toMatch(
      /Home server\s+yours\s+npub1\S{3}….{6}\.nostr\s+A\s+203\.0\.113\.10\s+\+3\s+15 min\s+\d:\d\d\s+Canonical\s+5/u,
    )
    const weak = page.getByTestId('name-row').filter({ hasText: 'Proof of concept' })
    expect(await weak.count()).toBe(1)
  })

  it('filters, says how many, and offers a way back when nothing matches', async () => {
    const page = await openNames()
    await page.getByTestId('name-search').fill('mail.example.com')
    expect(await seen(page.getByText('1 of 12 names'))).toBe(true)
    expect(await page.getByTestId('name-row').count()).toBe(1)
    await page.getByTestId('name-search').fill('no such thing')
    expect(await seen(page.getByText('Nothing matches “no such thing”'))).toBe(true)
    await page.getByRole('button', { name: 'Clear the filter' }).click()
    expect(await seen(page.getByText('12 names', { exact: true }))).toBe(true)
  })

  it('sorts by a column in both directions', async () => {
    const page = await openNames()
    const head = page.getByRole('columnheader', { name: 'Relays' })
    await head.getByRole('button').click()
    expect(await head.getAttribute('aria-sort')).toBe('ascending')
    await head.getByRole('button').click()
    expect(await head.getAttribute('aria-sort')).toBe('descending')
    expect(await page.getByTestId('name-row').first().innerText()).toContain('Home server')
  })

  it('counts the TTL down', async () => {
    const page = await openNames()
    const ttl = page
      .getByTestId('name-row')
      .filter({ hasText: 'Home server' })
      .getByRole('cell')
      .nth(2)
    const before = await ttl.innerText()
    await expect.poll(() => ttl.innerText(), { timeout: 5000 }).not.toBe(before)
  })

  it('keeps few of 1,000 rows in the document and reaches all by keyboard', async () => {
    const page = await openNames({ scene: 'many' })
    expect(await seen(page.getByText('1,000 names'))).toBe(true)
    const rows = page.getByTestId('name-row')
    expect(await rows.count()).toBeLessThan(60)
    expect(await page.getByTestId('names-table').getAttribute('aria-rowcount')).toBe('1001')
    await rows.first().getByRole('button').first().focus()
    await page.keyboard.press('End')
    expect(await seen(page.locator('tr[aria-rowindex="1001"] [data-row]:focus'))).toBe(true)
    await page.keyboard.press('ArrowUp')
    expect(await seen(page.locator('tr[aria-rowindex="1000"] [data-row]:focus'))).toBe(true)
    await page.keyboard.press('Home')
    expect(await seen(page.locator('tr[aria-rowindex="2"] [data-row]:focus'))).toBe(true)
    expect(await rows.count()).toBeLessThan(60)
    expect(await page.locator('[data-row][tabindex="0"]').count()).toBe(1)
  })

  it('says why it is empty, and that it is offline', async () => {
    const empty = await openNames({ scene: 'empty' })
    expect(await seen(empty.getByText('No names yet'))).toBe(true)
    const page = await openNames({ scene: 'offline' })
    expect(await seen(page.getByText('These names are remembered'))).toBe(true)
  })
})

describe('the details', () => {
  it('explain why a name is trusted, and give the focus back', async () => {
    const page = await openNames()
    const opener = page
      .getByTestId('name-row')
      .filter({ hasText: 'bob@example.com' })
      .locator('[data-row]')
    await opener.press('Enter')
    const detail = page.getByTestId('name-detail')
    for (const part of [
      'Event id and signature were checked',
      'Signed by',
      'Signed by the owner in the NoDNS form',
      'relay.damus.io',
      '10 mail.example.com.',
    ]) {
      expect(await seen(detail.getByText(part).first())).toBe(true)
    }
    await detail.getByRole('button', { name: 'Copy event id' }).click()
    expect(await callsOf(page, 'shell.copyText')).toEqual([
      await page.evaluate(
        () =>
          window.fakeEngine.snapshot().names.find(({ alias }) => alias === 'bob@example.com')
            ?.eventIds[0],
      ),
    ])
    await page.keyboard.press('Escape')
    expect(await gone(detail)).toBe(true)
    expect(await opener.evaluate((element) => element === document.activeElement)).toBe(true)
  })

  it('refresh and forget, with a way to look it up again', async () => {
    const page = await openNames()
    await page.getByTestId('name-row').filter({ hasText: 'alice' }).locator('[data-row]').click()
    const detail = page.getByTestId('name-detail')
    await detail.getByRole('button', { name: 'Refresh' }).click()
    expect(await seen(page.getByText('alice is up to date').first())).toBe(true)
    await detail.getByRole('button', { name: 'Forget' }).click()
    expect(await seen(page.getByText('11 names'))).toBe(true)
    await page.getByRole('button', { name: 'Look up again' }).click()
    await expect.poll(() => callsOf(page, 'names.resolve')).toHaveLength(1)
  })

  it('asks first before forgetting what cannot be found again', async () => {
    const page = await openNames({ scene: 'offline' })
    const row = page.getByTestId('name-row').filter({ hasText: 'alice' })
    await row.getByRole('button', { name: 'More actions for alice' }).click()
    await page.getByRole('menuitem', { name: 'Forget' }).click()
    const dialog = page.getByRole('dialog', { name: 'Forget alice?' })
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    expect(await gone(dialog)).toBe(true)
    expect(await callsOf(page, 'names.forget')).toEqual([])
  })

  it('set and remove a petname', async () => {
    const page = await openNames()
    await page.getByTestId('name-row').filter({ hasText: 'bob@' }).locator('[data-row]').click()
    const field = page.getByRole('textbox', { name: 'Petname' })
    await field.fill('alice')
    expect(await seen(page.getByText('alice already leads to another key'))).toBe(true)
    await field.fill('Bob')
    expect(await seen(page.getByText('bob.nostr will lead to this key.'))).toBe(true)
    await field.press('Enter')
    await page.getByRole('button', { name: 'Remove the petname bob' }).click()
    await page.getByRole('button', { name: 'Undo' }).click()
    expect(await seen(page.getByRole('button', { name: 'Remove the petname bob' }))).toBe(true)
    expect(await callsOf(page, 'petnames.remove')).toEqual([{ label: 'bob' }])
  })
})

describe('a changed NIP-05 key', () => {
  it('is accepted only after a question', async () => {
    const page = await openNames({ scene: 'errors' })
    const notice = page.getByTestId('key-change')
    expect(await seen(notice.getByText('bob@example.com now stands for another key'))).toBe(true)
    await notice.getByRole('button', { name: 'Accept the new key' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    expect(await callsOf(page, 'nip05.acceptKey')).toEqual([])
    await notice.getByRole('button', { name: 'Accept the new key' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Accept the new key' }).click()
    expect(await gone(notice)).toBe(true)
    expect(await callsOf(page, 'nip05.acceptKey')).toEqual([{ identifier: 'bob@example.com' }])
  })
})

describe('the look-up', () => {
  it('explains an answer step by step', async () => {
    const page = await openNames()
    await page.getByTestId('lookup-input').fill('alice.nostr')
    await page.getByTestId('lookup-input').press('Enter')
    const result = page.getByTestId('lookup-result')
    expect(await seen(result.getByText('Found 2 records'))).toBe(true)
    expect(
      await result.getByRole('listitem').filter({ hasText: 'leads to another name' }).count(),
    ).toBe(1)
    expect(await seen(result.getByText('event id and signature (NIP-01)'))).toBe(true)
    expect(await callsOf(page, 'names.resolve')).toEqual([{ name: 'alice.nostr', type: 'A' }])
  })

  it('tells a name that does not exist from a failure', async () => {
    const page = await openNames()
    await page.getByTestId('lookup-input').fill('missing.nostr')
    await page.getByRole('button', { name: 'Look up' }).click()
    expect(await seen(page.getByText('There is no such name'))).toBe(true)
    await page.evaluate(() =>
      window.fakeEngine.failNext('names.resolve', { code: 'rpc.x', message: 'Too long a name.' }),
    )
    await page.getByRole('button', { name: 'Look up' }).click()
    expect(await seen(page.getByTestId('lookup-result').getByText('Too long a name.'))).toBe(true)
  })

  it('says which private addresses of a stranger were kept back', async () => {
    const page = await openNames()
    await page.getByTestId('lookup-input').fill('stranger.nostr')
    await page.getByTestId('lookup-input').press('Enter')
    const withheld = page.getByTestId('withheld')
    expect(await seen(withheld.getByText('Kept back: 192.168.1.9'))).toBe(true)
  })

  it('never sends a secret key', async () => {
    const page = await openNames()
    await page.getByTestId('lookup-input').fill(`www.NSEC1${'q'.repeat(58)}.nostr`)
    await page.getByTestId('lookup-input').press('Enter')
    expect(await seen(page.getByText('That is a secret key, not a name.'))).toBe(true)
    expect(await page.getByTestId('lookup-input').inputValue()).toBe('')
    expect(await callsOf(page, 'names.resolve')).toEqual([])
  })
})
