import { fail, ok, type Result } from '../../env/errors.ts'
import { elevatedCommand } from '../elevated/elevated-command.ts'
import { readOutcome } from '../elevated/elevated-outcome.ts'
import type { Command, ExecResult } from '../exec.ts'
import trustAnchorScript from './trust-anchor.sh?raw'

/** What the administrator's script may be asked. Words only: no path, no text from anywhere. */
export interface AnchorRequest {
  readonly verb: 'trust-add' | 'trust-remove'
  readonly sha256: string
  /** For `trust-add`: at most 8 KiB, handed over on standard input. */
  readonly pem?: string
}

/**
 * Runs the script as administrator. The certificate follows on standard input once the script says
 * `ready`, because shells read ahead.
 */
export function elevate({ verb, sha256, pem }: AnchorRequest, isRoot: boolean): Command {
  if (!/^[0-9a-f]{64}$/u.test(sha256)) throw new RangeError('not a SHA-256')
  const script = {
    text: trustAnchorScript,
    words: [verb, '--sha256', sha256],
    prompt: 'Nostr DNS changes which certificates this computer trusts.',
  }
  const command = elevatedCommand(script, { by: isRoot ? 'nobody' : 'pkexec' })
  return pem === undefined ? command : { ...command, reply: { line: 'ready', text: pem } }
}

/** What became of an elevated run. */
export function readElevated(result: ExecResult): Result<void> {
  const outcome = readOutcome('pkexec', result)
  if (outcome.kind === 'done') return ok(undefined)
  if (outcome.kind !== 'refused') return { ok: false, error: outcome.problem }
  const [code, message] = refusals[outcome.exit] ?? ['elevation.failed', 'It did not work.']
  return fail(code, message)
}

const refusals: Readonly<Record<number, readonly [string, string]>> = {
  64: ['elevation.failed', 'The administrator’s step did not understand the request.'],
  65: ['trust.not-ours', 'The certificate is not one that can sign for .nostr names only.'],
  69: ['trust.unsupported-system', 'The certificate store of this system is not known.'],
  73: ['trust.unsafe-store', 'The system’s certificate folder is not safe to write to.'],
  74: ['trust.update-failed', 'The system could not update its certificate store.'],
  75: ['trust.conflict', 'Another file is in the way in the system’s certificate folder.'],
  77: ['elevation.denied', 'The step ran without the administrator’s rights.'],
}
