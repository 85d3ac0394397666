import type { Unsubscribe } from '../env/env.ts'

/** A set of listeners, called in the order they came. */
export interface Listeners<T> {
  add(listener: (value: T) => void): Unsubscribe
  notify(value: T): void
}

export function createListeners<T>(): Listeners<T> {
  const listeners = new Set<(value: T) => void>()
  return {
    add(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    notify(value) {
      for (const listener of [...listeners]) listener(value)
    },
  }
}
