import type { Clock } from '../env/env.ts'
import type { Counters } from '../../src-preload/contract/model.ts'

const seconds = 60

/** Running totals of a name server; mutable numbers, because the hot path adds to them. */
export interface QueryCounters {
  managed: number
  forwarded: number
  cacheHits: number
  refused: number
  failures: number
  /** Counts a query in the second `nowSeconds`. */
  query(nowSeconds: number): void
  snapshot(): Counters
}

export function createQueryCounters(clock: Clock): QueryCounters {
  const ring = new Array<number>(seconds).fill(0)
  let queries = 0
  let current = Math.floor(clock.nowMs() / 1000)

  /** Zeroes the seconds in which nothing was asked. */
  const advance = (nowSeconds: number): void => {
    const steps = Math.min(seconds, Math.max(0, nowSeconds - current))
    for (let step = 1; step <= steps; step += 1) ring[(current + step) % seconds] = 0
    current = Math.max(current, nowSeconds)
    if (steps === seconds) ring.fill(0)
  }

  const counters: QueryCounters = {
    managed: 0,
    forwarded: 0,
    cacheHits: 0,
    refused: 0,
    failures: 0,
    query(nowSeconds) {
      if (nowSeconds > current) advance(nowSeconds)
      queries += 1
      const slot = current % seconds
      ring[slot] = (ring[slot] ?? 0) + 1
    },
    snapshot() {
      advance(Math.floor(clock.nowMs() / 1000))
      const oldest = (current + 1) % seconds
      return {
        queries,
        managed: counters.managed,
        forwarded: counters.forwarded,
        cacheHits: counters.cacheHits,
        refused: counters.refused,
        failures: counters.failures,
        perSecond: [...ring.slice(oldest), ...ring.slice(0, oldest)],
      }
    },
  }
  return counters
}
