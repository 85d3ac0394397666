import { setMaxListeners } from 'node:events'

/**
 * Runs `task` with a signal that aborts when `a` or `b` does. Unlike `AbortSignal.any` in Node 20 it
 * leaves nothing behind on a signal that outlives the task.
 */
export async function withEitherSignal<T>(
  a: AbortSignal,
  b: AbortSignal,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const either = new AbortController()
  // Many queries may listen at once; the default of 10 is a guess at leaks.
  setMaxListeners(0, either.signal)
  const abort = (): void => either.abort()
  if (a.aborted || b.aborted) abort()
  a.addEventListener('abort', abort)
  b.addEventListener('abort', abort)
  try {
    return await task(either.signal)
  } finally {
    a.removeEventListener('abort', abort)
    b.removeEventListener('abort', abort)
  }
}
