import { type Event, type EventTemplate, finalizeEvent, verifyEvent } from 'nostr-tools/pure'
import type { PubkeyHex } from '../names/name.ts'

/** `template` signed with `secret` (NIP-01), and checked: a fault must not reach a relay. */
export function signEvent(template: EventTemplate, secret: Uint8Array): Event {
  const signed = plainEvent(finalizeEvent(plainTemplate(template), secret))
  if (!verifyEvent({ ...signed })) throw new Error('a signature made here does not verify')
  return signed
}

/** Whether `event` is `template` as signed by `pubkey`: the same content, a valid signature. */
export function isSignedAs(event: Event, template: EventTemplate, pubkey: PubkeyHex): boolean {
  return (
    event.pubkey === pubkey &&
    JSON.stringify(plainTemplate(event)) === JSON.stringify(plainTemplate(template)) &&
    verifyEvent(plainEvent(event))
  )
}

/** The four fields that a signer may sign; finalizeEvent changes what it is given. */
export function plainTemplate(template: EventTemplate): EventTemplate {
  const { kind, created_at, content } = template
  return { kind, created_at, tags: template.tags.map((tag) => [...tag]), content }
}

/**
 * The seven fields of NIP-01 only. nostr-tools marks events as verified with a symbol, and then
 * verifyEvent believes the mark; a copy without it is really checked.
 */
export function plainEvent(event: Event): Event {
  const { id, pubkey, created_at, kind, tags, content, sig } = event
  return { id, pubkey, created_at, kind, tags, content, sig }
}

/** Whether `value` has the fields of an event (NIP-01) with their types; nothing is verified. */
export function isEventLike(value: unknown): value is Event {
  if (value === null || typeof value !== 'object') return false
  const { id, pubkey, created_at, kind, tags, content, sig } = value as Record<string, unknown>
  return (
    [id, pubkey, content, sig].every((field) => typeof field === 'string') &&
    [created_at, kind].every((field) => typeof field === 'number') &&
    Array.isArray(tags) &&
    tags.every((tag) => Array.isArray(tag) && tag.every((part) => typeof part === 'string'))
  )
}
