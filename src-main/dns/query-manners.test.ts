import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askUdp, askUdpRaw } from './testing/clients.ts'
import type { FakeUpstream } from './testing/fake-upstream.ts'
import { startFakeUpstream } from './testing/fake-upstream.ts'
import { createManualClock } from './testing/manual-clock.ts'
import { aRecord, queryBytes, responseTo } from './testing/messages.ts'
import type { TestServer } from './testing/test-server.ts'
import { startTestServer } from './testing/test-server.ts'
import { rcodes } from './wire/message.ts'
import type { RecordType } from './wire/message.ts'

interface Dns2Answer {
  readonly header: { readonly rcode: number; readonly id: number }
  readonly answers: readonly { readonly address?: string }[]
}
type Dns2Client = (options: object) => (name: string, type: string) => Promise<Dns2Answer>
const dns2 = createRequire(import.meta.url)('dns2') as {
  UDPClient: Dns2Client
  TCPClient: Dns2Client
}

/** Header of a query: id 7, then flags and counts as given. */
const header = (...rest: number[]): Uint8Array => Uint8Array.of(0, 7, ...rest)
const exampleName = [7, ...Buffer.from('example'), 3, ...Buffer.from('com'), 0]

describe('manners of the name server', () => {
  let test: TestServer
  let upstream: FakeUpstream

  beforeAll(async () => {
    upstream = await startFakeUpstream(({ query }) =>
      responseTo(query, { answers: [aRecord(query.questions[0]?.name ?? '.', '198.51.100.7')] }),
    )
    const config = { upstreams: [upstream.address] }
    test = await startTestServer({ clock: createManualClock(), config, engine: 'batched' })
  })
  afterAll(async () => {
    await test.server.stop()
    await upstream.stop()
  })

  it.each<[string, Uint8Array, number]>([
    ['opcode NOTIFY', queryBytes('example.com', 'A', { overrides: { opcode: 4 } }), rcodes.NOTIMP],
    ['opcode UPDATE', header(0x28, 0, 0, 0, 0, 0, 0, 0, 0, 0), rcodes.NOTIMP],
    ['no question', header(1, 0, 0, 0, 0, 0, 0, 0, 0, 0), rcodes.FORMERR],
    [
      'two questions',
      header(1, 0, 0, 2, 0, 0, 0, 0, 0, 0, ...exampleName, 0, 1, 0, 1, ...exampleName, 0, 28, 0, 1),
      rcodes.FORMERR,
    ],
    ['question cut short', header(1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 97), rcodes.FORMERR],
    [
      'question pointing at itself',
      header(1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1),
      rcodes.FORMERR,
    ],
    [
      'label of a reserved type',
      header(1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x40, 1, 0, 0, 1, 0, 1),
      rcodes.FORMERR,
    ],
    [
      'name of 256 octets',
      header(
        ...[1, 0, 0, 1, 0, 0, 0, 0, 0, 0],
        ...Array.from({ length: 4 }, () => [63, ...Buffer.from('x'.repeat(63))]).flat(),
        ...[0, 0, 1, 0, 1],
      ),
      rcodes.FORMERR,
    ],
    [
      'octets after the question',
      Uint8Array.from([...queryBytes('example.com', 'A'), 1, 2, 3]),
      rcodes.FORMERR,
    ],
    ['class CHAOS', queryBytes('version.bind', 'TXT', { class: 3 }), rcodes.REFUSED],
    ['class ANY', queryBytes('example.com', 'A', { class: 255 }), rcodes.REFUSED],
    ['AXFR', queryBytes('nostr', 'TYPE252' as RecordType), rcodes.REFUSED],
    ['IXFR', queryBytes('nostr', 'TYPE251' as RecordType), rcodes.REFUSED],
    ['OPT as a question', queryBytes('nostr', 'TYPE41' as RecordType), rcodes.FORMERR],
    [
      'an answer inside the query',
      queryBytes('example.com', 'A', {
        overrides: { answers: [aRecord('example.com', '1.2.3.4')] },
      }),
      rcodes.FORMERR,
    ],
  ])('%s', async (_what, query, rcode) => {
    const raw = await askUdpRaw(test.port('proxy'), query)
    expect(raw.readUInt16BE(0)).toBe((query[0] ?? 0) * 256 + (query[1] ?? 0))
    expect((raw[2] ?? 0) & 0x80).toBe(0x80)
    expect((raw[3] ?? 0) & 0x0f).toBe(rcode)
    expect(upstream.asked).toEqual([])
  })

  it('answers BADVERS to another EDNS version, saying which it speaks', async () => {
    const query = queryBytes('example.com', 'A', { edns: { version: 1 } })
    const answer = await askUdp(test.port('proxy'), query)
    expect(answer.rcode).toBe(rcodes.BADVERS)
    expect(answer.edns).toMatchObject({ version: 0, udpPayloadSize: 1232 })
  })

  it('answers ANY with one HINFO (RFC 8482)', async () => {
    const answer = await askUdp(test.port('proxy'), queryBytes('example.com', 'ANY'))
    expect(answer.answers.map(({ rdata }) => rdata)).toEqual([
      { type: 'HINFO', cpu: 'RFC8482', os: '' },
    ])
  })

  it('ignores EDNS options it does not know', async () => {
    const options = [{ code: 10, data: new Uint8Array(8) }]
    const query = queryBytes('options.example', 'A', { edns: { options } })
    const answer = await askUdp(test.port('proxy'), query)
    expect(answer.answers).toHaveLength(1)
    expect(answer.edns?.options).toEqual([])
  })

  it('ignores responses and runts: no loops between servers', async () => {
    const port = test.port('proxy')
    const before = test.server.counters().queries
    const response = queryBytes('example.com', 'A', { overrides: { isResponse: true } })
    const { createSocket } = await import('node:dgram')
    const socket = createSocket('udp4')
    const answers: number[] = []
    socket.on('message', (packet) => answers.push(packet.readUInt16BE(0)))
    for (const packet of [response, new Uint8Array(0), new Uint8Array(11)]) {
      socket.send(packet, port, '127.0.0.1')
    }
    socket.send(queryBytes('localhost', 'A', { id: 5 }), port, '127.0.0.1')
    await expect.poll(() => answers).toEqual([5])
    expect(test.server.counters().queries).toBe(before + 1)
    socket.close()
  })

  it('agrees with dns2 as a client over UDP and TCP', async () => {
    for (const client of [dns2.UDPClient, dns2.TCPClient]) {
      const resolve = client({ dns: '127.0.0.1', port: test.port('proxy') })
      const answer = await resolve('www.example.com', 'A')
      expect(answer.header.rcode).toBe(0)
      expect(answer.answers.map(({ address }) => address)).toEqual(['198.51.100.7'])
    }
  })
})
