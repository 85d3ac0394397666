import type { Clock, Unsubscribe } from '../../env/env.ts'
import type { UpstreamStatus } from '../../../src-preload/contract/model.ts'
import { encodeExtendedError } from '../answers/error-answer.ts'
import type { ResponseScan } from '../cache/response-scanner.ts'
import { extendedErrors } from '../wire/message.ts'
import type { Attempt, Outcome, Upstream, UpstreamQuestion } from './upstream.ts'

export type ForwardResult =
  /** `packet` is valid until the callback returns. */
  | { readonly ok: true; readonly packet: Uint8Array; readonly scan: ResponseScan }
  /** Nobody gave a usable answer; `options` are RFC 8914 errors in wire form. */
  | { readonly ok: false; readonly options: Uint8Array }

/** Sends questions to the upstreams and comes back with the first good answer. */
export interface Forwarder {
  /** `done` is called exactly once, within `forwardTimeoutMs`, unless the forwarder is stopped. */
  ask(question: UpstreamQuestion, done: (result: ForwardResult) => void): void
  /** Takes other upstreams into use; questions under way stay with those they were put to. */
  replace(upstreams: readonly Upstream[]): void
  status(): readonly UpstreamStatus[]
  stop(): Promise<void>
}

/** All tries together; leaves room to answer the client within four seconds. Milliseconds. */
export const forwardTimeoutMs = 3_400
/** Look for silent upstreams this often while questions are under way. Milliseconds. */
const sweepMs = 50
/** Bounds on how long one upstream is waited for before another is asked too. Milliseconds. */
const minPatienceMs = 150
const firstPatienceMs = 400
const maxPatienceMs = 1_600
/** Every so many questions a second upstream is asked too, to keep its latency known. */
const probeEvery = 64

interface Ask {
  readonly question: UpstreamQuestion
  readonly done: (result: ForwardResult) => void
  readonly endsAtMs: number
  /** Upstreams in the order of preference when the question came. */
  readonly order: readonly Upstream[]
  tries: number
  nextTryMs: number
  isOver: boolean
  readonly running: Map<Upstream, Attempt>
  readonly failed: Set<Upstream>
  failure: Exclude<Outcome, { kind: 'response' }> | undefined
}

