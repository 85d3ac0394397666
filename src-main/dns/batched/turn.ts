/** Something holding datagrams back for one system call. */
export interface Flushable {
  /** Sends; false when the kernel had no room and it must be tried again. */
  flush(): boolean
}

/**
 * Gathers what is sent during one turn of the event loop: answers leave in batches, and never wait
 * longer than the current callback.
 */
export interface Turn {
  /** Runs `task`, then flushes everything it touched. */
  run(task: () => void): void
  /** Marks `target` as holding datagrams back. Outside `run`, flushes in a microtask. */
  touch(target: Flushable): void
}

export function createTurn(): Turn {
  const touched = new Set<Flushable>()
  let isInside = false
  let isScheduled = false

  const flushAll = (): void => {
    isScheduled = false
    for (const target of touched) {
      if (target.flush()) touched.delete(target)
    }
    // The kernel's buffer was full: let it drain for one turn of the loop.
    if (touched.size > 0) schedule(setImmediate)
  }

  const schedule = (defer: (task: () => void) => unknown): void => {
    if (isScheduled) return
    isScheduled = true
    defer(flushAll)
  }

  return {
    run(task) {
      isInside = true
      try {
        task()
      } finally {
        isInside = false
        flushAll()
      }
    },
    touch(target) {
      touched.add(target)
      if (!isInside) schedule(queueMicrotask)
    },
  }
}
