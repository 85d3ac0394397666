import type { PkarrCarrierView } from '../../../src-preload/contract/pkarr-model.ts'
import type { Env } from '../../env/env.ts'
import type { Carrier, CarrierEnd, CarrierQuery, PkarrKey, SignedPacket } from './carrier.ts'
import { withEitherSignal } from '../../env/either-signal.ts'
import { askRelay, type Fetch, type RelayReply, type RelayRequest } from './relay-exchange.ts'
import { type Delivery, judgeConflict } from './relay-conflict.ts'
import { createRelayPace } from './relay-pace.ts'
import { type GetAnswer, readGetAnswer, readPutAnswer, retryAfterMs } from './relay-replies.ts'
import { toRelayBody } from './signed-packet.ts'

export interface RelayCarrierDeps {
  /** Base URL of the relay, http or https, as the user entered it. */
  readonly url: string
  /** Default: that of the platform. */
  readonly fetch?: Fetch
}

type Question = Pick<RelayRequest, 'method' | 'key' | 'policy' | 'headers' | 'body'>

/** A relay that has the packet answers at once; one that asks the DHT takes seconds. */
const resolveTimeoutMs = 5_000
/** A relay answers when the DHT has taken the packet. */
const publishTimeoutMs = 15_000
/** Makes relays of generation 6, and caches in between, ask the network. */
const freshly = { 'cache-control': 'no-cache, no-store, must-revalidate' }

/** An HTTP relay of any generation of the API (specs s.4). */
export function createRelayCarrier(env: Env, deps: RelayCarrierDeps): Carrier {
  const { url, fetch = globalThis.fetch } = deps
  const log = env.log.child('pkarr')
  const pace = createRelayPace(env.clock)
  const listeners = new Set<() => void>()
  let stopping = new AbortController()
  let view: PkarrCarrierView = { id: url, kind: 'relay', state: 'unused' }
  /** The relay of npm pkarr takes a query for a part of the key, and refuses it. */
  let takesPolicy = true

  const show = (next: PkarrCarrierView): void => {
    view = next
    for (const listener of listeners) listener()
  }
  const showFailure = (problem: string): void => {
    if (view.lastError !== problem)
      log.info('a PKARR relay failed', { relay: hostOf(url), problem })
    show({ ...view, state: 'failing', lastError: problem })
  }

  /** One exchange, with its result noted in the view and in the pace. */
  const ask = async (
    question: Question,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<RelayReply> => {
    const reply = await askRelay(env, fetch, url, { ...question, timeoutMs, signal })
    if (reply.kind === 'failed') {
      if (!reply.isCancelled) showFailure(reply.problem)
      return reply
    }
    const { status, headers, elapsedMs } = reply
    const askedMs = retryAfterMs(headers, env.clock.nowMs())
    // 503 is about one key, as long as it does not ask for a pause.
    if (status === 429 || (status === 503 && askedMs !== undefined)) pace.limited(askedMs)
    else pace.succeeded()
    if (status < 500 && status !== 429) {
      const { lastError: _, ...rest } = view
      show({ ...rest, state: 'ok', latencyMs: elapsedMs })
    }
    return reply
  }

  const get = async (
    key: PkarrKey,
    policy: CarrierQuery['policy'],
    signal: AbortSignal,
  ): Promise<GetAnswer & { readonly isCancelled?: boolean }> => {
    const once = async (
      usePolicy: boolean,
      headers: Readonly<Record<string, string>>,
    ): Promise<GetAnswer & { readonly isCancelled?: boolean; readonly status?: number }> => {
      const reply = await ask(
        { method: 'GET', key, headers, ...(usePolicy && { policy }) },
        resolveTimeoutMs,
        signal,
      )
      if (reply.kind === 'failed') return reply
      return { ...readGetAnswer(key, reply, env.clock.nowMs()), status: reply.status }
    }
    const headers = policy === 'network-only' ? freshly : {}
    const usesPolicy = takesPolicy && policy !== 'cache-first'
    let answer = await once(usesPolicy, headers)
    if (answer.status === 400 && usesPolicy) {
      answer = await once(false, headers)
      takesPolicy = answer.status === 400
    }
    if (answer.kind !== 'unasked') return answer
    return once(usesPolicy && takesPolicy, freshly)
  }

  const resolve = async (
    key: PkarrKey,
    query: CarrierQuery,
    signal: AbortSignal,
  ): Promise<CarrierEnd> => {
    const waitMs = pace.waitMs()
    if (waitMs > 0) return { kind: 'failed', problem: waiting(waitMs), retryAfterMs: waitMs }
    const answer = await get(key, query.policy, signal)
    switch (answer.kind) {
      case 'packet':
        query.onPacket(answer.sighting)
        return { kind: 'done', answers: 1 }
      case 'none':
        return answer.invalidSeq === undefined
          ? { kind: 'done', answers: 1 }
          : { kind: 'done', answers: 1, invalidSeq: answer.invalidSeq }
      case 'unasked': {
        const problem = 'answered without a packet, as if it had been asked for a newer one only'
        showFailure(problem)
        return { kind: 'failed', problem }
      }
      case 'failed':
        if (answer.isCancelled !== true) showFailure(answer.problem)
        return answer.retryAfterMs === undefined
          ? { kind: 'failed', problem: answer.problem }
          : { kind: 'failed', problem: answer.problem, retryAfterMs: answer.retryAfterMs }
    }
  }

  const deliver = async (packet: SignedPacket, signal: AbortSignal): Promise<Delivery> => {
    const waitMs = pace.waitMs()
    if (waitMs > 0) return { state: 'rate-limited', detail: waiting(waitMs) }
    const put = async (
      headers: Readonly<Record<string, string>>,
    ): Promise<Delivery | 'conflict'> => {
      const question = {
        method: 'PUT',
        key: packet.key,
        headers,
        body: toRelayBody(packet),
      } as const
      const reply = await ask(question, publishTimeoutMs, signal)
      if (reply.kind === 'failed') return { state: 'unreachable', detail: reply.problem }
      const answer = readPutAnswer(reply, env.clock.nowMs())
      if (answer.kind === 'conflict') return 'conflict'
      const { kind: _, ...delivery } = answer
      if (delivery.state !== 'stored' && delivery.detail !== undefined) showFailure(delivery.detail)
      return delivery
    }
    const first = await put({})
    if (first !== 'conflict') return first
    const current = await get(packet.key, 'network-only', signal)
    const verdict = judgeConflict(packet, current)
    if (verdict.kind === 'settled') return verdict.delivery
    const second = await put(verdict.condition)
    if (second !== 'conflict') return second
    return { state: 'conflict', detail: 'another publication of this key is under way there' }
  }

  return {
    id: url,
    kind: 'relay',
    start() {
      stopping = new AbortController()
      show({ id: url, kind: 'relay', state: 'unused' })
      return Promise.resolve()
    },
    stop() {
      stopping.abort()
      view = { id: url, kind: 'relay', state: 'off' }
      return Promise.resolve()
    },
    resolve: (key, query) =>
      withEitherSignal(query.signal, stopping.signal, (signal) => resolve(key, query, signal)),
    async publish(packet, userSignal) {
      const delivery = await withEitherSignal(userSignal, stopping.signal, (signal) =>
        deliver(packet, signal),
      )
      return { carrier: url, kind: 'relay', ...delivery }
    },
    status: () => view,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** For logs: a URL may hold a password. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'a bad URL'
}

function waiting(waitMs: number): string {
  return `asked to be left alone for another ${Math.ceil(waitMs / 1000)} s`
}
