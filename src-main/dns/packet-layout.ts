/** Offsets and bits of a DNS message in wire form (RFC 1035 s.4.1.1, RFC 6891 s.6.1.2). */
export const headerLength = 12

/** Bits of header octet 2. */
export const bitQr = 0x80
export const bitAa = 0x04
export const bitTc = 0x02
export const bitRd = 0x01
/** Bits of header octet 3. */
export const bitRa = 0x80
export const bitAd = 0x20
export const bitCd = 0x10

export const typeOpt = 41
export const typeSoa = 6
export const classIn = 1
/** An OPT record without options: root name, type, payload size, TTL field, RDLENGTH. */
export const optLength = 11

/** EDNS option of RFC 8914. */
export const optionExtendedError = 15

/** UDP payload size offered and honoured: fits an IPv6 minimum-MTU packet (DNS flag day 2020). */
export const ednsPayload = 1232
/** What a client without EDNS can receive over UDP (RFC 1035 s.4.2.1). */
export const plainUdpLimit = 512
/** What TCP and HTTP can carry. */
export const streamLimit = 65_535

export function readUint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) |
      ((bytes[at + 1] ?? 0) << 16) |
      ((bytes[at + 2] ?? 0) << 8) |
      (bytes[at + 3] ?? 0)) >>>
    0
  )
}

export function writeUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value & 0xff
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = (value >>> 16) & 0xff
  bytes[at + 2] = (value >>> 8) & 0xff
  bytes[at + 3] = value & 0xff
}

/** `fold[octet]` is the octet with ASCII upper case made lower (RFC 4343). */
export const fold: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet,
)
