import type { Toast, WindowStore } from './window-store.ts'

/** Toasts beyond this push out the oldest. */
const maxToasts = 4

export interface Toasts {
  show(toast: Omit<Toast, 'id'>): void
  dismiss(id: number): void
}

export function createToasts(store: WindowStore): Toasts {
  let lastId = 0
  return {
    show(toast) {
      lastId += 1
      const shown = { ...toast, id: lastId }
      store.setState(({ toasts }) => ({ toasts: [...toasts, shown].slice(-maxToasts) }))
    },
    dismiss(id) {
      store.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }))
    },
  }
}
