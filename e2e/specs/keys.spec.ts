import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { nsecEncode } from 'nostr-tools/nip19'
import { generateSecretKey, getPublicKey } from 'nostr-tools/pure'
import { appWindow } from '../pages/app-window.ts'
import { expect, test } from '../fixtures.ts'

test('a key comes in by the clipboard and goes out to a file, never through the page', async ({
  launch,
  scratch,
}) => {
  const secret = generateSecretKey()
  const nsec = nsecEncode(secret)
  const pubkey = getPublicKey(secret)
  const app = await launch()
  const page = await app.window()
  await appWindow(page).createKey('First', 'correct horse battery staple')

  await app.electron.evaluate(({ clipboard }, text) => clipboard.writeText(text), nsec)
  const imported = await page.evaluate(() =>
    window.nostrDns.shell.importKey({ source: 'clipboard', label: 'Second' }),
  )
  expect(imported).toMatchObject({ ok: true, value: { pubkey, label: 'Second' } })
  expect(JSON.stringify(imported)).not.toContain(nsec)
  expect(await app.electron.evaluate(({ clipboard }) => clipboard.readText())).toBe('')

  const path = join(scratch, 'backup.txt')
  const asked = await app.electron.evaluate(({ dialog }, filePath) => {
    // Native dialogs cannot be clicked from a test: these answer as a person would.
    dialog.showMessageBox = async () => ({ response: 1, checkboxChecked: false })
    dialog.showSaveDialog = async () => ({ canceled: false, filePath })
    return true
  }, path)
  expect(asked).toBe(true)
  const exported = await page.evaluate(
    (key) => window.nostrDns.shell.exportKey({ pubkey: key, form: 'nsec', target: 'file' }),
    pubkey,
  )
  expect(exported).toEqual({ ok: true, value: { where: path } })
  expect(await readFile(path, 'utf8')).toBe(`${nsec}\n`)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  for (const log of ['shell.log', 'engine.log']) {
    expect(await readFile(join(app.dataDir, log), 'utf8')).not.toContain('nsec1')
  }
})
