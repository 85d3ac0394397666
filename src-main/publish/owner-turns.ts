/** Runs tasks of one key one after the other; tasks of different keys run side by side. */
export interface Serializer {
  run<T>(key: string, task: () => Promise<T>): Promise<T>
  /** Resolves when everything begun so far has ended. */
  idle(): Promise<void>
}

/** Two publications of one owner must not interleave: each builds on what the other published. */
export function createSerializer(): Serializer {
  const tails = new Map<string, Promise<unknown>>()
  return {
    run(key, task) {
      const run = (tails.get(key) ?? Promise.resolve()).then(task)
      const tail = run
        .catch(() => undefined)
        .then(() => {
          if (tails.get(key) === tail) tails.delete(key)
        })
      tails.set(key, tail)
      return run
    },
    async idle() {
      await Promise.all(tails.values())
    },
  }
}
