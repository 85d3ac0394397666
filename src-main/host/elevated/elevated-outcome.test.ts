import { describe, expect, it } from 'vitest'
import type { ExecResult } from '../exec.ts'
import type { Elevation } from './elevated-command.ts'
import { readOutcome } from './elevated-outcome.ts'

const good = JSON.stringify({
  v: 1,
  ok: true,
  verb: 'install',
  code: 'OK',
  backend: 'own-link',
  changed: true,
  message: 'Done.',
  commands: ['systemctl daemon-reload'],
})
const bad = good.replace('true', 'false').replace('"OK"', '"PLAIN"')

function exited(code: number, stdout = '', stderr = ''): ExecResult {
  return { kind: 'exited', code, stdout, stderr }
}
const missing: ExecResult = { kind: 'missing', program: 'C:\\x\\powershell.exe' }
const killed = (why: 'timeout' | 'output' | 'signal'): ExecResult => ({
  kind: 'killed',
  why,
  stdout: '',
  stderr: '',
})
const apple = (text: string): ExecResult => exited(1, '', `0:88: execution error: ${text}\n`)
const polkit = (text: string): ExecResult =>
  exited(127, '', `Error executing command as another user: ${text}\n`)

/** Mechanism, what ended how, and what is made of it: kind, or kind and code. */
const table: readonly (readonly [Elevation['by'], string, ExecResult, string, string?])[] = [
  ['pkexec', 'success', exited(0, `${good}\n`), 'done'],
  ['nobody', 'a service that hangs', killed('timeout'), 'failed', 'elevation.timeout'],
  ['powershell', 'a service that hangs', killed('timeout'), 'failed', 'elevation.timeout'],
  ['nobody', 'success', exited(0, `${good}\n`), 'done'],
  ['osascript', 'success, lines ended by CR', exited(0, `${good}\r`), 'done'],
  ['uac', 'success', exited(0), 'done'],
  ['powershell', 'success', exited(0), 'done'],

  ['pkexec', 'missing', missing, 'no-prompt', 'elevation.unavailable'],
  ['pkexec', 'a closed dialog', exited(126), 'cancelled', 'elevation.cancelled'],
  [
    'pkexec',
    'no agent',
    polkit('No authentication agent found.'),
    'no-prompt',
    'elevation.no-agent',
  ],
  [
    'pkexec',
    'no terminal',
    exited(127, '', 'Error creating textual authentication agent: opening /dev/tty failed\n'),
    'no-prompt',
    'elevation.no-agent',
  ],
  [
    'pkexec',
    'no polkit',
    exited(127, '', 'Error getting authority: Could not connect\n'),
    'no-prompt',
    'elevation.no-agent',
  ],
  ['pkexec', 'a policy', polkit('Not authorized'), 'failed', 'elevation.denied'],
  [
    'pkexec',
    'a parent that is gone',
    exited(127, '', 'Refusing to render service to dead parents.\n'),
    'failed',
    'elevation.failed',
  ],
  ['pkexec', 'no program', exited(127, '', 'Cannot run program\n'), 'failed', 'elevation.failed'],
  ['pkexec', 'nobody there', killed('timeout'), 'no-prompt', 'elevation.timeout'],
  ['pkexec', 'a flood', killed('output'), 'failed', 'elevation.failed'],
  ['pkexec', 'a signal', killed('signal'), 'failed', 'elevation.failed'],
  ['pkexec', 'garbage', exited(0, 'hello'), 'failed', 'elevation.bad-report'],
  ['pkexec', 'silence', exited(0), 'failed', 'elevation.bad-report'],
  ['pkexec', 'two lines', exited(0, `${good}\n${good}\n`), 'failed', 'elevation.bad-report'],
  ['pkexec', 'success that failed', exited(74, good), 'failed', 'elevation.bad-report'],
  ['pkexec', 'failure that worked', exited(0, bad), 'failed', 'elevation.bad-report'],
  [
    'pkexec',
    'another version',
    exited(0, good.replace('1', '2')),
    'failed',
    'elevation.bad-report',
  ],
  ['pkexec', 'a code of the shell', exited(2, bad), 'failed', 'elevation.failed'],

  ['osascript', 'cancel', apple('User canceled. (-128)'), 'cancelled', 'elevation.cancelled'],
  ['osascript', 'cancel by rights', apple('x (-60006)'), 'cancelled', 'elevation.cancelled'],
  [
    'osascript',
    'a wrong password',
    apple('The administrator user name or password was incorrect. (-60007)'),
    'failed',
    'elevation.denied',
  ],
  [
    'osascript',
    'no user interaction',
    apple('No user interaction allowed. (-1713)'),
    'no-prompt',
    'elevation.no-agent',
  ],
  ['osascript', 'an unknown error', apple('Oops. (-10810)'), 'failed', 'elevation.failed'],
  ['osascript', 'no number', exited(1, '', 'syntax error'), 'failed', 'elevation.failed'],
  ['osascript', 'success without report', exited(0), 'failed', 'elevation.bad-report'],
  ['osascript', 'nobody there', killed('timeout'), 'no-prompt', 'elevation.timeout'],

  ['uac', 'missing', missing, 'no-prompt', 'elevation.unavailable'],
  ['uac', 'cancel', exited(1223), 'cancelled', 'elevation.cancelled'],
  ['uac', 'denied', exited(5), 'failed', 'elevation.denied'],
  ['uac', 'a policy', exited(1260), 'failed', 'elevation.denied'],
  ['uac', 'no way to ask', exited(740), 'no-prompt', 'elevation.no-agent'],
  ['uac', 'PowerShell failed', exited(1), 'failed', 'elevation.failed'],
  ['uac', 'nobody there', killed('timeout'), 'no-prompt', 'elevation.timeout'],
]

describe('readOutcome', () => {
  it.each(table.map((row) => ({ name: `${row[0]}: ${row[1]}`, row })))('$name', ({ row }) => {
    const [by, , result, kind, code] = row
    const outcome = readOutcome(by, result)
    expect(outcome.kind).toBe(kind)
    const problem = 'problem' in outcome ? outcome.problem : undefined
    expect(problem?.code).toBe(code)
    // Words of programs are never shown: only our own sentences.
    expect(problem?.message ?? 'The.').toMatch(/^(?:The|This|Nobody).*\.$/u)
  })

  it.each([64, 65, 69, 73, 74, 75, 77])('passes the script’s own code %d on', (exit) => {
    for (const by of ['pkexec', 'nobody'] as const) {
      expect(readOutcome(by, exited(exit, `${bad}\n`))).toMatchObject({
        kind: 'refused',
        exit,
        report: { code: 'PLAIN' },
      })
    }
    const stopped = apple(`The command exited with a non-zero status. (${exit})`)
    expect(readOutcome('osascript', stopped)).toEqual({ kind: 'refused', exit })
    expect(readOutcome('uac', exited(exit))).toEqual({ kind: 'refused', exit })
    expect(readOutcome('powershell', exited(exit))).toEqual({ kind: 'refused', exit })
  })
})
