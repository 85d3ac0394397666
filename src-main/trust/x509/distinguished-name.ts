import { createDerCursor, DerError, oidText, readAll, type DerElement } from './der-reader.ts'
import { oid, sequence, set, tags, utf8String } from './der-writer.ts'
import { oids } from './object-identifiers.ts'

/** X.520 ub-common-name and ub-organization-name, in characters: an npub name (69) never fits. */
export const longestCommonName = 64

/** The Name without any attribute. */
export const emptyName: Uint8Array = sequence()

/** A Name with one common name. Throws RangeError when it is empty or longer than 64 characters. */
export function nameWithCommonName(commonName: string): Buffer {
  return nameWith(oids.commonName, commonName)
}

/** A Name with one organization, for certificates whose names are in the SAN alone. */
export function nameWithOrganization(organization: string): Buffer {
  return nameWith(oids.organization, organization)
}

function nameWith(type: string, text: string): Buffer {
  const { length } = Array.from(text)
  if (length === 0 || length > longestCommonName) {
    throw new RangeError(`a name in a certificate has 1 to ${longestCommonName} characters`)
  }
  return sequence(set(sequence(oid(type), utf8String(text))))
}

export interface ReadName {
  /** `CN=…, O=…` in the order of the certificate, safe to show; empty for an empty name. */
  readonly text: string
  readonly commonNames: readonly string[]
}

const shortTypes: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
}

const longestText = 512

/** Reads the contents of a Name (RFC 5280 s.4.1.2.4); throws DerError. */
export function readName(value: Uint8Array): ReadName {
  const parts: string[] = []
  const commonNames: string[] = []
  for (const relative of readAll(value)) {
    if (relative.tag !== tags.set) throw new DerError('not a relative distinguished name')
    for (const pair of readAll(relative.value)) {
      if (pair.tag !== tags.sequence) throw new DerError('not an attribute')
      const cursor = createDerCursor(pair.value)
      const type = oidText(cursor.next(tags.oid))
      const text = printable(stringOf(cursor.next()))
      cursor.end()
      parts.push(`${shortTypes[type] ?? type}=${text}`)
      if (type === oids.commonName) commonNames.push(text)
    }
  }
  const text = parts.join(', ')
  return { text: text.length > longestText ? `${text.slice(0, longestText)}…` : text, commonNames }
}

function stringOf({ tag, value }: DerElement): string {
  const bytes = Buffer.from(value)
  switch (tag) {
    case tags.utf8String:
      return bytes.toString('utf8')
    case tags.bmpString:
      // UCS-2 in network order; Node reads the other one.
      return bytes.length % 2 === 0 ? bytes.swap16().toString('utf16le') : ''
    default:
      return bytes.toString('latin1')
  }
}

/** Without control, direction-changing and other invisible characters: it is shown to people. */
function printable(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
}
