import { isIP, isIPv4 } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { DnsName } from '../dns/wire/message.ts'
import { parseName } from '../names/parse-name.ts'

/**
 * The DNS rebinding filter: data signed by strangers must not point programs at loopback, at the
 * local network or at link-scoped services. Documentation ranges (RFC 5737, RFC 3849) pass: they
 * reach nothing.
 */

type Range = readonly [prefix: string, bits: number]

const privateV4: readonly Range[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]

const privateV6: readonly Range[] = [
  ['::', 128],
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
  ['64:ff9b:1::', 48],
]

/** IPv6 prefixes that carry an IPv4 address, and the octet it starts at. */
const embeddings: readonly (readonly [...Range, offset: number])[] = [
  // RFC 4291 s.2.5.5.2 IPv4-mapped
  ['::ffff:0:0', 96, 12],
  // RFC 6052 NAT64 well-known prefix
  ['64:ff9b::', 96, 12],
  // RFC 3056 6to4
  ['2002::', 16, 2],
  // RFC 4291 s.2.5.5.1 IPv4-compatible, deprecated but still accepted by some stacks
  ['::', 96, 12],
]

type Matcher = (octets: readonly number[]) => boolean

const compile = ([prefix, bits]: readonly [string, number, ...unknown[]]): Matcher => {
  const wanted = ipaddr.parse(prefix).toByteArray()
  return (octets) => {
    for (let bit = 0; bit < bits; bit += 8) {
      const kept = Math.min(8, bits - bit)
      const difference = (octets[bit / 8] ?? 0) ^ (wanted[bit / 8] ?? 0)
      if (difference >> (8 - kept) !== 0) return false
    }
    return true
  }
}

const isPrivateV4 = privateV4.map(compile)
const isPrivateV6 = privateV6.map(compile)
const isEmbedding = embeddings.map((entry) => ({ matches: compile(entry), offset: entry[2] }))

/**
 * True for an address that must not come from a stranger: the ranges of RFC 6890 and friends, also
 * inside IPv4-mapped, NAT64 and 6to4 addresses. Text that is no address counts as private, so that
 * a caller never lets through what it could not read.
 */
export function isPrivateAddress(address: string): boolean {
  const bare = address.split('%', 1)[0] ?? ''
  if (isIP(bare) === 0) return true
  const octets = ipaddr.parse(bare).toByteArray()
  if (isIPv4(bare)) return isPrivateV4.some((matches) => matches(octets))
  if (isPrivateV6.some((matches) => matches(octets))) return true
  const embedding = isEmbedding.find(({ matches }) => matches(octets))
  if (embedding === undefined) return false
  const inner = octets.slice(embedding.offset, embedding.offset + 4)
  return isPrivateV4.some((matches) => matches(inner))
}

/** Suffixes that name the local machine, the local network or nothing a resolver may look up. */
const localSuffixes: readonly string[] = ['localhost', 'local', 'internal', 'onion', 'arpa']

/**
 * True if `name` may be the target of a CNAME signed by a stranger: at least two labels, unless the
 * only one is a PKARR key, no special-use suffix (RFC 6761, RFC 6762, RFC 7686, RFC 8375), not shaped like an IPv4 address, and
 * no escaped octets, which could hide any of these.
 */
export function isPublicCnameTarget(name: DnsName): boolean {
  const labels = name.toLowerCase().replace(/\.$/u, '').split('.')
  const last = labels.at(-1) ?? ''
  if (name.includes('\\')) return false
  if (labels.includes('')) return false
  if (labels.length < 2) return parseName(name).kind === 'pkarr'
  if (/^\d+$/u.test(last) || name.includes(':')) return false
  return !localSuffixes.includes(last)
}
