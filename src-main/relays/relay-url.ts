import ipaddr from 'ipaddr.js'
import { fail, ok, type Result } from '../env/errors.ts'
import { parseName } from '../names/parse-name.ts'
import type { RelayHealth } from './relay-service.ts'

export type RelayOrigin = RelayHealth['origin']

const maxUrlLength = 512

/**
 * Relays of the settings may be on this computer or in the local network. Those found in events and
 * NIP-05 documents may not: strangers write them.
 */
export function mayBePrivate(origin: RelayOrigin): boolean {
  return origin !== 'outbox' && origin !== 'hint'
}

/**
 * Reads and normalizes a relay URL: lower-case host, no default port, no trailing slash at the root,
 * no fragment. Refused are, besides what is no URL:
 * - `ws://`, except to this computer when the user asked for it: it can be read and changed on
 *   the way (specs/nostr-dns.md s.4.6);
 * - private addresses, unless the user asked for them: relay lists are written by strangers;
 * - host names that only this program resolves: they would need a relay to find the relay.
 */
export function readRelayUrl(text: string, origin: RelayOrigin): Result<string> {
  const url = text.length <= maxUrlLength && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'wss:' && url.protocol !== 'ws:')) {
    return fail('relay.bad-url', 'A relay address is a wss:// URL.', 'Check the relay address.')
  }
  if (url.username !== '' || url.password !== '') {
    return fail('relay.bad-url', 'A relay address must not hold a user name or password.')
  }
  const host = url.hostname.replace(/^\[(.*)\]$/u, '$1').replace(/\.$/u, '')
  const isLoopback = isLoopbackHost(host)
  if (url.protocol === 'ws:' && !(isLoopback && mayBePrivate(origin))) {
    return fail(
      'relay.insecure-url',
      `${url.host} is not used without encryption: ws:// is only for relays on this computer.`,
      'Use the wss:// address of the relay.',
    )
  }
  if (!mayBePrivate(origin) && isPrivateHost(host)) {
    return fail(
      'relay.private-address',
      `${url.host} is in a local network; only relays you add yourself may be there.`,
      'Add it to your own relays if you know it.',
    )
  }
  if (isManagedHost(host)) {
    return fail(
      'relay.managed-name',
      `${url.host} is a name that is itself looked up on relays, so it cannot be a relay address.`,
      'Use an ordinary domain name or an IP address.',
    )
  }
  return ok(`${url.protocol}//${url.host.replace(/\.(?=:|$)/u, '')}${pathOf(url)}`)
}

/** Whether `address` (an IP literal) can be reached from anywhere: no local or special range. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  if (parsed.range() === 'unicast') return true
  // NAT64 (RFC 6052): what counts is the IPv4 address inside.
  if (parsed.kind() !== 'ipv6' || parsed.range() !== 'rfc6052') return false
  return ipaddr.fromByteArray(parsed.toByteArray().slice(12)).range() === 'unicast'
}

function pathOf(url: URL): string {
  const path = url.pathname.replaceAll(/\/{2,}/gu, '/')
  if (url.search !== '') return path + url.search
  return path.replace(/\/$/u, '')
}

function isLoopbackHost(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost')) return true
  return ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback'
}

function isPrivateHost(host: string): boolean {
  if (ipaddr.isValid(host)) return !isPublicAddress(host)
  // Names without a dot and those of RFC 6761, 6762, 8375 and 9476 never lead to the Internet.
  return (
    !host.includes('.') || /\.(?:localhost|local|internal|home\.arpa|lan|test|alt)$/u.test(host)
  )
}

function isManagedHost(host: string): boolean {
  if (ipaddr.isValid(host)) return false
  const { kind } = parseName(host)
  return kind !== 'foreign' && kind !== 'special'
}
