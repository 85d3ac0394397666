import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Command, Exec, ExecResult } from '../exec.ts'
import { makeTestFolder, recording, testEnv } from '../testing/test-home.ts'
import type { ProxySetting } from '../trust-target.ts'
import { chooseDesktop } from './choose-desktop.ts'
import { macosProxyCommands } from './macos.ts'
import { createProxySetting } from './proxy-setting.ts'
import { windowsProxyCommands } from './windows.ts'

/**
 * macOS and Windows: no such system was at hand. The commands are held still word by word, and a
 * model of each system shows how they are used.
 */
const pacUrl = 'http://127.0.0.1:40123/proxy.pac'

let folder: Awaited<ReturnType<typeof makeTestFolder>>

beforeEach(async () => {
  folder = await makeTestFolder()
})
afterEach(() => folder.remove())

function makeSetting(platform: 'darwin' | 'win32', exec: Exec): ProxySetting {
  return createProxySetting(testEnv, {
    platform,
    exec,
    home: '/Users/ann',
    variables: { SystemRoot: 'D:\\Windows' },
    statePath: join(folder.path, 'proxy.json'),
  })
}

const printed = (stdout: string): ExecResult => ({ kind: 'exited', code: 0, stdout, stderr: '' })

describe('chooseDesktop', () => {
  it.each([
    ['linux', 'GNOME', 'gnome'],
    ['linux', 'ubuntu:GNOME', 'gnome'],
    ['linux', 'X-Cinnamon', 'gnome'],
    ['linux', 'Budgie:GNOME', 'gnome'],
    ['linux', 'MATE', 'gnome'],
    ['linux', 'pop:GNOME', 'gnome'],
    ['linux', 'KDE', 'kde'],
    ['linux', 'XFCE', 'unsupported'],
    ['linux', 'sway', 'unsupported'],
    ['linux', '', 'unsupported'],
    ['linux', undefined, 'unsupported'],
    ['darwin', undefined, 'macos'],
    ['win32', undefined, 'windows'],
    ['freebsd', 'GNOME', 'unsupported'],
  ] as const)('%s with %s: %s', (platform, name, kind) => {
    expect(chooseDesktop(platform, { XDG_CURRENT_DESKTOP: name }).kind).toBe(kind)
  })
})

describe('commands', () => {
  const windows = windowsProxyCommands('D:\\Windows')
  const reg = 'D:\\Windows\\System32\\reg.exe'
  const key = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings'
  const networksetup = '/usr/sbin/networksetup'

  it.each<[string, Command, string, readonly string[]]>([
    ['macOS services', macosProxyCommands.services(), networksetup, ['-listallnetworkservices']],
    ['macOS read', macosProxyCommands.read('Wi-Fi'), networksetup, ['-getautoproxyurl', 'Wi-Fi']],
    [
      'macOS other',
      macosProxyCommands.readOther('-getwebproxy', 'Thunderbolt Bridge'),
      networksetup,
      ['-getwebproxy', 'Thunderbolt Bridge'],
    ],
    [
      'macOS set',
      macosProxyCommands.set('Wi-Fi', pacUrl),
      networksetup,
      ['-setautoproxyurl', 'Wi-Fi', pacUrl],
    ],
    [
      'macOS off',
      macosProxyCommands.enable('Wi-Fi', 'off'),
      networksetup,
      ['-setautoproxystate', 'Wi-Fi', 'off'],
    ],
    ['Windows read', windows.read(), reg, ['query', key]],
    [
      'Windows set',
      windows.set(pacUrl),
      reg,
      ['add', key, '/v', 'AutoConfigURL', '/t', 'REG_SZ', '/d', pacUrl, '/f'],
    ],
    ['Windows clear', windows.clear(), reg, ['delete', key, '/v', 'AutoConfigURL', '/f']],
    [
      'Windows refresh',
      windows.refresh(),
      'D:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
      [
        '-NoProfile',
        '-NonInteractive',
        '-Command',
        '$m = Add-Type -PassThru -Namespace NostrDns -Name WinInet -MemberDefinition \'[DllImport("wininet.dll", SetLastError=true)] public static extern bool InternetSetOption(IntPtr h, int o, IntPtr b, int l);\'; [void]$m::InternetSetOption([IntPtr]::Zero, 39, [IntPtr]::Zero, 0); [void]$m::InternetSetOption([IntPtr]::Zero, 37, [IntPtr]::Zero, 0)',
      ],
    ],
  ])('%s', (_what, command, program, argv) => {
    expect(command.program).toBe(program)
    expect(command.argv).toEqual(argv)
    expect(command.input).toBeUndefined()
  })
})

interface Service {
  url: string
  isOn: boolean
  web?: boolean
  discovery?: boolean
}

/** What networksetup does, as far as its manual says. */
function fakeMac(services: Record<string, Service>): Exec {
  return ({ program, argv }) => {
    expect(program).toBe('/usr/sbin/networksetup')
    const [what, name = '', value = ''] = argv
    const service = services[name] ?? { url: '', isOn: false }
    const answer = (): string => {
      switch (what) {
        case '-listallnetworkservices':
          return `An asterisk (*) denotes that a network service is disabled.\n${Object.keys(services).join('\n')}\n*Bluetooth PAN\n`
        case '-getautoproxyurl':
          return `URL: ${service.url === '' ? '(null)' : service.url}\nEnabled: ${service.isOn ? 'Yes' : 'No'}\n`
        case '-getwebproxy':
          return `Enabled: ${service.web === true ? 'Yes' : 'No'}\nServer: \nPort: 0\nAuthenticated Proxy Enabled: 0\n`
        case '-getsecurewebproxy':
          return 'Enabled: No\nServer: \nPort: 0\nAuthenticated Proxy Enabled: 0\n'
        case '-getproxyautodiscovery':
          return `Auto Proxy Discovery: ${service.discovery === true ? 'On' : 'Off'}\n`
        case '-setautoproxyurl':
          services[name] = { ...service, url: value, isOn: true }
          return ''
        case '-setautoproxystate':
          services[name] = { ...service, isOn: value === 'on' }
          return ''
        case undefined:
        default:
          throw new Error(argv.join(' '))
      }
    }
    return Promise.resolve(printed(answer()))
  }
}

