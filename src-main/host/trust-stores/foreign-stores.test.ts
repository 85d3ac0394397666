import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { X509Certificate } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Command, Exec, ExecResult } from '../exec.ts'
import { makeTestFolder, recording, testEnv } from '../testing/test-home.ts'
import { makeTestRoot, type TestRoot } from '../testing/test-roots.ts'
import type { TrustStores, TrustTarget } from '../trust-target.ts'
import { macosCommands } from './macos-keychain.ts'
import { createTrustStores } from './trust-stores.ts'
import { windowsCommands } from './windows-root.ts'

/**
 * macOS and Windows: no such system was at hand. The commands are held still word by word, and a
 * model of each store shows in what order they are used.
 */
let folder: Awaited<ReturnType<typeof makeTestFolder>>
let root: TestRoot

beforeEach(async () => {
  folder = await makeTestFolder()
  root = makeTestRoot(folder.path, 'Nostr Names (box) 0a1b2c3d')
})
afterEach(() => folder.remove())

const exited = (code: number, stdout = '', stderr = ''): ExecResult => ({
  kind: 'exited',
  code,
  stdout,
  stderr,
})

function makeStores(platform: 'darwin' | 'win32', exec: Exec): TrustStores {
  return createTrustStores(testEnv, {
    platform,
    exec,
    home: '/Users/ann',
    variables: { SystemRoot: 'D:\\Windows' },
    recordsPath: join(folder.path, 'data/trust.json'),
  })
}

async function onlyTarget(stores: TrustStores): Promise<TrustTarget> {
  const targets = await stores.targets()
  expect(targets).toHaveLength(1)
  return targets[0]!
}

describe('commands', () => {
  const keychain = '/Users/ann/Library/Keychains/login.keychain-db'
  const sha256 = 'ab'.repeat(32)
  const windows = windowsCommands('D:\\Windows')
  const certutil = 'D:\\Windows\\System32\\certutil.exe'

  it.each<[string, Command, string, readonly string[]]>([
    [
      'macOS list',
      macosCommands.list(keychain),
      '/usr/bin/security',
      ['find-certificate', '-a', '-p', keychain],
    ],
    [
      'macOS trust',
      macosCommands.trust(keychain, '/d/R.pem'),
      '/usr/bin/security',
      [
        'add-trusted-cert',
        '-r',
        'trustRoot',
        '-p',
        'ssl',
        '-p',
        'basic',
        '-k',
        keychain,
        '/d/R.pem',
      ],
    ],
    [
      'macOS verify',
      macosCommands.verify('/d/R.pem'),
      '/usr/bin/security',
      ['verify-cert', '-c', '/d/R.pem', '-l', '-L', '-p', 'ssl'],
    ],
    [
      'macOS distrust',
      macosCommands.distrust('/d/R.pem'),
      '/usr/bin/security',
      ['remove-trusted-cert', '/d/R.pem'],
    ],
    [
      'macOS delete',
      macosCommands.delete(keychain, sha256),
      '/usr/bin/security',
      ['delete-certificate', '-Z', 'AB'.repeat(32), keychain],
    ],
    [
      'Windows add',
      windows.add('C:\\d\\R.pem'),
      certutil,
      ['-user', '-addstore', 'Root', 'C:\\d\\R.pem'],
    ],
    ['Windows verify', windows.verify('AB12'), certutil, ['-user', '-verifystore', 'Root', 'AB12']],
    ['Windows delete', windows.delete('AB12'), certutil, ['-user', '-delstore', 'Root', 'AB12']],
    [
      'Windows list',
      windows.list(),
      'D:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
      [
        '-NoProfile',
        '-NonInteractive',
        '-Command',
        'Get-ChildItem Cert:\\CurrentUser\\Root | ForEach-Object { [Convert]::ToBase64String($_.RawData) }',
      ],
    ],
  ])('%s', (_what, command, program, argv) => {
    expect(command.program).toBe(program)
    expect(command.argv).toEqual(argv)
    expect(command.input).toBeUndefined()
  })
})

/** What `security` does, as far as its manual says. */
function fakeKeychain(): {
  readonly exec: Exec
  readonly held: Map<string, string>
  trusted: Set<string>
} {
  const held = new Map<string, string>()
  const trusted = new Set<string>()
  const hash = (pem: string): string => new X509Certificate(pem).fingerprint256.replaceAll(':', '')
  const exec: Exec = async ({ argv }) => {
    const file = argv.find((word) => word.endsWith('.pem'))
    const pem = file === undefined ? '' : await readFile(file, 'utf8')
    switch (argv[0]) {
      case 'find-certificate':
        return held.size === 0
          ? exited(
              44,
              '',
              'security: SecKeychainSearchCopyNext: The specified item could not be found in the keychain.\n',
            )
          : exited(0, [...held.values()].join(''))
      case 'add-trusted-cert':
        held.set(hash(pem), pem)
        trusted.add(hash(pem))
        return exited(0)
      case 'verify-cert':
        return exited(trusted.has(hash(pem)) ? 0 : 1)
      case 'remove-trusted-cert':
        trusted.delete(hash(pem))
        return exited(0)
      case 'delete-certificate':
        return exited(held.delete(argv[2] ?? '') ? 0 : 44)
      case undefined:
      default:
        throw new Error(argv.join(' '))
    }
  }
  return { exec, held, trusted }
}

