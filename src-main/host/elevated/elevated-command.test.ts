import { describe, expect, it } from 'vitest'
import { elevatedCommand, isWord, type Elevation } from './elevated-command.ts'

const script = {
  text: 'main() {\n  echo "it\'s \\$1"\n}\nmain "$@"\n',
  words: ['install', '--port', '5364', '--suffix', 'nostr', 'pkarr', '--backend', 'own-link'],
  prompt: 'Nostr DNS wants to lead .nostr names to itself.',
}
const powershell = 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe'
const quiet = ['-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass']
const inner = Buffer.from(
  `& {\n${script.text}\n} 'install' '--port' '5364' '--suffix' 'nostr' 'pkarr' '--backend' 'own-link'`,
  'utf16le',
).toString('base64')

describe('elevatedCommand', () => {
  it('runs directly as administrator', () => {
    expect(elevatedCommand(script, { by: 'nobody' })).toEqual({
      program: '/bin/sh',
      argv: ['-s', '--', ...script.words],
      input: script.text,
      timeoutMs: 120_000,
    })
  })

  it('pkexec, portable: the shell reads the script from standard input', () => {
    expect(elevatedCommand(script, { by: 'pkexec' })).toEqual({
      program: 'pkexec',
      argv: ['--disable-internal-agent', '/bin/sh', '-s', '--', ...script.words],
      input: script.text,
      timeoutMs: 120_000,
    })
  })

  it('pkexec, packaged: the copy that only root can change', () => {
    const installed = '/usr/libexec/nostr-dns/dns-helper'
    expect(elevatedCommand(script, { by: 'pkexec', installed })).toEqual({
      program: 'pkexec',
      argv: ['--disable-internal-agent', installed, ...script.words],
      timeoutMs: 120_000,
    })
  })

  it('osascript: command and prompt are arguments of a fixed script', () => {
    const base64 = 'bWFpbigpIHsKICBlY2hvICJpdCdzIFwkMSIKfQptYWluICIkQCIK' // of script.text
    expect(elevatedCommand(script, { by: 'osascript' })).toEqual({
      program: '/usr/bin/osascript',
      argv: [
        '-e',
        'on run argv',
        '-e',
        'do shell script (item 1 of argv) with prompt (item 2 of argv) with administrator privileges',
        '-e',
        'end run',
        '--',
        `printf %s ${base64} | /usr/bin/base64 -D | /usr/bin/env -i /bin/sh -s -- ${script.words.join(' ')}`,
        script.prompt,
      ],
      timeoutMs: 120_000,
    })
  })

  it('UAC: an elevated PowerShell gets the script in its arguments', () => {
    const command = elevatedCommand(script, { by: 'uac', powershell })
    expect(command).toEqual({
      program: powershell,
      argv: [
        ...quiet,
        '-Command',
        `$i = New-Object Diagnostics.ProcessStartInfo; $i.FileName = $PSHOME + '\\powershell.exe'; $i.Arguments = '${quiet.join(' ')} -EncodedCommand ${inner}'; $i.Verb = 'runas'; $i.UseShellExecute = $true; $i.WindowStyle = 'Hidden'; try { $p = [Diagnostics.Process]::Start($i); $p.WaitForExit(); exit $p.ExitCode } catch { exit $_.Exception.GetBaseException().NativeErrorCode }`,
      ],
      timeoutMs: 120_000,
    })
  })

  it('PowerShell as administrator', () => {
    expect(elevatedCommand(script, { by: 'powershell', powershell })).toEqual({
      program: powershell,
      argv: [...quiet, '-EncodedCommand', inner],
      timeoutMs: 120_000,
    })
  })

  it('never makes a command line that Windows would cut', () => {
    const long = { ...script, text: '#'.repeat(12_000) }
    for (const by of ['uac', 'powershell'] as const) {
      expect(() => elevatedCommand(long, { by, powershell })).toThrow(RangeError)
    }
  })
})

describe('words', () => {
  const elevations: readonly Elevation[] = [
    { by: 'nobody' },
    { by: 'pkexec' },
    { by: 'pkexec', installed: '/usr/libexec/nostr-dns/dns-helper' },
    { by: 'osascript' },
    { by: 'uac', powershell },
    { by: 'powershell', powershell },
  ]

  it.each([
    '',
    '-',
    '--',
    '-x',
    '--port=1',
    'a b',
    'a\n',
    '\n',
    'A',
    "'",
    '"',
    '`id`',
    '$(id)',
    '${x}',
    'a;b',
    'a&b',
    'a|b',
    '../x',
    '/etc',
    'C:\\x',
    '%x%',
    'a*',
    'é',
    '\u0000',
    'a--b',
    'x'.repeat(65),
  ])('refuses %j', (word) => {
    for (const elevation of elevations) {
      expect(() => elevatedCommand({ ...script, words: ['install', word] }, elevation)).toThrow(
        RangeError,
      )
    }
  })

  it('whatever is thrown at them, only letters, digits and hyphens come through', () => {
    const alphabet = ['a', 'z', '0', '9', '-', ' ', "'", '"', '\\', '$', '`', ';', '\n', '%', '(']
    let state = 1
    const draw = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return Math.floor((state / 2_147_483_648) * below)
    }
    const drawn = Array.from({ length: 5_000 }, () =>
      Array.from({ length: draw(5) }, () => alphabet[draw(alphabet.length)]).join(''),
    )
    for (const word of drawn.filter((text) => !isWord(text))) {
      const call = (): unknown => elevatedCommand({ ...script, words: [word] }, { by: 'pkexec' })
      expect(call).toThrow('not a word')
    }
    const accepted = drawn.filter(isWord)
    for (const word of accepted) {
      expect(word).toMatch(/^-{0,2}[a-z0-9-]*[a-z0-9]$/u)
      const [direct, pkexec, packaged, apple, , windows] = elevations.map((elevation) =>
        elevatedCommand({ ...script, words: [word] }, elevation),
      )
      // Besides the word nothing depends on it: neither the script nor what runs it.
      expect([direct?.input, pkexec?.input, packaged?.input]).toEqual([
        script.text,
        script.text,
        undefined,
      ])
      expect([direct, pkexec, packaged].map((command) => command?.argv.at(-1))).toEqual([
        word,
        word,
        word,
      ])
      expect(apple?.argv.at(-2)?.endsWith(` -s -- ${word}`)).toBe(true)
      expect(Buffer.from(windows?.argv.at(-1) ?? '', 'base64').toString('utf16le')).toBe(
        `& {\n${script.text}\n} '${word}'`,
      )
    }
    expect(accepted.length).toBeGreaterThan(100)
  })
})
