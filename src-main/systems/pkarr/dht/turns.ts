/** Lets `limit` holders in at a time; the others wait in the order they came. */
export interface Turns {
  /** Resolves with the function that ends the turn; at once, without a turn, when `signal` aborts. */
  take(signal: AbortSignal): Promise<() => void>
}

export function createTurns(limit: number): Turns {
  let free = limit
  const waiting = new Set<() => void>()

  const release = (): void => {
    const next = waiting.values().next().value
    if (next === undefined) free += 1
    else next()
  }

  /** Passes the turn on once, however often it is called. */
  const turn = (): (() => void) => {
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      release()
    }
  }

  return {
    take(signal) {
      if (signal.aborted) return Promise.resolve(() => undefined)
      if (free > 0) {
        free -= 1
        return Promise.resolve(turn())
      }
      return new Promise((resolve) => {
        const leave = (): void => {
          waiting.delete(enter)
          resolve(() => undefined)
        }
        const enter = (): void => {
          waiting.delete(enter)
          signal.removeEventListener('abort', leave)
          resolve(turn())
        }
        waiting.add(enter)
        signal.addEventListener('abort', leave, { once: true })
      })
    },
  }
}
