/** The network links of this computer, and which addresses lie on them. Pure. */
import type { NetworkInterfaceInfo } from 'node:os'
import { formatIpv6, parseIpv4, parseIpv6 } from '../dns/wire/ip-address.ts'
import { ownLinkName } from '../host/own-link.ts'

export interface LinkAddress {
  readonly family: 4 | 6
  /** Canonical text without a zone. */
  readonly address: string
  readonly prefixLength: number
}

/** One network interface that can reach neighbours. */
export interface Link {
  readonly name: string
  /** What stands behind `%` in an address of this link (RFC 4007 s.11). */
  readonly zone: string
  /** Hardware address: another one means another network (randomised per Wi-Fi). */
  readonly mac: string
  /** The system's number of it, if an address tells: an interface made anew has another one. */
  readonly index?: number
  readonly addresses: readonly LinkAddress[]
}

/** What `os.networkInterfaces()` returns. */
export type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>

const noMac = '00:00:00:00:00:00'

/**
 * The links to be present on: not the loopback or our own, and nothing without a hardware address. The
 * latter are tunnels: they have no neighbours, and the far end need not learn who the user is.
 */
export function linksOf(
  interfaces: Interfaces,
  platform: NodeJS.Platform = process.platform,
): readonly Link[] {
  const links: Link[] = []
  for (const [name, entries = []] of Object.entries(interfaces)) {
    if (name === ownLinkName) continue
    const usable = entries.filter(({ internal, mac }) => !internal && mac !== noMac)
    const addresses = usable.flatMap((entry) => {
      const address = linkAddress(entry)
      return address === undefined ? [] : [address]
    })
    if (addresses.length === 0) continue
    // Only link-local addresses have it; in others it is 0.
    const index = usable.map(scopeOf).find((scope) => scope > 0)
    // Windows knows interfaces in addresses by number only.
    const zone = platform === 'win32' && index !== undefined ? String(index) : name
    const mac = usable[0]?.mac ?? noMac
    links.push({ name, zone, mac, ...(index !== undefined && { index }), addresses })
  }
  return links
}

function scopeOf(info: NetworkInterfaceInfo): number {
  return info.family === 'IPv6' ? info.scopeid : 0
}

function linkAddress({ address, family, cidr }: NetworkInterfaceInfo): LinkAddress | undefined {
  const prefixLength = Number(cidr?.split('/')[1])
  const text = canonicalAddress(address)
  if (text === undefined || !Number.isInteger(prefixLength)) return undefined
  return { family: family === 'IPv4' ? 4 : 6, address: text, prefixLength }
}

/** Every address of this computer, loopback included, canonical and without zones. */
export function ownAddressesOf(interfaces: Interfaces): ReadonlySet<string> {
  const own = new Set<string>()
  for (const entries of Object.values(interfaces)) {
    for (const { address } of entries ?? []) {
      const text = canonicalAddress(address)
      if (text !== undefined) own.add(text)
    }
  }
  return own
}

/** `text` in the one spelling we compare, its zone dropped; undefined when it is no address. */
export function canonicalAddress(text: string): string | undefined {
  const [plain = ''] = text.split('%')
  if (parseIpv4(plain) !== undefined) return plain
  const octets = parseIpv6(plain)
  return octets === undefined ? undefined : formatIpv6(octets)
}

/**
 * Whether a packet from `source` came over `link`. RFC 6762 s.11 wants the source checked, and as
 * systems hand a group's packets to every socket of the group whatever interface they came in by,
 * the source is also how we know the link. A zone, which link-local IPv6 sources have, decides.
 */
export function isOnLink(link: Link, source: string): boolean {
  const zone = source.split('%')[1]
  if (zone !== undefined && zone !== link.zone) return false
  const address = canonicalAddress(source)
  const octets = address === undefined ? undefined : octetsOf(address)
  if (octets === undefined) return false
  return link.addresses.some((own) => {
    const mine = octetsOf(own.address)
    return mine?.length === octets.length && sharesPrefix(mine, octets, own.prefixLength)
  })
}

function octetsOf(address: string): Uint8Array | undefined {
  return parseIpv4(address) ?? parseIpv6(address)
}

function sharesPrefix(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  for (let index = 0; index < a.length; index += 1) {
    const left = bits - index * 8
    if (left <= 0) return true
    const mask = left >= 8 ? 0xff : (0xff << (8 - left)) & 0xff
    if (((a[index] ?? 0) & mask) !== ((b[index] ?? 0) & mask)) return false
  }
  return true
}

/**
 * Whether `after` is still the network `before` was, so that names verified there may be kept. Any
 * doubt means no, and names are probed for again (RFC 6762 s.8).
 */
export function isSameNetwork(before: Link, after: Link): boolean {
  if (before.zone !== after.zone || before.mac !== after.mac) return false
  const { index = after.index } = before
  // Sockets hear nothing of the new one: they joined the group on the old one.
  if (after.index !== undefined && index !== after.index) return false
  const kept = new Set(before.addresses.map(({ address }) => address))
  const lasting = after.addresses.filter(({ address }) => kept.has(address))
  // A link-local IPv6 address follows the hardware to any network and so proves nothing.
  const routable = before.addresses.filter(({ address }) => !isLinkLocal(address))
  return lasting.some(({ address }) => routable.length === 0 || !isLinkLocal(address))
}

/** Whether both links are the same in every respect. */
export function isSameLink(a: Link, b: Link): boolean {
  const spell = ({ zone, mac, index, addresses }: Link): string =>
    [
      zone,
      mac,
      index,
      ...addresses.map((own) => `${own.address}/${own.prefixLength}`).toSorted(),
    ].join(' ')
  return spell(a) === spell(b)
}

function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/.test(address)
}
