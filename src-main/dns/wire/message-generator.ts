/** Random messages for property tests: the same seed gives the same messages. */
import { cursorAt, readName } from './cursor.ts'
import { formatIpv4, formatIpv6 } from './ip-address.ts'
import type { DnsName, Message, Rdata, ResourceRecord, SvcParam } from './message.ts'
import { rdataFromWire } from './rdata-wire.ts'

export interface Draw {
  /** A whole number from 0 to below `bound`. */
  below(bound: number): number
  bytes(length: number): Uint8Array
  pick<T>(items: readonly [T, ...T[]]): T
}

/** mulberry32. */
export function createDraw(seed: number): Draw {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
  const below = (bound: number): number => Math.floor(next() * bound)
  return {
    below,
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
    pick: (items) => items[below(items.length)] ?? items[0],
  }
}

const commonTails = ['example.com', 'Example.COM', 'nostr', 'a.b.c.nostr'] as const

/** Names that share tails, so that compression has work to do; some with odd octets. */
export function drawName(draw: Draw): DnsName {
  if (draw.below(20) === 0) return '.'
  const wire: number[] = []
  for (let labels = draw.below(3); labels > 0; labels -= 1) {
    const length = 1 + draw.below(draw.below(5) === 0 ? 63 : 8)
    wire.push(length)
    for (let index = 0; index < length; index += 1) {
      wire.push(draw.below(10) === 0 ? draw.below(256) : 0x61 + draw.below(26))
    }
  }
  for (const label of draw.pick(commonTails).split('.'))
    wire.push(label.length, ...Buffer.from(label))
  return readName(cursorAt(Uint8Array.from([...wire, 0]), false))
}

function drawSvcParams(draw: Draw): SvcParam[] {
  const params: SvcParam[] = []
  for (let key = draw.below(4); key < 9; key += 1 + draw.below(3)) {
    params.push({ key: key === 8 ? 65_280 : key, value: draw.bytes(draw.below(12)) })
  }
  return params
}

const generators: readonly [(draw: Draw) => Rdata, ...((draw: Draw) => Rdata)[]] = [
  (draw) => ({ type: 'A', address: formatIpv4(draw.bytes(4)) }),
  (draw) => {
    const octets = draw.bytes(16)
    for (let index = draw.below(16); index < draw.below(17); index += 1) octets[index] = 0
    return { type: 'AAAA', address: formatIpv6(octets) }
  },
  (draw) => ({ type: draw.pick(['CNAME', 'NS', 'PTR']), target: drawName(draw) }),
  (draw) => ({ type: 'MX', preference: draw.below(65_536), exchange: drawName(draw) }),
  (draw) => ({
    type: 'TXT',
    strings: Array.from({ length: 1 + draw.below(3) }, () => draw.bytes(draw.below(256))),
  }),
  (draw) => ({
    type: 'SRV',
    priority: draw.below(65_536),
    weight: draw.below(65_536),
    port: draw.below(65_536),
    target: drawName(draw),
  }),
  (draw) => ({
    type: 'CAA',
    flags: draw.below(256),
    tag: draw.pick(['issue', 'issuewild', 'iodef', 'x9']),
    value: draw.bytes(draw.below(300)),
  }),
  (draw) => ({
    type: 'TLSA',
    usage: draw.below(256),
    selector: draw.below(256),
    matching: draw.below(256),
    data: draw.bytes(1 + draw.below(64)),
  }),
  (draw) => ({
    type: 'SSHFP',
    algorithm: draw.below(256),
    fingerprintType: draw.below(256),
    fingerprint: draw.bytes(1 + draw.below(32)),
  }),
  (draw) => ({
    type: draw.pick(['SVCB', 'HTTPS']),
    priority: draw.below(65_536),
    target: drawName(draw),
    params: drawSvcParams(draw),
  }),
  (draw) => ({
    type: 'SOA',
    mname: drawName(draw),
    rname: drawName(draw),
    serial: draw.below(0x1_0000_0000),
    refresh: draw.below(0x8000_0000),
    retry: draw.below(0x8000_0000),
    expire: draw.below(0x8000_0000),
    minimum: draw.below(0x8000_0000),
  }),
  (draw) => ({
    type: 'HINFO',
    cpu: Buffer.from(draw.bytes(draw.below(20))).toString('latin1'),
    os: Buffer.from(draw.bytes(draw.below(20))).toString('latin1'),
  }),
  (draw) => rdataFromWire(`TYPE${1000 + draw.below(3)}`, draw.bytes(draw.below(40))),
]

export function drawRdata(draw: Draw): Rdata {
  return draw.pick(generators)(draw)
}

function drawRecord(draw: Draw): ResourceRecord {
  return { name: drawName(draw), class: 1, ttl: draw.below(0x8000_0000), rdata: drawRdata(draw) }
}

function drawRecords(draw: Draw): ResourceRecord[] {
  return Array.from({ length: draw.below(4) }, () => drawRecord(draw))
}

export function drawMessage(draw: Draw): Message {
  const flag = (): boolean => draw.below(2) === 1
  const hasEdns = flag()
  const rcode = draw.below(hasEdns ? 4096 : 16)
  return {
    id: draw.below(65_536),
    isResponse: flag(),
    opcode: draw.below(16),
    authoritative: flag(),
    truncated: flag(),
    recursionDesired: flag(),
    recursionAvailable: flag(),
    authenticData: flag(),
    checkingDisabled: flag(),
    rcode,
    questions: Array.from({ length: draw.below(10) === 0 ? 2 : 1 }, () => ({
      name: drawName(draw),
      type: draw.pick(['A', 'AAAA', 'HTTPS', 'ANY', 'OPT', 'TYPE65280']),
      class: draw.pick([1, 3, 255]),
    })),
    answers: drawRecords(draw),
    authorities: drawRecords(draw),
    additionals: drawRecords(draw),
    ...(hasEdns
      ? {
          edns: {
            udpPayloadSize: draw.below(65_536),
            extendedRcode: rcode >> 4,
            version: draw.below(256),
            dnssecOk: flag(),
            options: Array.from({ length: draw.below(3) }, () => ({
              code: draw.below(65_536),
              data: draw.bytes(draw.below(30)),
            })),
          },
        }
      : {}),
  }
}
