/** What of a ClientHello (RFC 8446 s.4.1.2) decides what to do with a connection. */
export interface ClientHello {
  /** Lower-case host name of the SNI extension (RFC 6066 s.3). */
  readonly serverName: string | undefined
  /** Protocols of the ALPN extension (RFC 7301), in the client's order; empty without one. */
  readonly alpn: readonly string[]
}

export type HelloReading =
  | { readonly kind: 'hello'; readonly hello: ClientHello }
  /** Nothing new can be said before `needs` bytes are there in all. */
  | { readonly kind: 'incomplete'; readonly needs: number }
  | { readonly kind: 'invalid'; readonly reason: string }

/** Octets, of records and headers together, that a ClientHello may take. */
export const helloLimit = 64 * 1024

const recordHeader = 5
const handshakeRecord = 22
/** RFC 8446 s.5.1. */
const longestFragment = 2 ** 14
const handshakeHeader = 4
const clientHelloType = 1
const serverNameExtension = 0
const alpnExtension = 16
const hostNameType = 0

const invalid = (reason: string): HelloReading => ({ kind: 'invalid', reason })

/**
 * Reads the ClientHello at the start of a TLS stream, spread over any number of records (browsers'
 * post-quantum key shares make it longer than a segment). `bytes` is all that came so far.
 */
export function readClientHello(bytes: Uint8Array): HelloReading {
  const fragments: Uint8Array[] = []
  let collected = 0
  let wanted = handshakeHeader
  for (let offset = 0; ;) {
    if (offset + recordHeader > helloLimit) return invalid('the ClientHello is too long')
    if (bytes.length < offset + recordHeader) {
      return checkStart(bytes, offset) ?? { kind: 'incomplete', needs: offset + recordHeader }
    }
    const wrong = checkStart(bytes, offset)
    if (wrong !== undefined) return wrong
    const length = uint16(bytes, offset + 3)
    if (length === 0 || length > longestFragment) return invalid('a record has an illegal length')
    const end = offset + recordHeader + length
    if (end > helloLimit) return invalid('the ClientHello is too long')
    if (bytes.length < end) return { kind: 'incomplete', needs: end }
    fragments.push(bytes.subarray(offset + recordHeader, end))
    collected += length
    offset = end
    if (wanted === handshakeHeader && collected >= handshakeHeader) {
      const header = join(fragments, collected)
      if (header[0] !== clientHelloType) return invalid('the first message is no ClientHello')
      wanted += ((header[1] ?? 0) << 16) | uint16(header, 2)
      if (wanted > helloLimit) return invalid('the ClientHello is too long')
    }
    if (wanted > handshakeHeader && collected >= wanted) {
      const hello = readBody(join(fragments, collected).subarray(handshakeHeader, wanted))
      return hello === undefined
        ? invalid('the ClientHello is malformed')
        : { kind: 'hello', hello }
    }
  }
}

/** Refuses what is no TLS handshake from its first octets, without waiting for more. */
function checkStart(bytes: Uint8Array, offset: number): HelloReading | undefined {
  const type = bytes[offset]
  const major = bytes[offset + 1]
  if (type !== undefined && type !== handshakeRecord) return invalid('this is no TLS handshake')
  if (major !== undefined && major !== 3) return invalid('this is no TLS handshake')
  return undefined
}

/** The fields of a ClientHello body; undefined when a length does not fit. */
function readBody(body: Uint8Array): ClientHello | undefined {
  const reader = createReader(body)
  reader.skip(2 + 32)
  reader.vector(1)
  reader.vector(2)
  reader.vector(1)
  let serverName: string | undefined
  let alpn: readonly string[] = []
  // TLS 1.2 allows a hello without any extensions (RFC 5246 s.7.4.1.2).
  if (!reader.isBroken() && reader.left() === 0) return { serverName, alpn }
  const extensions = createReader(reader.vector(2))
  while (extensions.left() > 0 && !extensions.isBroken()) {
    const type = extensions.uint(2)
    const content = extensions.vector(2)
    if (extensions.isBroken()) return undefined
    if (type === serverNameExtension) {
      const name = readServerName(content)
      if (name === undefined) return undefined
      serverName = name
    } else if (type === alpnExtension) {
      const protocols = readAlpn(content)
      if (protocols === undefined) return undefined
      alpn = protocols
    }
  }
  return reader.isBroken() || extensions.isBroken() || reader.left() > 0
    ? undefined
    : { serverName, alpn }
}

function readServerName(content: Uint8Array): string | undefined {
  const list = createReader(createReader(content).vector(2))
  while (list.left() > 0) {
    const type = list.uint(1)
    const name = list.vector(2)
    if (list.isBroken()) return undefined
    if (type === hostNameType) return Buffer.from(name).toString('latin1').toLowerCase()
  }
  return undefined
}

function readAlpn(content: Uint8Array): readonly string[] | undefined {
  const list = createReader(createReader(content).vector(2))
  const protocols: string[] = []
  while (list.left() > 0) {
    const protocol = list.vector(1)
    if (list.isBroken() || protocol.length === 0) return undefined
    protocols.push(Buffer.from(protocol).toString('latin1'))
  }
  return list.isBroken() ? undefined : protocols
}

interface Reader {
  left(): number
  isBroken(): boolean
  skip(length: number): void
  uint(octets: number): number
  /** A vector whose length is given in its first `octets` octets (RFC 8446 s.3.4). */
  vector(octets: number): Uint8Array
}

/** Reads in order; asking for more than there is marks the reader broken and yields nothing. */
function createReader(bytes: Uint8Array): Reader {
  let offset = 0
  let broken = false
  const take = (length: number): Uint8Array => {
    if (broken || offset + length > bytes.length) {
      broken = true
      return new Uint8Array(0)
    }
    offset += length
    return bytes.subarray(offset - length, offset)
  }
  const uint = (octets: number): number => {
    let value = 0
    for (const octet of take(octets)) value = value * 256 + octet
    return value
  }
  return {
    left: () => (broken ? 0 : bytes.length - offset),
    isBroken: () => broken,
    skip: (length) => void take(length),
    uint,
    vector: (octets) => take(uint(octets)),
  }
}

function uint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0)
}

function join(fragments: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = fragments
  return fragments.length === 1 && only !== undefined ? only : Buffer.concat(fragments, length)
}
