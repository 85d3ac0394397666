import { matchFilters, type Filter } from 'nostr-tools/filter'
import type { Event } from 'nostr-tools/pure'
import type { Env } from '../env/env.ts'
import type { LocalEventStore } from './event-store.ts'
import type { RelayConnection } from './relay-connection.ts'
import type { AcceptVerdict, StoredEvent } from './relay-service.ts'
import type { Verifier } from './verify.ts'

/** What became of an event from a relay. Only `good` ones may be used. */
export type Intake =
  | { readonly kind: 'good'; readonly stored: StoredEvent }
  /** True or not, it would change nothing: older than what is held, deleted or expired. */
  | { readonly kind: 'stale' }
  /** The relay should not have sent it. */
  | { readonly kind: 'bad'; readonly reason: string }

export interface EventIntake {
  /**
   * Checks `event` as delivered by `connection` for `filters`, stores it, and counts it for or
   * against the relay. With `everything`, events that cannot be stored (older, expired, from the
   * future) are still verified and returned.
   */
  take(
    event: Event,
    connection: RelayConnection,
    filters: readonly Filter[],
    everything?: boolean,
  ): Promise<Intake>
}

const faults = {
  malformed: 'no event',
  'too-large': 'too large',
  'bad-id': 'with a wrong id',
  'bad-signature': 'with a wrong signature',
} as const

/** The only way from relays into the store. */
export function createEventIntake(
  env: Env,
  store: LocalEventStore,
  verifier: Verifier,
): EventIntake {
  const inMemory = (event: Event, relay: string): StoredEvent => {
    const nowMs = env.clock.nowMs()
    return { event, relays: [relay], firstSeenMs: nowMs, lastSeenMs: nowMs }
  }

  const keep = async (event: Event, relay: string): Promise<AcceptVerdict | undefined> => {
    try {
      return await store.accept(event, relay)
    } catch {
      // The disk is full or broken, which the store has reported; the event is good all the same.
      return undefined
    }
  }

  const judge = async (
    event: Event,
    url: string,
    filters: readonly Filter[],
    everything: boolean,
  ): Promise<Intake> => {
    if (!matchFilters([...filters], event)) return { kind: 'bad', reason: 'not asked for' }
    const verdict = await store.assess(event)
    if (verdict === 'duplicate') {
      // Its content was verified when it was stored; what this relay sent is not looked at.
      await keep(event, url)
      const held = await store.heldAt(event)
      if (held?.event.id === event.id) return { kind: 'good', stored: held }
    } else if (verdict !== 'stored' && !everything) {
      return verdict === 'future' ? { kind: 'bad', reason: 'from the future' } : { kind: 'stale' }
    }
    const checked = await verifier.inspect(event)
    if (!checked.ok) return { kind: 'bad', reason: faults[checked.fault] }
    const stored = inMemory(checked.event, url)
    if (verdict !== 'stored') return { kind: 'good', stored }
    const kept = await keep(checked.event, url)
    // Meanwhile another relay may have delivered the same event, or a newer version.
    if (kept === 'older' || kept === 'deleted') return { kind: 'stale' }
    const held = await store.heldAt(event)
    return { kind: 'good', stored: held?.event.id === event.id ? held : stored }
  }

  return {
    async take(event, connection, filters, everything = false) {
      const release = connection.occupy()
      const intake = await judge(event, connection.url, filters, everything).finally(release)
      if (intake.kind === 'good') connection.countEvent()
      if (intake.kind === 'bad') connection.countEvent(`an event ${intake.reason}`)
      return intake
    },
  }
}
