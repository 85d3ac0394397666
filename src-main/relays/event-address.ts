import type { Event } from 'nostr-tools/pure'
import type { UnixSeconds } from '../env/env.ts'

/** How long a relay keeps an event of a kind, and what replaces it (NIP-01). */
export type KindClass = 'regular' | 'replaceable' | 'addressable' | 'ephemeral'

export const deletionKind = 5

/** The class of `kind` by the ranges of NIP-01. */
export function kindClass(kind: number): KindClass {
  if (kind === 0 || kind === 3 || (kind >= 10_000 && kind < 20_000)) return 'replaceable'
  if (kind >= 20_000 && kind < 30_000) return 'ephemeral'
  if (kind >= 30_000 && kind < 40_000) return 'addressable'
  return 'regular'
}

/** Value of the first `d` tag; empty if there is none or the kind has no use for it. */
export function identifierOf(event: Event): string {
  return kindClass(event.kind) === 'addressable' ? (tagValue(event, 'd') ?? '') : ''
}

/** NIP-40: the second from which the event no longer counts; undefined when it never ends. */
export function expirationOf(event: Event): UnixSeconds | undefined {
  const text = tagValue(event, 'expiration')
  return text !== undefined && /^\d{1,15}$/u.test(text) ? Number(text) : undefined
}

/** Newest first; at the same second the lowest id comes first, because it wins (NIP-01). */
export function byNewest(a: Event, b: Event): number {
  return b.created_at - a.created_at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

export interface AddressTarget {
  readonly kind: number
  readonly identifier: string
}

/** What a NIP-09 deletion asks to delete; targets by other authors are left out. */
export interface DeletionTargets {
  readonly ids: readonly string[]
  readonly addresses: readonly AddressTarget[]
}

/** Reads the `e` and `a` tags of a deletion (kind 5). */
export function deletionTargets(deletion: Event): DeletionTargets {
  const ids: string[] = []
  const addresses: AddressTarget[] = []
  for (const [name, value] of deletion.tags) {
    if (value === undefined) continue
    if (name === 'e' && /^[0-9a-f]{64}$/u.test(value)) ids.push(value)
    if (name !== 'a') continue
    const [, kind, pubkey, identifier] = /^(\d{1,5}):([0-9a-f]{64}):(.*)$/su.exec(value) ?? []
    if (kind === undefined || identifier === undefined || pubkey !== deletion.pubkey) continue
    const target = kindClass(Number(kind))
    if (target === 'addressable') addresses.push({ kind: Number(kind), identifier })
    if (target === 'replaceable') addresses.push({ kind: Number(kind), identifier: '' })
  }
  return { ids, addresses }
}

function tagValue(event: Event, name: string): string | undefined {
  return event.tags.find((tag) => tag[0] === name)?.[1]
}
