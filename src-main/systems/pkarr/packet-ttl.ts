import { decodeMessage } from '../../dns/wire/decode.ts'
import type { SignedPacket } from './carrier.ts'

export interface TtlBounds {
  /** Seconds. */
  readonly minTtl: number
  /** Seconds. */
  readonly maxTtl: number
}

/**
 * How long `packet` counts as fresh after a carrier last had it: the smallest TTL of its records
 * within `bounds`; the lower bound when it has none. Seconds.
 */
export function packetTtl({ payload }: SignedPacket, { minTtl, maxTtl }: TtlBounds): number {
  const ttls = decodeMessage(payload).answers.map(({ ttl }) => ttl)
  const smallest = ttls.length === 0 ? minTtl : Math.min(...ttls)
  return Math.min(maxTtl, Math.max(minTtl, smallest))
}
