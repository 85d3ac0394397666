import { isIP, isIPv4 } from 'node:net'

/** `address` and `port` as a Linux struct sockaddr_in or sockaddr_in6 (little-endian machines). */
export function encodeSockaddr(address: string, port: number): Uint8Array {
  const family = isIP(address)
  if (family === 0) throw new TypeError('not an IP address')
  const sockaddr = Buffer.alloc(family === 4 ? 16 : 28)
  sockaddr.writeUInt16LE(family === 4 ? 2 : 10, 0)
  sockaddr.writeUInt16BE(port, 2)
  if (family === 4) {
    sockaddr.set(address.split('.').map(Number), 4)
  } else {
    sockaddr.set(ipv6Octets(address), 8)
  }
  return sockaddr
}

/** Port of a struct sockaddr, both families. */
export function sockaddrPort(sockaddr: Uint8Array): number {
  return ((sockaddr[2] ?? 0) << 8) | (sockaddr[3] ?? 0)
}

function ipv6Octets(address: string): number[] {
  const [text = ''] = address.split('%')
  const [head = '', tail] = text.split('::')
  const front = groupsOf(head)
  const back = tail === undefined ? [] : groupsOf(tail)
  const middle = new Array<number>(tail === undefined ? 0 : 8 - front.length - back.length).fill(0)
  return [...front, ...middle, ...back].flatMap((group) => [group >>> 8, group & 0xff])
}

/** 16-bit groups of colon-separated text; a dotted quad at its end counts as two. */
function groupsOf(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!isIPv4(group)) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [(a << 8) | b, (c << 8) | d]
  })
}