describe('macOS', () => {
  it('sets every service, and switches every service off again', async () => {
    const services: Record<string, Service> = {
      'Wi-Fi': { url: '', isOn: false },
      'USB 10/100/1000 LAN': { url: 'http://old.example/x.pac', isOn: false },
    }
    const setting = makeSetting('darwin', fakeMac(services))
    expect(await setting.read(pacUrl)).toEqual({ state: 'none' })
    expect(await setting.set(pacUrl)).toEqual({ ok: true })
    expect(Object.values(services)).toEqual([
      { url: pacUrl, isOn: true },
      { url: pacUrl, isOn: true },
    ])
    expect(await setting.read(pacUrl)).toEqual({ state: 'ours' })
    expect(await setting.restore()).toEqual({ ok: true })
    expect(services).toEqual({
      // networksetup cannot empty the address; off is what counts.
      'Wi-Fi': { url: pacUrl, isOn: false },
      'USB 10/100/1000 LAN': { url: 'http://old.example/x.pac', isOn: false },
    })
    expect(await setting.read(pacUrl)).toEqual({ state: 'none' })
  })

  it.each<[string, Service]>([
    ['a web proxy', { url: '', isOn: false, web: true }],
    ['automatic discovery', { url: '', isOn: false, discovery: true }],
    ['a configuration', { url: 'http://corp/x.pac', isOn: true }],
  ])('leaves everything as it is when one service has %s', async (_what, service) => {
    const services = { 'Wi-Fi': { url: '', isOn: false }, Ethernet: service }
    const before = structuredClone(services)
    const setting = makeSetting('darwin', fakeMac(services))
    expect(await setting.read(pacUrl)).toMatchObject({ state: 'other' })
    expect(await setting.set(pacUrl)).toMatchObject({ error: { code: 'proxy.foreign-setting' } })
    expect(services).toEqual(before)
  })

  it('repairs at the next start', async () => {
    const services = { 'Wi-Fi': { url: '', isOn: false } }
    const exec = fakeMac(services)
    await makeSetting('darwin', exec).set(pacUrl)
    expect(await makeSetting('darwin', exec).repair(undefined)).toEqual({ ok: true })
    expect(services['Wi-Fi'].isOn).toBe(false)
  })
})

/** What reg.exe does. */
function fakeRegistry(values: Record<string, string>): Exec {
  return ({ program, argv }) => {
    if (program.endsWith('powershell.exe')) return Promise.resolve(printed(''))
    expect(program).toBe('D:\\Windows\\System32\\reg.exe')
    const name = argv[3] ?? ''
    if (argv[0] === 'add') values[name] = `REG_SZ    ${argv[7]}`
    if (argv[0] === 'delete') delete values[name]
    const lines = Object.entries(values).map(([key, value]) => `    ${key}    ${value}\r\n`)
    const root =
      'HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings'
    return Promise.resolve(printed(`\r\n${root}\r\n${lines.join('')}\r\n${root}\\Zones\r\n`))
  }
}

describe('Windows', () => {
  const usual = { ProxyEnable: 'REG_DWORD    0x0', User_Agent: 'REG_SZ    Mozilla/5.0' }

  it('sets and clears AutoConfigURL, and tells running programs', async () => {
    const values: Record<string, string> = { ...usual }
    const seen = recording(fakeRegistry(values))
    const setting = makeSetting('win32', seen.exec)
    expect(await setting.read(pacUrl)).toEqual({ state: 'none' })
    expect(await setting.set(pacUrl)).toEqual({ ok: true })
    expect(values['AutoConfigURL']).toBe(`REG_SZ    ${pacUrl}`)
    expect(await setting.read(pacUrl)).toEqual({ state: 'ours' })
    expect(await setting.restore()).toEqual({ ok: true })
    expect(values).toEqual(usual)
    expect(seen.commands.filter(({ program }) => program.endsWith('powershell.exe'))).toHaveLength(
      2,
    )
  })

  it.each([
    [
      { ProxyEnable: 'REG_DWORD    0x1', ProxyServer: 'REG_SZ    corp:8080' },
      'the proxy corp:8080',
    ],
    [{ AutoConfigURL: 'REG_SZ    http://corp/x.pac' }, 'http://corp/x.pac'],
  ])('never overwrites %j', async (theirs, current) => {
    const values: Record<string, string> = { ...usual, ...theirs }
    const before = { ...values }
    const setting = makeSetting('win32', fakeRegistry(values))
    expect(await setting.read(pacUrl)).toMatchObject({ state: 'other', current })
    expect(await setting.set(pacUrl)).toMatchObject({ error: { code: 'proxy.foreign-setting' } })
    expect(await setting.repair(undefined)).toEqual({ ok: true })
    expect(values).toEqual(before)
  })
})
