import { useEffect, useRef } from 'react'
import { Tooltip } from 'radix-ui'
import { PowerOff } from 'lucide-react'
import { useServices, useWindow } from '../state/window-context.ts'
import { text } from '../text/catalogue.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { EngineBanner } from './EngineBanner.tsx'
import { FaultBoundary } from './FaultBoundary.tsx'
import { findScreen, screens } from './screens.ts'
import { Sidebar } from './Sidebar.tsx'
import { applyTheme } from './theme.ts'
import { ToastHost } from './ToastHost.tsx'
import styles from './App.module.css'

export function App() {
  const view = useWindow((state) => state.view)
  const screen = findScreen(view) ?? screens[0]
  const isGone = useWindow(
    ({ snapshot, engine }) =>
      snapshot === undefined && (engine === 'stopped' || engine === 'failed'),
  )
  const isStale = useWindow(
    ({ snapshot, engine }) => snapshot !== undefined && engine !== 'running',
  )
  const main = useRef<HTMLElement>(null)
  useTheme()
  useTrayNavigation(main)
  useScreenKeys()

  useEffect(() => {
    document.title = text.shell.documentTitle(screen.label)
    main.current?.scrollTo({ top: 0 })
  }, [screen])

  return (
    <Tooltip.Provider delayDuration={400}>
      <a className={styles['skip']} href="#content">
        {text.shell.skipToContent}
      </a>
      <div className={styles['frame']}>
        <Sidebar />
        <main
          id="content"
          ref={main}
          className={styles['main']}
          data-stale={isStale || undefined}
          tabIndex={-1}
        >
          <EngineBanner />
          <FaultBoundary key={screen.id}>{isGone ? <Gone /> : <screen.View />}</FaultBoundary>
        </main>
      </div>
      <ToastHost />
    </Tooltip.Provider>
  )
}

/** Instead of a screen that would wait for ever. */
function Gone() {
  return (
    <EmptyState icon={PowerOff} title={text.shell.gone.title}>
      {text.shell.gone.text}
    </EmptyState>
  )
}

function useTheme(): void {
  const theme = useWindow((state) => state.snapshot?.settings.ui.theme)
  useEffect(() => applyTheme(theme ?? 'system', document.documentElement), [theme])
}

/** The tray or a link asks for a screen: show it and move the focus there. */
function useTrayNavigation(main: { readonly current: HTMLElement | null }): void {
  const { api, store } = useServices()
  useEffect(
    () =>
      api.onNavigate((asked, entryId) => {
        const screen = findScreen(asked)
        if (screen === undefined) return
        store.setState({ view: screen.id })
        // Details that open take the focus themselves.
        if (screen.id === 'names' && entryId !== undefined) {
          store.setState({ selectedNameId: entryId })
        } else {
          main.current?.focus()
        }
      }),
    [api, store, main],
  )
}

/** Ctrl or Cmd with 1, 2, 3 … opens the screen of that place in the sidebar. */
function useScreenKeys(): void {
  const { store } = useServices()
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
      const screen = screens[Number(event.key) - 1]
      if (screen === undefined) return
      event.preventDefault()
      store.setState({ view: screen.id })
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [store])
}
