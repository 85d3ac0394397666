import { escapeOctet, unescapeOctets } from './escapes.ts'
import type { DnsName } from './message.ts'
import { WireError } from './wire-error.ts'

/** RFC 1035 s.2.3.4. */
export const longestName = 255
export const longestLabel = 63

/** Octets that zone files or names give a meaning (RFC 1035 s.5.1), and `.` inside a label. */
const special = /[^!-~]|[.\\"();@$]/
const backslash = 0x5c
const dot = 0x2e

/** The form names are compared in: A-Z lowered and nothing else (RFC 4343 s.3). */
export function nameKey(name: DnsName): string {
  return /[A-Z]/.test(name) ? name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : name
}

/** The labels of `name`, left to right, escapes kept; none for the root. */
export function labelsOf(name: DnsName): string[] {
  if (name === '.' || name === '') return []
  const labels = name.includes('\\') ? splitEscaped(name) : name.split('.')
  if (labels.at(-1) === '') labels.pop()
  return labels
}

/** Whether `name` equals `parent` or lies below it. */
export function isAtOrBelow(name: DnsName, parent: DnsName): boolean {
  if (parent === '.') return true
  const child = nameKey(name)
  const ancestor = nameKey(parent)
  if (child === ancestor) return true
  if (!child.endsWith(`.${ancestor}`)) return false
  if (!child.includes('\\')) return true
  const labels = labelsOf(child)
  const ancestorLabels = labelsOf(ancestor)
  const offset = labels.length - ancestorLabels.length
  return offset > 0 && ancestorLabels.every((label, index) => label === labels[offset + index])
}

/** Whether `name` can stand in a message: label and name lengths, no empty label, sound escapes. */
export function isValidName(name: DnsName): boolean {
  try {
    nameToWire(name)
    return true
  } catch {
    return false
  }
}

/** The uncompressed wire form of `name`. Throws WireError when there is none. */
export function nameToWire(name: DnsName): Uint8Array {
  if (name === '') throw new WireError('bad-label', 'a name is empty; the root is written "."')
  const labels = name === '.' ? [] : labelsOf(name)
  const wire = new Uint8Array(longestName)
  let offset = 0
  for (const label of labels) {
    const octets = labelOctets(label)
    if (octets.length === 0 || octets.length > longestLabel) {
      throw new WireError('bad-label', `a label has ${octets.length} octets instead of 1 to 63`)
    }
    if (offset + octets.length + 2 > longestName) {
      throw new WireError('name-too-long', 'a name has more than 255 octets')
    }
    wire[offset] = octets.length
    wire.set(octets, offset + 1)
    offset += octets.length + 1
  }
  return wire.slice(0, offset + 1)
}

/** The octets a label stands for; text beyond ASCII counts as UTF-8. Throws WireError. */
function labelOctets(label: string): Uint8Array {
  const octets = unescapeOctets(label)
  if (octets === undefined) {
    throw new WireError('bad-label', 'a name has a broken escape (\\DDD or \\c)')
  }
  return octets
}

/** Presentation form of one label given as octets (RFC 1035 s.5.1). */
export function formatLabel(octets: Buffer, start: number, end: number): string {
  const text = octets.toString('latin1', start, end)
  if (!special.test(text)) return text
  let escaped = ''
  for (const octet of octets.subarray(start, end)) escaped += formatOctet(octet)
  return escaped
}

function formatOctet(octet: number): string {
  const character = String.fromCharCode(octet)
  if (octet < 0x21 || octet > 0x7e) return escapeOctet(octet)
  return special.test(character) ? `\\${character}` : character
}

/** Splits at dots that are not escaped. */
function splitEscaped(name: string): string[] {
  const labels: string[] = []
  let start = 0
  for (let index = 0; index < name.length; index += 1) {
    const code = name.charCodeAt(index)
    if (code === backslash) index += 1
    else if (code === dot) {
      labels.push(name.slice(start, index))
      start = index + 1
    }
  }
  labels.push(name.slice(start))
  return labels
}
