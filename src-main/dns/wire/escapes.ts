/** The `\DDD` and `\c` escapes of names and strings in zone files (RFC 1035 s.5.1). */

const backslash = 0x5c
const quote = 0x22

/** The octets `text` stands for, beyond ASCII as UTF-8; undefined when an escape is broken. */
export function unescapeOctets(text: string): Buffer | undefined {
  const raw = Buffer.from(text, 'utf8')
  if (!text.includes('\\')) return raw
  const octets: number[] = []
  for (let index = 0; index < raw.length; index += 1) {
    let octet = raw[index] ?? 0
    if (octet === backslash) {
      const escape = /^(?:\d{3}|[^\d])/.exec(raw.toString('latin1', index + 1, index + 4))?.[0]
      const code = escape?.length === 3 ? Number(escape) : escape?.charCodeAt(0)
      if (escape === undefined || code === undefined || code > 255) return undefined
      index += escape.length
      octet = code
    }
    octets.push(octet)
  }
  return Buffer.from(octets)
}

/** `\DDD`. */
export function escapeOctet(octet: number): string {
  return `\\${String(octet).padStart(3, '0')}`
}

/** Text for inside double quotes: quotes, backslashes and all but printable ASCII are escaped. */
export function escapeOctets(octets: Uint8Array): string {
  let text = ''
  for (const octet of octets) {
    if (octet < 0x20 || octet > 0x7e) text += escapeOctet(octet)
    else if (octet === quote || octet === backslash) text += `\\${String.fromCharCode(octet)}`
    else text += String.fromCharCode(octet)
  }
  return text
}
