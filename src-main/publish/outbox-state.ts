/** How answers of relays change what is queued and reported. Pure. */
import type { Env } from '../env/env.ts'
import type { Problem } from '../env/errors.ts'
import type { PublishOutcome, RelayHealth } from '../relays/relay-service.ts'
import {
  countTakers,
  enoughRelays,
  isWorthRetrying,
  mergeOutcomes,
  publicationState,
} from './delivery.ts'
import type { PublishState, QueuedEvent } from './publish-state.ts'
import type { CopyReport, PublishReport } from './publisher.ts'

/** Waits between attempts; the last one repeats. Milliseconds. */
const waits = [5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000]

/** The wait after `attempts` tries, up to a fifth longer so that programs do not knock in step. */
export function retryDelayMs(attempts: number, random: Env['random']): number {
  const base = waits[Math.min(Math.max(attempts, 1), waits.length) - 1] ?? 0
  return base + Math.floor((base / 5) * ((random.bytes(1)[0] ?? 0) / 256))
}

export interface Answers {
  readonly outcomes: readonly PublishOutcome[]
  readonly health: readonly RelayHealth[]
  readonly nowMs: number
  readonly random: Env['random']
  /** True while relays have yet to answer: then a refusal is not the last word. */
  readonly isRunning?: boolean
}

/**
 * `state` after an attempt to deliver event `id`. An event leaves the queue when two relays have it,
 * or when every relay gave a final answer.
 */
export function withAnswers(state: PublishState, id: string, answers: Answers): PublishState {
  const entry = state.queue.find(({ event }) => event.id === id)
  if (entry === undefined) return state
  const updated = afterAttempt(entry, answers)
  const queue = isDone(updated, answers)
    ? state.queue.filter((other) => other !== entry)
    : state.queue.map((other) => (other === entry ? updated : other))
  const hosts = state.hosts.map((host) => {
    const report = host.lastPublished
    if (report === undefined || host.pubkey !== entry.pubkey || host.host !== entry.host)
      return host
    return { ...host, lastPublished: withDelivery(report, id, answers) }
  })
  return { ...state, queue, hosts }
}

function afterAttempt(entry: QueuedEvent, answers: Answers): QueuedEvent {
  const takers = answers.outcomes.filter(({ outcome }) => outcome === 'ok').map(({ url }) => url)
  const attempts = entry.attempts + 1
  return {
    ...entry,
    okUrls: [...new Set([...entry.okUrls, ...takers])],
    attempts,
    nextAttemptMs: answers.nowMs + retryDelayMs(attempts, answers.random),
  }
}

function isDone({ okUrls }: QueuedEvent, { outcomes, health }: Answers): boolean {
  if (countTakers(okUrls, outcomes, health) >= enoughRelays) return true
  const open = outcomes.filter(({ url }) => !okUrls.includes(url))
  return outcomes.length > 0 && !open.some(isWorthRetrying)
}

/** `report` with the canonical event's new answers, if it is about event `id`. */
export function withDelivery(report: PublishReport, id: string, answers: Answers): PublishReport {
  const canonical = report.copies.find((copy) => copy.eventId === id)
  if (canonical?.format !== 'canonical') return report
  const relays = mergeOutcomes(canonical.relays, answers.outcomes)
  const okUrls = relays.filter(({ outcome }) => outcome === 'ok').map(({ url }) => url)
  const takers = countTakers(okUrls, relays, answers.health)
  const reached = publicationState(takers, relays)
  const state = answers.isRunning === true && reached === 'failed' ? 'queued' : reached
  const copyState: CopyReport['state'] =
    takers > 0 ? 'published' : state === 'failed' ? 'failed' : 'queued'
  const copies = report.copies.map((copy) =>
    copy === canonical ? { ...copy, relays, state: copyState } : copy,
  )
  const { problem: _earlier, ...rest } = report
  return { ...rest, copies, state, ...(state === 'failed' && { problem: refusedProblem(relays) }) }
}

function refusedProblem(relays: readonly PublishOutcome[]): Problem {
  const reasons = relays.map(({ url, detail }) => `${url} (${detail ?? 'no reason given'})`)
  return {
    code: 'publish.refused',
    message: `Every relay refused the event: ${reasons.join(', ')}.`,
    hint: 'Add a relay that accepts your key, in Settings.',
  }
}
