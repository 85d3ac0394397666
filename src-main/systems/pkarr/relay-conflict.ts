import type { PkarrDeliveryView } from '../../../src-preload/contract/pkarr-model.ts'
import type { SignedPacket } from './carrier.ts'
import type { GetAnswer } from './relay-replies.ts'
import { isNewer } from './signed-packet.ts'

/** What a relay said to a publication. */
export type Delivery = Pick<PkarrDeliveryView, 'state' | 'nodes' | 'detail'>

export type ConflictVerdict =
  | { readonly kind: 'settled'; readonly delivery: Delivery }
  /** Worth one more attempt, under these headers. */
  | { readonly kind: 'again'; readonly condition: Readonly<Record<string, string>> }

/**
 * Whether `packet` may be sent again after a conflict, now that `current` was fetched: never over
 * something newer. Relays up to generation 3.7 understand `If-Unmodified-Since` and ignore
 * `If-Match`; to those after it, the former means nothing beside the latter (RFC 9110 s.13.1.4).
 */
export function judgeConflict(packet: SignedPacket, current: GetAnswer): ConflictVerdict {
  const settled = (delivery: Delivery): ConflictVerdict => ({ kind: 'settled', delivery })
  if (current.kind === 'failed') return settled({ state: 'conflict', detail: current.problem })
  if (current.kind === 'packet') {
    const held = current.sighting.packet
    if (isNewer(held, packet)) {
      const detail = `holds a newer packet, signed ${signingTime(held.timestampUs)}`
      return settled({ state: 'conflict', detail })
    }
    if (!isNewer(packet, held)) return settled({ state: 'stored' })
    const headers = {
      'if-match': String(held.timestampUs),
      'if-unmodified-since': httpDateAfter(held.timestampUs),
    }
    return { kind: 'again', condition: headers }
  }
  if (current.kind === 'none' && (current.invalidSeq ?? -1n) >= packet.timestampUs) {
    const detail = 'the newest item under the key is no DNS message, and counts as later'
    return settled({ state: 'conflict', detail })
  }
  return { kind: 'again', condition: {} }
}

/** The first HTTP date not before `timestampUs`: dates have whole seconds only. */
function httpDateAfter(timestampUs: bigint): string {
  return new Date(Number((timestampUs + 999_999n) / 1_000_000n) * 1000).toUTCString()
}

function signingTime(timestampUs: bigint): string {
  const date = new Date(Number(timestampUs / 1000n))
  return Number.isNaN(date.getTime()) ? 'in the far future' : date.toISOString()
}
