import type { PubkeyHex } from '../../names/name.ts'
import { encodeNpub } from '../../names/npub.ts'
import { parseName } from '../../names/parse-name.ts'

/** What a domain says about one of its users. */
export interface Voucher {
  readonly pubkey: PubkeyHex
  /** Relays the domain recommends for the key. */
  readonly relays: readonly string[]
}

export type WellKnownReading =
  | { readonly kind: 'voucher'; readonly voucher: Voucher }
  /** The document is in order and does not know the user. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'malformed' }

const maxRelays = 8

/** NIP-05: where `domain` vouches for `local`. */
export function wellKnownUrl(local: string, domain: string): URL {
  const url = new URL(`https://${domain}/.well-known/nostr.json`)
  url.searchParams.set('name', local)
  return url
}

/** Reads a `nostr.json`. Keys must be 64 lower-case hex digits: NIP-05 allows no npub. */
export function readWellKnown(text: string, local: string): WellKnownReading {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return { kind: 'malformed' }
  }
  const names = field(document, 'names')
  if (names === undefined || names === null || typeof names !== 'object') {
    return { kind: 'malformed' }
  }
  const pubkey = field(names, local)
  if (pubkey === undefined) return { kind: 'unknown' }
  if (typeof pubkey !== 'string' || !isKey(pubkey)) return { kind: 'malformed' }
  const listed = field(field(document, 'relays'), pubkey)
  const relays = Array.isArray(listed) ? listed.filter(isRelayUrl).slice(0, maxRelays) : []
  return { kind: 'voucher', voucher: { pubkey, relays } }
}

/** True if the profile (content of kind 0) names `identifier`, ignoring case. */
export function profileNames(content: string, identifier: string): boolean {
  try {
    const claimed = field(JSON.parse(content), 'nip05')
    return typeof claimed === 'string' && claimed.toLowerCase() === identifier
  } catch {
    return false
  }
}

/** An own field of an object from JSON; undefined for anything else. */
function field(value: unknown, key: string): unknown {
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined
  return (value as Readonly<Record<string, unknown>>)[key]
}

function isKey(text: string): boolean {
  return /^[0-9a-f]{64}$/u.test(text) && parseName(`${encodeNpub(text)}.nostr`).kind === 'nostr'
}

function isRelayUrl(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 512 && /^wss:\/\/[^\s]+$/u.test(value)
}
