import type { Clock, Unsubscribe } from '../env/env.ts'

/** A value shown at once after the user chose it, until the engine confirms it or time runs out. */
export interface Prediction<T> {
  value(): T | undefined
  /** Shows `value`; a newer expectation replaces it. */
  expect(value: T): void
  /** The real value arrived: the prediction ends when it agrees. */
  confirm(real: T): void
  /** Ends the prediction at once, for a refused action. */
  drop(): void
}

/** How long the tray may show what is not yet so. */
const predictionMs = 3000

export function createPrediction<T>(clock: Clock, onExpired: () => void): Prediction<T> {
  let expected: { readonly value: T } | undefined
  let cancel: Unsubscribe | undefined

  const drop = (): void => {
    cancel?.()
    cancel = undefined
    expected = undefined
  }

  return {
    value: () => expected?.value,
    expect(value) {
      drop()
      expected = { value }
      cancel = clock.schedule(predictionMs, () => {
        drop()
        onExpired()
      })
    },
    confirm(real) {
      if (expected !== undefined && expected.value === real) drop()
    },
    drop,
  }
}
