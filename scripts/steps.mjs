/** Progress for people: one line a step, with the time it took. Node built-ins only. */

/** A failure that names what is missing and what to do; printed without a stack. */
export class StepError extends Error {
  /**
   * @param {string} message what went wrong, one sentence
   * @param {string} [hint] the next step for the person reading
   * @param {number} [exitCode]
   */
  constructor(message, hint, exitCode = 1) {
    super(message)
    this.name = 'StepError'
    this.hint = hint
    this.exitCode = exitCode
  }
}

/** @param {number} milliseconds */
export function formatElapsed(milliseconds) {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 120_000) return `${(milliseconds / 1000).toFixed(1)} s`
  return `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1000)} s`
}

/**
 * Runs `work` as one named step. `work` may return a string to be shown beside the time.
 * @template T
 * @param {string} title
 * @param {() => T | Promise<T>} work
 * @param {(line: string) => void} [tell]
 * @returns {Promise<T>}
 */
export async function step(title, work, tell = say) {
  const startedMs = performance.now()
  try {
    const result = await work()
    const detail = typeof result === 'string' && result !== '' ? `: ${result}` : ''
    tell(`ok    ${title}${detail} (${formatElapsed(performance.now() - startedMs)})`)
    return result
  } catch (error) {
    tell(`FAIL  ${title} (${formatElapsed(performance.now() - startedMs)})`)
    throw error
  }
}

/** @param {string} line */
export function say(line) {
  process.stdout.write(`${line}\n`)
}

/** For commands whose standard output belongs to what they print. @param {string} line */
export function sayAside(line) {
  process.stderr.write(`${line}\n`)
}

/**
 * Says every `everyMs` that `title` is still going on, until the returned function is called.
 * @param {string} title
 * @param {() => string} [detail]
 */
export function stillWorking(title, detail = () => '', everyMs = 5000) {
  const startedMs = performance.now()
  const timer = setInterval(() => {
    const more = detail()
    const elapsed = formatElapsed(performance.now() - startedMs)
    say(`...   ${title}, ${elapsed}${more === '' ? '' : `, ${more}`}`)
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}

/**
 * Ends the process as `error` asks: a StepError is a sentence, anything else is a bug with its stack.
 * @param {unknown} error
 */
export function reportAndExit(error) {
  if (error instanceof StepError) {
    process.stderr.write(`${error.message}\n`)
    if (error.hint !== undefined) process.stderr.write(`  ${error.hint}\n`)
    process.exit(error.exitCode)
  }
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
}
