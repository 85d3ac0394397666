import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { appWindow } from '../pages/app-window.ts'
import { pkarrScreen } from '../pages/pkarr-screen.ts'
import { addressesOf, askDns } from '../support/dns-query.ts'
import { createPkarrSigner } from '../support/pkarr-signer.ts'
import { expect, test } from '../fixtures.ts'

const passphrase = 'correct horse battery staple'

test('a key made here: its zone is measured, sent, answered, removed and brought back', async ({
  launch,
  pkarrRelay,
}) => {
  const app = await launch({ pkarrRelays: [pkarrRelay.url] })
  const window = appWindow(await app.window())
  const pkarr = pkarrScreen(window)
  await pkarr.createKey('Blog', passphrase)
  const [identity] = (await window.snapshot()).pkarr.identities
  if (identity === undefined) throw new Error('no PKARR key')
  const { key } = identity

  const { editor } = pkarr
  await pkarr.editZone('Blog')
  await editor.field('Data', 1).fill('203.0.113.7')
  await expect(editor.meter).toContainText(/^[1-9]\d* of 1000 bytes/u)
  const small = await editor.meter.textContent()
  await editor.addRow()
  await editor.field('Name', 2).fill('www')
  await editor.field('Type', 2).selectOption('CNAME')
  await editor.field('Data', 2).fill(key)
  await expect(editor.meter).not.toHaveText(small ?? '')
  await expect(editor.meter).toHaveAttribute('data-level', 'ok')

  await editor.publish()
  await expect(editor.delivery).toContainText('stored')
  await expect(editor.delivery).toContainText('on 1 of 1 relay')
  expect(pkarrRelay.packets.has(key)).toBe(true)
  await editor.close()

  for (const name of [key, `${key}.pkarr`, `${key}.key`, `WWW.${key.toUpperCase()}`]) {
    await expect.poll(() => addressesOf(app.ports.proxy, name)).toEqual(['203.0.113.7'])
  }
  expect(await askDns(app.ports.proxy, `nothing.${key}`)).toMatchObject({ rcode: 'NXDOMAIN' })

  await pkarr.openZone('Blog')
  await expect(pkarr.detail).toContainText('203.0.113.7')
  await expect(pkarr.detail).toContainText('Checked on this computer')
  await window.showTab('pkarr', 'carriers')
  await expect(pkarr.carrierRows.filter({ hasText: '127.0.0.1' })).toHaveAttribute(
    'data-state',
    'ok',
  )

  await pkarr.removeKey('Blog')
  await expect(pkarr.keyRows).toHaveCount(0)
  await window.page.getByRole('button', { name: 'Undo' }).first().click()
  await expect(pkarr.keyRows).toHaveText([/Blog/u])
  await pkarr.openZone('Blog')
  await expect(pkarr.detail).toContainText('203.0.113.7')
  expect(await addressesOf(app.ports.proxy, key)).toEqual(['203.0.113.7'])
})

test('a key of elsewhere: its seed comes in by the clipboard, and newer zones win', async ({
  launch,
  pkarrRelay,
}) => {
  const signer = createPkarrSigner()
  const { key, seed } = signer
  const signElsewhere = (address: string, minutesAgo: number): void => {
    pkarrRelay.packets.set(key, signer.zone(address, minutesAgo))
  }
  signElsewhere('203.0.113.20', 60)
  const app = await launch({ pkarrRelays: [pkarrRelay.url] })
  const window = appWindow(await app.window())
  const pkarr = pkarrScreen(window)

  await app.electron.evaluate(({ clipboard }, text) => clipboard.writeText(text), seed)
  await pkarr.importFromClipboard('Server', passphrase)
  expect(await app.electron.evaluate(({ clipboard }) => clipboard.readText())).toBe('')
  expect(JSON.stringify(await window.snapshot())).not.toContain(seed)
  for (const log of ['shell.log', 'engine.log']) {
    expect(await readFile(join(app.dataDir, log), 'utf8')).not.toContain(seed)
  }
  await expect.poll(() => addressesOf(app.ports.proxy, `${key}.pkarr`)).toEqual(['203.0.113.20'])

  signElsewhere('203.0.113.21', 59)
  await pkarr.openZone('Server')
  await pkarr.detail.getByRole('button', { name: 'Fetch again' }).click()
  await expect(pkarr.detail).toContainText('203.0.113.21')
  await expect.poll(() => addressesOf(app.ports.proxy, `${key}.pkarr`)).toEqual(['203.0.113.21'])

  signElsewhere('203.0.113.22', 58)
  const { editor } = pkarr
  await pkarr.editZone('Server')
  await expect(editor.field('Data', 1)).toHaveValue('203.0.113.22')
  await editor.field('Data', 1).fill('203.0.113.23')
  await editor.publish()
  await expect(editor.delivery).toContainText('stored')
  await editor.close()
  await expect.poll(() => addressesOf(app.ports.proxy, `${key}.pkarr`)).toEqual(['203.0.113.23'])
})

test('somebody else’s key: looked up, followed, sent again, no longer followed, forgotten', async ({
  launch,
  pkarrRelay,
}) => {
  const stranger = createPkarrSigner()
  pkarrRelay.packets.set(stranger.key, stranger.zone('203.0.113.30', 1))
  const app = await launch({ pkarrRelays: [pkarrRelay.url] })
  const window = appWindow(await app.window())
  const pkarr = pkarrScreen(window)
  const followed = async () => (await window.snapshot()).settings.pkarr.follow
  const button = (name: string) => pkarr.detail.getByRole('button', { name, exact: true })

  await pkarr.lookUp(`https://www.${stranger.key}/`)
  await expect(pkarr.lookupResult).toContainText('Found a zone with 1 record')
  await expect(pkarr.lookupResult).toContainText('203.0.113.30')
  await expect(pkarr.zoneRows).toHaveCount(1)

  await pkarr.openZone(stranger.key.slice(0, 8))
  await button('Follow').click()
  await expect(pkarr.detail).toContainText('followed')
  await expect.poll(followed).toEqual([stranger.key])

  pkarrRelay.packets.clear()
  await button('Send again').click()
  await expect.poll(() => pkarrRelay.packets.has(stranger.key)).toBe(true)

  await button('Stop following').click()
  await expect(button('Follow')).toBeVisible()
  await expect.poll(followed).toEqual([])

  await button('Forget').click()
  await expect(pkarr.zoneRows).toHaveCount(0)
})
