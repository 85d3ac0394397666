import type { Result } from '../../env/errors.ts'
import type { TargetState, TrustTarget } from '../trust-target.ts'
import type { OwnRoot } from './own-root.ts'

/** One kind of trust store. Does the work on the system; knows nothing of records. */
export interface StoreBackend {
  /** Whether `targetId` is of this kind. */
  owns(targetId: string): boolean
  targets(): Promise<readonly TrustTarget[]>
  check(target: TrustTarget, root: OwnRoot): Promise<TargetState>
  /** Only after `check` said missing. Verifies, and takes back what did not come out right. */
  add(target: TrustTarget, root: OwnRoot): Promise<Result<void>>
  /** By content. Ok when there is no such certificate. */
  remove(target: TrustTarget, sha256: string): Promise<Result<void>>
  /** Roots of this program in `target`, recognised by name and name constraints. */
  findOwn(target: TrustTarget): Promise<Result<readonly OwnRoot[]>>
}

/** The Problem for a `check` that does not allow an installation. */
export function refusal(state: Exclude<TargetState, { state: 'installed' | 'missing' }>): {
  readonly code: string
  readonly message: string
  readonly hint?: string
} {
  return state.state === 'conflict'
    ? { code: 'trust.conflict', message: state.detail }
    : { code: 'trust.unavailable', message: state.detail, hint: state.hint }
}
