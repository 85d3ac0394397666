import type { Delta } from '../../src-preload/contract/model.ts'
import type { EngineProcessState, RendererApi } from '../../src-preload/contract/replies.ts'
import { applyDelta } from './apply-delta.ts'
import { safeCall } from './calls.ts'
import type { WindowStore } from './window-store.ts'

/** Runs `task` once after `delayMs`; returns a function that cancels it. */
export type Schedule = (delayMs: number, task: () => void) => () => void

const firstRetryMs = 500
const longestRetryMs = 8000

/**
 * Keeps the store equal to the engine: one snapshot, then numbered deltas; a gap, or a restarted
 * engine (whose numbers begin again), asks for a new snapshot. Deltas that arrive while a snapshot
 * is on its way are held and applied on top of it.
 */
export function startEngineSync(api: RendererApi, store: WindowStore, schedule: Schedule) {
  let isStopped = false
  let held: Delta[] | undefined
  /** Rises with every fetch, so that an overtaken reply is ignored. */
  let fetchNumber = 0
  let retryMs = firstRetryMs
  let cancelRetry: (() => void) | undefined

  const fetchSnapshot = async (): Promise<void> => {
    cancelRetry?.()
    cancelRetry = undefined
    const number = ++fetchNumber
    held = []
    const reply = await safeCall(api, 'state.snapshot', {})
    if (isStopped || number !== fetchNumber) return
    const waiting = held
    held = undefined
    if (!reply.ok) {
      store.setState({ syncProblem: reply.error })
      cancelRetry = schedule(retryMs, () => void fetchSnapshot())
      retryMs = Math.min(retryMs * 2, longestRetryMs)
      return
    }
    retryMs = firstRetryMs
    store.setState({ snapshot: reply.value, syncProblem: undefined })
    for (const delta of waiting) take(delta)
  }

  const take = (delta: Delta): void => {
    if (held !== undefined) {
      held.push(delta)
      return
    }
    const { snapshot } = store.getState()
    if (snapshot === undefined) return
    const outcome = applyDelta(snapshot, delta)
    if (outcome.kind === 'applied') store.setState({ snapshot: outcome.snapshot })
    if (outcome.kind === 'gap') void fetchSnapshot()
  }

  const enter = (engine: EngineProcessState): void => {
    if (isStopped) return
    store.setState({ engine })
    if (engine === 'running') {
      retryMs = firstRetryMs
      void fetchSnapshot()
    } else {
      cancelRetry?.()
      fetchNumber += 1
      held = undefined
    }
  }

  const stopDeltas = api.onDelta(take)
  let hasHeardState = false
  const stopStates = api.onEngineState((engine) => {
    hasHeardState = true
    enter(engine)
  })
  api.engineState().then(
    (engine) => {
      if (!hasHeardState) enter(engine)
    },
    (thrown: unknown) => {
      store.setState({
        syncProblem: { code: 'window.no-bridge', message: String(thrown) },
      })
    },
  )

  return {
    /** Asks for a snapshot now, for a Try again button. */
    refresh: () => void fetchSnapshot(),
    stop() {
      isStopped = true
      cancelRetry?.()
      stopDeltas()
      stopStates()
    },
  }
}
