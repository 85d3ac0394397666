import { createContext, useContext } from 'react'
import { useStore } from 'zustand'
import type { Snapshot } from '../../src-preload/contract/model.ts'
import type { RendererApi } from '../../src-preload/contract/replies.ts'
import type { Calls } from './calls.ts'
import type { Toasts } from './toasts.ts'
import type {
  CertificatesTab,
  ScreenId,
  SettingsTab,
  WindowState,
  WindowStore,
} from './window-store.ts'

/** What every screen can reach; made once in main.tsx. */
export interface WindowServices {
  readonly api: RendererApi
  readonly store: WindowStore
  readonly calls: Calls
  readonly toasts: Toasts
  /** Asks the engine for its whole state again. */
  readonly refresh: () => void
}

export const WindowContext = createContext<WindowServices | undefined>(undefined)

export function useServices(): WindowServices {
  const services = useContext(WindowContext)
  if (services === undefined) throw new Error('WindowContext is missing')
  return services
}

/** A part of the window's state; `select` must return something stable, not a new object. */
export function useWindow<T>(select: (state: WindowState) => T): T {
  return useStore(useServices().store, select)
}

/** One slice of the engine's state, undefined until the first snapshot. */
export function useSlice<S extends keyof Snapshot>(slice: S): Snapshot[S] | undefined {
  return useWindow((state) => state.snapshot?.[slice])
}

export function usePending(key: string): boolean {
  return useWindow((state) => state.pending.has(key))
}

export function useNavigate(): (view: ScreenId) => void {
  const { store } = useServices()
  return (view) => store.setState({ view })
}

/** Opens one part of the Certificates screen. */
export function useOpenCertificates(): (certificatesTab: CertificatesTab) => void {
  const { store } = useServices()
  return (certificatesTab) => store.setState({ view: 'certificates', certificatesTab })
}

/** Opens one part of the Settings screen. */
export function useOpenSettings(): (settingsTab: SettingsTab) => void {
  const { store } = useServices()
  return (settingsTab) => store.setState({ view: 'settings', settingsTab })
}
