import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './app/tokens.css'
import './app/base.css'
import type { RendererApi } from '../src-preload/contract/replies.ts'
import { App } from './app/App.tsx'
import { createCalls } from './state/calls.ts'
import { startEngineSync } from './state/engine-sync.ts'
import { createToasts } from './state/toasts.ts'
import { WindowContext } from './state/window-context.ts'
import { createWindowStore } from './state/window-store.ts'
import { problemText } from './text/problems.ts'

declare global {
  interface Window {
    readonly nostrDns?: RendererApi
  }
}

function open(root: HTMLElement, api: RendererApi | undefined): void {
  if (api === undefined) {
    const { title, hint } = problemText({ code: 'window.no-bridge', message: '' })
    root.textContent = `${title} ${hint ?? ''}`
    return
  }
  const store = createWindowStore()
  const sync = startEngineSync(api, store, (delayMs, task) => {
    const timer = setTimeout(task, delayMs)
    return () => clearTimeout(timer)
  })
  const services = {
    api,
    store,
    calls: createCalls(api, store),
    toasts: createToasts(store),
    refresh: sync.refresh,
  }
  addEventListener('pagehide', () => sync.stop())
  createRoot(root).render(
    <StrictMode>
      <WindowContext value={services}>
        <App />
      </WindowContext>
    </StrictMode>,
  )
}

const root = document.getElementById('root')
if (root !== null) open(root, window.nostrDns)
