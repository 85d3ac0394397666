import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Exec, ExecResult } from '../exec.ts'
import { makeTestFolder, recording } from '../testing/test-home.ts'
import { backendFiles, noFileFacts } from './backend-files.ts'
import { gatherFacts } from './gather-facts.ts'
import { readInstalled } from './read-installed.ts'
import { planSystem } from './system-plan.ts'
import { localRulesKey, policyRulesKey } from './windows-rules.ts'

let folder: Awaited<ReturnType<typeof makeTestFolder>>
beforeEach(async () => {
  folder = await makeTestFolder()
})
afterEach(() => folder.remove())

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder.path, path)), { recursive: true })
  await writeFile(join(folder.path, path), text)
}
const exited = (code: number, stdout = ''): ExecResult => ({
  kind: 'exited',
  code,
  stdout,
  stderr: '',
})
const nothing: Exec = ({ program }) => Promise.resolve({ kind: 'missing', program })

describe('Linux', () => {
  it('reads the configuration of NetworkManager in its order, shadowed files left out', async () => {
    await write('/etc/NetworkManager/NetworkManager.conf', 'main')
    await write('/etc/NetworkManager/conf.d/20-own.conf', 'own')
    await write('/etc/NetworkManager/conf.d/10-shadow.conf', 'shadow')
    await write('/etc/NetworkManager/conf.d/note.txt', 'no')
    await write('/run/NetworkManager/conf.d/30-boot.conf', 'boot')
    await write('/usr/lib/NetworkManager/conf.d/10-shadow.conf', 'shadowed')
    await write('/usr/lib/NetworkManager/conf.d/30-boot.conf', 'shadowed')
    await write('/usr/lib/NetworkManager/conf.d/40-package.conf', 'package')
    const place = { platform: 'linux', exec: nothing, systemRoot: folder.path } as const
    expect(await gatherFacts(place)).toMatchObject({
      networkManagerConf: ['package', 'boot', 'main', 'shadow', 'own'],
      hasNetworkManager: true,
    })
  })

  it('asks running programs only, with fixed words, and survives that there are none', async () => {
    const seen = recording(nothing)
    await gatherFacts({ platform: 'linux', exec: seen.exec, systemRoot: folder.path })
    expect(seen.commands.map(({ program, argv }) => [program, ...argv].join(' '))).toEqual([
      'systemctl is-active --quiet systemd-resolved.service',
      'systemctl is-active --quiet NetworkManager.service',
      'systemctl is-active --quiet dnsmasq.service',
      'resolvectl --version',
    ])
  })

  it('takes links and folders at our paths for somebody else’s', async () => {
    await mkdir(join(folder.path, '/etc/dnsmasq.d/50-nostr-dns.conf'), { recursive: true })
    const place = { platform: 'linux', exec: nothing, systemRoot: folder.path } as const
    expect(await readInstalled(place)).toEqual({
      installed: { kind: 'absent' },
      ours: [],
      foreign: ['/etc/dnsmasq.d/50-nostr-dns.conf'],
    })
  })
})

describe('macOS', () => {
  it('reads resolver files; those of others count for themselves only', async () => {
    const wish = { port: 5364, suffixes: ['nostr', 'key'] }
    for (const { path, content } of backendFiles('resolver-files', wish, noFileFacts)) {
      await write(path, content)
    }
    await write('/etc/resolver/pkarr', 'nameserver 127.0.0.1\nport 9\n')
    const place = { platform: 'darwin', exec: nothing, systemRoot: folder.path } as const
    expect(await readInstalled(place)).toEqual({
      installed: { kind: 'ours', backend: 'resolver-files', wish },
      ours: ['/etc/resolver/nostr', '/etc/resolver/key'],
      foreign: ['/etc/resolver/pkarr'],
    })
  })

  it('notices one file that differs', async () => {
    const wish = { port: 5364, suffixes: ['nostr', 'key'] }
    const [first, second] = backendFiles('resolver-files', wish, noFileFacts)
    await write(first?.path ?? '', first?.content ?? '')
    await write(second?.path ?? '', second?.content.replace('5364', '5365') ?? '')
    const place = { platform: 'darwin', exec: nothing, systemRoot: folder.path } as const
    expect((await readInstalled(place)).installed).toMatchObject({ kind: 'edited' })
  })
})

describe('Windows', () => {
  const registry =
    (keys: Readonly<Record<string, string>>): Exec =>
    ({ program, argv }) => {
      expect([program, argv[0], argv[2]]).toEqual(['reg.exe', 'query', '/s'])
      const text = keys[argv[1] ?? '']
      return Promise.resolve(text === undefined ? exited(1) : exited(0, text))
    }
  const place = (exec: Exec) => ({ platform: 'win32', exec, systemRoot: '/' }) as const

  it('is asked at port 53, whatever port is wanted', async () => {
    const facts = await gatherFacts(place(registry({})))
    const plan = planSystem(facts, { port: 5364, suffixes: ['nostr', 'key'] })
    expect(plan).toMatchObject({
      ok: true,
      value: {
        backend: 'nrpt',
        port: 53,
        files: [],
        commands: [
          "Add-DnsClientNrptRule -Namespace '.nostr', '.key' -NameServers '127.0.0.1' -DisplayName 'Nostr DNS' -Comment 'Written by Nostr DNS, which replaces and removes this file.'",
          'Clear-DnsClientCache',
        ],
      },
    })
  })

  it('knows a policy that masks, even an empty one', async () => {
    expect(await gatherFacts(place(registry({})))).toMatchObject({ hasPolicyRules: false })
    const empty = registry({ [policyRulesKey]: `HKEY_LOCAL_MACHINE${policyRulesKey.slice(4)}\r\n` })
    expect(await gatherFacts(place(empty))).toMatchObject({ hasPolicyRules: true })
  })

  it('reads our rule back', async () => {
    const rule = [
      `HKEY_LOCAL_MACHINE${localRulesKey.slice(4)}\\{1}`,
      '    Name    REG_MULTI_SZ    .nostr',
      '    GenericDNSServers    REG_SZ    127.0.0.1',
      '    ConfigOptions    REG_DWORD    0x8',
      '    Comment    REG_SZ    Written by Nostr DNS, which replaces and removes this file.',
    ].join('\r\n')
    expect(await readInstalled(place(registry({ [localRulesKey]: rule })))).toMatchObject({
      installed: { kind: 'ours', backend: 'nrpt', wish: { port: 53, suffixes: ['nostr'] } },
    })
  })
})

it('says that other systems are unknown', async () => {
  const place = { platform: 'freebsd', exec: nothing, systemRoot: folder.path } as const
  const plan = planSystem(await gatherFacts(place), { port: 5364, suffixes: ['nostr'] })
  expect(plan).toMatchObject({ ok: false, error: { code: 'system.unknown-system' } })
  expect((await readInstalled(place)).installed).toEqual({ kind: 'absent' })
})
