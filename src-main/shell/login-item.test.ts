import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { autostartEntry, createLoginItem } from './login-item.ts'

const noApi = {
  setLoginItemSettings: () => undefined,
  getLoginItemSettings: () => ({ wasOpenedAtLogin: true }),
}

test('on Linux an autostart entry comes and goes', async () => {
  const config = await mkdtemp(join(tmpdir(), 'nostr-dns-login-'))
  try {
    const item = createLoginItem('linux', noApi, '/opt/Nostr DNS/nostr-dns', config)
    await item.apply(false)
    await item.apply(true)
    const text = await readFile(join(config, 'autostart/nostr-dns.desktop'), 'utf8')
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        'TryExec=/opt/Nostr DNS/nostr-dns',
        'Exec="/opt/Nostr DNS/nostr-dns" --hidden',
      ]),
    )
    expect(item.wasStartedAtLogin()).toBe(false)
    await item.apply(false)
    expect(await readdir(join(config, 'autostart'))).toEqual([])
  } finally {
    await rm(config, { recursive: true, force: true })
  }
})

test.each([
  ['/usr/bin/nostr-dns', '"/usr/bin/nostr-dns"'],
  ['/opt/a "b"', '"/opt/a \\\\"b\\\\""'],
  ['/opt/$HOME/`x`', '"/opt/\\\\$HOME/\\\\`x\\\\`"'],
  ['/opt/100%', '"/opt/100%%"'],
  ['/opt/back\\slash', '"/opt/back\\\\\\\\slash"'],
])('%s is quoted as %s', (path, quoted) => {
  expect(autostartEntry(path)).toContain(`\nExec=${quoted} --hidden\n`)
})

test.each([
  ['darwin', { openAtLogin: true }, true],
  // Windows starts the app with the argument, as Linux does.
  ['win32', { openAtLogin: true, args: ['--hidden'] }, false],
] as const)('%s is told through its own API', async (platform, settings, wasStartedAtLogin) => {
  const told: unknown[] = []
  const api = { ...noApi, setLoginItemSettings: (given: unknown) => void told.push(given) }
  const item = createLoginItem(platform, api, '/app', '/unused')
  await item.apply(true)
  expect(told).toEqual([settings])
  expect(item.wasStartedAtLogin()).toBe(wasStartedAtLogin)
})

test('an AppImage that moved is found again: the entry is written anew', async () => {
  const config = await mkdtemp(join(tmpdir(), 'nostr-dns-login-'))
  try {
    await createLoginItem('linux', noApi, '/home/me/old.AppImage', config).apply(true)
    await createLoginItem('linux', noApi, '/home/me/new.AppImage', config).apply(true)
    const text = await readFile(join(config, 'autostart/nostr-dns.desktop'), 'utf8')
    expect(text).toContain('new.AppImage')
    expect(text).not.toContain('old.AppImage')
  } finally {
    await rm(config, { recursive: true, force: true })
  }
})
