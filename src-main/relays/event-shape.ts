import { createHash } from 'node:crypto'
import type { Event } from 'nostr-tools/pure'

/** Largest event taken, in bytes of its NIP-01 serialization (specs/nostr-dns.md s.4.1). */
export const defaultMaxEventBytes = 32 * 1024

/** Why something that claimed to be an event is none. */
export type EventFault = 'malformed' | 'too-large' | 'bad-id' | 'bad-signature'

export type EventReading =
  { readonly ok: true; readonly event: Event } | { readonly ok: false; readonly fault: EventFault }

const hex32 = /^[0-9a-f]{64}$/u
const hex64 = /^[0-9a-f]{128}$/u
const loneSurrogate = /\p{Surrogate}/u

/**
 * Reads `value` as an event whose id is right; the signature is not looked at. The result holds
 * the seven fields of NIP-01 and nothing else. Steps go from cheap to dear, so that junk costs
 * little: shape, size, then one SHA-256.
 */
export function readEvent(value: unknown, maxBytes = defaultMaxEventBytes): EventReading {
  const event = readShape(value)
  if (event === undefined) return { ok: false, fault: 'malformed' }
  // UTF-8 never has fewer bytes than UTF-16 has units, so this refuses before serializing.
  if (event.content.length > maxBytes) return { ok: false, fault: 'too-large' }
  const serialized = serialize(event)
  if (Buffer.byteLength(serialized) > maxBytes) return { ok: false, fault: 'too-large' }
  if (sha256Hex(serialized) === event.id) return { ok: true, event }
  const verbatim = unescapeControls(serialized)
  if (verbatim !== serialized && sha256Hex(verbatim) === event.id) return { ok: true, event }
  return { ok: false, fault: 'bad-id' }
}

/** Whether `value` has the fields of an event with the right types; ids are not computed. */
export function hasEventShape(value: unknown): value is Event {
  return readShape(value) !== undefined
}

/** The canonical serialization whose SHA-256 is the event's id, as every client writes it. */
function serialize(event: Event): string {
  return JSON.stringify([0, event.pubkey, event.created_at, event.kind, event.tags, event.content])
}

/**
 * NIP-01 escapes seven characters and includes all others verbatim, control characters too;
 * `JSON.stringify`, like nearly every client, writes those as `\u00XX`. Both forms are met, and
 * since each of them determines the event, an id over either proves the same content.
 */
function unescapeControls(serialized: string): string {
  return serialized.replaceAll(/\\(?:u00([01][0-9a-f])|.)/gu, (escape, code?: string) =>
    code === undefined ? escape : String.fromCharCode(Number.parseInt(code, 16)),
  )
}

function readShape(value: unknown): Event | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { id, pubkey, created_at, kind, tags, content, sig } = value as Record<keyof Event, unknown>
  if (typeof id !== 'string' || !hex32.test(id)) return undefined
  if (typeof pubkey !== 'string' || !hex32.test(pubkey)) return undefined
  if (typeof sig !== 'string' || !hex64.test(sig)) return undefined
  if (!isIntegerUpTo(created_at, Number.MAX_SAFE_INTEGER)) return undefined
  if (!isIntegerUpTo(kind, 65_535)) return undefined
  if (typeof content !== 'string' || loneSurrogate.test(content)) return undefined
  if (!areTags(tags)) return undefined
  return { id, pubkey, created_at, kind, tags, content, sig }
}

function isIntegerUpTo(value: unknown, max: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max
}

function areTags(value: unknown): value is string[][] {
  return (
    Array.isArray(value) &&
    value.every(
      (tag: unknown) =>
        Array.isArray(tag) &&
        // UTF-8 cannot carry a lone surrogate, so no id can be computed over one.
        tag.every((item: unknown) => typeof item === 'string' && !loneSurrogate.test(item)),
    )
  )
}

function sha256Hex(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}
