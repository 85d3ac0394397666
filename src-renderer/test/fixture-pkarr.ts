import type { PkarrIdentity } from '../../src-preload/contract/pkarr-model.ts'
import { fakePkarrKey } from './fixture-names.ts'

export function pkarrIdentity(
  seed: number,
  nowMs: number,
  change: Partial<PkarrIdentity> = {},
): PkarrIdentity {
  return {
    key: fakePkarrKey(seed),
    label: 'Pkarr home',
    createdAtMs: nowMs - 86_400_000 * 4,
    protection: 'os',
    isLocked: false,
    isBackedUp: true,
    ...change,
  }
}
