/** NIP-65 relay lists (kind 10002). Pure. */
import type { Event } from 'nostr-tools/pure'
import { readRelayUrl } from './relay-url.ts'

export const relayListKind = 10_002

/** Write relays of one author that are asked (specs/nostr-dns.md s.4.6). */
export const maxWriteRelays = 4

/**
 * Where the author of `list` publishes: `r` tags marked `write` or not marked at all, in their
 * order, without what is no usable relay address.
 */
export function writeRelays(list: Event): readonly string[] {
  const urls = new Set<string>()
  for (const [name, address, marker] of list.tags) {
    if (name !== 'r' || address === undefined) continue
    if (marker !== undefined && marker !== '' && marker !== 'write') continue
    const url = readRelayUrl(address, 'outbox')
    if (url.ok) urls.add(url.value)
    if (urls.size === maxWriteRelays) break
  }
  return [...urls]
}
