import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Problem } from '../../src-main/env/errors.ts'
import type { Snapshot, TrustView } from '../../src-preload/contract/model.ts'
import type { EngineProcessState } from '../../src-preload/contract/replies.ts'

export type ScreenId =
  'overview' | 'names' | 'certificates' | 'publish' | 'keys' | 'pkarr' | 'settings'

/** Parts of the Certificates screen. */
export type CertificatesTab = 'servers' | 'computer' | 'own'

/** Parts of the PKARR screen. */
export type PkarrTab = 'zones' | 'keys' | 'carriers'

/** Parts of the Settings screen. */
export type SettingsTab =
  'general' | 'computer' | 'dns' | 'relays' | 'names' | 'https' | 'network' | 'pkarr'

/** HTTPS trust was switched off: what there was before, and what then, or why not all of it went. */
export interface TrustRemoval {
  readonly before: TrustView
  readonly after?: TrustView
  readonly problem?: Problem
}

/** What was typed into a setting and is not saved yet. */
export interface SettingDraft {
  readonly text: string
  /** Why it could not be saved. */
  readonly failure?: string
}

export type ToastTone = 'ok' | 'warning' | 'error' | 'info'

export interface Toast {
  readonly id: number
  readonly tone: ToastTone
  readonly title: string
  readonly detail?: string
  /** One thing to do about it, such as Undo. */
  readonly action?: { readonly label: string; readonly run: () => void }
}

/** Everything the window shows. Only `engine-sync`, `calls` and the actions below write it. */
export interface WindowState {
  readonly view: ScreenId
  /** Row of the Names table whose details are open. It may not have arrived yet. */
  readonly selectedNameId: string | undefined
  readonly certificatesTab: CertificatesTab
  readonly pkarrTab: PkarrTab
  readonly settingsTab: SettingsTab
  /** Until the user has read it. */
  readonly trustRemoval: TrustRemoval | undefined
  /** By the path of the setting; kept here so that no other screen loses it. */
  readonly settingDrafts: ReadonlyMap<string, SettingDraft>
  readonly engine: EngineProcessState
  /** The last snapshot with every delta since; kept while the engine restarts. */
  readonly snapshot: Snapshot | undefined
  /** Why there is no snapshot, or why the one held is no longer kept up to date. */
  readonly syncProblem: Problem | undefined
  /** Calls under way, by key; see `calls.ts`. */
  readonly pending: ReadonlySet<string>
  readonly toasts: readonly Toast[]
}

export type WindowStore = StoreApi<WindowState>

export function createWindowStore(): WindowStore {
  return createStore<WindowState>(() => ({
    view: 'overview',
    selectedNameId: undefined,
    certificatesTab: 'servers',
    pkarrTab: 'zones',
    settingsTab: 'general',
    trustRemoval: undefined,
    settingDrafts: new Map(),
    engine: 'starting',
    snapshot: undefined,
    syncProblem: undefined,
    pending: new Set(),
    toasts: [],
  }))
}
