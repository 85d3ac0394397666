/** What a domain name means to this program. Only `parse-name.ts` makes these (DESIGN s.4). */

/** 32-byte x-only public key as 64 lower-case hex digits, checked to lie on the curve. */
export type PubkeyHex = string & { readonly brand?: 'PubkeyHex' }

/**
 * Key of the owner of data, for cache invalidation: `nostr:<64 hex>`, `pkarr:<52 z-base-32>`,
 * `petname:<label>` …
 */
export type OwnerKey = string

export type Name =
  /**
   * `[host.]npub1….nostr` or `[host.]<32 hex>.<32 hex>.nostr`. `host` is relative to the owner's
   * apex, lower-case, `@` for the apex itself. `apex` is the domain name of the apex in the form
   * asked for, lower-case.
   */
  | {
      readonly kind: 'nostr'
      readonly owner: PubkeyHex
      readonly host: string
      readonly apex: string
      readonly form: 'npub' | 'hex'
    }
  /** `[local._at.]domain.nostr`: NIP-05 identifier `local@domain`; `_` is the domain's own. */
  | { readonly kind: 'nip05'; readonly local: string; readonly domain: string }
  /** One word before `.nostr`, or hosts below it (`www.alice.nostr`): the user's own table. */
  | {
      readonly kind: 'petname'
      readonly label: string
      readonly host: string
      readonly apex: string
    }
  /** NWS exit node: 52-char base32hex label (specs/nws.md s.8); relay labels in front, if any. */
  | { readonly kind: 'nws'; readonly exit: PubkeyHex; readonly relayLabels: readonly string[] }
  /** Registry page `p-<52 base32>.nostr`, with the labels below it. */
  | { readonly kind: 'page'; readonly page: string; readonly host: string }
  /** Last label is a PKARR key, optionally followed by `.pkarr` or `.key`. */
  | { readonly kind: 'pkarr'; readonly key: string; readonly host: string }
  /** `[host.]npub1….local`: belongs to the mDNS responder. */
  | {
      readonly kind: 'mdns'
      readonly owner: PubkeyHex
      readonly host: string
      readonly apex: string
    }
  /** The bare suffix, `nostr.`. */
  | { readonly kind: 'suffix'; readonly suffix: string }
  /** Under a managed suffix but not a name: NXDOMAIN without any network. */
  | { readonly kind: 'invalid'; readonly suffix: string; readonly reason: InvalidReason }
  /** A label beginning `nsec1`: never logged, never sent anywhere; the text is dropped here. */
  | { readonly kind: 'secret' }
  /** RFC 6761 and friends (`localhost`, `.local`, `.invalid`, `.onion` …): never forwarded. */
  | { readonly kind: 'special'; readonly suffix: string }
  /** Everything else: the upstream's business. */
  | { readonly kind: 'foreign' }

export type InvalidReason =
  | 'bad-checksum'
  | 'bad-length'
  | 'bad-character'
  | 'not-on-curve'
  | 'wrong-prefix'
  | 'bad-label'
  | 'unknown-name'
