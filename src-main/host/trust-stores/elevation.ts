import { z } from 'zod'
import { fail, ok, type Result } from '../../env/errors.ts'
import type { Command, ExecResult } from '../exec.ts'
import trustAnchorScript from './trust-anchor.sh?raw'

/** What the administrator's script may be asked. Words only: no path, no text from anywhere. */
export interface AnchorRequest {
  readonly verb: 'trust-add' | 'trust-remove'
  readonly sha256: string
  /** For `trust-add`: at most 8 KiB, handed over on standard input. */
  readonly pem?: string
}

/** A person has to read a dialog and type a password. Milliseconds. */
const promptTimeoutMs = 120_000

/**
 * Runs the script as administrator without anything on disk that could be exchanged between the
 * prompt and the run: the shell reads it from standard input (specs/resolver-config.md s.5). The
 * certificate follows on the same input once the script says `ready`, because shells read ahead.
 */
export function elevate(request: AnchorRequest, isRoot: boolean): Command {
  const words = [request.verb, '--sha256', request.sha256]
  if (!/^[0-9a-f]{64}$/u.test(request.sha256)) throw new RangeError('not a SHA-256')
  const shell = ['/bin/sh', '-s', '--', ...words]
  const [program, ...argv] = isRoot ? shell : ['pkexec', '--disable-internal-agent', ...shell]
  const command = {
    program: program ?? 'pkexec',
    argv,
    input: trustAnchorScript,
    timeoutMs: promptTimeoutMs,
  }
  if (request.pem === undefined) return command
  return { ...command, reply: { line: 'ready', text: request.pem } }
}

const reportSchema = z.object({
  v: z.literal(1),
  ok: z.boolean(),
  verb: z.string(),
  code: z.string(),
  backend: z.string(),
  changed: z.boolean(),
  message: z.string(),
  commands: z.array(z.string()),
})

/** What the script reported about its work. */
export type AnchorReport = z.output<typeof reportSchema>

const bySystem = 'Use the command that is shown instead, in a terminal.'

/** What became of an elevated run. The script's own words are never shown raw: codes are mapped. */
export function readElevated(result: ExecResult): Result<AnchorReport> {
  if (result.kind === 'missing') {
    return fail('elevation.unavailable', 'The program pkexec is missing.', bySystem)
  }
  if (result.kind === 'killed') {
    return fail(
      'elevation.timeout',
      'Nobody answered the prompt for the administrator.',
      'Try again.',
    )
  }
  // pkexec(1): 126 is a dismissed dialog, 127 anything that kept it from asking or running.
  if (result.code === 126) return fail('elevation.cancelled', 'The prompt was closed.')
  if (result.code === 127) return notRun(result.stderr)
  const report = parseReport(result.stdout)
  if (report === undefined || report.ok !== (result.code === 0)) {
    return fail('elevation.bad-report', 'The administrator’s step ended without a clear answer.')
  }
  if (report.ok) return ok(report)
  const [code, message] = outcomes[result.code] ?? ['elevation.failed', 'It did not work.']
  return fail(code, message)
}

const outcomes: Readonly<Record<number, readonly [string, string]>> = {
  64: ['elevation.failed', 'The administrator’s step did not understand the request.'],
  65: ['trust.not-ours', 'The certificate is not one that can sign for .nostr names only.'],
  69: ['trust.unsupported-system', 'The certificate store of this system is not known.'],
  73: ['trust.unsafe-store', 'The system’s certificate folder is not safe to write to.'],
  74: ['trust.update-failed', 'The system could not update its certificate store.'],
  75: ['trust.conflict', 'Another file is in the way in the system’s certificate folder.'],
  77: ['elevation.denied', 'The step ran without the administrator’s rights.'],
}

function notRun(stderr: string): Result<never> {
  if (/No authentication agent|Error getting authority/u.test(stderr)) {
    return fail('elevation.no-agent', 'This desktop cannot ask for the administrator.', bySystem)
  }
  if (stderr.includes('Not authorized')) {
    return fail('elevation.denied', 'The rules of this computer do not allow it.')
  }
  return fail('elevation.failed', 'The administrator’s step could not be started.', bySystem)
}

function parseReport(stdout: string): AnchorReport | undefined {
  const lines = stdout.split('\n').filter((line) => line !== '')
  if (lines.length !== 1) return undefined
  try {
    const parsed = reportSchema.safeParse(JSON.parse(lines[0] ?? ''))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}
