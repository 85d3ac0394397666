import { base32Alphabet, base32HexAlphabet, bytesFromQuintets, toQuintets } from './base32.ts'
import { bytesFromHex, hexFromBytes, isEd25519Point, isSecp256k1X } from './curve-points.ts'
import type { InvalidReason, Name } from './name.ts'
import { readNpub } from './npub.ts'
import { holdsSecret } from './secret-text.ts'
import { splitName } from './split-name.ts'
import { specialSuffixOf } from './suffixes.ts'
import { isZBase32, keyFromZBase32 } from './z-base-32.ts'

/** 32 bytes in any 5-bit alphabet. */
const keyLabelLength = 52
/** NIP-19 prefixes that are not names; typed by mistake they deserve a precise reason. */
const otherEntity = /^(?:nprofile|nevent|naddr|nrelay|note)1/
const plainLabel = /^[a-z0-9_-]+$/
/** RFC 952 / RFC 1123 s.2.1. */
const hostLabel = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/
const halfKey = /^[0-9a-f]{32}$/

/**
 * What the domain name `text` (presentation form, any case, with or without the trailing dot) means
 * to this program. Total: every string gets an answer and nothing is thrown. Text that holds a
 * secret key is not kept in the result.
 *
 * `invalid` outside the managed suffixes means the text is not a domain name at all, or is a
 * malformed PKARR key; its `suffix` is then the last label.
 */
export function parseName(text: string): Name {
  if (holdsSecret(text)) return { kind: 'secret' }
  const split = splitName(text)
  if (!split.ok) return { kind: 'invalid', suffix: split.suffix, reason: split.reason }
  const { labels } = split
  if (holdsSecret(labels.join('.'))) return { kind: 'secret' }
  const suffix = labels.at(-1)
  if (suffix === undefined) return { kind: 'foreign' }
  const below = labels.slice(0, -1)
  switch (suffix) {
    case 'nostr':
      return parseNostr(below)
    case 'pkarr':
    case 'key':
      return below.length === 0 ? { kind: 'suffix', suffix } : parsePkarr(below, suffix)
    case 'local':
      return parseLocal(below)
    default:
      break
  }
  if (suffix.length === keyLabelLength && isZBase32(suffix)) return parsePkarr(labels, suffix)
  const special = specialSuffixOf(labels)
  return special === undefined ? { kind: 'foreign' } : { kind: 'special', suffix: special }
}

/** `below`: the labels in front of `.nostr`, in DESIGN s.4's order of meaning. */
function parseNostr(below: readonly string[]): Name {
  const last = below.at(-1)
  if (last === undefined) return { kind: 'suffix', suffix: 'nostr' }
  const rest = below.slice(0, -1)
  if (last.startsWith('npub1')) {
    const reading = readNpub(last)
    if (!reading.ok) return invalid(reading.reason)
    return ownedName(reading.pubkey, rest, `${last}.nostr`, 'npub')
  }
  if (otherEntity.test(last)) return invalid('wrong-prefix')
  if (halfKey.test(last)) return parseHex(below)
  if (last.length === keyLabelLength) {
    const quintets = toQuintets(last, base32HexAlphabet)
    if (quintets !== undefined) return parseNws(quintets, rest)
  }
  if (last.startsWith('p-') && last.length === keyLabelLength + 2) return parsePage(last, rest)
  return rest.length === 0 ? parsePetname(last) : parseNip05(below)
}

function parseHex(below: readonly string[]): Name {
  const [high = '', low = ''] = below.slice(-2)
  if (below.length < 2 || !halfKey.test(high)) return invalid('bad-length')
  const owner = high + low
  const bytes = bytesFromHex(owner)
  if (bytes === undefined || !isSecp256k1X(bytes)) return invalid('not-on-curve')
  return ownedName(owner, below.slice(0, -2), `${high}.${low}.nostr`, 'hex')
}