describe('macOS', () => {
  it('installs twice, undoes twice, and leaves neither certificate, trust nor file', async () => {
    const keychain = fakeKeychain()
    const seen = recording(keychain.exec)
    const stores = makeStores('darwin', seen.exec)
    const target = await onlyTarget(stores)
    expect(target).toMatchObject({ id: 'macos-login', isPrivileged: false })
    for (let i = 0; i < 2; i++)
      expect(await stores.install(target, root.pem)).toMatchObject({ ok: true })
    expect(seen.commands.filter(({ argv }) => argv[0] === 'add-trusted-cert')).toHaveLength(1)
    expect(keychain.held.size).toBe(1)
    for (let i = 0; i < 2; i++)
      expect(await stores.remove(target, root.sha256)).toEqual({ ok: true })
    expect([keychain.held.size, keychain.trusted.size]).toEqual([0, 0])
    expect(await readdir(join(folder.path, 'data'))).toEqual(['trust.json'])
  })

  it('clears everything of ours without records, and only that', async () => {
    const keychain = fakeKeychain()
    const stores = makeStores('darwin', keychain.exec)
    const target = await onlyTarget(stores)
    await stores.install(target, root.pem)
    const impostor = makeTestRoot(folder.path, root.commonName, null)
    keychain.held.set(impostor.sha256.toUpperCase(), impostor.pem)
    expect(await stores.removeAll()).toMatchObject({ ok: true })
    expect([...keychain.held.keys()]).toEqual([impostor.sha256.toUpperCase()])
    expect(await stores.check(target, root.pem)).toMatchObject({ state: 'conflict' })
  })

  it('takes back what is not trusted after all', async () => {
    const keychain = fakeKeychain()
    const exec: Exec = async (command) =>
      command.argv[0] === 'verify-cert' ? exited(1) : keychain.exec(command)
    const stores = makeStores('darwin', exec)
    expect(await stores.install(await onlyTarget(stores), root.pem)).toMatchObject({
      error: { code: 'trust.verify-failed' },
    })
    expect([keychain.held.size, keychain.trusted.size]).toEqual([0, 0])
  })

  it.each([
    ['SecTrustSettingsSetTrustSettings: errSecInternalComponent', 'trust.keychain-locked'],
    ['SecTrustSettingsSetTrustSettings: User canceled the operation.', 'elevation.cancelled'],
    ['something else', 'trust.keychain-failed'],
  ])('explains %s', async (stderr, code) => {
    const keychain = fakeKeychain()
    const exec: Exec = async (command) =>
      command.argv[0] === 'add-trusted-cert' ? exited(1, '', stderr) : keychain.exec(command)
    const stores = makeStores('darwin', exec)
    expect(await stores.install(await onlyTarget(stores), root.pem)).toMatchObject({
      error: { code },
    })
    expect(existsSync(join(folder.path, 'data/trust.json'))).toBe(false)
  })
})

/** What certutil.exe and the store do. */
function fakeWindows(): { readonly exec: Exec; readonly held: Map<string, X509Certificate> } {
  const held = new Map<string, X509Certificate>()
  const exec: Exec = async ({ program, argv }) => {
    if (program.endsWith('powershell.exe')) {
      return exited(
        0,
        [...held.values()].map((one) => `${one.raw.toString('base64')}\r\n`).join(''),
      )
    }
    const word = argv[3] ?? ''
    if (argv[1] === '-addstore') {
      const certificate = new X509Certificate(await readFile(word))
      held.set(certificate.fingerprint.replaceAll(':', ''), certificate)
      return exited(0)
    }
    if (argv[1] === '-verifystore') return exited(held.has(word) ? 0 : -2146885628)
    if (argv[1] === '-delstore') return exited(held.delete(word) ? 0 : -2146885628)
    throw new Error(argv.join(' '))
  }
  return { exec, held }
}

describe('Windows', () => {
  it('installs twice and undoes twice', async () => {
    const windows = fakeWindows()
    const seen = recording(windows.exec)
    const stores = makeStores('win32', seen.exec)
    const target = await onlyTarget(stores)
    expect(target).toMatchObject({ id: 'windows-root', isPrivileged: false })
    for (let i = 0; i < 2; i++)
      expect(await stores.install(target, root.pem)).toMatchObject({ ok: true })
    expect(seen.commands.filter(({ argv }) => argv[1] === '-addstore')).toHaveLength(1)
    expect(
      seen.commands.every(({ variables }) => variables?.['SystemRoot'] === 'D:\\Windows'),
    ).toBe(true)
    for (let i = 0; i < 2; i++)
      expect(await stores.remove(target, root.sha256)).toEqual({ ok: true })
    expect(windows.held.size).toBe(0)
  })

  it('clears everything of ours without records, and only that', async () => {
    const windows = fakeWindows()
    const stores = makeStores('win32', windows.exec)
    const impostor = makeTestRoot(folder.path, root.commonName, null)
    for (const { pem } of [root, impostor]) {
      const certificate = new X509Certificate(pem)
      windows.held.set(certificate.fingerprint.replaceAll(':', ''), certificate)
    }
    expect(await stores.removeAll()).toMatchObject({
      ok: true,
      value: [expect.stringContaining('box')],
    })
    expect([...windows.held.values()].map((one) => one.toString())).toEqual([impostor.pem])
  })

  it('says that Windows was told no', async () => {
    const windows = fakeWindows()
    const exec: Exec = async (command) =>
      command.argv[1] === '-addstore' ? exited(1223) : windows.exec(command)
    const stores = makeStores('win32', exec)
    expect(await stores.install(await onlyTarget(stores), root.pem)).toMatchObject({
      error: { code: 'trust.windows-refused' },
    })
  })
})

describe('other systems', () => {
  it('have no trust stores we know', async () => {
    const stores = createTrustStores(testEnv, {
      platform: 'freebsd',
      exec: () => Promise.reject(new Error('nothing to run')),
      home: '/home/ann',
      variables: {},
      recordsPath: join(folder.path, 'trust.json'),
    })
    expect(await stores.targets()).toEqual([])
    expect(await stores.removeAll()).toEqual({ ok: true, value: [] })
  })
})
