import type { Filter } from 'nostr-tools/filter'
import type { Clock } from '../env/env.ts'
import type { PubkeyHex } from '../names/name.ts'
import { relayListKind, writeRelays } from './relay-list.ts'
import type { EventStore, FetchOutcome } from './relay-service.ts'

/** Where owners publish (NIP-65), as far as it is known. */
export interface Outbox {
  /** Write relays of `owner` that are fresh in memory or on disk; undefined if one must ask. */
  known(owner: PubkeyHex): Promise<readonly string[] | undefined>
  /** Asks the indexers unless known. At most four URLs; empty when the owner has no list. */
  discover(owner: PubkeyHex, signal: AbortSignal): Promise<readonly string[]>
  /** Write relays as far as known, however old: for following and publishing. */
  lastKnown(owner: PubkeyHex): Promise<readonly string[]>
}

const freshMs = 24 * 3600_000
/** "No list" may have changed sooner, and may have been a lie. */
const absentFreshMs = 3600_000
const failedFreshMs = 60_000
const maxOwners = 10_000

/** `fetchList` asks the indexers for `filters` and stores what they have. */
export function createOutbox(
  clock: Clock,
  store: EventStore,
  fetchList: (filters: readonly Filter[], signal: AbortSignal) => Promise<FetchOutcome>,
): Outbox {
  /** When the owner must be asked for again. */
  const askAgainMs = new Map<PubkeyHex, number>()
  const running = new Map<PubkeyHex, Promise<readonly string[]>>()

  const heldList = async (owner: PubkeyHex) => {
    const held = await store.byOwner(owner)
    return held.find(({ event }) => event.kind === relayListKind)
  }

  const lastKnown = async (owner: PubkeyHex): Promise<readonly string[]> => {
    const list = await heldList(owner)
    return list === undefined ? [] : writeRelays(list.event)
  }

  const known = async (owner: PubkeyHex): Promise<readonly string[] | undefined> => {
    const list = await heldList(owner)
    const nowMs = clock.nowMs()
    if (list !== undefined && nowMs - list.lastSeenMs < freshMs) return writeRelays(list.event)
    if (nowMs >= (askAgainMs.get(owner) ?? 0)) return undefined
    return list === undefined ? [] : writeRelays(list.event)
  }

  const ask = async (owner: PubkeyHex): Promise<readonly string[]> => {
    const filters = [{ kinds: [relayListKind], authors: [owner], limit: 1 }]
    // Not bound to who asked first: others wait for the same answer, and it ends by itself.
    const outcome = await fetchList(filters, new AbortController().signal)
    const urls = await lastKnown(owner)
    const validMs =
      outcome.events.length > 0 ? freshMs : outcome.eoseCount > 0 ? absentFreshMs : failedFreshMs
    askAgainMs.delete(owner)
    askAgainMs.set(owner, clock.nowMs() + validMs)
    for (const oldest of askAgainMs.keys()) {
      if (askAgainMs.size <= maxOwners) break
      askAgainMs.delete(oldest)
    }
    return urls
  }

  return {
    known,
    lastKnown,
    async discover(owner, signal) {
      const urls = await known(owner)
      if (urls !== undefined || signal.aborted) return urls ?? []
      const asking =
        running.get(owner) ??
        ask(owner).finally(() => {
          running.delete(owner)
        })
      running.set(owner, asking)
      return asking
    },
  }
}
