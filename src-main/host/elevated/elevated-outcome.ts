import type { Problem } from '../../env/errors.ts'
import type { ExecResult } from '../exec.ts'
import type { Elevation } from './elevated-command.ts'
import { parseReport, type HelperReport } from './helper-report.ts'

/** How asking the administrator ended. */
export type ElevatedOutcome =
  /** The script ran to its end and says it worked. Windows passes no report on. */
  | { readonly kind: 'done'; readonly report?: HelperReport }
  /** The script ran and refused, with one of its own exit codes (64 to 77). */
  | { readonly kind: 'refused'; readonly exit: number; readonly report?: HelperReport }
  | { readonly kind: 'cancelled' | 'no-prompt' | 'failed'; readonly problem: Problem }

const inTerminal = 'Use the command that is shown instead, in a terminal.'

/** Reads the end of an elevated run. What programs say is never shown raw: codes are mapped. */
export function readOutcome(by: Elevation['by'], result: ExecResult): ElevatedOutcome {
  if (result.kind === 'missing') {
    const program = result.program.split(/[\\/]/u).at(-1) ?? ''
    const message = `The program ${program} is missing.`
    return noPrompt('elevation.unavailable', message)
  }
  if (result.kind === 'killed') {
    return result.why === 'timeout'
      ? readTimeout(by)
      : failed('elevation.failed', 'The administrator’s step was ended from outside.')
  }
  switch (by) {
    case 'osascript':
      return result.code === 0 ? readReport(0, result.stdout) : readAppleError(result.stderr)
    case 'uac':
    case 'powershell':
      return readWindows(result.code)
    case 'pkexec':
      // pkexec(1): 126 is a dismissed dialog, 127 anything that kept it from asking or running.
      if (result.code === 126) return cancelled
      if (result.code === 127) return readNotRun(result.stderr)
      return readReport(result.code, result.stdout)
    case 'nobody':
      return readReport(result.code, result.stdout)
  }
}

function readTimeout(by: Elevation['by']): ElevatedOutcome {
  const code = 'elevation.timeout'
  // Where nobody is asked it can only be the step itself that hangs.
  return by === 'nobody' || by === 'powershell'
    ? failed(code, 'The administrator’s step took too long.', 'Look again, then try once more.')
    : noPrompt(code, 'Nobody answered the prompt for the administrator.', 'Try again.')
}

function readReport(exit: number, stdout: string): ElevatedOutcome {
  const report = parseReport(stdout)
  if (report === undefined || report.ok !== (exit === 0)) return unclear
  if (report.ok) return { kind: 'done', report }
  return isScriptExit(exit)
    ? { kind: 'refused', exit, report }
    : failed('elevation.failed', 'The administrator’s step did not work.')
}

function readNotRun(stderr: string): ElevatedOutcome {
  if (
    /No authentication agent|textual authentication agent|Error getting authority/u.test(stderr)
  ) {
    return noPrompt('elevation.no-agent', 'This desktop cannot ask for the administrator.')
  }
  if (stderr.includes('Not authorized')) return denied
  return failed('elevation.failed', 'The administrator’s step could not be started.', inTerminal)
}

/** `execution error: …(CODE)`, CODE being the script's or, negative, one of macOS. */
function readAppleError(stderr: string): ElevatedOutcome {
  const code = Number(/\((-?\d{1,6})\)\s*$/u.exec(stderr)?.[1] ?? Number.NaN)
  if (isScriptExit(code)) return { kind: 'refused', exit: code }
  switch (code) {
    // userCanceledErr, errAuthorizationCanceled
    case -128:
    case -60006:
      return cancelled
    // errAuthorizationDenied; -60007 is what a wrong password ends in.
    case -60005:
    case -60007:
      return denied
    // errAENoUserInteraction
    case -1713:
      return noPrompt('elevation.no-agent', 'Nobody can be asked for the administrator here.')
    default:
      return failed('elevation.failed', 'The administrator’s step could not be run.', inTerminal)
  }
}

/** Exit codes of ours, or numbers of Windows (winerror.h). */
function readWindows(code: number): ElevatedOutcome {
  if (code === 0) return { kind: 'done' }
  if (isScriptExit(code)) return { kind: 'refused', exit: code }
  switch (code) {
    case 1223: // ERROR_CANCELLED
      return cancelled
    case 5: // ERROR_ACCESS_DENIED
    case 1260: // ERROR_ACCESS_DISABLED_BY_POLICY
      return denied
    case 740: // ERROR_ELEVATION_REQUIRED
      return noPrompt('elevation.no-agent', 'Nobody can be asked for the administrator here.')
    default:
      return failed('elevation.failed', 'The administrator’s step could not be run.', inTerminal)
  }
}

function isScriptExit(code: number): boolean {
  return code >= 64 && code <= 77
}

const cancelled: ElevatedOutcome = {
  kind: 'cancelled',
  problem: { code: 'elevation.cancelled', message: 'The prompt was closed.' },
}

const denied = failed('elevation.denied', 'The rules of this computer do not allow it.')

const unclear = failed(
  'elevation.bad-report',
  'The administrator’s step ended without a clear answer.',
)

function failed(code: string, message: string, hint?: string): ElevatedOutcome {
  return { kind: 'failed', problem: { code, message, ...(hint !== undefined && { hint }) } }
}

function noPrompt(code: string, message: string, hint = inTerminal): ElevatedOutcome {
  return { kind: 'no-prompt', problem: { code, message, hint } }
}
