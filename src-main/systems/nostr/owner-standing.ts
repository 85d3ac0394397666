import type { LapsedEvent, Zone } from './choose-zone.ts'
import { type OwnerState, quorum } from './owner-state.ts'

/** What is known of an owner, and how far relays stand behind it: for trust decisions. */
export interface OwnerStanding {
  readonly zone?: Zone
  /** What the owner said until it expired. */
  readonly lapsed: readonly LapsedEvent[]
  /** Relays told this a moment ago, or a live subscription would have told of any change. */
  readonly isConfirmed: boolean
  /** When relays last stood behind it; 0 for never. Milliseconds. */
  readonly confirmedAtMs: number
  /** Enough relays said that they hold nothing else. */
  readonly isComplete: boolean
  /** Why relays could not confirm it, in plain words. */
  readonly shortfall: string
}

export function standingOf(
  state: OwnerState,
  { isFresh, followedUntilMs }: { readonly isFresh: boolean; readonly followedUntilMs: number },
): OwnerStanding {
  const { zone, lapsed } = state.choice
  return {
    ...(zone !== undefined && { zone }),
    lapsed,
    isConfirmed: isFresh,
    confirmedAtMs: Math.max(state.confirmedAtMs, followedUntilMs),
    isComplete: state.eoseCount >= quorum,
    shortfall: state.shortfall.text,
  }
}
