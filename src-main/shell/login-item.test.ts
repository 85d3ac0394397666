import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { autostartEntry, createLoginItem } from './login-item.ts'

const noApi = { setLoginItemSettings: () => undefined }

test('on Linux an autostart entry comes and goes', async () => {
  const config = await mkdtemp(join(tmpdir(), 'nostr-dns-login-'))
  try {
    const item = createLoginItem('linux', noApi, '/opt/Nostr DNS/nostr-dns', config)
    await item.apply(false)
    await item.apply(true)
    const text = await readFile(join(config, 'autostart/nostr-dns.desktop'), 'utf8')
    expect(text).toContain('Exec="/opt/Nostr DNS/nostr-dns" --hidden\n')
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

test.each(['darwin', 'win32'] as const)('%s is told through its own API', async (platform) => {
  const told: unknown[] = []
  const api = { setLoginItemSettings: (settings: unknown) => void told.push(settings) }
  await createLoginItem(platform, api, '/app', '/unused').apply(true)
  expect(told).toEqual([{ openAtLogin: true, args: ['--hidden'] }])
})
