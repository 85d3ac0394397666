import type { PkarrKeyring } from '../keys/pkarr-keyring.ts'
import type { PkarrKey } from '../systems/pkarr/carrier.ts'
import type { RunSettings } from './run-settings.ts'

/** What answers depend on besides the packets. */
export interface PkarrRules {
  isEnabled(): boolean
  /** Private addresses of this key are answered: own keys, and those the settings name. */
  allowsPrivate(key: PkarrKey): boolean
  /** The keys whose answers may be others than at the last call; `held` are those there are answers of. */
  changed(held: () => readonly PkarrKey[]): readonly PkarrKey[]
}

export function createPkarrRules(
  settings: Pick<RunSettings, 'get'>,
  keyring: Pick<PkarrKeyring, 'list'>,
): PkarrRules {
  const isEnabled = (): boolean => settings.get().pkarr.enabled
  const allowed = (): ReadonlySet<PkarrKey> =>
    new Set([
      ...keyring.list().map(({ key }) => key),
      ...settings.get().resolver.privateAddressOwners,
    ])
  let last: { readonly isEnabled: boolean; readonly allowed: ReadonlySet<PkarrKey> } | undefined
  return {
    isEnabled,
    allowsPrivate: (key) => allowed().has(key),
    changed(held) {
      const before = last
      const now = { isEnabled: isEnabled(), allowed: allowed() }
      last = now
      if (before === undefined) return []
      if (before.isEnabled !== now.isEnabled) return held()
      return [...new Set([...before.allowed, ...now.allowed])].filter(
        (key) => before.allowed.has(key) !== now.allowed.has(key),
      )
    },
  }
}
