import { parseIpv6 } from '../../../dns/wire/ip-address.ts'
import type { Clock } from '../../../env/env.ts'

export interface RateLimit {
  /** Tokens that come back each second; 0 for no limit. */
  readonly perSecond: number
  /** Tokens at most. */
  readonly burst: number
}

/** A token bucket for each client. */
export interface RateLimiter {
  /** Takes a token of `client`: 0, or how long it should wait for the next one. Milliseconds. */
  take(client: string): number
}

interface Bucket {
  readonly tokens: number
  readonly atMs: number
}

/** Clients remembered; forgetting the one seen longest ago gives it a full bucket back. */
const mostClients = 10_000

export function createRateLimiter(clock: Clock, { perSecond, burst }: RateLimit): RateLimiter {
  const buckets = new Map<string, Bucket>()
  return {
    take(client) {
      if (perSecond === 0) return 0
      const nowMs = clock.nowMs()
      const { tokens, atMs } = buckets.get(client) ?? { tokens: burst, atMs: nowMs }
      const gained = (Math.max(0, nowMs - atMs) / 1000) * perSecond
      const filled = Math.min(burst, tokens + gained)
      const isFree = filled >= 1
      buckets.delete(client)
      buckets.set(client, { tokens: isFree ? filled - 1 : filled, atMs: nowMs })
      const oldest = buckets.size > mostClients ? buckets.keys().next().value : undefined
      if (oldest !== undefined) buckets.delete(oldest)
      return isFree ? 0 : ((1 - filled) / perSecond) * 1000
    },
  }
}

/** What addresses have in common that belong to one client: for IPv6 the network, of 64 bits. */
export function clientOf(address: string): string {
  const octets = address.includes(':') ? parseIpv6(address) : undefined
  if (octets === undefined) return address
  const buffer = Buffer.from(octets)
  const isMapped = buffer.subarray(0, 12).equals(Buffer.from('00000000000000000000ffff', 'hex'))
  return isMapped ? buffer.subarray(12).join('.') : buffer.toString('hex', 0, 8)
}
