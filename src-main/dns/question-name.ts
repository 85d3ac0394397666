import type { DnsName } from './wire/message.ts'
import { headerLength } from './packet-layout.ts'

const dot = 0x2e
const backslash = 0x5c

/**
 * The name of the question in `packet` in presentation form with its case kept, escaped as in RFC
 * 1035 s.5.1; the root is `.`. The packet must have passed `QueryScanner.scan`.
 */
export function questionName(packet: Uint8Array): DnsName {
  let text = ''
  for (let at = headerLength; ;) {
    const size = packet[at] ?? 0
    if (size === 0) return text === '' ? '.' : text
    if (text !== '') text += '.'
    const end = at + size + 1
    for (at += 1; at < end; at += 1) {
      const octet = packet[at] ?? 0
      if (octet <= 0x20 || octet >= 0x7f) text += `\\${String(octet).padStart(3, '0')}`
      else if (octet === dot || octet === backslash) text += `\\${String.fromCharCode(octet)}`
      else text += String.fromCharCode(octet)
    }
  }
}
