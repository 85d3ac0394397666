import type { Filter } from 'nostr-tools/filter'
import type { Env, Unsubscribe } from '../env/env.ts'
import type { PubkeyHex } from '../names/name.ts'
import type { EventIntake } from './event-intake.ts'
import { createLiveFeed, type LiveFeed } from './live-feed.ts'
import type { RelayConnection } from './relay-connection.ts'

/** Which owners are followed at which relays. */
export interface Follows {
  follow(owner: PubkeyHex, filters: readonly Filter[]): Unsubscribe
  /** The relays of `owner` may have changed. */
  review(owner: PubkeyHex): void
  /** The relay list has changed: every owner's relays may have. Also begins after `stop`. */
  reviewAll(): void
  /** Ends all subscriptions; who is followed is remembered. */
  stop(): void
}

export interface FollowsDeps {
  readonly intake: EventIntake
  /** Where `owner` is to be followed. */
  readonly relaysOf: (owner: PubkeyHex) => Promise<readonly RelayConnection[]>
  /** True for relays that are not in the settings. */
  readonly isForeign: (connection: RelayConnection) => boolean
}

/** Relays not in the settings that are kept connected for live subscriptions. */
const maxForeignFeeds = 40

export function createFollows(env: Env, deps: FollowsDeps): Follows {
  const wishes = new Map<PubkeyHex, readonly (readonly Filter[])[]>()
  /** All filters of one owner, the same array until they change. */
  const filtersOf = new Map<PubkeyHex, readonly Filter[]>()
  const places = new Map<PubkeyHex, readonly RelayConnection[]>()
  const feeds = new Map<RelayConnection, LiveFeed>()
  let isRunning = false

  const feedAt = (connection: RelayConnection): LiveFeed | undefined => {
    const present = feeds.get(connection)
    if (present !== undefined) return present
    const { isForeign } = deps
    const isFull = [...feeds.keys()].filter(isForeign).length >= maxForeignFeeds
    if (isFull && isForeign(connection)) return undefined
    const feed = createLiveFeed(env, connection, deps.intake)
    feeds.set(connection, feed)
    return feed
  }

  const refresh = (): void => {
    const ownersAt = new Map<RelayConnection, Map<PubkeyHex, readonly Filter[]>>()
    for (const [owner, connections] of places) {
      for (const connection of connections) {
        const owners = ownersAt.get(connection) ?? new Map<PubkeyHex, readonly Filter[]>()
        ownersAt.set(connection, owners.set(owner, filtersOf.get(owner) ?? []))
      }
    }
    for (const [connection, feed] of feeds) {
      if (ownersAt.has(connection)) continue
      feed.stop()
      feeds.delete(connection)
    }
    for (const [connection, owners] of ownersAt) feedAt(connection)?.setOwners(owners)
  }

  const place = async (owner: PubkeyHex): Promise<void> => {
    const connections = await deps.relaysOf(owner)
    if (!isRunning || !wishes.has(owner)) return
    const before = places.get(owner) ?? []
    const isSame = before.length === connections.length
    if (isSame && before.every((connection) => connections.includes(connection))) return
    places.set(owner, connections)
    refresh()
  }

  const setWishes = (owner: PubkeyHex, all: readonly (readonly Filter[])[]): void => {
    if (all.length === 0) {
      wishes.delete(owner)
      filtersOf.delete(owner)
      places.delete(owner)
    } else {
      wishes.set(owner, all)
      filtersOf.set(owner, all.flat())
    }
    if (!isRunning) return
    if (all.length === 0 || places.has(owner)) refresh()
    else void place(owner)
  }

  return {
    follow(owner, filters) {
      const wish = filters.map((filter): Filter => ({ ...filter, authors: [owner] }))
      setWishes(owner, [...(wishes.get(owner) ?? []), wish])
      return () => {
        const all = wishes.get(owner) ?? []
        if (!all.includes(wish)) return
        setWishes(
          owner,
          all.filter((other) => other !== wish),
        )
      }
    },
    review(owner) {
      if (isRunning && wishes.has(owner)) void place(owner)
    },
    reviewAll() {
      isRunning = true
      for (const owner of wishes.keys()) void place(owner)
    },
    stop() {
      isRunning = false
      for (const feed of feeds.values()) feed.stop()
      feeds.clear()
      places.clear()
    },
  }
}