export function createForwarder(clock: Clock): Forwarder {
  let upstreams: readonly Upstream[] = []
  let order: readonly Upstream[] = []
  let asked = 0
  let cancelSweep: Unsubscribe | undefined
  let maintainedAtMs = 0
  const asks = new Set<Ask>()
  const retired = new Set<Upstream>()

  /** Working ones first, the fastest of them first; unmeasured ones count as fast, to get measured. */
  const sortUpstreams = (): void => {
    order = upstreams.toSorted(
      (a, b) =>
        Number(a.isFailing()) - Number(b.isFailing()) ||
        (a.latencyMs() ?? 0) - (b.latencyMs() ?? 0),
    )
  }

  const finish = (ask: Ask, result: ForwardResult): void => {
    ask.isOver = true
    asks.delete(ask)
    for (const attempt of ask.running.values()) attempt.cancel()
    ask.running.clear()
    ask.done(result)
  }

  const failureOptions = (failure: Ask['failure']): Uint8Array => {
    if (failure?.kind === 'refused' && failure.extendedErrors.length > 0) {
      return failure.extendedErrors
    }
    if (failure === undefined) {
      return encodeExtendedError({
        code: extendedErrors.noReachableAuthority,
        text: 'no upstream resolver answered',
      })
    }
    const code =
      failure.kind === 'unreachable'
        ? extendedErrors.networkError
        : extendedErrors.noReachableAuthority
    return encodeExtendedError({ code, text: `upstream resolver: ${failure.reason}` })
  }

  const send = (ask: Ask, upstream: Upstream): void => {
    ask.running.get(upstream)?.cancel()
    const attempt = upstream.ask(ask.question, (outcome) => {
      if (ask.isOver) return
      ask.running.delete(upstream)
      if (outcome.kind === 'response') {
        finish(ask, { ok: true, packet: outcome.packet, scan: outcome.scan })
        return
      }
      ask.failed.add(upstream)
      ask.failure = outcome
      if (ask.running.size > 0) return
      const next = ask.order.find((candidate) => !ask.failed.has(candidate))
      if (next) retry(ask, next)
      else finish(ask, { ok: false, options: failureOptions(outcome) })
    })
    ask.running.set(upstream, attempt)
  }

  const patience = (upstream: Upstream, tries: number): number => {
    const latency = upstream.latencyMs()
    const first = latency === undefined ? firstPatienceMs : Math.max(minPatienceMs, latency * 3)
    return Math.min(maxPatienceMs, first * 2 ** tries)
  }

  const retry = (ask: Ask, upstream: Upstream): void => {
    ask.tries += 1
    ask.nextTryMs = clock.nowMs() + patience(upstream, ask.tries)
    send(ask, upstream)
  }

  const sweep = (): void => {
    const now = clock.nowMs()
    for (const ask of asks) {
      if (now >= ask.endsAtMs) {
        for (const upstream of ask.running.keys()) upstream.noteSilence()
        finish(ask, { ok: false, options: failureOptions(ask.failure) })
      } else if (now >= ask.nextTryMs) {
        for (const upstream of ask.running.keys()) upstream.noteSilence()
        const usable = ask.order.filter((candidate) => !ask.failed.has(candidate))
        const next = usable[(ask.tries + 1) % Math.max(1, usable.length)]
        if (next) retry(ask, next)
        sortUpstreams()
      }
    }
    if (now - maintainedAtMs >= 1000) {
      maintainedAtMs = now
      for (const upstream of upstreams) upstream.maintain(now)
      sortUpstreams()
    }
    armSweep()
  }

  const armSweep = (): void => {
    cancelSweep = asks.size > 0 ? clock.schedule(sweepMs, sweep) : undefined
    if (asks.size > 0) return
    for (const upstream of retired) {
      retired.delete(upstream)
      void upstream.stop()
    }
  }

  return {
    ask(question, done) {
      const [best] = order
      if (!best) {
        const options = encodeExtendedError({
          code: extendedErrors.noReachableAuthority,
          text: 'no upstream resolver is configured',
        })
        done({ ok: false, options })
        return
      }
      const now = clock.nowMs()
      const ask: Ask = {
        question,
        done,
        endsAtMs: now + forwardTimeoutMs,
        order,
        tries: 0,
        nextTryMs: now + patience(best, 0),
        isOver: false,
        running: new Map(),
        failed: new Set(),
        failure: undefined,
      }
      asks.add(ask)
      asked += 1
      send(ask, best)
      // Fastest of two while it is not known who is fast, or the best is in trouble.
      const isUncertain = best.latencyMs() === undefined || best.isFailing()
      if (order.length > 1 && (isUncertain || asked % probeEvery === 0)) {
        const other = order[1 + (Math.floor(asked / probeEvery) % (order.length - 1))]
        if (other) send(ask, other)
      }
      cancelSweep ??= clock.schedule(sweepMs, sweep)
    },
    replace(replacement) {
      for (const upstream of upstreams) retired.add(upstream)
      upstreams = replacement
      sortUpstreams()
      if (asks.size === 0) armSweep()
    },
    status: () => upstreams.map((upstream) => upstream.status()),
    async stop() {
      cancelSweep?.()
      cancelSweep = undefined
      for (const ask of asks) {
        ask.isOver = true
        for (const attempt of ask.running.values()) attempt.cancel()
      }
      asks.clear()
      await Promise.all([...upstreams, ...retired].map((upstream) => upstream.stop()))
      upstreams = []
      order = []
      retired.clear()
    },
  }
}
