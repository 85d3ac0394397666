import { isPrivateAddress } from '../../address-filter.ts'
import { endpointKey, type Contact, type Endpoint } from './contact.ts'
import { commonPrefixBits, compareDistance, isSameId } from './node-id.ts'

/** BEP 5 says 8; with 20 a look-up starts next to its target, and the reference keeps as many. */
const bucketSize = 20
/** Failures in a row after which a node is dropped. */
const maxFailures = 3

/**
 * The nodes we know, more of them the nearer they are to us (BEP 5 buckets by common prefix). A
 * node that answered keeps its place; one that did not yields to any that does. One node an
 * address, so that nobody fills the table from one machine.
 */
export interface RoutingTable {
  /** `contact` has just answered. */
  heard(contact: Contact): void
  /** `contact` was good in an earlier run. */
  recall(contact: Contact): void
  /** The node did not answer, while others did. */
  failed(endpoint: Endpoint): void
  /** The node lies: it is dropped at once. */
  drop(endpoint: Endpoint): void
  closest(target: Uint8Array, count: number): readonly Contact[]
  /** Nodes that answered in this run, the last heard first. */
  good(): readonly Contact[]
  /** Nodes known. */
  size(): number
}

interface Entry {
  readonly contact: Contact
  failures: number
  /** 0 while it has not answered in this run. */
  heardMs: number
}

export function createRoutingTable(ownId: Uint8Array, nowMs: () => number): RoutingTable {
  /** By endpoint. A bucket is a set of their keys; there are at most 161 buckets. */
  const entries = new Map<string, Entry>()
  const buckets = new Map<number, Set<string>>()
  /** Public address -> endpoint. */
  const hosts = new Map<string, string>()

  const bucketOf = (id: Uint8Array): Set<string> => {
    const index = commonPrefixBits(ownId, id)
    const bucket = buckets.get(index) ?? new Set()
    buckets.set(index, bucket)
    return bucket
  }

  const remove = (key: string): void => {
    const entry = entries.get(key)
    if (entry === undefined) return
    entries.delete(key)
    hosts.delete(entry.contact.host)
    bucketOf(entry.contact.id).delete(key)
  }

  /** The one to give way: failed, or not heard in this run. */
  const weakestOf = (bucket: ReadonlySet<string>): string | undefined => {
    let weakest: { readonly key: string; readonly entry: Entry } | undefined
    for (const key of bucket) {
      const entry = entries.get(key)
      if (entry === undefined || (entry.failures === 0 && entry.heardMs > 0)) continue
      if (weakest === undefined || entry.failures > weakest.entry.failures) weakest = { key, entry }
    }
    return weakest?.key
  }

  const add = (contact: Contact, heardMs: number): void => {
    const key = endpointKey(contact)
    const isShared = isPrivateAddress(contact.host)
    const rival = isShared ? undefined : hosts.get(contact.host)
    if (rival !== undefined && rival !== key) {
      const isAlive = entries.get(rival)?.failures === 0
      if (isAlive || heardMs === 0) return
      remove(rival)
    }
    const bucket = bucketOf(contact.id)
    if (bucket.size >= bucketSize) {
      const weakest = heardMs === 0 ? undefined : weakestOf(bucket)
      if (weakest === undefined) return
      remove(weakest)
    }
    bucket.add(key)
    entries.set(key, { contact, failures: 0, heardMs })
    if (!isShared) hosts.set(contact.host, key)
  }

  return {
    heard(contact) {
      const key = endpointKey(contact)
      const known = entries.get(key)
      if (known !== undefined && isSameId(known.contact.id, contact.id)) {
        known.failures = 0
        known.heardMs = nowMs()
        return
      }
      remove(key)
      add(contact, nowMs())
    },
    recall(contact) {
      if (!entries.has(endpointKey(contact))) add(contact, 0)
    },
    failed(endpoint) {
      const key = endpointKey(endpoint)
      const entry = entries.get(key)
      if (entry === undefined) return
      entry.failures += 1
      if (entry.failures >= maxFailures) remove(key)
    },
    drop: (endpoint) => remove(endpointKey(endpoint)),
    closest(target, count) {
      return [...entries.values()]
        .map(({ contact }) => contact)
        .toSorted((a, b) => compareDistance(target, a.id, b.id))
        .slice(0, count)
    },
    good: () =>
      [...entries.values()]
        .filter(({ heardMs, failures }) => heardMs > 0 && failures === 0)
        .toSorted((a, b) => b.heardMs - a.heardMs)
        .map(({ contact }) => contact),
    size: () => entries.size,
  }
}
