import type { PkarrDeliveryView } from '../../../src-preload/contract/pkarr-model.ts'
import type { RandomSource } from '../../env/env.ts'

/** DHT nodes forget an item two hours after they last heard of it (BEP 44). Milliseconds. */
const periodMs = 60 * 60_000
/** Part of the period by which keys are spread, so that they do not all go out at once. */
const jitter = 0.1
/** First wait after an announcement that did not reach every carrier; doubled each time, up to the period. Milliseconds. */
const firstRetryMs = 60_000
/** Fewer nodes than this lose an item easily (specs/pkarr.md s.5). */
const healthyNodes = 10

/** Whether any carrier has the packet now. */
export function isAnnounced(results: readonly PkarrDeliveryView[]): boolean {
  return results.some(({ state }) => state === 'stored')
}

/** Whether there is nothing to try again before the hour is over: one that refuses will refuse again. */
export function isSettled(results: readonly PkarrDeliveryView[]): boolean {
  return (
    isAnnounced(results) &&
    results.every(({ state }) => state !== 'rate-limited' && state !== 'unreachable')
  )
}

/** When to announce again. Unix milliseconds. */
export function nextAnnouncementMs(nowMs: number, failures: number, random: RandomSource): number {
  const wait = failures === 0 ? periodMs : Math.min(periodMs, firstRetryMs * 2 ** (failures - 1))
  const [octet = 0] = random.bytes(1)
  return nowMs + Math.round(wait * (1 - (jitter * octet) / 255))
}

/** The same nodes hold it whoever counts them: the largest number, not the sum. */
export function mostNodes(results: readonly PkarrDeliveryView[]): number {
  return Math.max(0, ...results.map(({ nodes }) => nodes ?? 0))
}

/** What the owner should know about an announcement. */
export function warningsOf(results: readonly PkarrDeliveryView[]): readonly string[] {
  if (results.length === 0) {
    return ['There is no relay in the settings and the DHT is off: it was kept, but sent nowhere.']
  }
  if (!isAnnounced(results)) {
    return ['No carrier stored it; it is tried again by itself.']
  }
  const retry = isSettled(results)
    ? []
    : ['Not every carrier could take it; those are tried again by themselves.']
  const nodes = mostNodes(results)
  if (nodes >= healthyNodes) return retry
  return [
    ...retry,
    `Only ${nodes} ${nodes === 1 ? 'node is' : 'nodes are'} known to hold it; ${healthyNodes} or more keep it well.`,
  ]
}
