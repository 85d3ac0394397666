import { ok, type Result } from '../../env/errors.ts'
import type { Command } from '../exec.ts'
import type { Memory, ProxyBackend, Reading, Run } from './proxy-backend.ts'

const key = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings'
const valueName = 'AutoConfigURL'

/**
 * INTERNET_OPTION_SETTINGS_CHANGED (39) and INTERNET_OPTION_REFRESH (37): without them running
 * programs keep the old setting.
 */
const refresh = [
  '$m = Add-Type -PassThru -Namespace NostrDns -Name WinInet -MemberDefinition',
  '\'[DllImport("wininet.dll", SetLastError=true)] public static extern bool InternetSetOption(IntPtr h, int o, IntPtr b, int l);\';',
  '[void]$m::InternetSetOption([IntPtr]::Zero, 39, [IntPtr]::Zero, 0);',
  '[void]$m::InternetSetOption([IntPtr]::Zero, 37, [IntPtr]::Zero, 0)',
].join(' ')

/** The commands, for people to read and for tests to hold still. Never run on Windows so far. */
export function windowsProxyCommands(systemRoot: string): {
  readonly read: () => Command
  readonly set: (url: string) => Command
  readonly clear: () => Command
  readonly refresh: () => Command
} {
  const variables = { SystemRoot: systemRoot }
  const reg = (...argv: readonly string[]): Command => ({
    program: `${systemRoot}\\System32\\reg.exe`,
    argv,
    variables,
  })
  return {
    read: () => reg('query', key),
    set: (url) => reg('add', key, '/v', valueName, '/t', 'REG_SZ', '/d', url, '/f'),
    clear: () => reg('delete', key, '/v', valueName, '/f'),
    refresh: () => ({
      program: `${systemRoot}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`,
      argv: ['-NoProfile', '-NonInteractive', '-Command', refresh],
      variables,
      timeoutMs: 30_000,
    }),
  }
}

/** The user's Internet options of Windows. */
export function createWindowsProxy(run: Run, systemRoot: string): ProxyBackend {
  const commands = windowsProxyCommands(systemRoot)
  const change = async (command: Command): Promise<Result<void>> => {
    const changed = await run(command)
    if (!changed.ok) return changed
    // New programs read the registry anyway; a failed refresh only delays the running ones.
    await run(commands.refresh())
    return ok(undefined)
  }
  return {
    async read() {
      const text = await run(commands.read())
      return text.ok ? ok(judge(text.value)) : text
    },
    set: (pacUrl) => change(commands.set(pacUrl)),
    restore: (memory) => {
      const before = memory[valueName] ?? ''
      return change(before === '' ? commands.clear() : commands.set(before))
    },
    watchdog: () => undefined,
  }
}

/** Lines such as `    ProxyEnable    REG_DWORD    0x0`; the names are never translated. */
function judge(text: string): Reading {
  const value = (name: string): string =>
    new RegExp(`^\\s+${name}\\s+REG_\\w+\\s+(.*?)\\s*$`, 'mu').exec(text)?.[1] ?? ''
  if (/^0x0*[1-9a-f]/iu.test(value('ProxyEnable'))) {
    return { kind: 'other', current: `the proxy ${value('ProxyServer')}`.trim() }
  }
  const url = value(valueName)
  const memory: Memory = { [valueName]: '' }
  return url === '' ? { kind: 'none', memory } : { kind: 'pac', url }
}
