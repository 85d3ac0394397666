import { lookup } from 'node:dns/promises'
import type { Clock } from '../../env/env.ts'
import type { Canary } from './canary.ts'

export type CanaryResult =
  /** The system's resolver asked this process and gave its answer on. */
  | 'came-back'
  /** It asked us, and something on the way back dropped the answer: DNSSEC, a rebinding filter. */
  | 'answer-lost'
  /** Somebody else answered. */
  | 'foreign-answer'
  /** Nobody answered, and we were not asked. */
  | 'not-asked'

/** Addresses of a name by the system's own resolver; rejects when there are none. */
export type SystemLookup = (name: string) => Promise<readonly string[]>

/**
 * getaddrinfo, as every other program of this computer asks: not `dns.resolve`, which reads lists of
 * servers by itself. Only A, so that the absence of IPv6 does not matter.
 */
export const systemLookup: SystemLookup = async (name) => {
  const found = await lookup(name, { family: 4, all: true })
  return found.map(({ address }) => address)
}

/** Changes take a moment to arrive in resolvers that watch files. Milliseconds before each try. */
const pausesMs = [0, 500, 2_000]
/** getaddrinfo has no time limit of its own that could be set. Milliseconds. */
const limitMs = 6_000

/** Who is asked, and for names below what. */
export interface CanaryWay {
  readonly ask: SystemLookup
  /** One that the system's resolver was told to send here. */
  readonly suffix: string
}

/**
 * Sends canaries through the system's resolver until one comes back or hope is lost. Ends early, as
 * not asked, when `signal` is aborted.
 */
export async function sendCanary(
  clock: Clock,
  canary: Canary,
  way: CanaryWay,
  signal: AbortSignal,
): Promise<CanaryResult> {
  let result: CanaryResult = 'not-asked'
  for (const pause of pausesMs) {
    if (pause > 0) await firstOf(clock, signal, pause)
    if (signal.aborted) break
    result = await sendOne(clock, canary, way, signal)
    if (result === 'came-back') break
  }
  return result
}

async function sendOne(
  clock: Clock,
  canary: Canary,
  { ask, suffix }: CanaryWay,
  signal: AbortSignal,
): Promise<CanaryResult> {
  // A fresh name each time: negative answers are cached.
  const probe = canary.begin(suffix)
  try {
    const addresses = await firstOf(clock, signal, limitMs, ask(probe.name))
    if (addresses?.includes(probe.address) === true) return 'came-back'
    if (probe.wasAsked()) return 'answer-lost'
    return addresses === undefined ? 'not-asked' : 'foreign-answer'
  } finally {
    probe.end()
  }
}

/** The value; undefined when it fails, takes longer than `milliseconds`, or nobody waits any more. */
function firstOf<T>(
  clock: Clock,
  signal: AbortSignal,
  milliseconds: number,
  promise?: Promise<T>,
): Promise<T | undefined> {
  return new Promise((resolve) => {
    const finish = (value?: T): void => {
      cancel()
      signal.removeEventListener('abort', giveUp)
      resolve(value)
    }
    const giveUp = (): void => finish()
    const cancel = clock.schedule(milliseconds, giveUp)
    signal.addEventListener('abort', giveUp)
    if (signal.aborted) giveUp()
    promise?.then(finish, giveUp)
  })
}
