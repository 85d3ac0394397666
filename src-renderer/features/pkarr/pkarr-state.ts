import type {
  PkarrDeliveryView,
  PkarrView,
  PkarrZoneView,
} from '../../../src-preload/contract/pkarr-model.ts'
import { text } from '../../text/catalogue.ts'
import { relayHost, shortKey } from '../../text/format.ts'
import type { Tone } from '../../ui/Badge.tsx'

const words = text.pkarr

export type ZoneState = keyof typeof words.states

export const zoneTones: Readonly<Record<ZoneState, Tone>> = {
  verified: 'ok',
  unverified: 'warning',
  stale: 'warning',
  empty: 'neutral',
  unpublished: 'neutral',
  failed: 'danger',
}

/** What matters most about a zone; that nobody checked it outweighs all but having nothing. */
export function zoneState(zone: PkarrZoneView): ZoneState {
  const { signedAtMs, isOwn, records, isVerified, isExpired } = zone
  if (signedAtMs === undefined) return isOwn ? 'unpublished' : 'failed'
  if (!isVerified) return 'unverified'
  if (isExpired) return 'stale'
  return records.length === 0 ? 'empty' : 'verified'
}

/** What a zone is called: its label if there is one. */
export function zoneName({ alias, key }: Pick<PkarrZoneView, 'alias' | 'key'>): string {
  return alias ?? shortKey(key)
}

/** A carrier as people call it: `DHT`, or the host of the relay. */
export function carrierName(id: string): string {
  return id === 'dht' ? words.carrierNames.dht : relayHost(id)
}

/** True when carriers were tried and none works. */
export function isPkarrOffline({ carriers }: Pick<PkarrView, 'carriers'>): boolean {
  const tried = carriers.filter(({ state }) => state === 'ok' || state === 'failing')
  return tried.length > 0 && tried.every(({ state }) => state === 'failing')
}

export interface DeliverySummary {
  readonly tone: 'ok' | 'warning' | 'danger'
  readonly title: string
  readonly warnings: readonly string[]
}

/** Below this many DHT nodes a zone may be hard to find. */
const usualNodes = 10

/**
 * How a publication went, as a whole. `warnings` are the engine's own; the one about few nodes is
 * added unless they have it already.
 */
export function summariseDelivery(
  results: readonly PkarrDeliveryView[],
  warnings: readonly string[] = [],
): DeliverySummary {
  const stored = results.filter(({ state }) => state === 'stored')
  const hasConflict = results.some(({ state }) => state === 'conflict')
  if (stored.length === 0) {
    return {
      tone: 'danger',
      title: words.delivery.notSent,
      warnings: [
        ...(hasConflict ? [words.delivery.conflictText] : []),
        ...(warnings.length > 0 || hasConflict ? warnings : [words.delivery.notSentText]),
      ],
    }
  }
  // A relay that does not say how many nodes took it stands for one.
  const nodes = Math.max(...stored.map((result) => result.nodes ?? 1))
  const relays = results.filter(({ kind }) => kind === 'relay')
  const isFew = nodes < usualNodes && !warnings.some((warning) => /\bnodes?\b/iu.test(warning))
  const all = [
    ...(hasConflict ? [words.delivery.conflictText] : []),
    ...(isFew ? [words.delivery.fewNodes(nodes)] : []),
    ...warnings,
  ]
  return {
    tone: all.length > 0 ? 'warning' : 'ok',
    title: words.delivery.sent([
      words.delivery.onNodes(nodes),
      ...(relays.length === 0
        ? []
        : [
            words.delivery.onRelays(
              relays.filter(({ state }) => state === 'stored').length,
              relays.length,
            ),
          ]),
    ]),
    warnings: all,
  }
}
