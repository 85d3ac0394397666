import type { Unsubscribe } from '../../env/env.ts'
import type { Service } from '../../env/service.ts'
import type { Carrier } from './carrier.ts'

export interface CarrierSetDeps {
  /** URLs of the relays in use, by the settings of this moment. */
  readonly relays: () => readonly string[]
  readonly onRelays: (listener: () => void) => Unsubscribe
  readonly createRelay: (url: string) => Carrier
  /** The carrier that stays whatever relays come and go. */
  readonly dht: Carrier
}

/** The DHT and the relays of the settings, relays made and dropped as the settings change. */
export interface CarrierSet extends Service {
  list(): readonly Carrier[]
  onChange(listener: () => void): Unsubscribe
}

export function createCarrierSet({
  relays,
  onRelays,
  createRelay,
  dht,
}: CarrierSetDeps): CarrierSet {
  const open = new Map<string, { readonly carrier: Carrier; readonly unfollow: Unsubscribe }>()
  const listeners = new Set<() => void>()
  const closing = new Set<Promise<void>>()
  let subscriptions: Unsubscribe[] = []

  const changed = (): void => {
    for (const listener of listeners) listener()
  }

  const drop = (url: string): void => {
    const entry = open.get(url)
    if (entry === undefined) return
    open.delete(url)
    entry.unfollow()
    const closed = Promise.resolve(entry.carrier.stop()).finally(() => closing.delete(closed))
    closing.add(closed)
  }

  const add = async (url: string): Promise<void> => {
    const carrier = createRelay(url)
    open.set(url, { carrier, unfollow: carrier.onChange(changed) })
    await carrier.start()
  }

  const follow = async (): Promise<void> => {
    const wanted = new Set(relays())
    const gone = [...open.keys()].filter((url) => !wanted.has(url))
    const added = [...wanted].filter((url) => !open.has(url))
    if (gone.length === 0 && added.length === 0) return
    for (const url of gone) drop(url)
    await Promise.all(added.map(add))
    changed()
  }

  return {
    list: () => [...[...open.values()].map(({ carrier }) => carrier), dht],
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async start() {
      await dht.start()
      await follow()
      subscriptions = [dht.onChange(changed), onRelays(() => void follow())]
    },
    async stop() {
      for (const unsubscribe of subscriptions.splice(0)) unsubscribe()
      for (const url of open.keys()) drop(url)
      await Promise.all(closing)
      await dht.stop()
    },
  }
}
