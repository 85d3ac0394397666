/** When a look-up over several relays is over (specs/nostr-dns.md s.4.6). Pure. */

export interface FetchRules {
  /** Time left to others after a decisive event. Milliseconds. */
  readonly decisiveGraceMs: number
  /** Relays whose EOSE is enough, and the time left to others after that. */
  readonly enoughEoses: number
  readonly eoseGraceMs: number
  /** The end in any case, from the start. Milliseconds. */
  readonly hardStopMs: number
}

/** For names: a stub resolver gives up at about 5 s, and the answer must be out by then. */
export const lookupRules: FetchRules = {
  decisiveGraceMs: 300,
  enoughEoses: 2,
  eoseGraceMs: 400,
  hardStopMs: 2_500,
}

/** For guards, which must see every slot: everyone is waited for. */
export const everyoneRules: FetchRules = {
  decisiveGraceMs: Number.POSITIVE_INFINITY,
  enoughEoses: Number.POSITIVE_INFINITY,
  eoseGraceMs: 0,
  hardStopMs: 5_000,
}

export interface FetchProgress {
  readonly startedMs: number
  /** When the first decisive event was accepted. */
  readonly decisiveAtMs: number | undefined
  /** Times of the EOSEs that count, in order. */
  readonly eoseTimesMs: readonly number[]
  /** Every relay has finished or failed, and no more will be asked. */
  readonly isComplete: boolean
}

/** The time at which the look-up is over, if nothing more happens. Milliseconds. */
export function fetchEndMs(progress: FetchProgress, rules: FetchRules): number {
  if (progress.isComplete) return progress.startedMs
  const eoseAtMs = progress.eoseTimesMs[rules.enoughEoses - 1]
  return Math.min(
    progress.startedMs + rules.hardStopMs,
    (progress.decisiveAtMs ?? Number.POSITIVE_INFINITY) + rules.decisiveGraceMs,
    (eoseAtMs ?? Number.POSITIVE_INFINITY) + rules.eoseGraceMs,
  )
}
