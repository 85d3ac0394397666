import type { PkarrDeliveryView } from '../../../../src-preload/contract/pkarr-model.ts'
import { endpointKey } from './contact.ts'
import type { PutAnswer } from './dht-client.ts'

/** BEP 44: 301 the stored item is another than expected, 302 it is newer. */
const isConflict = (code: number): boolean => code >= 300 && code < 400

/**
 * What the answers to a `put` come to. Some implementations refuse the very packet they hold with
 * 302 (equal `seq`): nodes in `holding`, which showed it before, count as storing it. As in the
 * reference, a majority of conflicts is one, and else a single node that stores is a success.
 */
export function judgePut(
  answers: readonly PutAnswer[],
  holding: ReadonlySet<string>,
): PkarrDeliveryView {
  let stored = 0
  let conflicts = 0
  let refused = 0
  let lastRefusal: string | undefined
  for (const { holder, outcome } of answers) {
    if (outcome === 'silent') continue
    if (outcome === 'stored') stored += 1
    else if (!isConflict(outcome.code)) {
      refused += 1
      lastRefusal = `${outcome.code} ${outcome.message}`.trim()
    } else if (holding.has(endpointKey(holder))) stored += 1
    else conflicts += 1
  }
  const view = { carrier: 'dht', kind: 'dht' } as const
  const answered = stored + conflicts + refused
  if (answered === 0) {
    return { ...view, state: 'unreachable', detail: 'No DHT node answered the announcement.' }
  }
  if (conflicts * 2 > answered) {
    return {
      ...view,
      state: 'conflict',
      detail: `${conflicts} of ${answered} DHT nodes hold a newer packet.`,
    }
  }
  if (stored > 0) return { ...view, state: 'stored', nodes: stored }
  return {
    ...view,
    state: refused > 0 ? 'refused' : 'conflict',
    detail:
      lastRefusal === undefined
        ? `${conflicts} of ${answered} DHT nodes hold a newer packet.`
        : `DHT nodes refused it: ${lastRefusal}`,
  }
}
