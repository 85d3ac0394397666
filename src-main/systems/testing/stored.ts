import type { StoredEvent, VerifiedEvent } from '../../relays/relay-service.ts'
import { testNow } from '../../relays/testing/signed-events.ts'

/** `event` as the store holds it, delivered by `relays`. */
export function stored(event: VerifiedEvent, relays = ['wss://relay.test']): StoredEvent {
  return { event, relays, firstSeenMs: testNow * 1000, lastSeenMs: testNow * 1000 }
}
