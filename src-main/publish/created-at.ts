import type { UnixSeconds } from '../env/env.ts'
import { fail, ok, type Result } from '../env/errors.ts'

/** Readers refuse events from further in the future than this (specs s.4.5). Seconds. */
const futureLimit = 600

/**
 * The `created_at` of the next event at an address: now, but later than everything in `earlier` by a
 * second at least, since relays and readers keep the newest. Fails with `publish.clock` when that
 * would lie so far in the future that readers refuse it: then the clock went back.
 */
export function nextCreatedAt(
  now: UnixSeconds,
  earlier: readonly (UnixSeconds | undefined)[],
): Result<UnixSeconds> {
  const last = Math.max(-1, ...earlier.filter((time) => time !== undefined))
  const next = Math.max(now, last + 1)
  if (next <= now + futureLimit) return ok(next)
  const times = { last: toIso(last), now: toIso(now) }
  return fail(
    'publish.clock',
    `The newest event under this name is signed ${times.last}, but this computer's clock says ${times.now}: a new one would be refused as older.`,
    "Correct the computer's date and time; publishing goes on by itself when the clock is past that time.",
  )
}

function toIso(time: UnixSeconds): string {
  return new Date(time * 1000).toISOString().replace('.000Z', 'Z')
}
