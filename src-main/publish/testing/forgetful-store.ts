import type { EventStore } from '../../relays/relay-service.ts'

/** An event store that holds nothing: what publishing must remember, it remembers itself. */
export function createForgetfulStore(): EventStore {
  return {
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    accept: () => Promise.resolve('stored'),
    byOwner: () => Promise.resolve([]),
    query: () => Promise.resolve([]),
    highWaterMark: () => Promise.resolve(undefined),
    lastFetched: () => Promise.resolve(undefined),
    markFetched: () => Promise.resolve(),
    forget: () => Promise.resolve(),
    onStored: () => () => undefined,
  }
}
