/** What the relays' answers to one event amount to. Pure. */
import type { PublishOutcome, RelayHealth } from '../relays/relay-service.ts'
import type { CopyReport, PublishReport } from './publisher.ts'

/** Takers that make an event published: one relay can vanish (specs s.4.6). */
export const enoughRelays = 2

/** NIP-01 prefixes of an OK message that speak of the event itself: another try changes nothing. */
const finalRefusal = /^(?:blocked|invalid|pow|restricted|replaced|mute|duplicate)\b/iu

/** True for an answer that may be better another time. */
export function isWorthRetrying({ outcome, detail }: PublishOutcome): boolean {
  if (outcome === 'refused') return !finalRefusal.test(detail ?? '')
  return outcome !== 'ok'
}

/**
 * `ok` answers that count. The relay inside this program serves this computer and its network; it
 * counts only when there is no other relay.
 */
export function countTakers(
  okUrls: Iterable<string>,
  outcomes: readonly { readonly url: string }[],
  health: readonly RelayHealth[],
): number {
  const inside = new Set(health.filter(({ origin }) => origin === 'embedded').map(({ url }) => url))
  const urls = [...new Set(okUrls)]
  const outside = urls.filter((url) => !inside.has(url))
  const isAlone = [...outcomes.map(({ url }) => url), ...urls].every((url) => inside.has(url))
  return isAlone ? urls.length : outside.length
}

/** The state of a publication whose canonical event `takers` relays hold. */
export function publicationState(
  takers: number,
  outcomes: readonly PublishOutcome[],
): PublishReport['state'] {
  if (takers >= enoughRelays) return 'published'
  if (takers > 0) return 'partial'
  const isHopeless = outcomes.length > 0 && !outcomes.some(isWorthRetrying)
  return isHopeless && outcomes.every(({ outcome }) => outcome === 'refused') ? 'failed' : 'queued'
}

/** The state of one event: a single taker makes it published. */
export function copyState(outcomes: readonly PublishOutcome[]): CopyReport['state'] {
  if (outcomes.some(({ outcome }) => outcome === 'ok')) return 'published'
  const isHopeless = outcomes.length > 0 && !outcomes.some(isWorthRetrying)
  return isHopeless ? 'failed' : 'queued'
}

/** `earlier` with the newer answers of the same relays in their place; order of first answer. */
export function mergeOutcomes(
  earlier: readonly PublishOutcome[],
  newer: readonly PublishOutcome[],
): readonly PublishOutcome[] {
  const byUrl = new Map(earlier.map((outcome) => [outcome.url, outcome]))
  for (const outcome of newer) {
    // A relay that took the event has it, whatever it says to the next offer.
    if (byUrl.get(outcome.url)?.outcome !== 'ok') byUrl.set(outcome.url, outcome)
  }
  return [...byUrl.values()]
}
