import type { OwnerKey } from '../../names/name.ts'

/** How often answers made from an owner's data were served from the cache. */
export interface OwnerHits {
  readonly owner: OwnerKey
  readonly hits: number
  /** Seconds, on the cache's clock. */
  readonly lastHit: number
}

interface OwnerRow {
  readonly key: OwnerKey
  /** First node of the owner's entries; 0 when it has none. */
  head: number
  hits: number
  lastHit: number
}

// Columns of a node in the pool.
const nodeEntry = 0
const nodeOwner = 1
const nodePrevious = 2
const nodeNext = 3
const nodeNextOfEntry = 4
const nodeWidth = 5

/**
 * Which cache entries were made from whose data: a pool of list nodes in one typed array, so that
 * 100,000 entries cost no objects. Lists are doubly linked: an evicted entry leaves exactly.
 */
export interface OwnerIndex {
  /** Tags `entry`; returns the node to keep in the entry (0 without owners). */
  attach(entry: number, owners: readonly OwnerKey[]): number
  /** Removes the nodes starting at `node`, as kept in an entry. */
  detach(node: number): void
  /** The entries tagged with `owner`. */
  entriesOf(owner: OwnerKey): number[]
  /** Counts a hit for the owners of the entry whose first node is `node`. */
  countHit(node: number, nowSeconds: number): void
  /** Hits since the last call. */
  takeHits(): OwnerHits[]
  /** Nodes in use; for tests and memory figures. */
  size(): number
}

export function createOwnerIndex(): OwnerIndex {
  let pool = new Int32Array(64 * nodeWidth)
  let poolEnd = nodeWidth // node 0 means none
  let freeHead = 0
  let used = 0
  const rows: (OwnerRow | undefined)[] = []
  const freeRows: number[] = []
  const rowOf = new Map<OwnerKey, number>()
  const hitRows = new Set<number>()

  const at = (index: number): number => pool[index] ?? 0

  const allocate = (): number => {
    used += 1
    if (freeHead !== 0) {
      const node = freeHead
      freeHead = at(node + nodeNext)
      return node
    }
    if (poolEnd + nodeWidth > pool.length) {
      const larger = new Int32Array(pool.length * 2)
      larger.set(pool)
      pool = larger
    }
    const node = poolEnd
    poolEnd += nodeWidth
    return node
  }

  const rowFor = (key: OwnerKey): number => {
    const known = rowOf.get(key)
    if (known !== undefined) return known
    const row = freeRows.pop() ?? rows.length
    rows[row] = { key, head: 0, hits: 0, lastHit: 0 }
    rowOf.set(key, row)
    return row
  }

  const dropRowIfUnused = (row: number): void => {
    const held = rows[row]
    if (!held || held.head !== 0 || held.hits > 0) return
    rows[row] = undefined
    rowOf.delete(held.key)
    freeRows.push(row)
  }

  return {
    attach(entry, owners) {
      let first = 0
      for (const key of owners) {
        const row = rowFor(key)
        const held = rows[row]
        if (!held) continue
        const node = allocate()
        pool[node + nodeEntry] = entry
        pool[node + nodeOwner] = row
        pool[node + nodePrevious] = 0
        pool[node + nodeNext] = held.head
        pool[node + nodeNextOfEntry] = first
        if (held.head !== 0) pool[held.head + nodePrevious] = node
        held.head = node
        first = node
      }
      return first
    },
    detach(node) {
      let current = node
      while (current !== 0) {
        const following = at(current + nodeNextOfEntry)
        const row = at(current + nodeOwner)
        const previous = at(current + nodePrevious)
        const next = at(current + nodeNext)
        const held = rows[row]
        if (previous !== 0) pool[previous + nodeNext] = next
        else if (held) held.head = next
        if (next !== 0) pool[next + nodePrevious] = previous
        pool[current + nodeNext] = freeHead
        freeHead = current
        used -= 1
        dropRowIfUnused(row)
        current = following
      }
    },
    entriesOf(owner) {
      const row = rowOf.get(owner)
      const entries: number[] = []
      if (row === undefined) return entries
      for (let node = rows[row]?.head ?? 0; node !== 0; node = at(node + nodeNext)) {
        entries.push(at(node + nodeEntry))
      }
      return entries
    },
    countHit(node, nowSeconds) {
      for (let current = node; current !== 0; current = at(current + nodeNextOfEntry)) {
        const row = at(current + nodeOwner)
        const held = rows[row]
        if (!held) continue
        if (held.hits === 0) hitRows.add(row)
        held.hits += 1
        held.lastHit = nowSeconds
      }
    },
    takeHits() {
      const taken: OwnerHits[] = []
      for (const row of hitRows) {
        const held = rows[row]
        if (!held) continue
        taken.push({ owner: held.key, hits: held.hits, lastHit: held.lastHit })
        held.hits = 0
        dropRowIfUnused(row)
      }
      hitRows.clear()
      return taken
    },
    size: () => used,
  }
}
