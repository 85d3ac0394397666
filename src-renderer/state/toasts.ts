import type { Problem } from '../../src-main/env/errors.ts'
import { problemText } from '../text/problems.ts'
import type { Toast, WindowStore } from './window-store.ts'

/** Toasts beyond this push out the oldest. */
const maxToasts = 4

export interface Toasts {
  show(toast: Omit<Toast, 'id'>): void
  /** A failed call, worded for people. */
  showProblem(problem: Problem): void
  dismiss(id: number): void
}

export function createToasts(store: WindowStore): Toasts {
  let lastId = 0
  const show = (toast: Omit<Toast, 'id'>): void => {
    lastId += 1
    const shown = { ...toast, id: lastId }
    store.setState(({ toasts }) => ({ toasts: [...toasts, shown].slice(-maxToasts) }))
  }
  return {
    show,
    showProblem(problem) {
      const { title, hint } = problemText(problem)
      show({ tone: 'error', title, ...(hint === undefined ? {} : { detail: hint }) })
    },
    dismiss(id) {
      store.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }))
    },
  }
}
