import type { Filter } from 'nostr-tools/filter'
import { unixSeconds, type Env, type UnixSeconds, type Unsubscribe } from '../env/env.ts'
import type { PubkeyHex } from '../names/name.ts'
import type { EventIntake } from './event-intake.ts'
import { liveRequests } from './live-filters.ts'
import type { OpenRequest, RelayConnection } from './relay-connection.ts'

/** The live subscriptions of one relay, shared by all owners followed there. */
export interface LiveFeed {
  /** Replaces the owners to follow here. */
  setOwners(owners: ReadonlyMap<PubkeyHex, readonly Filter[]>): void
  stop(): void
}

/** Owners subscribed for together; `isLive` after EOSE. */
interface Batch {
  readonly owners: ReadonlyMap<PubkeyHex, readonly Filter[]>
  readonly requests: OpenRequest[]
  isLive: boolean
}

/** Changes within this time share one REQ. Milliseconds. */
const settleMs = 100
const firstRefusalDelayMs = 30_000
const maxRefusalDelayMs = 3600_000
/** Relays commonly allow 20 subscriptions. Above this many batches the small ones are merged. */
const maxBatches = 8
const fullBatch = 200

/** Keeps `connection` up while there are owners, and asks again after every reconnection. */
export function createLiveFeed(
  env: Env,
  connection: RelayConnection,
  intake: EventIntake,
): LiveFeed {
  const { clock } = env
  const syncedAt = new Map<PubkeyHex, UnixSeconds>()
  let owners: ReadonlyMap<PubkeyHex, readonly Filter[]> = new Map()
  let batches: Batch[] = []
  let release: Unsubscribe | undefined
  let cancelRefresh: Unsubscribe | undefined
  let refusals = 0

  /** Ends `ended`, remembering that their owners are in sync until now. */
  const endBatches = (ended: readonly Batch[]): void => {
    const now = unixSeconds(clock)
    batches = batches.filter((batch) => !ended.includes(batch))
    for (const batch of ended) {
      for (const request of batch.requests) request.close()
      if (!batch.isLive) continue
      for (const owner of batch.owners.keys()) if (owners.has(owner)) syncedAt.set(owner, now)
    }
  }

  const onLost = (reason: string): void => {
    endBatches(batches)
    if (connection.state() !== 'connected') return
    // CLOSED, for example auth-required: asking again at once would only annoy the relay.
    env.log.child('relays').debug('subscription refused', { url: connection.url, reason })
    const delayMs = Math.min(maxRefusalDelayMs, firstRefusalDelayMs * 2 ** Math.min(refusals, 10))
    refusals += 1
    refreshIn(delayMs)
  }

  const subscribe = (wanted: ReadonlyMap<PubkeyHex, readonly Filter[]>): void => {
    const followed = [...wanted].map(([owner, filters]) => {
      return { owner, filters, syncedAt: syncedAt.get(owner) }
    })
    const batch: Batch = { owners: wanted, requests: [], isLive: false }
    batches.push(batch)
    const requests = liveRequests(followed)
    let awaited = requests.length
    for (const filters of requests) {
      const request = connection.request(filters, {
        onEvent: (event) => void intake.take(event, connection, filters),
        onEose() {
          refusals = 0
          awaited -= 1
          batch.isLive = awaited === 0
        },
        onClosed: onLost,
      })
      batch.requests.push(request)
    }
  }

  /** Subscribes for owners that no batch covers; merges when that makes too many batches. */
  const refresh = (): void => {
    cancelRefresh?.()
    cancelRefresh = undefined
    if (connection.state() !== 'connected') return
    const covered = new Set<readonly Filter[]>()
    for (const batch of batches) for (const filters of batch.owners.values()) covered.add(filters)
    const fresh = [...owners].filter(([, filters]) => !covered.has(filters))
    if (fresh.length === 0) return
    if (batches.length < maxBatches) return subscribe(new Map(fresh))
    const small = batches.filter((batch) => batch.owners.size < fullBatch)
    const merged = small.length > 0 ? small : batches
    const again = merged.flatMap((batch) => [...batch.owners.keys()])
    endBatches(merged)
    const wanted = new Map(fresh)
    for (const owner of again) {
      const filters = owners.get(owner)
      if (filters !== undefined) wanted.set(owner, filters)
    }
    subscribe(wanted)
  }

  const refreshIn = (delayMs: number): void => {
    cancelRefresh?.()
    cancelRefresh = clock.schedule(delayMs, refresh)
  }

  const stopListening = connection.onConnected(() => {
    refusals = 0
    refresh()
  })

  return {
    setOwners(next) {
      owners = next
      for (const owner of [...syncedAt.keys()]) if (!next.has(owner)) syncedAt.delete(owner)
      endBatches(batches.filter((batch) => ![...batch.owners.keys()].some((key) => next.has(key))))
      if (next.size > 0) {
        release ??= connection.hold()
        // A refusal's delay stands.
        if (refusals === 0) refreshIn(settleMs)
        return
      }
      cancelRefresh?.()
      release?.()
      release = undefined
    },
    stop() {
      stopListening()
      cancelRefresh?.()
      endBatches(batches)
      release?.()
    },
  }
}
