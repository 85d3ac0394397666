import type { Event } from 'nostr-tools/pure'
import { onTestFinished } from 'vitest'
import { createEmbeddedRelay, type EmbeddedRelay } from '../embedded/embedded-relay.ts'
import type { LocalEventStore } from '../event-store.ts'
import { createManualClock, testEnv } from './manual-clock.ts'
import { tempStore } from './temp-store.ts'

export interface EmbeddedFixture {
  readonly relay: EmbeddedRelay
  readonly store: LocalEventStore
  readonly url: string
}

/** A real relay that holds `events`, until the test is over. */
export async function startEmbedded(...events: readonly Event[]): Promise<EmbeddedFixture> {
  const env = testEnv(createManualClock())
  const store = await tempStore(env)
  for (const event of events) await store.accept(event, 'embedded')
  const relay = createEmbeddedRelay(env, { store, host: '127.0.0.1', port: 0 })
  await relay.start()
  onTestFinished(() => relay.stop())
  return { relay, store, url: relay.url() }
}
