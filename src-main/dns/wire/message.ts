/**
 * The DNS message model: what the codec decodes to and encodes from (RFC 1035 s.4, RFC 6891).
 * Nothing here is on the hot path: cached answers stay bytes.
 */

/**
 * A domain name in presentation form, absolute, without the trailing dot; the root is `.`.
 * Special octets are escaped as in RFC 1035 s.5.1 (`\.`, `\\`, `\DDD`). Case is kept as received:
 * compare through `nameKey` only.
 */
export type DnsName = string

/** Record types the codec understands; any other type is an RFC 3597 `TYPEnnn`. */
export const recordTypes = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  SSHFP: 44,
  TLSA: 52,
  SVCB: 64,
  HTTPS: 65,
  ANY: 255,
  CAA: 257,
} as const

/** Classes of records and questions (RFC 1035 s.3.2.4, s.3.2.5). */
export const classes = { IN: 1, CH: 3, ANY: 255 } as const

export type KnownType = keyof typeof recordTypes
/** `A`, `AAAA`, … or RFC 3597 `TYPE65280`. */
export type RecordType = KnownType | `TYPE${number}`

/** One SvcParam in wire form; `value` is the SvcParamValue (RFC 9460 s.2.2). */
export interface SvcParam {
  readonly key: number
  readonly value: Uint8Array
}

export type Rdata =
  | { readonly type: 'A'; readonly address: string }
  | { readonly type: 'AAAA'; readonly address: string }
  | { readonly type: 'CNAME' | 'NS' | 'PTR'; readonly target: DnsName }
  | { readonly type: 'MX'; readonly preference: number; readonly exchange: DnsName }
  | { readonly type: 'TXT'; readonly strings: readonly Uint8Array[] }
  | {
      readonly type: 'SRV'
      readonly priority: number
      readonly weight: number
      readonly port: number
      readonly target: DnsName
    }
  | {
      readonly type: 'CAA'
      readonly flags: number
      readonly tag: string
      readonly value: Uint8Array
    }
  | {
      readonly type: 'TLSA'
      readonly usage: number
      readonly selector: number
      readonly matching: number
      readonly data: Uint8Array
    }
  | {
      readonly type: 'SSHFP'
      readonly algorithm: number
      readonly fingerprintType: number
      readonly fingerprint: Uint8Array
    }
  | {
      readonly type: 'SVCB' | 'HTTPS'
      readonly priority: number
      readonly target: DnsName
      readonly params: readonly SvcParam[]
    }
  | {
      readonly type: 'SOA'
      readonly mname: DnsName
      readonly rname: DnsName
      readonly serial: number
      readonly refresh: number
      readonly retry: number
      readonly expire: number
      /** Caps the negative TTL (RFC 2308 s.4). Seconds. */
      readonly minimum: number
    }
  | { readonly type: 'HINFO'; readonly cpu: string; readonly os: string }
  | { readonly type: `TYPE${number}`; readonly data: Uint8Array }

export interface ResourceRecord {
  readonly name: DnsName
  /** 1 (IN) unless the record came from a message of another class. */
  readonly class: number
  /** Seconds, 0..2147483647 (RFC 2181 s.8). */
  readonly ttl: number
  readonly rdata: Rdata
}

/** Records of one name, class and type; never empty (RFC 9499 "RRset"). */
export type RRset = readonly ResourceRecord[]

export interface Question {
  readonly name: DnsName
  readonly type: RecordType
  readonly class: number
}

/** RFC 8914 Extended DNS Error. `text` is for people and may be empty. */
export interface ExtendedError {
  readonly code: number
  readonly text: string
}

/** The OPT pseudo-record (RFC 6891 s.6.1). */
export interface Edns {
  /** Octets the sender can receive. */
  readonly udpPayloadSize: number
  readonly extendedRcode: number
  readonly version: number
  readonly dnssecOk: boolean
  readonly options: readonly { readonly code: number; readonly data: Uint8Array }[]
}

export interface Message {
  readonly id: number
  readonly isResponse: boolean
  readonly opcode: number
  readonly authoritative: boolean
  readonly truncated: boolean
  readonly recursionDesired: boolean
  readonly recursionAvailable: boolean
  readonly authenticData: boolean
  readonly checkingDisabled: boolean
  /** 12-bit: header RCODE and EDNS extension combined. */
  readonly rcode: number
  readonly questions: readonly Question[]
  readonly answers: readonly ResourceRecord[]
  readonly authorities: readonly ResourceRecord[]
  /** Without the OPT record, which is in `edns`. */
  readonly additionals: readonly ResourceRecord[]
  readonly edns?: Edns
}

export const rcodes = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const

/** RFC 8914 s.4 codes this program sends. */
export const extendedErrors = {
  other: 0,
  staleAnswer: 3,
  forgedAnswer: 4,
  notReady: 14,
  blocked: 15,
  filtered: 17,
  prohibited: 18,
  staleNxdomain: 19,
  notSupported: 21,
  noReachableAuthority: 22,
  networkError: 23,
  invalidData: 24,
} as const
