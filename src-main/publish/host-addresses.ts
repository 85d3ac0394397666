/** The A and AAAA records at a host's own name, and addresses typed by hand. Pure. */
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { fail, ok, type Result } from '../env/errors.ts'
import { limits } from '../systems/nostr/formats/record-text.ts'
import type { ZoneRecord } from './publisher.ts'

/** Addresses as typed, in canonical spelling; `publish.bad-address` names the one that is wrong. */
export function checkAddresses(texts: readonly string[]): Result<readonly string[]> {
  const addresses = new Set<string>()
  for (const text of texts) {
    const trimmed = text.trim()
    const fault = addressFault(trimmed)
    if (fault !== undefined) {
      return fail('publish.bad-address', `"${trimmed.slice(0, 64)}" ${fault}.`)
    }
    addresses.add(ipaddr.parse(trimmed).toString())
  }
  return addresses.size === 0
    ? fail('publish.bad-address', 'No address was given.')
    : ok([...addresses])
}

function addressFault(text: string): string | undefined {
  if (isIP(text) === 0) return 'is not an IPv4 or IPv6 address'
  if (text.includes('%')) return 'has a zone; that means nothing on other computers'
  const address = ipaddr.parse(text)
  const range = address.range()
  if (range === 'ipv4Mapped') return 'is an IPv4 address in IPv6 dress; give the IPv4 address'
  if (range === 'unspecified') return 'means "no address"'
  if (range === 'multicast' || range === 'broadcast') return 'names a group, not one computer'
  return undefined
}

/** Addresses of `records` at `host` itself. */
export function addressesOf(records: readonly ZoneRecord[], host: string): readonly string[] {
  return records.filter((record) => isAddressOf(record, host)).map(({ rdata }) => rdata)
}

/** `records` with exactly `addresses` at `host`; a TTL already chosen for them stays. */
export function withAddresses(
  records: readonly ZoneRecord[],
  host: string,
  addresses: readonly string[],
): readonly ZoneRecord[] {
  const ttl = records.find((record) => isAddressOf(record, host))?.ttl ?? limits.defaultTtl
  const own = addresses.map((address) => ({
    name: host,
    type: isIP(address) === 4 ? 'A' : 'AAAA',
    ttl,
    rdata: address,
  }))
  return [...own, ...records.filter((record) => !isAddressOf(record, host))]
}

/** True when both lists hold the same addresses, in any order and spelling. */
export function isSameAddresses(a: readonly string[], b: readonly string[]): boolean {
  const keyOf = (list: readonly string[]): string => list.map(spell).toSorted().join(' ')
  return keyOf(a) === keyOf(b)
}

function isAddressOf({ name, type }: ZoneRecord, host: string): boolean {
  return name === host && (type === 'A' || type === 'AAAA')
}

function spell(address: string): string {
  return isIP(address) === 0 ? address : ipaddr.parse(address).toString()
}
