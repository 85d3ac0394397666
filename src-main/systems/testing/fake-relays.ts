import { matchFilters } from 'nostr-tools/filter'
import type { Event } from 'nostr-tools/pure'
import type { EventStore, FetchOutcome, RelayService } from '../../relays/relay-service.ts'

export interface FakeRelays extends RelayService {
  /** What every reachable relay holds. */
  readonly events: Event[]
  /** How many relays send EOSE, and how many cannot be reached. */
  reachable: number
  unreachable: number
  isConnected: boolean
  /** Owners of fetches so far, and whether each ended early for a canonical event. */
  readonly fetches: string[]
  readonly followed: Set<string>
  readonly hints: (readonly string[])[]
  /** While set, fetches wait for it. */
  gate: Promise<void> | undefined
  connectionChanged(): void
}

/** Relays without a network, delivering into `store` as the real pool does. */
export function createFakeRelays(store: EventStore): FakeRelays {
  const healthListeners = new Set<() => void>()
  const fake: FakeRelays = {
    events: [],
    reachable: 2,
    unreachable: 0,
    isConnected: true,
    fetches: [],
    followed: new Set(),
    hints: [],
    gate: undefined,
    connectionChanged() {
      for (const listener of healthListeners) listener()
    },
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    async fetchOwner({ owner, filters, isDecisive, hints, signal }): Promise<FetchOutcome> {
      fake.fetches.push(owner)
      if (hints !== undefined && hints.length > 0) fake.hints.push(hints)
      await Promise.race([
        fake.gate ?? Promise.resolve(),
        new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
      ])
      const found =
        fake.reachable === 0 ? [] : fake.events.filter((e) => matchFilters([...filters], e))
      let isEarly = false
      for (const event of found) {
        const verdict = await store.accept(event, 'wss://relay.test')
        if (verdict === 'stored' || verdict === 'duplicate') isEarly ||= isDecisive(event)
      }
      const eoseCount = isEarly ? Math.min(1, fake.reachable) : fake.reachable
      await store.markFetched(owner, eoseCount)
      const held = await store.byOwner(owner)
      return {
        events: held.filter(({ event }) => found.some(({ id }) => id === event.id)),
        relays: [
          ...Array.from({ length: fake.reachable }, (_, index) => ({
            url: `wss://relay${index}.test`,
            outcome: index < eoseCount ? ('eose' as const) : ('aborted' as const),
            events: found.length,
            elapsedMs: 1,
          })),
          ...Array.from({ length: fake.unreachable }, (_, index) => ({
            url: `wss://down${index}.test`,
            outcome: 'unreachable' as const,
            events: 0,
            elapsedMs: 1,
          })),
        ],
        eoseCount,
      }
    },
    follow(owner) {
      fake.followed.add(owner)
      return () => fake.followed.delete(owner)
    },
    publish: () => Promise.resolve([]),
    fetchFromAll: () => Promise.resolve({ events: [], relays: [], eoseCount: 0 }),
    health: () => [
      {
        url: 'wss://relay0.test',
        origin: 'default',
        state: fake.isConnected ? 'connected' : 'waiting',
        eventsAccepted: 0,
        eventsRejected: 0,
      },
    ],
    onHealthChange(listener) {
      healthListeners.add(listener)
      return () => healthListeners.delete(listener)
    },
  }
  return fake
}
