import type { NetworkInterfaceInfo } from 'node:os'
import { decodeMessage } from '../../dns/wire/decode.ts'
import { encodeMessage } from '../../dns/wire/encode.ts'
import type { Message, Question, ResourceRecord } from '../../dns/wire/message.ts'
import type { Clock } from '../../env/env.ts'
import type { Problem } from '../../env/errors.ts'
import { topClassBit } from '../host-records.ts'
import type { Endpoint, LinkSocketEvents, OpenLinkSocket } from '../link-socket.ts'
import { canonicalAddress, type Interfaces } from '../links.ts'

/** A datagram that went over the wire. `to` is absent for the group. */
export interface Sent {
  readonly atMs: number
  readonly from: Endpoint
  readonly to?: Endpoint
  readonly bytes: Uint8Array
  readonly message: Message
}

/** A wire that several computers share; whatever is multicast reaches all, the sender too. */
export interface FakeLan {
  readonly log: readonly Sent[]
  /** What was sent since the last call. */
  take(): readonly Sent[]
  /** Sockets of the computer whose interfaces these are; those listed in `failures` never work. */
  sockets(failures?: { readonly [family in 4 | 6]?: Problem }): OpenLinkSocket
  /** Number of sockets open. */
  open(): number
  /** A datagram to the group from a program we did not write. */
  inject(bytes: Uint8Array, from: Endpoint): void
}

interface Attached {
  readonly link: string
  readonly family: 4 | 6
  readonly source: string
  readonly events: LinkSocketEvents
}

export function createFakeLan(clock: Clock): FakeLan {
  const attached = new Set<Attached>()
  const log: Sent[] = []
  let taken = 0

  const record = (bytes: Uint8Array, from: Endpoint, to?: Endpoint): void => {
    const message = decodeMessage(bytes)
    log.push({ atMs: clock.nowMs(), from, bytes, message, ...(to === undefined ? {} : { to }) })
  }

  const deliver = (bytes: Uint8Array, from: Endpoint): void => {
    const family = from.address.includes(':') ? 6 : 4
    clock.schedule(0, () => {
      for (const socket of attached) {
        if (socket.family === family) socket.events.onMessage(bytes, from)
      }
    })
  }

  return {
    log,
    take() {
      const fresh = log.slice(taken)
      taken = log.length
      return fresh
    },
    open: () => attached.size,
    inject: deliver,
    sockets:
      (failures = {}) =>
      (link, family, events) => {
        const problem = failures[family]
        const own = link.addresses.find((address) => address.family === family)?.address ?? ''
        const source = family === 6 ? `${own}%${link.zone}` : own
        const socket: Attached = { link: link.name, family, source, events }
        if (problem === undefined) attached.add(socket)
        else clock.schedule(0, () => events.onFailed(problem))
        return {
          family,
          multicast(bytes) {
            if (!attached.has(socket)) return
            record(bytes, { address: source, port: 5353 })
            deliver(bytes, { address: source, port: 5353 })
          },
          unicast(bytes, to) {
            if (attached.has(socket)) record(bytes, { address: source, port: 5353 }, to)
          },
          close() {
            attached.delete(socket)
            return Promise.resolve()
          },
        }
      },
  }
}

/** `os.networkInterfaces()` of a computer: `{ eth0: ['10.9.0.1/24', 'fe80::1/64'] }`. */
export function interfacesOf(
  table: Readonly<Record<string, readonly string[]>>,
  mac = '02:00:00:00:00:01',
): Interfaces {
  return Object.fromEntries(
    Object.entries(table).map(([name, cidrs]) => [
      name,
      cidrs.map((cidr) => info(cidr, name, mac)),
    ]),
  )
}

function info(cidr: string, name: string, mac: string): NetworkInterfaceInfo {
  const [address = ''] = cidr.split('/')
  const isLoopback = name === 'lo'
  const shared = {
    address: canonicalAddress(address) ?? address,
    netmask: '',
    mac: isLoopback || name.startsWith('tun') ? '00:00:00:00:00:00' : mac,
    internal: isLoopback,
    cidr,
  }
  return address.includes(':')
    ? { ...shared, family: 'IPv6', scopeid: 2 }
    : { ...shared, family: 'IPv4' }
}

/** A question; `unicast` sets the unicast-response bit. */
export function question(
  name: string,
  type: Question['type'] = 'A',
  options: { readonly unicast?: boolean; readonly class?: number } = {},
): Question {
  return { name, type, class: (options.class ?? 1) | (options.unicast === true ? topClassBit : 0) }
}

export function message(fields: Partial<Message>): Message {
  return {
    id: 0,
    isResponse: false,
    opcode: 0,
    authoritative: false,
    truncated: false,
    recursionDesired: false,
    recursionAvailable: false,
    authenticData: false,
    checkingDisabled: false,
    rcode: 0,
    questions: [],
    answers: [],
    authorities: [],
    additionals: [],
    ...fields,
  }
}

export function octets(fields: Partial<Message>): Uint8Array {
  return encodeMessage(message(fields))
}

/** An address record as a neighbour would send it. */
export function address(name: string, text: string, ttl = 120): ResourceRecord {
  const type = text.includes(':') ? 'AAAA' : 'A'
  return { name, class: 1 | topClassBit, ttl, rdata: { type, address: text } }
}

/** Records in short: `A 10.9.0.1`, and the type alone where data does not matter. */
export function brief(records: readonly ResourceRecord[]): readonly string[] {
  return records.map(({ rdata }) =>
    rdata.type === 'A' || rdata.type === 'AAAA'
      ? `${rdata.type} ${rdata.address}`
      : rdata.type.replace('TYPE47', 'NSEC'),
  )
}
