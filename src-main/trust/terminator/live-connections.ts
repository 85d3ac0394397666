import type { Clock, UnixSeconds, Unsubscribe } from '../../env/env.ts'
import type { PubkeyHex } from '../../names/name.ts'
import type { Pin, ServedCertificate } from '../pin-policy.ts'
import type { ProxyTarget } from '../proxy/connect-target.ts'

/** A connection that was allowed and is still open. */
export interface LiveConnection {
  readonly target: ProxyTarget
  readonly served: ServedCertificate
  /** What allowed it; a staple speaks for itself until something newer is known. */
  readonly pin: Pin
  /** Ends both sides at once. */
  destroy(): void
}

export interface LiveConnections {
  /** Keeps `connection` until the returned function is called; it is ended at `validUntil`. */
  add(connection: LiveConnection, validUntil: UnixSeconds): Unsubscribe
  of(owner: PubkeyHex): readonly LiveConnection[]
  /** Owners of names that connections are open to. */
  owners(): readonly PubkeyHex[]
  readonly size: number
  destroyAll(): void
}

/** Timers longer than 2^31 ms fire at once in Node; a day is enough of a step. Milliseconds. */
const longestTimerMs = 86_400_000

/** `onExpired` is told before a connection is ended because its time is over. */
export function createLiveConnections(
  clock: Clock,
  onExpired: (connection: LiveConnection) => void,
): LiveConnections {
  const byOwner = new Map<PubkeyHex, Set<LiveConnection>>()
  let size = 0
  return {
    add(connection, validUntil) {
      const { owner } = connection.target.name
      const held = byOwner.get(owner) ?? new Set()
      byOwner.set(owner, held)
      held.add(connection)
      size += 1
      const wait = (): Unsubscribe => {
        const leftMs = validUntil * 1000 - clock.nowMs()
        return clock.schedule(Math.max(0, Math.min(leftMs, longestTimerMs)), () => {
          if (clock.nowMs() < validUntil * 1000) {
            cancel = wait()
            return
          }
          onExpired(connection)
          connection.destroy()
        })
      }
      let cancel = wait()
      return () => {
        cancel()
        if (!held.delete(connection)) return
        size -= 1
        if (held.size === 0) byOwner.delete(owner)
      }
    },
    of: (owner) => [...(byOwner.get(owner) ?? [])],
    owners: () => [...byOwner.keys()],
    get size() {
      return size
    },
    destroyAll() {
      for (const held of [...byOwner.values()]) {
        for (const connection of [...held]) connection.destroy()
      }
    },
  }
}
