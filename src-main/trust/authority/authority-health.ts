import type { Problem } from '../../env/errors.ts'
import type { Health, Severity } from '../../env/health.ts'
import { factsOf, type IssuingEntry } from './authority-file.ts'

const dayMs = 24 * 60 * 60 * 1000
/** An authority should be replaced when it is this old (specs/tls-trust.md s.5.1). Two years. */
const replaceAfterMs = 730 * dayMs
const warnBeforeMs = 30 * dayMs

/** Raises or clears what the user should know about the current authority. */
export function judgeAge(
  nowMs: number,
  current: IssuingEntry | undefined,
  health: Health | undefined,
): void {
  const age = current === undefined ? undefined : ageProblem(nowMs, current)
  if (age === undefined) health?.clear('authority.age')
  else health?.raise('authority.age', age.severity, age.problem)
  if (current?.key.by === 'plain') health?.raise('authority.plain-key', 'info', plainKey)
  else health?.clear('authority.plain-key')
}

const plainKey: Problem = {
  code: 'authority.plain-key',
  message:
    'The key that signs for .nostr on this computer is kept in a file only your account can read, because no system keychain is available.',
  hint: 'With a keychain (GNOME Keyring, KWallet), replace the authority to have its key sealed.',
}

function ageProblem(
  nowMs: number,
  current: IssuingEntry,
): { readonly severity: Severity; readonly problem: Problem } | undefined {
  const leftMs = factsOf(current).validTo * 1000 - nowMs
  const hint = 'Replace it on the Certificates screen.'
  if (leftMs <= 0) {
    const message = "This computer's authority for .nostr names has expired."
    return { severity: 'error', problem: { code: 'authority.expired', message, hint } }
  }
  if (leftMs < warnBeforeMs) {
    const days = Math.ceil(leftMs / dayMs)
    const message = `This computer's authority for .nostr names expires in ${days} ${days === 1 ? 'day' : 'days'}.`
    return { severity: 'warning', problem: { code: 'authority.expiring', message, hint } }
  }
  if (nowMs - current.createdAtMs >= replaceAfterMs) {
    const message = "This computer's authority for .nostr names is two years old."
    return { severity: 'info', problem: { code: 'authority.rotation-due', message, hint } }
  }
  return undefined
}