function ownedName(
  owner: string,
  hosts: readonly string[],
  apex: string,
  form: 'npub' | 'hex',
): Name {
  // A query for the wildcard itself is an ordinary query (RFC 4592 s.2.2.1).
  const plain = hosts.every(
    (label, index) => plainLabel.test(label) || (index === 0 && label === '*'),
  )
  if (!plain) return invalid('bad-label')
  return { kind: 'nostr', owner, host: hostOf(hosts), apex, form }
}

function parseNws(quintets: readonly number[], relayLabels: readonly string[]): Name {
  const bytes = bytesFromQuintets(quintets)
  if (bytes === undefined) return invalid('bad-character')
  if (!isSecp256k1X(bytes)) return invalid('not-on-curve')
  if (!relayLabels.every((label) => plainLabel.test(label))) return invalid('bad-label')
  return { kind: 'nws', exit: hexFromBytes(bytes), relayLabels }
}

function parsePage(label: string, hosts: readonly string[]): Name {
  const page = label.slice(2)
  const quintets = toQuintets(page, base32Alphabet)
  if (quintets === undefined || bytesFromQuintets(quintets) === undefined) {
    return invalid('bad-character')
  }
  if (!hosts.every((host) => plainLabel.test(host))) return invalid('bad-label')
  return { kind: 'page', page, host: hostOf(hosts) }
}

function parsePetname(label: string): Name {
  if (!plainLabel.test(label)) return invalid('bad-label')
  return { kind: 'petname', label, host: '@', apex: `${label}.nostr` }
}

/** `[local._at.]domain`; the label `_at` removes the guess whether `bob.` is a user or a host. */
function parseNip05(labels: readonly string[]): Name {
  const at = labels.lastIndexOf('_at')
  const local = at < 0 ? '_' : labels.slice(0, at).join('.')
  const domainLabels = labels.slice(at + 1)
  const domain = domainLabels.join('.')
  // NIP-05: the local part is a-z0-9-_. only.
  if (local === '' || !/^[a-z0-9_.-]+$/.test(local) || labels.indexOf('_at') !== at) {
    return invalid('bad-label')
  }
  if (!domainLabels.every((label) => hostLabel.test(label))) return invalid('bad-label')
  if (domainLabels.length < 2 || !isPublicDomain(domain)) return invalid('unknown-name')
  return { kind: 'nip05', local, domain }
}

/**
 * Whether a document may be fetched from `domain` over HTTPS: a name of the public DNS. A last label
 * beginning with a digit would be read as an IPv4 address by URL parsers (WHATWG URL s.3.5), and
 * thereby reach machines of the local network.
 */
function isPublicDomain(domain: string): boolean {
  const top = domain.slice(domain.lastIndexOf('.') + 1)
  if (/^[0-9]/.test(top) || top === 'arpa' || top === 'internal') return false
  return parseName(domain).kind === 'foreign'
}

/** `labels` end in what should be a PKARR key; `suffix` only names the zone of a refusal. */
function parsePkarr(labels: readonly string[], suffix: string): Name {
  const key = labels.at(-1) ?? ''
  const refuse = (reason: InvalidReason): Name => ({ kind: 'invalid', suffix, reason })
  if (key.length !== keyLabelLength) return refuse('bad-length')
  const bytes = keyFromZBase32(key)
  if (bytes === undefined) return refuse('bad-character')
  if (!isEd25519Point(bytes)) return refuse('not-on-curve')
  return { kind: 'pkarr', key, host: hostOf(labels.slice(0, -1)) }
}

/** Only npub names are ours on `.local`; the rest belongs to the link (RFC 6762). */
function parseLocal(below: readonly string[]): Name {
  const last = below.at(-1)
  const hosts = below.slice(0, -1)
  const reading = last?.startsWith('npub1') === true ? readNpub(last) : undefined
  if (reading?.ok !== true || !hosts.every((label) => plainLabel.test(label))) {
    return { kind: 'special', suffix: 'local' }
  }
  return { kind: 'mdns', owner: reading.pubkey, host: hostOf(hosts), apex: `${last ?? ''}.local` }
}

function hostOf(labels: readonly string[]): string {
  return labels.length === 0 ? '@' : labels.join('.')
}

function invalid(reason: InvalidReason): Name {
  return { kind: 'invalid', suffix: 'nostr', reason }
}
