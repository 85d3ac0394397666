import { readFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import ipaddr from 'ipaddr.js'
import { ownLinkName } from '../../host/own-link.ts'

/** An address of a network interface of this computer. */
export interface InterfaceAddress {
  readonly interfaceName: string
  readonly family: 4 | 6
  readonly address: string
  /** `temporary`: an RFC 8981 privacy address that will soon be replaced. */
  readonly life: 'stable' | 'temporary' | 'unknown'
}

export type ListInterfaces = () => Promise<readonly InterfaceAddress[]>

/** Flags of /proc/net/if_inet6 (linux/if_addr.h). */
const flags = { temporary: 0x01, duplicate: 0x08, deprecated: 0x20, tentative: 0x40 }

/** The addresses of this computer; deprecated and tentative ones are left out where we can tell. */
export const listInterfaceAddresses: ListInterfaces = async () => {
  const known = parseIfInet6(await readFile('/proc/net/if_inet6', 'latin1').catch(() => ''))
  const found: InterfaceAddress[] = []
  for (const [interfaceName, entries] of Object.entries(networkInterfaces())) {
    if (interfaceName === ownLinkName) continue
    for (const entry of entries ?? []) {
      if (entry.internal) continue
      if (entry.family === 'IPv4') {
        found.push({ interfaceName, family: 4, address: entry.address, life: 'stable' })
        continue
      }
      const address = ipaddr.parse(entry.address).toString()
      const life = known.get(address) ?? guessLife(address)
      if (life !== 'unusable') found.push({ interfaceName, family: 6, address, life })
    }
  }
  return found
}

type Life = InterfaceAddress['life'] | 'unusable'

/** Linux's table of IPv6 addresses: compressed address to how long it will last. */
export function parseIfInet6(text: string): ReadonlyMap<string, Life> {
  const lives = new Map<string, Life>()
  for (const line of text.split('\n')) {
    const [hex, , , , flagText] = line.trim().split(/\s+/u)
    if (hex?.length !== 32 || flagText === undefined) continue
    const flag = Number.parseInt(flagText, 16)
    const unusable = flags.duplicate | flags.deprecated | flags.tentative
    const life: Life =
      (flag & unusable) !== 0 ? 'unusable' : (flag & flags.temporary) !== 0 ? 'temporary' : 'stable'
    lives.set(ipaddr.parse((hex.match(/.{4}/gu) ?? []).join(':')).toString(), life)
  }
  return lives
}

/** Elsewhere only an interface identifier made from a MAC address (RFC 4291 app. A) tells. */
function guessLife(address: string): Life {
  const bytes = ipaddr.parse(address).toByteArray()
  return bytes[11] === 0xff && bytes[12] === 0xfe ? 'stable' : 'unknown'
}
