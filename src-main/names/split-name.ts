import { asciiLower } from './ascii-lower.ts'
import type { InvalidReason } from './name.ts'

export type SplitName =
  | { readonly ok: true; readonly labels: readonly string[] }
  /** `suffix`: the last label, for the zone of the refusal; may be empty. */
  | { readonly ok: false; readonly suffix: string; readonly reason: InvalidReason }

const longestLabel = 63
/** RFC 1035 s.2.3.4: 255 octets on the wire, two of them the first length octet and the root. */
const longestName = 253

/**
 * The labels of a domain name in presentation form, ASCII-lower-case, escapes left in place except
 * where they stand for an ordinary letter or digit. The root has no labels.
 */
export function splitName(text: string): SplitName {
  const plain = asciiLower(text.includes('\\') ? unescapePlain(text) : text)
  if (plain === '.') return { ok: true, labels: [] }
  const labels = plain.includes('\\') ? splitEscaped(plain) : plain.split('.')
  if (labels.length > 1 && labels.at(-1) === '') labels.pop()
  const suffix = labels.at(-1) ?? ''
  let total = -1
  for (const label of labels) {
    const length = octetsOf(label)
    if (length === 0) return { ok: false, suffix, reason: 'bad-label' }
    if (length > longestLabel) return { ok: false, suffix, reason: 'bad-length' }
    total += length + 1
  }
  if (total > longestName) return { ok: false, suffix, reason: 'bad-length' }
  return { ok: true, labels }
}

/** `\110sec` is `nsec`: no escape may hide a letter from the checks that follow. */
function unescapePlain(text: string): string {
  return text.replace(/\\(\d{3}|[^\d])/g, (escape, code: string) => {
    const character = code.length === 3 ? String.fromCharCode(Number(code)) : code
    return /^[A-Za-z0-9_-]$/.test(character) ? character : escape
  })
}

function splitEscaped(text: string): string[] {
  const labels: string[] = []
  let start = 0
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1
    else if (text[index] === '.') {
      labels.push(text.slice(start, index))
      start = index + 1
    }
  }
  labels.push(text.slice(start))
  return labels
}

function octetsOf(label: string): number {
  const octets = label.includes('\\') ? label.replace(/\\(?:\d{3}|.)/g, '_') : label
  return Buffer.byteLength(octets)
}
