import type { Env } from '../env/env.ts'
import { ok } from '../env/errors.ts'
import type { PublishOutcome, RelayService, VerifiedEvent } from '../relays/relay-service.ts'
import { withAnswers } from './outbox-state.ts'
import type { StateDocument } from './publish-state.ts'

/** A relay that just came up is not offered an event tried less than this ago. Milliseconds. */
const settleTimeMs = 2_000

export interface Outbox {
  /** Offers a queued event to the relays and keeps score; never rejects. */
  deliver(
    event: VerifiedEvent,
    options: { signal: AbortSignal; onOutcome?: (outcome: PublishOutcome) => void },
  ): Promise<readonly PublishOutcome[]>
  /**
   * Offers again what is due; with `connected`, also what is not yet due and those relays have not
   * taken. Resolves when every offer is answered.
   */
  drain(signal: AbortSignal, connected?: readonly string[]): Promise<void>
}

/** The signed events that relays still lack: on disk, so that nothing signed is ever forgotten. */
export function createOutbox(
  env: Env,
  deps: { readonly relays: RelayService; readonly state: StateDocument },
): Outbox {
  const { relays, state } = deps
  const log = env.log.child('publish.outbox')
  const underWay = new Set<string>()
  const lastTryMs = new Map<string, number>()

  const offer: Outbox['deliver'] = async (event, { signal, onOutcome }) => {
    const answered: PublishOutcome[] = []
    try {
      return await relays.publish(event, {
        signal,
        onOutcome: (outcome) => {
          answered.push(outcome)
          onOutcome?.(outcome)
        },
      })
    } catch (error) {
      log.warn('offer broken off', { reason: error })
      return answered
    }
  }

  const deliver: Outbox['deliver'] = async (event, options) => {
    underWay.add(event.id)
    lastTryMs.set(event.id, env.clock.nowMs())
    try {
      const outcomes = await offer(event, options)
      const answers = { outcomes, health: relays.health(), random: env.random }
      const saved = await state.update((current) =>
        ok(withAnswers(current, event.id, { ...answers, nowMs: env.clock.nowMs() })),
      )
      if (!saved.ok) log.warn('answers not kept', { code: saved.error.code })
      return outcomes
    } finally {
      underWay.delete(event.id)
      if (!state.get().queue.some((entry) => entry.event.id === event.id)) {
        lastTryMs.delete(event.id)
      }
    }
  }

  return {
    deliver,
    async drain(signal, connected = []) {
      const now = env.clock.nowMs()
      const due = state.get().queue.filter(({ event, nextAttemptMs, okUrls }) => {
        if (underWay.has(event.id)) return false
        if (nextAttemptMs <= now) return true
        const isFresh = now - (lastTryMs.get(event.id) ?? -Infinity) < settleTimeMs
        return !isFresh && connected.some((url) => !okUrls.includes(url))
      })
      await Promise.all(due.map(({ event }) => deliver(event, { signal })))
    },
  }
}
