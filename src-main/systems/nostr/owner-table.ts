import type { Unsubscribe } from '../../env/env.ts'
import type { PubkeyHex } from '../../names/name.ts'
import type { OwnerState } from './owner-state.ts'

/** Owners held in memory, and those of them with a live subscription. */
const maxOwners = 2_000
const maxFollowed = 500

/** The owners in memory, least recently used first; a bounded number, fewer of them followed. */
export interface OwnerTable {
  get(owner: PubkeyHex): OwnerState | undefined
  /** Adds `state`, or moves it to the end of the line of those to be dropped. */
  touch(state: OwnerState, nowMs: number): void
  drop(state: OwnerState): void
  follow(state: OwnerState, nowMs: number): void
  unfollow(state: OwnerState): void
  all(): readonly OwnerState[]
  clear(): void
}

/** `subscribe` opens a live subscription and returns what closes it. */
export function createOwnerTable(subscribe: (owner: PubkeyHex) => Unsubscribe): OwnerTable {
  const owners = new Map<PubkeyHex, OwnerState>()
  const followed = new Set<OwnerState>()

  const unfollow = (state: OwnerState): void => {
    followed.delete(state)
    state.unfollow?.()
    delete state.unfollow
  }
  const drop = (state: OwnerState): void => {
    unfollow(state)
    if (owners.get(state.owner) === state) owners.delete(state.owner)
  }
  return {
    get: (owner) => owners.get(owner),
    touch(state, nowMs) {
      owners.delete(state.owner)
      owners.set(state.owner, state)
      state.lastUsedMs = nowMs
      if (followed.delete(state)) followed.add(state)
      for (const oldest of owners.values()) {
        if (owners.size <= maxOwners) break
        drop(oldest)
      }
    },
    drop,
    follow(state, nowMs) {
      if (followed.has(state) || owners.get(state.owner) !== state) return
      state.unfollow = subscribe(state.owner)
      state.followedAtMs = nowMs
      followed.add(state)
      for (const oldest of followed) {
        if (followed.size <= maxFollowed) break
        unfollow(oldest)
      }
    },
    unfollow,
    all: () => [...owners.values()],
    clear() {
      for (const state of followed) unfollow(state)
      owners.clear()
    },
  }
}
