import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { appWindow } from '../pages/app-window.ts'
import { expect, test } from '../fixtures.ts'

/** Run by `specs/real-system.spec.ts`, in namespaces whose /etc and resolver may be changed. */
test.skip(process.env['NOSTR_DNS_LAB'] === undefined, 'changes the system it runs on')

const run = promisify(execFile)
/** What every program gets for a name; empty when it does not open. */
const lookUp = (name: string): Promise<string> =>
  run('getent', ['ahostsv4', name]).then(
    ({ stdout }) => stdout.split(/\s/u)[0] ?? '',
    () => '',
  )
/** Everything there is below /etc and /var/lib. */
const tree = async (): Promise<string> => {
  const script = 'cd / && find etc var/lib -ls -type f -exec sha256sum {} + | grep nostr; true'
  return (await run('sh', ['-c', script])).stdout
}

test('on with consent, off and on without, undone with consent', async ({ launch, panel, bob }) => {
  const app = await launch()
  const { page } = appWindow(await app.window())
  const item = await panel.item()
  const status = page.getByTestId('system-status')
  const is = (state: string) =>
    expect(status).toHaveAttribute('data-state', state, { timeout: 30_000 })
  const dialog = page.getByRole('dialog')
  await is('off')
  expect(await lookUp(bob.name)).toBe('')

  await page.getByTestId('system-turnOn').click()
  await expect(dialog).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  expect(await tree()).toBe('')

  await page.getByTestId('system-turnOn').click()
  await page.getByTestId('system-confirm').click()
  await is('on')
  const installed = await tree()
  expect(installed).toContain('50-nostr-dns')
  expect(await lookUp(bob.name)).toBe('45.33.32.156')
  await expect.poll(async () => (await item.menu())[1]?.label).toMatch(/^On everywhere/u)

  // The switch of the tray: nothing is written, and no other name notices.
  await item.click('Resolve .nostr names')
  await is('paused')
  expect(await lookUp(`off.${bob.name}`)).toBe('')
  expect(await lookUp('a.example.com')).not.toBe('')
  await item.click('Resolve .nostr names')
  await is('on')
  expect(await lookUp(bob.name)).toBe('45.33.32.156')
  expect(await tree()).toBe(installed)

  await page.getByTestId('system-undo').click()
  await dialog.getByRole('button', { name: 'Undo' }).click()
  await is('off')
  expect(await tree()).toBe('')
  expect(await lookUp('b.example.com')).not.toBe('')
})
