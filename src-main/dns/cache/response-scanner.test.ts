import { describe, expect, it } from 'vitest'
import { aRecord, queryBytes, responseTo, soaRecord } from '../testing/messages.ts'
import { decodeMessage } from '../wire/decode.ts'
import type { Message } from '../wire/message.ts'
import { scanResponse } from './response-scanner.ts'

const query = decodeMessage(queryBytes('www.example.com', 'A'))
const bytesOf = (facts: Partial<Message>): Uint8Array => responseTo(query, facts)
const scan = (bytes: Uint8Array) => scanResponse(bytes, bytes.length)
const name = 'www.example.com'
const edns = { udpPayloadSize: 1232, extendedRcode: 0, version: 0, dnssecOk: false, options: [] }

describe('scanning a response', () => {
  it.each<[string, Partial<Message>, number]>([
    [
      'smallest TTL of all sections',
      { answers: [aRecord(name, '1.2.3.4', 300)], additionals: [aRecord('a.b', '1.2.3.4', 20)] },
      20,
    ],
    ['SOA minimum of NXDOMAIN', { rcode: 3, authorities: [soaRecord('com', 60, 900)] }, 60],
    ['SOA TTL when smaller', { rcode: 3, authorities: [soaRecord('com', 900, 30)] }, 30],
    [
      'three hours at most for denials',
      { authorities: [soaRecord('com', 86_400, 86_400)] },
      10_800,
    ],
    ['nothing for a denial without SOA', { rcode: 3 }, 0],
    ['one day at most', { answers: [aRecord(name, '1.2.3.4', 2_000_000)] }, 86_400],
    ['zero stays zero', { answers: [aRecord(name, '1.2.3.4', 0)] }, 0],
  ])('ttl: %s', (_what, facts, ttl) => {
    expect(scan(bytesOf(facts))?.ttl).toBe(ttl)
  })

  it('treats a TTL with the top bit set as zero', () => {
    const bytes = bytesOf({ answers: [aRecord(name, '1.2.3.4', 1)] })
    const at = scan(bytes)?.ttlOffsets[0] ?? 0
    bytes.set([0x80, 0, 0, 1], at)
    expect(scan(bytes)?.ttl).toBe(0)
  })

  it('leaves OPT out and keeps its extended errors and RCODE', () => {
    const ede = { code: 15, data: Uint8Array.of(0, 9, 0x68, 0x69) }
    const cookie = { code: 10, data: new Uint8Array(8) }
    const plain = bytesOf({ answers: [aRecord(name, '1.2.3.4')] })
    const bytes = bytesOf({
      answers: [aRecord(name, '1.2.3.4')],
      rcode: 16,
      edns: { ...edns, extendedRcode: 1, options: [cookie, ede] },
    })
    const result = scan(bytes)
    expect(result?.messageLength).toBe(plain.length)
    expect(result?.rcode).toBe(16)
    expect(result?.additionalCount).toBe(0)
    expect([...(result?.extendedErrors ?? [])]).toEqual([0, 15, 0, 4, 0, 9, 0x68, 0x69])
  })

  it('refuses every truncation and a forward or self-referring pointer', () => {
    const bytes = bytesOf({
      answers: [aRecord(name, '1.2.3.4'), aRecord(name, '1.2.3.5')],
      edns,
    })
    expect(scan(bytes)).toBeDefined()
    for (let length = 0; length < bytes.length; length += 1) {
      expect(scanResponse(bytes, length)).toBeUndefined()
    }
    const answerAt = queryBytes(name, 'A').length
    const loop = Uint8Array.from(bytes)
    loop.set([0xc0, answerAt], answerAt)
    expect(scan(loop)).toBeUndefined()
  })
})
