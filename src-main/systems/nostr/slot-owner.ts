import { identifierOf } from '../../relays/event-address.ts'
import type { VerifiedEvent } from '../../relays/relay-service.ts'
import { looksLikePem } from './formats/certificate.ts'
import { hasTag } from './formats/tags.ts'
import { kinds } from './kinds.ts'

/** Slots of compatibility copies, which other Nostr programs use for other things. */
export type CopySlot = 'nodns-11111' | 'nodns-30003' | 'poc-30000' | 'poc-30001'

const kindOfSlot: Readonly<Record<CopySlot, number>> = {
  'nodns-11111': kinds.nodnsZone,
  'nodns-30003': kinds.nodnsCertificate,
  'poc-30000': kinds.pocAddress,
  'poc-30001': kinds.pocCertificate,
}

/** Kind and `d` of `slot`: the other half of its address is the author (NIP-01). */
export function slotAddress(slot: CopySlot): { readonly kind: number; readonly d: string } {
  return { kind: kindOfSlot[slot], d: slot === 'nodns-30003' ? 'nostr' : '' }
}

/**
 * Who uses `slot`, judged by the newest of `existingEvents` in it (all by one author, from as many
 * relays as can be reached). `foreign` must not be overwritten: it is somebody's list, key or
 * announcement, and writing would destroy it.
 */
export function slotOwner(
  existingEvents: readonly VerifiedEvent[],
  slot: CopySlot,
): 'empty' | 'ours-shaped' | 'foreign' {
  const { kind, d } = slotAddress(slot)
  const [newest] = existingEvents
    // Lists of the same kind with another `d` are other addresses (NIP-01); kind 11111 has only one.
    .filter((event) => event.kind === kind && identifierOf(event) === d)
    .toSorted((a, b) => b.created_at - a.created_at || (a.id < b.id ? -1 : 1))
  if (newest === undefined) return 'empty'
  return isOurs(newest, slot) ? 'ours-shaped' : 'foreign'
}

function isOurs(event: VerifiedEvent, slot: CopySlot): boolean {
  switch (slot) {
    case 'nodns-11111':
      return event.content === '' && (hasTag(event, 'record') || hasTag(event, 'delete'))
    case 'poc-30000':
      return !hasEntries(event) && isAddressContent(event.content)
    case 'poc-30001':
    case 'nodns-30003':
      return !hasEntries(event) && (looksLikePem(event.content) || isBare(event))
  }
}

/** As left after withdrawing a certificate: nothing that anybody could miss. */
function isBare({ content, tags }: VerifiedEvent): boolean {
  return content.trim() === '' && tags.every(([name]) => name === 'd' || name === 'expiry')
}

/** Entries or a heading: a NIP-51 list. */
function hasEntries(event: VerifiedEvent): boolean {
  return ['p', 'e', 'a', 't', 'r', 'title'].some((name) => hasTag(event, name))
}

/** `{"ip": "…"}`, or `{}` as left after withdrawing. Encrypted list entries are no JSON object. */
function isAddressContent(content: string): boolean {
  try {
    const value: unknown = JSON.parse(content)
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return false
    const keys = Object.keys(value)
    return keys.length === 0 || typeof (value as { readonly ip?: unknown }).ip === 'string'
  } catch {
    return false
  }
}
