import type { TrustView } from '../../../../src-preload/contract/model.ts'
import { text } from '../../../text/catalogue.ts'
import { installedIn } from './trust-state.ts'

export interface RemovalReport {
  /** What was there before and is gone. */
  readonly removed: readonly string[]
  /** What is still there. */
  readonly left: readonly string[]
}

const words = text.trust.disable

/** What switching off took away and what it could not, from the states before and after. */
export function removalReport(before: TrustView, after: TrustView): RemovalReport {
  const still = new Set(installedIn(after.targets).map(({ id }) => id))
  const had = installedIn(before.targets)
  const hadProxy = before.systemProxy.state === 'ours'
  const hasProxy = after.systemProxy.state === 'ours'
  return {
    removed: [
      ...had.filter(({ id }) => !still.has(id)).map(({ title }) => words.removedTarget(title)),
      ...(hadProxy && !hasProxy ? [words.removedProxy] : []),
      ...(before.authority !== undefined && after.authority === undefined
        ? [words.removedAuthority(before.authority.commonName)]
        : []),
    ],
    left: [
      ...installedIn(after.targets).map(({ title }) => words.leftTarget(title)),
      ...(hasProxy ? [words.leftProxy] : []),
      ...(after.authority === undefined ? [] : [words.leftAuthority]),
    ],
  }
}
