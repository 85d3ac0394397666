import type { Result } from '../env/errors.ts'

/** One place that can be told to trust the local authority: an NSS database, a keychain, a store. */
export interface TrustTarget {
  /** Stable: `nss:<directory>`, `macos-login`, `windows-root`, `linux-system`. */
  readonly id: string
  /** For people: `Chromium, Chrome, Brave …`, `Firefox (default-release)`. */
  readonly title: string
  readonly kind: 'chromium' | 'firefox' | 'system'
  /** Needs the administrator's prompt. */
  readonly isPrivileged: boolean
}

export type TargetState =
  | { readonly state: 'installed' }
  | { readonly state: 'missing' }
  /** Another certificate holds our nickname or name. */
  | { readonly state: 'conflict'; readonly detail: string }
  /** Cannot be changed from here: `hint` says what the user can do (a package to install …). */
  | { readonly state: 'unavailable'; readonly detail: string; readonly hint: string }

/** Trust stores of this computer. Every change: install, verify, record, and can be undone. */
export interface TrustStores {
  targets(): Promise<readonly TrustTarget[]>
  check(target: TrustTarget, rootPem: string): Promise<TargetState>
  install(target: TrustTarget, rootPem: string): Promise<Result<void>>
  /** Removes by SHA-256 of the certificate; twice is fine. */
  remove(target: TrustTarget, rootSha256: string): Promise<Result<void>>
  /** Everything this program ever installed, found by record and by name, also when records are lost. */
  removeAll(): Promise<Result<readonly string[]>>
}

export type ProxySettingState =
  | { readonly state: 'ours' }
  | { readonly state: 'none' }
  /** Somebody else's proxy or PAC: never overwritten; `merge` is PAC text to add by hand. */
  | { readonly state: 'other'; readonly current: string; readonly merge: string }
  | { readonly state: 'unsupported'; readonly reason: string }

/** The automatic proxy setting of the desktop (GNOME, KDE, macOS services, Windows). */
export interface ProxySetting {
  read(pacUrl: string): Promise<ProxySettingState>
  set(pacUrl: string): Promise<Result<void>>
  /** Restores what was there; touches nothing that is not ours. */
  restore(): Promise<Result<void>>
  /**
   * At start: puts back what a crash left behind. A setting to `currentPacUrl` stays (and is watched
   * again); undefined, because our proxy does not run now, lets none of ours stay.
   */
  repair(currentPacUrl: string | undefined): Promise<Result<void>>
}
