import { fail, ok, type Result } from '../env/errors.ts'

/** What the `.nostr` window can open. */
export interface NostrAddress {
  /** Always `https://`. */
  readonly url: string
  /** Lower-case. */
  readonly domain: string
  readonly port: number
}

/** What the window does about a wish of a page, by its URL. */
export type UrlPlace = 'nostr' | 'public' | 'forbidden'

/**
 * Reads what was typed or clicked: a `.nostr` name with or without a scheme, port and path. Plain
 * http becomes https. Whether there is such a name, the engine says.
 */
export function readNostrAddress(text: string): Result<NostrAddress> {
  const typed = text.trim()
  const spelled = /^[a-z][a-z0-9+.-]*:\/\//iu.test(typed) ? typed : `https://${typed}`
  const secure = spelled.replace(/^http:/iu, 'https:')
  const url = URL.canParse(secure) ? new URL(secure) : undefined
  const domain = url?.hostname ?? ''
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') {
    return fail('window.bad-address', 'That is not the address of a page.')
  }
  if (!isNostrHost(domain) || domain.endsWith('.')) {
    return fail(
      'window.not-nostr',
      'Only .nostr names can be opened in this window.',
      'Use the npub1….nostr form of the name.',
    )
  }
  return ok({ url: url.href, domain, port: url.port === '' ? 443 : Number(url.port) })
}

/** True for every name below `.nostr`: our proxy's and our judge's business, never anybody else's. */
export function isNostrHost(host: string): boolean {
  return host.toLowerCase().replace(/\.$/u, '').endsWith('.nostr')
}

/** Names of this computer, of the local network or of nothing at all (RFC 6761, RFC 6762, RFC 8375). */
const localDomains: readonly string[] = [
  'localhost',
  'local',
  'internal',
  'arpa',
  'onion',
  'invalid',
]

/**
 * Where a URL leads. `public`: https on the internet, under the rules of public authorities. The
 * local network is forbidden to pages that strangers sign, and so is every bare address: what is
 * local is told by name here.
 */
export function placeOf(text: string): UrlPlace {
  if (!URL.canParse(text)) return 'forbidden'
  const { protocol, hostname } = new URL(text)
  if (isNostrHost(hostname)) {
    // Our proxy sends plain http for these names to https.
    return ['https:', 'wss:', 'http:'].includes(protocol) ? 'nostr' : 'forbidden'
  }
  if (protocol !== 'https:' && protocol !== 'wss:') return 'forbidden'
  const labels = hostname.replace(/\.$/u, '').split('.')
  const last = labels.at(-1) ?? ''
  const isName = labels.length > 1 && /^[a-z]/u.test(last) && !hostname.includes(':')
  return isName && !localDomains.includes(last) ? 'public' : 'forbidden'
}
