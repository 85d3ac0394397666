import { cursorAt, readName } from './cursor.ts'
import { nameToWire } from './domain-name.ts'
import type { DnsName } from './message.ts'
import { shown, TextError } from './text-entry.ts'
import { WireError } from './wire-error.ts'

/**
 * The name a zone file means by `text` (RFC 1035 s.5.1): `@` is `origin`, a name without a trailing
 * dot continues with it. The result is in the one spelling the decoder would give it. Throws
 * TextError.
 */
export function parseNameText(text: string, origin: DnsName): DnsName {
  if (text === '@') return origin
  if (text === '.') return '.'
  let full = text
  if (endsInDot(text)) {
    full = text.slice(0, -1)
    if (full === '.' || endsInDot(full)) throw new TextError(`${shown(text)} has an empty label`)
  } else if (origin !== '.') {
    full = `${text}.${origin}`
  }
  try {
    return readName(cursorAt(nameToWire(full)), false)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    throw new TextError(`${shown(text)} is not a domain name: ${error.message}`)
  }
}

/** `name` as an absolute name of a zone file. */
export function formatNameText(name: DnsName): string {
  return name === '.' ? name : `${name}.`
}

/** Whether the last character is a dot that no backslash takes the meaning from. */
function endsInDot(text: string): boolean {
  if (!text.endsWith('.')) return false
  let backslashes = 0
  while (text[text.length - 2 - backslashes] === '\\') backslashes += 1
  return backslashes % 2 === 0
}
