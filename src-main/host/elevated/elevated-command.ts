import type { Command } from '../exec.ts'

/**
 * A script that needs the administrator. Nothing of it lies in a place where it could be exchanged
 * between the prompt and the run: its text travels on standard input or in the arguments, or it is
 * the copy that a package put where only root writes (specs/resolver-config.md s.5).
 */
export interface ElevatedScript {
  readonly text: string
  /** Verb, options and values: words of the script's closed sets, never text from anywhere else. */
  readonly words: readonly string[]
  /** Where systems let us say it: why the administrator is asked. A constant. */
  readonly prompt: string
}

export type Elevation =
  /** This process is the administrator already. */
  | { readonly by: 'nobody' }
  /** Linux. `installed` is the root-owned copy, for which polkit has a policy with our own words. */
  | { readonly by: 'pkexec'; readonly installed?: string }
  /** macOS. */
  | { readonly by: 'osascript' }
  /** Windows: user account control. */
  | { readonly by: 'uac'; readonly powershell: string }
  /** Windows, as administrator. */
  | { readonly by: 'powershell'; readonly powershell: string }

/** A person has to read a dialog and type a password. Milliseconds. */
export const promptTimeoutMs = 120_000

/** Windows: longest command line (CreateProcessW), in UTF-16 units, with room for the program. */
const longestCommandLine = 32_000

/**
 * How `script` is run as administrator. Pure. Throws RangeError for a word that is none: that is a
 * bug of the caller, never a matter of input.
 */
export function elevatedCommand(script: ElevatedScript, elevation: Elevation): Command {
  for (const word of script.words) {
    if (!isWord(word)) throw new RangeError(`not a word: ${JSON.stringify(word)}`)
  }
  return { ...commandFor(script, elevation), timeoutMs: promptTimeoutMs }
}

/** What the scripts take: lower-case words, numbers and options. Nothing a shell finds special. */
export function isWord(word: string): boolean {
  return /^(?:--)?[a-z0-9]+(?:-[a-z0-9]+)*$/u.test(word) && word.length <= 64
}

function commandFor({ text, words, prompt }: ElevatedScript, elevation: Elevation): Command {
  switch (elevation.by) {
    case 'nobody':
      return { program: '/bin/sh', argv: ['-s', '--', ...words], input: text }
    case 'pkexec': {
      const { installed } = elevation
      // Without the flag pkexec asks on /dev/tty, which a desktop program does not have.
      const pkexec = { program: 'pkexec', argv: ['--disable-internal-agent'] }
      return installed === undefined
        ? { ...pkexec, argv: [...pkexec.argv, '/bin/sh', '-s', '--', ...words], input: text }
        : { ...pkexec, argv: [...pkexec.argv, installed, ...words] }
    }
    case 'osascript':
      return {
        program: '/usr/bin/osascript',
        argv: [...appleScript, '--', piped(text, words), prompt],
      }
    case 'uac':
      return limited({
        program: elevation.powershell,
        argv: [...quiet, '-Command', runAs(encoded(text, words))],
      })
    case 'powershell':
      return limited({
        program: elevation.powershell,
        argv: [...quiet, '-EncodedCommand', encoded(text, words)],
      })
  }
}

/** Command and prompt are arguments, so that AppleScript never parses them. */
const appleScript = [
  'on run argv',
  'do shell script (item 1 of argv) with prompt (item 2 of argv) with administrator privileges',
  'end run',
].flatMap((line) => ['-e', line])

/**
 * `do shell script` takes one line for the shell: base64 and words need no quoting there. It passes the
 * environment of the user on, which must not steer a script run as root.
 */
function piped(text: string, words: readonly string[]): string {
  const base64 = Buffer.from(text, 'utf8').toString('base64')
  return `printf %s ${base64} | /usr/bin/base64 -D | /usr/bin/env -i /bin/sh -s -- ${words.join(' ')}`
}

const quiet = ['-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass']

/** PowerShell's -EncodedCommand: UTF-16LE in base64. Words in single quotes stay strings. */
function encoded(text: string, words: readonly string[]): string {
  const call = `& {\n${text}\n} ${words.map((word) => `'${word}'`).join(' ')}`
  return Buffer.from(call, 'utf16le').toString('base64')
}

/**
 * Starts PowerShell through UAC and passes its exit code on. Not Start-Process, which loses the
 * number of the error: 1223 (ERROR_CANCELLED) is a person who said no.
 */
function runAs(encodedCommand: string): string {
  return [
    '$i = New-Object Diagnostics.ProcessStartInfo',
    "$i.FileName = $PSHOME + '\\powershell.exe'",
    `$i.Arguments = '${quiet.join(' ')} -EncodedCommand ${encodedCommand}'`,
    "$i.Verb = 'runas'",
    '$i.UseShellExecute = $true',
    "$i.WindowStyle = 'Hidden'",
    'try { $p = [Diagnostics.Process]::Start($i); $p.WaitForExit(); exit $p.ExitCode }' +
      ' catch { exit $_.Exception.GetBaseException().NativeErrorCode }',
  ].join('; ')
}

function limited(command: Command): Command {
  const length = [command.program, ...command.argv].join(' ').length
  if (length > longestCommandLine) throw new RangeError(`command line of ${length} characters`)
  return command
}
