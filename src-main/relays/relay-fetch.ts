import type { Filter } from 'nostr-tools/filter'
import type { Env, Unsubscribe } from '../env/env.ts'
import type { EventIntake } from './event-intake.ts'
import { fetchEndMs, type FetchRules } from './fetch-rules.ts'
import type { OpenRequest, RelayConnection } from './relay-connection.ts'
import type {
  FetchOutcome,
  RelayAnswer,
  RelayOutcome,
  StoredEvent,
  VerifiedEvent,
} from './relay-service.ts'

export interface FetchPlan {
  readonly connections: readonly RelayConnection[]
  /** Relays found out meanwhile; until it settles the fetch is not complete. */
  readonly more?: Promise<readonly RelayConnection[]>
  readonly filters: readonly Filter[]
  readonly rules: FetchRules
  readonly isDecisive: (event: VerifiedEvent) => boolean
  /** Whether an EOSE of this relay is evidence: our own embedded relay's is not. */
  readonly countsAsWitness: (url: string) => boolean
  /** Return older, expired and future versions too. */
  readonly everything?: boolean
  readonly signal: AbortSignal
}

export interface RunningFetch {
  readonly outcome: Promise<FetchOutcome>
  /** When the last subscription is closed; slow relays are heard out after the outcome. */
  readonly done: Promise<void>
  /** Ends everything now. */
  cancel(): void
}

/** More events than any name can need: the stream is cut there. */
const maxEventsPerRelay = 500

interface Asked {
  readonly connection: RelayConnection
  readonly startedMs: number
  release: Unsubscribe | undefined
  request: OpenRequest | undefined
  received: number
  events: number
  /** Events still being checked; EOSE counts only after them. */
  checking: number
  ended: { readonly outcome: RelayOutcome; readonly detail?: string } | undefined
  settledMs: number | undefined
}

/**
 * Asks all relays of `plan` at once and ends by its rules. Relays not finished then stay subscribed
 * until the hard stop, so that a newer version of theirs still reaches the store.
 */
export function runFetch(env: Env, intake: EventIntake, plan: FetchPlan): RunningFetch {
  const { clock } = env
  const startedMs = clock.nowMs()
  const asked = new Map<string, Asked>()
  const found = new Map<string, StoredEvent>()
  const eoseTimesMs: number[] = []
  let decisiveAtMs: number | undefined
  let isMoreComing = plan.more !== undefined
  let isOver = false
  let isDone = false
  let cancelTimer: Unsubscribe | undefined
  let resolveOutcome: (outcome: FetchOutcome) => void
  let resolveDone: () => void
  const outcome = new Promise<FetchOutcome>((resolve) => (resolveOutcome = resolve))
  const done = new Promise<void>((resolve) => (resolveDone = resolve))

  const isComplete = (): boolean =>
    !isMoreComing && [...asked.values()].every((relay) => relay.settledMs !== undefined)

  const answerOf = (relay: Asked, unsettled: RelayOutcome): RelayAnswer => {
    const { outcome: relayOutcome, detail } = relay.ended ?? { outcome: unsettled }
    return {
      url: relay.connection.url,
      outcome: relay.settledMs === undefined ? unsettled : relayOutcome,
      events: relay.events,
      elapsedMs: (relay.settledMs ?? clock.nowMs()) - relay.startedMs,
      ...(detail === undefined ? {} : { detail }),
    }
  }

  const conclude = (unsettled: RelayOutcome): void => {
    if (isOver) return
    isOver = true
    resolveOutcome({
      events: [...found.values()],
      relays: [...asked.values()].map((relay) => answerOf(relay, unsettled)),
      eoseCount: eoseTimesMs.length,
    })
  }

  const finish = (unsettled: RelayOutcome): void => {
    if (isDone) return
    isDone = true
    conclude(unsettled)
    cancelTimer?.()
    plan.signal.removeEventListener('abort', onAbort)
    for (const relay of asked.values()) {
      relay.request?.close()
      relay.release?.()
    }
    resolveDone()
  }
  const onAbort = (): void => finish('aborted')

  /** Ends what is due, and sets the timer for what comes next. */
  const review = (): void => {
    if (isDone) return
    const complete = isComplete()
    const nowMs = clock.nowMs()
    const progress = { startedMs, decisiveAtMs, eoseTimesMs, isComplete: complete }
    const endMs = fetchEndMs(progress, plan.rules)
    if (nowMs >= endMs) conclude('timeout')
    const hardStopMs = startedMs + plan.rules.hardStopMs
    if (complete || nowMs >= hardStopMs) return finish('timeout')
    cancelTimer?.()
    cancelTimer = clock.schedule((isOver ? hardStopMs : endMs) - nowMs, review)
  }

  const settleIfChecked = (relay: Asked): void => {
    if (relay.ended === undefined || relay.checking > 0 || relay.settledMs !== undefined) return
    relay.settledMs = clock.nowMs()
    relay.request?.close()
    relay.release?.()
    if (relay.ended.outcome === 'eose' && plan.countsAsWitness(relay.connection.url)) {
      eoseTimesMs.push(relay.settledMs)
    }
    review()
  }

  const end = (relay: Asked, relayOutcome: RelayOutcome, detail?: string): void => {
    relay.ended ??=
      detail === undefined ? { outcome: relayOutcome } : { outcome: relayOutcome, detail }
    settleIfChecked(relay)
  }

  const hear = (relay: Asked, event: VerifiedEvent): void => {
    if (relay.ended !== undefined) return
    relay.received += 1
    if (relay.received > maxEventsPerRelay) {
      const reason = `sent more than ${maxEventsPerRelay} events for one name`
      end(relay, 'closed', reason)
      return relay.connection.penalize(reason)
    }
    relay.checking += 1
    void intake
      .take(event, relay.connection, plan.filters, plan.everything)
      .then((taken) => {
        if (taken.kind !== 'good') return
        relay.events += 1
        found.set(taken.stored.event.id, taken.stored)
        if (decisiveAtMs === undefined && plan.isDecisive(taken.stored.event)) {
          decisiveAtMs = clock.nowMs()
          review()
        }
      })
      .catch((error: unknown) => env.log.error('event not taken', { reason: error }))
      .finally(() => {
        relay.checking -= 1
        settleIfChecked(relay)
      })
  }

  const ask = async (connection: RelayConnection): Promise<void> => {
    if (isDone || asked.has(connection.url)) return
    const relay: Asked = {
      connection,
      startedMs: clock.nowMs(),
      release: undefined,
      request: undefined,
      received: 0,
      events: 0,
      checking: 0,
      ended: undefined,
      settledMs: undefined,
    }
    asked.set(connection.url, relay)
    relay.release = connection.hold()
    const failure = await connection.whenConnected()
    if (isDone) return
    if (failure !== undefined) return end(relay, 'unreachable', failure)
    relay.request = connection.request(plan.filters, {
      onEvent: (event) => hear(relay, event),
      onEose: () => end(relay, 'eose'),
      onClosed: (reason) => end(relay, 'closed', reason),
    })
  }

  plan.signal.addEventListener('abort', onAbort)
  for (const connection of plan.connections) void ask(connection)
  void plan.more
    ?.catch(() => [])
    .then((connections) => {
      isMoreComing = false
      for (const connection of connections) void ask(connection)
      review()
    })
  if (plan.signal.aborted) finish('aborted')
  else review()

  return { outcome, done, cancel: () => finish('aborted') }
}
