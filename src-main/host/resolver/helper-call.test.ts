import { chmod, chown, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ResolverBackend } from '../../../src-preload/contract/system-model.ts'
import { elevatedCommand } from '../elevated/elevated-command.ts'
import { makeTestFolder } from '../testing/test-home.ts'
import {
  chooseElevation,
  findInstalledHelper,
  helperScript,
  installedHelper,
} from './helper-call.ts'
import { helperWords, type HelperRequest } from './helper-words.ts'

const powershell = 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe'
const request: HelperRequest = {
  verb: 'install',
  wish: { port: 5364, suffixes: ['key', 'nostr'] },
  backend: 'own-link',
}
const readHelper = (name: string): Promise<string> =>
  readFile(new URL(`../../../assets/helper/${name}`, import.meta.url), 'utf8')

describe('helperWords', () => {
  it('is a verb and words of closed sets, suffixes in one order', () => {
    expect(helperWords(request)).toEqual([
      'install',
      '--port',
      '5364',
      '--suffix',
      'nostr',
      'key',
      '--backend',
      'own-link',
    ])
    expect(helperWords({ verb: 'uninstall' })).toEqual(['uninstall'])
  })

  it.each([0, 1, 52, 54, 80, 1023, 65_536, 5364.5, -5364, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses port %d',
    (port) => {
      expect(() =>
        helperWords({ ...request, wish: { port, suffixes: ['nostr'] } } as HelperRequest),
      ).toThrow('not a port')
    },
  )

  it.each([[[]], [['com']], [['nostr', 'com']], [['nostr', 'nostr']], [['NOSTR']], [['$(id)']]])(
    'refuses suffixes %j',
    (suffixes) => {
      expect(() =>
        helperWords({ ...request, wish: { port: 5364, suffixes } } as HelperRequest),
      ).toThrow('not suffixes')
    },
  )

  it('refuses a backend that is none', () => {
    const backend = 'own-link; id' as ResolverBackend
    expect(() => helperWords({ ...request, backend } as HelperRequest)).toThrow('not a backend')
  })
})

describe('chooseElevation', () => {
  const facts = { platform: 'linux', isAdministrator: false, powershell } as const

  it.each([
    [facts, { by: 'pkexec' }],
    [
      { ...facts, installed: installedHelper },
      { by: 'pkexec', installed: installedHelper },
    ],
    [{ ...facts, isAdministrator: true, installed: installedHelper }, { by: 'nobody' }],
    [{ ...facts, platform: 'darwin' as const }, { by: 'osascript' }],
    [{ ...facts, platform: 'darwin' as const, isAdministrator: true }, { by: 'nobody' }],
    [
      { ...facts, platform: 'win32' as const },
      { by: 'uac', powershell },
    ],
    [
      { ...facts, platform: 'win32' as const, isAdministrator: true },
      { by: 'powershell', powershell },
    ],
  ])('%j', (given, expected) => {
    expect(chooseElevation(given)).toEqual(expected)
  })
})

describe('the scripts as they are shipped', () => {
  it('go over standard input on Linux, whole', async () => {
    const { input, argv } = elevatedCommand(helperScript('linux', request), { by: 'pkexec' })
    expect(input).toBe(await readHelper('dns-helper.sh'))
    expect(argv.slice(0, 5)).toEqual(['--disable-internal-agent', '/bin/sh', '-s', '--', 'install'])
  })

  it('are one line for the shell of macOS, whole, behind a prompt that says what for', async () => {
    const mac = { ...request, backend: 'resolver-files' } as const
    const { argv } = elevatedCommand(helperScript('darwin', mac), { by: 'osascript' })
    const [command = '', prompt] = argv.slice(-2)
    const [, base64 = '', words] =
      /^printf %s ([A-Za-z0-9+/=]+) \| \/usr\/bin\/base64 -D \| \/usr\/bin\/env -i \/bin\/sh -s -- ([a-z0-9 -]+)$/u.exec(
        command,
      ) ?? []
    expect(Buffer.from(base64, 'base64').toString()).toBe(await readHelper('dns-helper.sh'))
    expect(words).toBe('install --port 5364 --suffix nostr key --backend resolver-files')
    expect(prompt).toContain('.nostr')
  })

  it('fit into a command line of Windows, whole', async () => {
    const windows = {
      verb: 'install',
      wish: { port: 53, suffixes: ['nostr', 'pkarr', 'key'] },
      backend: 'nrpt',
    } as const
    const { argv } = elevatedCommand(helperScript('win32', windows), { by: 'uac', powershell })
    const encoded = /-EncodedCommand ([A-Za-z0-9+/=]+)'/u.exec(argv.at(-1) ?? '')?.[1] ?? ''
    expect(Buffer.from(encoded, 'base64').toString('utf16le')).toBe(
      `& {\n${await readHelper('dns-helper.ps1')}\n} 'install' '--port' '53' '--suffix' 'nostr' 'pkarr' 'key' '--backend' 'nrpt'`,
    )
  })
})

/** Only root can make what the app may trust. */
describe.skipIf(process.getuid?.() !== 0)('the installed helper (skipped unless root)', () => {
  let folder: Awaited<ReturnType<typeof makeTestFolder>>
  let file: string

  beforeEach(async () => {
    folder = await makeTestFolder()
    file = join(folder.path, installedHelper)
    await mkdir(dirname(file), { recursive: true, mode: 0o755 })
    await writeFile(file, await readHelper('dns-helper.sh'), { mode: 0o755 })
  })
  afterEach(() => folder.remove())

  it('is used when only root can change it', async () => {
    expect(await findInstalledHelper(folder.path)).toBe(installedHelper)
  })

  it.each<[string, () => Promise<unknown>]>([
    ['missing', () => rm(file)],
    ['of another version', () => writeFile(file, '#!/bin/sh\nexit 0\n')],
    ['somebody else’s', () => chown(file, 65_534, 65_534)],
    ['writable for all', () => chmod(file, 0o777)],
    ['writable for a group', () => chmod(file, 0o775)],
    ['not executable', () => chmod(file, 0o644)],
    ['in somebody else’s folder', () => chown(dirname(file), 65_534, 65_534)],
    ['below a folder that all can write', () => chmod(join(folder.path, 'usr'), 0o777)],
    [
      'a link',
      async () => {
        await writeFile(join(folder.path, 'other'), await readHelper('dns-helper.sh'))
        await rm(file)
        await symlink('../../../other', file)
      },
    ],
  ])('is not used when it is %s', async (_what, change) => {
    await change()
    expect(await findInstalledHelper(folder.path)).toBeUndefined()
  })
})
