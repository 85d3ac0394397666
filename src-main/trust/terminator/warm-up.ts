import type { Attempt, Upstream } from './upstream.ts'

/** A connection to a server, begun before the client said what it speaks. */
export interface WarmUp {
  /**
   * The connection, if it was begun with just this offer; else it is dropped. Undefined when there is
   * none to take.
   */
  take(offered: readonly string[]): Promise<Attempt<Upstream> | undefined>
}

/** Nothing was begun. */
export const noWarmUp: WarmUp = { take: () => Promise.resolve(undefined) }

/**
 * Begins a connection with the offer of last time, `guess`. `open` resolves with undefined when none
 * may be begun. Whatever becomes of it is closed when `signal` fires.
 */
export function warmUp(
  guess: readonly string[] | undefined,
  open: (offered: readonly string[], signal: AbortSignal) => Promise<Attempt<Upstream> | undefined>,
  signal: AbortSignal,
): WarmUp {
  if (guess === undefined) return noWarmUp
  const abort = new AbortController()
  const drop = (): void => abort.abort()
  signal.addEventListener('abort', drop)
  const opening = open(guess, abort.signal)
  opening.then(
    (opened) => {
      if (opened?.ok !== true) return
      const { socket } = opened.value
      abort.signal.addEventListener('abort', () => socket.destroy())
      if (abort.signal.aborted) socket.destroy()
    },
    // Whoever takes it is told.
    () => undefined,
  )
  return {
    take(offered) {
      const isSame =
        offered.length === guess.length && offered.every((each, index) => each === guess[index])
      if (isSame) return opening
      drop()
      return Promise.resolve(undefined)
    },
  }
}
