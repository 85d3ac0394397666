/** How the first bytes of a connection to the proxy read. */
export type HeadReading =
  | { readonly kind: 'incomplete' }
  /** A CONNECT request; `end` is where its head ends and the client's own bytes begin. */
  | { readonly kind: 'connect'; readonly target: string; readonly end: number }
  /** Some other method: for an ordinary HTTP server. */
  | { readonly kind: 'other' }
  | { readonly kind: 'invalid' }

/** Octets of the longest request head. */
export const headLimit = 16 * 1024

const method = 'CONNECT '
const requestLine = /^CONNECT ([\x21-\x7e]+) HTTP\/1\.[01]\r\n/

/**
 * Reads the head of a request (RFC 9112 s.3.2.3) as far as it tells CONNECT from the rest. Header
 * fields of a CONNECT request mean nothing to this proxy.
 */
export function readHead(bytes: Buffer): HeadReading {
  const start = bytes.subarray(0, method.length).toString('latin1')
  if (!method.startsWith(start)) return { kind: 'other' }
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return bytes.length > headLimit ? { kind: 'invalid' } : { kind: 'incomplete' }
  if (end > headLimit) return { kind: 'invalid' }
  const match = requestLine.exec(bytes.subarray(0, end + 2).toString('latin1'))
  const target = match?.[1]
  return target === undefined ? { kind: 'invalid' } : { kind: 'connect', target, end: end + 4 }
}
