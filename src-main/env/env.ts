/**
 * The world as services see it. Everything that reads a clock or draws a random number takes it
 * from here, so that tests decide what time it is (DESIGN s.2: clocks and randomness are passed in).
 */
import type { Logger } from './logger.ts'

/** Seconds since the Unix epoch, as Nostr's `created_at` counts them (NIP-01). */
export type UnixSeconds = number

/** Ends a timer or a listener; calling it twice is harmless. */
export type Unsubscribe = () => void

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number
  /** Runs `task` once after `delayMs` milliseconds; the timer never keeps the process alive. */
  schedule(delayMs: number, task: () => void): Unsubscribe
}

export interface RandomSource {
  /** `length` bytes from a cryptographically secure source. */
  bytes(length: number): Uint8Array
}

export interface Env {
  readonly clock: Clock
  readonly random: RandomSource
  readonly log: Logger
}

/** Whole Unix seconds of `clock`. */
export function unixSeconds(clock: Clock): UnixSeconds {
  return Math.floor(clock.nowMs() / 1000)
}
