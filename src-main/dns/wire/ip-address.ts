/** The four octets of a dotted quad; undefined for any other form (octal, short, leading zeros). */
export function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const octets = new Uint8Array(4)
  for (const [index, part] of parts.entries()) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined
    octets[index] = Number(part)
  }
  return octets
}

export function formatIpv4(octets: Uint8Array): string {
  return octets.join('.')
}

/** The sixteen octets of any RFC 4291 s.2.2 text form; undefined for others, also with a zone. */
export function parseIpv6(text: string): Uint8Array | undefined {
  let groupsText = text
  const tail: number[] = []
  const lastColon = text.lastIndexOf(':')
  if (text.includes('.')) {
    const quad = parseIpv4(text.slice(lastColon + 1))
    if (quad === undefined || lastColon < 0) return undefined
    const [a = 0, b = 0, c = 0, d = 0] = quad
    tail.push((a << 8) | b, (c << 8) | d)
    groupsText = text.slice(0, lastColon)
    // Keep both colons of `::192.0.2.1`; drop the single one of `…:192.0.2.1`.
    if (groupsText.endsWith(':')) groupsText += ':'
  }
  const halves = groupsText.split('::')
  if (halves.length > 2) return undefined
  const [head, rest] = halves.map(parseGroups)
  if (head === undefined || (halves.length === 2 && rest === undefined)) return undefined
  const after = [...(rest ?? []), ...tail]
  const missing = 8 - head.length - after.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...after]
  const octets = new Uint8Array(16)
  for (const [index, group] of groups.entries()) {
    octets[index * 2] = group >> 8
    octets[index * 2 + 1] = group & 0xff
  }
  return octets
}

function parseGroups(text: string): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  for (const group of text.split(':')) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined
    groups.push(Number.parseInt(group, 16))
  }
  return groups
}

/** RFC 5952 text; IPv4-mapped addresses end in a dotted quad (s.5). */
export function formatIpv6(octets: Uint8Array): string {
  const groups = Array.from(
    { length: 8 },
    (_, index) => ((octets[index * 2] ?? 0) << 8) | (octets[index * 2 + 1] ?? 0),
  )
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${formatIpv4(octets.subarray(12))}`
  }
  const { start, length } = longestZeroRun(groups)
  const hex = groups.map((group) => group.toString(16))
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}

/** The first of the longest runs of zero groups (RFC 5952 s.4.2.3). */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let start = 0
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start }
  }
  return best
}
