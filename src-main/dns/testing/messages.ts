import { encodeMessage } from '../wire/encode.ts'
import type { Message, RecordType, ResourceRecord } from '../wire/message.ts'

const blank: Message = {
  id: 0,
  isResponse: false,
  opcode: 0,
  authoritative: false,
  truncated: false,
  recursionDesired: true,
  recursionAvailable: false,
  authenticData: false,
  checkingDisabled: false,
  rcode: 0,
  questions: [],
  answers: [],
  authorities: [],
  additionals: [],
}

export interface QueryOptions {
  readonly id?: number
  readonly class?: number
  readonly edns?: Partial<NonNullable<Message['edns']>>
  readonly overrides?: Partial<Message>
}

/** A query in wire form. */
export function queryBytes(name: string, type: RecordType, options: QueryOptions = {}): Uint8Array {
  return encodeMessage({
    ...blank,
    id: options.id ?? 4711,
    questions: [{ name, type, class: options.class ?? 1 }],
    ...(options.edns && {
      edns: {
        udpPayloadSize: 1232,
        extendedRcode: 0,
        version: 0,
        dnssecOk: false,
        options: [],
        ...options.edns,
      },
    }),
    ...options.overrides,
  })
}

/** The response to `query` with these facts. */
export function responseTo(query: Message, facts: Partial<Message>): Uint8Array {
  return encodeMessage({
    ...blank,
    id: query.id,
    isResponse: true,
    recursionAvailable: true,
    questions: query.questions,
    ...facts,
  })
}

export function aRecord(name: string, address: string, ttl = 300): ResourceRecord {
  return { name, class: 1, ttl, rdata: { type: 'A', address } }
}

export function cnameRecord(name: string, target: string, ttl = 300): ResourceRecord {
  return { name, class: 1, ttl, rdata: { type: 'CNAME', target } }
}

export function soaRecord(name: string, minimum = 60, ttl = 60): ResourceRecord {
  return {
    name,
    class: 1,
    ttl,
    rdata: {
      type: 'SOA',
      mname: 'ns.invalid',
      rname: 'hostmaster.invalid',
      serial: 1,
      refresh: 3600,
      retry: 600,
      expire: 86_400,
      minimum,
    },
  }
}

/** RFC 8914 error of a message: `code text`. */
export function edeOf(message: Message): string | undefined {
  const option = message.edns?.options.find((candidate) => candidate.code === 15)
  if (!option) return undefined
  const code = ((option.data[0] ?? 0) << 8) | (option.data[1] ?? 0)
  return `${code} ${new TextDecoder().decode(option.data.subarray(2))}`.trim()
}
