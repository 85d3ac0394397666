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
  /**
   * `done` gets `asker` back exactly once, within `forwardTimeoutMs`, unless the forwarder is stopped.
   * One function for all questions: a closure per query would cost more than the query.
   */
  ask<Asker extends UpstreamQuestion>(
    asker: Asker,
    nowMs: number,
    done: (asker: Asker, result: ForwardResult) => void,
  ): void
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

interface Ask extends UpstreamQuestion {
  readonly asker: UpstreamQuestion
  readonly done: (asker: UpstreamQuestion, result: ForwardResult) => void
  /** Place in the list of asks. */
  index: number
  readonly endsAtMs: number
  /** Upstreams in the order of preference when the question came. */
  readonly order: readonly Upstream[]
  tries: number
  nextTryMs: number
  isOver: boolean
  readonly running: Attempt[]
  /** Upstreams that will not answer; undefined while there are none. */
  failed: Set<Upstream> | undefined
  failure: Exclude<Outcome, { kind: 'response' }> | undefined
}

export function createForwarder(clock: Clock): Forwarder {
  let upstreams: readonly Upstream[] = []
  let order: readonly Upstream[] = []
  let asked = 0
  let cancelSweep: Unsubscribe | undefined
  let maintainedAtMs = 0
  /** Unordered: a finished ask is replaced by the last one. */
  const asks: Ask[] = []
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
    const last = asks.pop()
    if (last && last !== ask) {
      asks[ask.index] = last
      last.index = ask.index
    }
    for (const attempt of ask.running) attempt.cancel()
    ask.running.length = 0
    ask.done(ask.asker, result)
  }

  const isUsable = (ask: Ask, upstream: Upstream): boolean => ask.failed?.has(upstream) !== true

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

  const report = (ask: Ask, attempt: Attempt, outcome: Outcome): void => {
    if (ask.isOver) return
    if (ask.running.length === 1) ask.running.length = 0
    else ask.running.splice(ask.running.indexOf(attempt), 1)
    if (outcome.kind === 'response') {
      finish(ask, { ok: true, packet: outcome.packet, scan: outcome.scan })
      return
    }
    ask.failed ??= new Set()
    ask.failed.add(attempt.upstream)
    ask.failure = outcome
    if (ask.running.length > 0) return
    const next = ask.order.find((candidate) => isUsable(ask, candidate))
    if (next) retry(ask, next)
    else finish(ask, { ok: false, options: failureOptions(outcome) })
  }

  const send = (ask: Ask, upstream: Upstream, nowMs: number): void => {
    const earlier = ask.running.findIndex((attempt) => attempt.upstream === upstream)
    if (earlier >= 0) ask.running.splice(earlier, 1)[0]?.cancel()
    ask.running.push(upstream.ask(ask, nowMs, report))
  }

  const patience = (upstream: Upstream, tries: number): number => {
    const latency = upstream.latencyMs()
    const first = latency === undefined ? firstPatienceMs : Math.max(minPatienceMs, latency * 3)
    return Math.min(maxPatienceMs, first * 2 ** tries)
  }

  const retry = (ask: Ask, upstream: Upstream): void => {
    const nowMs = clock.nowMs()
    ask.tries += 1
    ask.nextTryMs = nowMs + patience(upstream, ask.tries)
    send(ask, upstream, nowMs)
  }

  const sweep = (): void => {
    const now = clock.nowMs()
    for (const ask of [...asks]) {
      if (now >= ask.endsAtMs) {
        for (const { upstream } of ask.running) upstream.noteSilence()
        finish(ask, { ok: false, options: failureOptions(ask.failure) })
      } else if (now >= ask.nextTryMs) {
        for (const { upstream } of ask.running) upstream.noteSilence()
        const usable = ask.order.filter((candidate) => isUsable(ask, candidate))
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
    cancelSweep = asks.length > 0 ? clock.schedule(sweepMs, sweep) : undefined
    if (asks.length > 0) return
    for (const upstream of retired) {
      retired.delete(upstream)
      void upstream.stop()
    }
  }

  return {
    ask(asker, nowMs, done) {
      const [best] = order
      if (!best) {
        const options = encodeExtendedError({
          code: extendedErrors.noReachableAuthority,
          text: 'no upstream resolver is configured',
        })
        done(asker, { ok: false, options })
        return
      }
      const ask: Ask = {
        query: asker.query,
        key: asker.key,
        asker,
        // The asker handed in is the one handed back.
        done: done as Ask['done'],
        index: asks.length,
        endsAtMs: nowMs + forwardTimeoutMs,
        order,
        tries: 0,
        nextTryMs: nowMs + patience(best, 0),
        isOver: false,
        running: [],
        failed: undefined,
        failure: undefined,
      }
      asks.push(ask)
      asked += 1
      send(ask, best, nowMs)
      // Fastest of two while it is not known who is fast, or the best is in trouble.
      const isUncertain = best.latencyMs() === undefined || best.isFailing()
      if (order.length > 1 && (isUncertain || asked % probeEvery === 0)) {
        const other = order[1 + (Math.floor(asked / probeEvery) % (order.length - 1))]
        if (other) send(ask, other, nowMs)
      }
      cancelSweep ??= clock.schedule(sweepMs, sweep)
    },
    replace(replacement) {
      for (const upstream of upstreams) retired.add(upstream)
      upstreams = replacement
      sortUpstreams()
      if (asks.length === 0) armSweep()
    },
    status: () => upstreams.map((upstream) => upstream.status()),
    async stop() {
      cancelSweep?.()
      cancelSweep = undefined
      for (const ask of asks) {
        ask.isOver = true
        for (const attempt of ask.running) attempt.cancel()
      }
      asks.length = 0
      await Promise.all([...upstreams, ...retired].map((upstream) => upstream.stop()))
      upstreams = []
      order = []
      retired.clear()
    },
  }
}
