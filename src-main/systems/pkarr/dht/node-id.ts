/** Node ids: 20 bytes in the same space as targets, near by XOR (BEP 5). */

export const idLength = 20

/** Negative when `a` is nearer to `target` than `b`. */
export function compareDistance(target: Uint8Array, a: Uint8Array, b: Uint8Array): number {
  for (let index = 0; index < idLength; index += 1) {
    const wanted = target[index] ?? 0
    const difference = ((a[index] ?? 0) ^ wanted) - ((b[index] ?? 0) ^ wanted)
    if (difference !== 0) return difference
  }
  return 0
}

export function isSameId(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** Leading bits that `a` and `b` have in common: 0 to 160. */
export function commonPrefixBits(a: Uint8Array, b: Uint8Array): number {
  for (let index = 0; index < idLength; index += 1) {
    const difference = (a[index] ?? 0) ^ (b[index] ?? 0)
    if (difference !== 0) return index * 8 + Math.clz32(difference) - 24
  }
  return idLength * 8
}

/** CRC-32C (Castagnoli, RFC 3720), as BEP 42 wants it. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}

const ipv4Mask = [0x03, 0x0f, 0x3f, 0xff] as const

/**
 * A node id tied to our external IPv4 address (BEP 42), so that nodes which enforce that accept us.
 * `random` is 20 random bytes; its last byte is the number that BEP 42 calls `rand`.
 */
export function secureNodeId(ipv4: string, random: Uint8Array): Uint8Array {
  const octets = ipv4.split('.').map(Number)
  const last = random[idLength - 1] ?? 0
  const masked = Uint8Array.from(ipv4Mask, (mask, index) => (octets[index] ?? 0) & mask)
  masked[0] = (masked[0] ?? 0) | ((last & 0x07) << 5)
  const crc = crc32c(masked)
  const id = Uint8Array.from(random)
  id[0] = crc >>> 24
  id[1] = (crc >>> 16) & 0xff
  id[2] = ((crc >>> 8) & 0xf8) | ((random[2] ?? 0) & 0x07)
  return id
}
