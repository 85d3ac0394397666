import { idLength } from './node-id.ts'

/** Where a DHT node is reached. IPv4 only: BEP 44 data lives in the IPv4 network in practice. */
export interface Endpoint {
  readonly host: string
  /** UDP, 1 to 65535. */
  readonly port: number
}

/** A node and the id it goes by. */
export interface Contact extends Endpoint {
  readonly id: Uint8Array
}

export function endpointKey({ host, port }: Endpoint): string {
  return `${host}:${port}`
}

const compactLength = idLength + 6
/** More than any implementation sends; the rest of a longer list is not looked at. */
const maxContacts = 32

/** Compact node info (BEP 5): 26 bytes a node. Undefined when the length is no multiple of that. */
export function readContacts(bytes: Uint8Array): Contact[] | undefined {
  if (bytes.length % compactLength !== 0) return undefined
  const contacts: Contact[] = []
  const end = Math.min(bytes.length, compactLength * maxContacts)
  for (let offset = 0; offset < end; offset += compactLength) {
    const endpoint = readEndpoint(bytes.subarray(offset + idLength, offset + compactLength))
    if (endpoint === undefined) continue
    contacts.push({ ...endpoint, id: Uint8Array.from(bytes.subarray(offset, offset + idLength)) })
  }
  return contacts
}

/** Compact IP-address/port info (BEP 5): 4 bytes and 2 bytes. */
export function readEndpoint(bytes: Uint8Array): Endpoint | undefined {
  if (bytes.length !== 6) return undefined
  const port = ((bytes[4] ?? 0) << 8) | (bytes[5] ?? 0)
  return port === 0 ? undefined : { host: bytes.subarray(0, 4).join('.'), port }
}

export function writeContacts(contacts: readonly Contact[]): Buffer {
  return Buffer.concat(contacts.flatMap((contact) => [contact.id, writeEndpoint(contact)]))
}

export function writeEndpoint({ host, port }: Endpoint): Buffer {
  return Buffer.from([...host.split('.').map(Number), port >> 8, port & 0xff])
}

/** `host:port` as in the settings; undefined when it is not that. */
export function parseHostPort(text: string): Endpoint | undefined {
  const match = /^(?<host>[^\s:]+):(?<port>\d{1,5})$/u.exec(text.trim())
  const host = match?.groups?.['host']
  const port = Number(match?.groups?.['port'])
  if (host === undefined || !(port >= 1 && port <= 65_535)) return undefined
  return { host, port }
}
