/**
 * The one STUN exchange address discovery needs: a Binding request and the reflexive address in its
 * success response (RFC 8489; the answers of RFC 5389 servers read the same).
 */
import ipaddr from 'ipaddr.js'

/** RFC 8489 s.5: fixed in every message, and the key of XOR-MAPPED-ADDRESS. */
const magicCookie = Uint8Array.of(0x21, 0x12, 0xa4, 0x42)
const headerLength = 20
const bindingRequest = 0x0001
const bindingSuccess = 0x0101
const bindingError = 0x0111
const mappedAddress = 0x0001
const errorCode = 0x0009
const xorMappedAddress = 0x0020

/** Octets of a transaction id (RFC 8489 s.5). */
export const transactionIdLength = 12

/** A Binding request without attributes. */
export function encodeBindingRequest(transactionId: Uint8Array): Uint8Array {
  const message = new Uint8Array(headerLength)
  message[1] = bindingRequest
  message.set(magicCookie, 4)
  message.set(transactionId, 8)
  return message
}

export type BindingResponse =
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: 'error'; readonly reason: string }

/**
 * Reads the response to the request `transactionId`. Undefined for anything else: other protocols,
 * other transactions, damaged messages. Those are ignored while waiting, since anyone can send us a
 * datagram (RFC 8489 s.6.3.1).
 */
export function decodeBindingResponse(
  message: Uint8Array,
  transactionId: Uint8Array,
): BindingResponse | undefined {
  if (message.length < headerLength) return undefined
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  if (!isEqual(message.subarray(4, 8), magicCookie)) return undefined
  if (!isEqual(message.subarray(8, headerLength), transactionId)) return undefined
  if (view.getUint16(2) !== message.length - headerLength) return undefined
  const type = view.getUint16(0)
  if (type !== bindingSuccess && type !== bindingError) return undefined

  const attributes = readAttributes(message, view)
  if (attributes === undefined) return undefined
  if (type === bindingError) {
    const value = attributes.get(errorCode)
    const code = value === undefined ? 0 : ((value[2] ?? 0) & 7) * 100 + (value[3] ?? 0)
    return { kind: 'error', reason: `STUN error ${code}` }
  }
  const key = message.subarray(4, headerLength)
  const address =
    readAddress(attributes.get(xorMappedAddress), key) ??
    readAddress(attributes.get(mappedAddress), new Uint8Array(16))
  return address === undefined
    ? { kind: 'error', reason: 'STUN response without an address' }
    : { kind: 'address', address }
}

/** First value of each attribute (RFC 8489 s.14); undefined when one runs past the message. */
function readAttributes(
  message: Uint8Array,
  view: DataView,
): ReadonlyMap<number, Uint8Array> | undefined {
  const attributes = new Map<number, Uint8Array>()
  let at = headerLength
  while (at < message.length) {
    if (at + 4 > message.length) return undefined
    const type = view.getUint16(at)
    const length = view.getUint16(at + 2)
    if (at + 4 + length > message.length) return undefined
    if (!attributes.has(type)) attributes.set(type, message.subarray(at + 4, at + 4 + length))
    at += 4 + Math.ceil(length / 4) * 4
  }
  return attributes
}

/** RFC 8489 s.14.1 and s.14.2: family, port, address; the address is XORed with `key`. */
function readAddress(value: Uint8Array | undefined, key: Uint8Array): string | undefined {
  const length = value?.[1] === 1 ? 4 : value?.[1] === 2 ? 16 : 0
  if (value === undefined || length === 0 || value.length !== 4 + length) return undefined
  const bytes = Array.from(value.subarray(4), (octet, index) => octet ^ (key[index] ?? 0))
  return ipaddr.fromByteArray(bytes).toString()
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, index) => octet === b[index])
}
