import type { DnsName } from './wire/message.ts'
import { headerLength } from './packet-layout.ts'

const dot = 0x2e
const backslash = 0x5c
const zero = 0x30
/** A name of 255 octets, every one of them written as `\DDD`. */
const longestText = 1024

/** Reads the name of a question as text. */
export type QuestionNameReader = (packet: Uint8Array) => DnsName

/**
 * A reader giving the name of the question in presentation form with its case kept, escaped as in
 * RFC 1035 s.5.1; the root is `.`. Packets must have passed `QueryScanner.scan`. The text is put
 * together as octets first: growing a string per character costs several times as much.
 */
export function createQuestionNameReader(): QuestionNameReader {
  const text = Buffer.alloc(longestText)
  return (packet) => {
    let length = 0
    for (let at = headerLength; ;) {
      const size = packet[at] ?? 0
      if (size === 0) return length === 0 ? '.' : text.toString('latin1', 0, length)
      if (length > 0) text[length++] = dot
      const end = at + size + 1
      for (at += 1; at < end; at += 1) {
        const octet = packet[at] ?? 0
        if (octet <= 0x20 || octet >= 0x7f) {
          text[length++] = backslash
          text[length++] = zero + Math.floor(octet / 100)
          text[length++] = zero + (Math.floor(octet / 10) % 10)
          text[length++] = zero + (octet % 10)
          continue
        }
        if (octet === dot || octet === backslash) text[length++] = backslash
        text[length++] = octet
      }
    }
  }
}
