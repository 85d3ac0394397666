/** An expected failure the user can act on: a stable code, a sentence, and the next step. */
export interface Problem {
  /** Dotted and stable, such as `dns.port-in-use`; UI, CLI and health all key on it. */
  readonly code: string
  /** One sentence saying what happened, without secrets. */
  readonly message: string
  /** What the user can do about it. */
  readonly hint?: string
}

/** Success with a value, or a Problem. Used wherever the caller can act on the failure. */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Problem }

export function ok<T>(value: T): Result<T> {
  return { ok: true, value }
}

export function fail(code: string, message: string, hint?: string): { ok: false; error: Problem } {
  return { ok: false, error: hint === undefined ? { code, message } : { code, message, hint } }
}

/** A Problem that travels as an exception, for `start()` failures and across process borders. */
export class AppError extends Error {
  readonly problem: Problem

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.message, options)
    this.name = 'AppError'
    this.problem = problem
  }
}

/** Any thrown value as a Problem; unknown values get the code `internal`. */
export function toProblem(thrown: unknown): Problem {
  if (thrown instanceof AppError) return thrown.problem
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  const code = (thrown as { code?: unknown } | null)?.code
  if (code === 'ENOSPC') {
    return {
      code: 'store.disk-full',
      message: 'The disk is full, so nothing more can be saved.',
      hint: 'Free some space; nothing that was confirmed before is lost.',
    }
  }
  return { code: 'internal', message }
}
