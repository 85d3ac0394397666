/** Which address the sightings agree on. Pure: the same sightings give the same answer. */
import ipaddr from 'ipaddr.js'
import type { AddressSighting } from '../publisher.ts'
import type { InterfaceAddress } from './interface-addresses.ts'

/**
 * The IPv4 address that two independent sources report, or one source and an interface that has it.
 * A lone source could be wrong or lying, and a wrong address published sends visitors elsewhere.
 */
export function agreeOnV4(sightings: readonly AddressSighting[]): string | undefined {
  return mostSeen(sightings.filter((sighting) => sighting.family === 4))
}

/**
 * The IPv6 address to publish. Programs call out from short-lived privacy addresses (RFC 8981), so
 * a source confirms the /64 it saw, and the stable address of that network is the one to publish.
 */
export function agreeOnV6(
  sightings: readonly AddressSighting[],
  interfaces: readonly InterfaceAddress[],
): string | undefined {
  const sightingsV6 = sightings.filter((sighting) => sighting.family === 6)
  const seen = mostSeen(sightingsV6)
  if (seen === undefined) return undefined
  const inside = new Set(
    sightingsV6.filter(({ method }) => method === 'interface').map(({ address }) => address),
  )
  const sameNetwork = interfaces.filter(
    ({ address }) => inside.has(address) && networkOf(address) === networkOf(seen),
  )
  const own = sameNetwork.find(({ address }) => address === seen)
  if (own?.life === 'stable') return seen
  return sameNetwork.find(({ life }) => life === 'stable')?.address ?? seen
}

/** The address named by most sources, at least two of them, at least one outside; none on a tie. */
function mostSeen(sightings: readonly AddressSighting[]): string | undefined {
  const sources = new Map<string, Set<string>>()
  const outside = new Set<string>()
  for (const { address, source, method } of sightings) {
    if (address === undefined) continue
    // However many interfaces hold an address, they are one witness: this computer.
    const witness = method === 'interface' ? 'interface' : source
    sources.set(address, (sources.get(address) ?? new Set()).add(witness))
    if (method !== 'interface') outside.add(address)
  }
  const ranked = [...sources]
    .filter(([address, names]) => names.size >= 2 && outside.has(address))
    .toSorted(([, a], [, b]) => b.size - a.size)
  const [first, second] = ranked
  if (first === undefined || first[1].size === second?.[1].size) return undefined
  return first[0]
}

/** The first 64 bits, as hex. */
function networkOf(address: string): string {
  return ipaddr.parse(address).toByteArray().slice(0, 8).join('.')
}
