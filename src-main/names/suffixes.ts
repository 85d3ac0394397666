/**
 * Top-level labels this program answers for itself. Queries below them never leave the machine as
 * DNS: `.nostr`, `.pkarr` and `.key` are not reserved by IANA, so a leaked query would be answered
 * by whoever obtains the name. `.local` is here for npub names only.
 */
export const managedSuffixes = ['nostr', 'local', 'pkarr', 'key'] as const

/**
 * Special-use domain names that resolvers answer themselves and never look up, each with the rule
 * that says so.
 *
 * Left to the upstream on purpose:
 * - `home.arpa` (RFC 8375 s.4) and the reverse zones of private ranges (RFC 6303): in a home they
 *   are served by the router, which is often exactly the configured upstream.
 * - `internal` (set aside by ICANN in 2024 for private networks, without a rule for resolvers): the
 *   same reasoning.
 * - `example` (RFC 6761 s.6.5: caching servers should not treat it as special).
 */
export const specialSuffixes = [
  'localhost', // RFC 6761 s.6.3
  'local', // RFC 6762 s.3: belongs to multicast DNS
  'invalid', // RFC 6761 s.6.4
  'test', // RFC 6761 s.6.2
  'onion', // RFC 7686 s.2
  'alt', // RFC 9476 s.2: not DNS
  'resolver.arpa', // RFC 9462 s.6.4: each forwarder answers for itself
  '254.169.in-addr.arpa', // RFC 6762 s.4: link-local reverse names belong to multicast DNS
  '8.e.f.ip6.arpa',
  '9.e.f.ip6.arpa',
  'a.e.f.ip6.arpa',
  'b.e.f.ip6.arpa',
] as const

/** The special suffixes of each last label: of most names there are none, and they are done at once. */
const byLastLabel = new Map<string, string[]>()
for (const suffix of specialSuffixes) {
  const last = suffix.slice(suffix.lastIndexOf('.') + 1)
  byLastLabel.set(last, [...(byLastLabel.get(last) ?? []), suffix])
}

/** The special-use suffix that `labels` (lower-case) lie at or below. */
export function specialSuffixOf(labels: readonly string[]): string | undefined {
  const candidates = byLastLabel.get(labels.at(-1) ?? '')
  if (candidates === undefined) return undefined
  const name = labels.join('.')
  return candidates.find((suffix) => name === suffix || name.endsWith(`.${suffix}`))
}
