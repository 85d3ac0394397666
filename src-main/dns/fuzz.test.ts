import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askUdp, frame } from './testing/clients.ts'
import { createFakeSystem, denialOf } from './testing/fake-system.ts'
import type { FakeUpstream } from './testing/fake-upstream.ts'
import { startFakeUpstream } from './testing/fake-upstream.ts'
import { createManualClock } from './testing/manual-clock.ts'
import { aRecord, queryBytes, responseTo } from './testing/messages.ts'
import type { TestServer } from './testing/test-server.ts'
import { startTestServer } from './testing/test-server.ts'

const packets = 10_000

/** A small generator of its own, so that a failure can be repeated. */
function createGenerator(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state >>> 7) % limit
  }
}

const seeds = [
  queryBytes('www.example.com', 'A'),
  queryBytes('www.example.com', 'HTTPS', { edns: { dnssecOk: true } }),
  queryBytes('www.alice.nostr', 'AAAA', {
    edns: { options: [{ code: 10, data: Buffer.alloc(8) }] },
  }),
  queryBytes('nostr', 'SOA'),
  queryBytes('x'.repeat(63), 'TXT'),
]

/** A query with a few octets changed, cut, repeated or added; sometimes plain noise. */
function mutate(next: (limit: number) => number): Buffer {
  if (next(10) === 0) return Buffer.from(Array.from({ length: next(600) }, () => next(256)))
  const bytes = Buffer.from(seeds[next(seeds.length)] ?? [])
  for (let change = next(4); change >= 0; change -= 1) {
    if (bytes.length > 0) bytes[next(bytes.length)] = next(256)
  }
  switch (next(4)) {
    case 0:
      return bytes.subarray(0, next(bytes.length + 1))
    case 1:
      return Buffer.concat([bytes, bytes.subarray(next(bytes.length))])
    default:
      return bytes
  }
}

describe('10,000 broken packets', () => {
  let test: TestServer
  let upstream: FakeUpstream

  beforeAll(async () => {
    // Broken names are mostly foreign: the upstream has to survive them too.
    upstream = await startFakeUpstream(({ query }) =>
      responseTo(query, { answers: [aRecord(query.questions[0]?.name ?? '.', '198.51.100.7')] }),
    )
    test = await startTestServer({
      clock: createManualClock(),
      engine: 'batched',
      systems: [createFakeSystem(() => denialOf('petname:alice', 'nodata'))],
      config: { upstreams: [upstream.address] },
    })
  })
  afterAll(async () => {
    await test.server.stop()
    await upstream.stop()
  })

  /** Records in the answer to a good question: 1 when the server is well. */
  const answersAfterwards = async (): Promise<number> => {
    const answer = await askUdp(test.port('proxy'), queryBytes('localhost', 'A'))
    return answer.answers.length
  }

  it('over UDP', async () => {
    const next = createGenerator(1)
    const socket = createSocket('udp4')
    let answers = 0
    socket.on('message', (answer) => {
      answers += 1
      expect((answer[2] ?? 0) & 0x80).toBe(0x80)
    })
    const rssBefore = process.memoryUsage().rss
    for (let sent = 0; sent < packets; sent += 1) {
      socket.send(mutate(next), test.port('proxy'), '127.0.0.1')
      if (sent % 50 === 49) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await answersAfterwards()).toBe(1)
    expect(answers).toBeGreaterThan(packets / 4)
    expect(process.memoryUsage().rss - rssBefore).toBeLessThan(200 * 1024 * 1024)
    socket.close()
  })

  it('over TCP', async () => {
    const next = createGenerator(2)
    for (let sent = 0; sent < packets;) {
      const socket = connect({ port: test.port('proxy'), host: '127.0.0.1' })
      socket.on('error', () => undefined)
      socket.resume()
      await once(socket, 'connect')
      const burst: Buffer[] = []
      for (let index = 0; index < 100; index += 1, sent += 1) {
        const packet = mutate(next)
        // Now and then the length prefix lies.
        burst.push(next(50) === 0 ? Buffer.concat([Buffer.of(next(256)), packet]) : frame(packet))
      }
      socket.end(Buffer.concat(burst))
      socket.destroySoon()
      await once(socket, 'close')
    }
    expect(await answersAfterwards()).toBe(1)
  })

  it('over DoH', async () => {
    const next = createGenerator(3)
    const agent = new Agent({ keepAlive: true, maxSockets: 8 })
    const post = (body: Buffer): Promise<number> =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': 'application/dns-message' }
        const port = test.port('doh')
        const options = { host: '127.0.0.1', port, path: '/dns-query', method: 'POST', headers }
        const outgoing = request({ ...options, agent }, (response) => {
          response.resume()
          response.on('end', () => resolve(response.statusCode ?? 0))
        })
        outgoing.on('error', reject)
        outgoing.end(body)
      })
    const seen = new Map<number, number>()
    for (let sent = 0; sent < packets; sent += 100) {
      const burst = Array.from({ length: 100 }, () => post(mutate(next)))
      for (const status of await Promise.all(burst)) seen.set(status, (seen.get(status) ?? 0) + 1)
    }
    expect(await answersAfterwards()).toBe(1)
    expect(new Set(seen.keys())).toEqual(new Set([200, 400]))
    expect(seen.get(200)).toBeGreaterThan(packets / 2)
    agent.destroy()
  })
})
