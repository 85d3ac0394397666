import type { Delta, NameEntry, Snapshot } from '../../src-preload/contract/model.ts'

export type DeltaOutcome =
  | { readonly kind: 'applied'; readonly snapshot: Snapshot }
  /** Already part of the snapshot. */
  | { readonly kind: 'old' }
  /** One or more deltas were missed: only a new snapshot helps. */
  | { readonly kind: 'gap' }

/** The snapshot after `delta`; pure. Untouched slices keep their identity, so views can compare by it. */
export function applyDelta(snapshot: Snapshot, delta: Delta): DeltaOutcome {
  if (delta.seq <= snapshot.seq) return { kind: 'old' }
  if (delta.seq !== snapshot.seq + 1) return { kind: 'gap' }
  const names = delta.names === undefined ? snapshot.names : mergeNames(snapshot.names, delta.names)
  return { kind: 'applied', snapshot: { ...snapshot, ...delta.slices, names, seq: delta.seq } }
}

function mergeNames(
  held: readonly NameEntry[],
  { upsert, remove }: NonNullable<Delta['names']>,
): readonly NameEntry[] {
  const rows = new Map(held.map((entry) => [entry.id, entry]))
  for (const id of remove) rows.delete(id)
  for (const entry of upsert) rows.set(entry.id, entry)
  return [...rows.values()]
}
