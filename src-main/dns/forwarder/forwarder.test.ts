import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../env/logger.ts'
import { loadSocketCalls } from '../batched/socket-calls.ts'
import { askUdp } from '../testing/clients.ts'
import type { AskedUpstream, FakeUpstream } from '../testing/fake-upstream.ts'
import { startFakeUpstream } from '../testing/fake-upstream.ts'
import type { ManualClock } from '../testing/manual-clock.ts'
import { createManualClock } from '../testing/manual-clock.ts'
import { aRecord, edeOf, queryBytes, responseTo, soaRecord } from '../testing/messages.ts'
import type { TestServer } from '../testing/test-server.ts'
import { startTestServer } from '../testing/test-server.ts'
import { decodeMessage } from '../wire/decode.ts'
import type { Message } from '../wire/message.ts'
import { rcodes } from '../wire/message.ts'

const engines = loadSocketCalls(silentLogger)
  ? (['portable', 'batched'] as const)
  : (['portable'] as const)

const addressOf = (message: Message): string | undefined => {
  const rdata = message.answers.at(-1)?.rdata
  return rdata?.type === 'A' ? rdata.address : undefined
}
const good =
  (address: string, ttl = 300) =>
  ({ query }: AskedUpstream): Uint8Array =>
    responseTo(query, { answers: [aRecord(query.questions[0]?.name ?? '.', address, ttl)] })

describe.each(engines)('forwarding on the %s path', (engine) => {
  let clock: ManualClock
  let first: FakeUpstream
  let second: FakeUpstream
  let test: TestServer

  const start = async (upstreams: readonly string[]): Promise<void> => {
    test = await startTestServer({ clock, engine, config: { upstreams: [...upstreams] } })
  }
  const ask = (name: string, options: Parameters<typeof queryBytes>[2] = { edns: {} }) =>
    askUdp(test.port('proxy'), queryBytes(name, 'A', options))

  beforeEach(async () => {
    clock = createManualClock()
    first = await startFakeUpstream(good('198.51.100.1'))
    second = await startFakeUpstream(good('198.51.100.2'))
  })
  afterEach(async () => {
    await test.server.stop()
    await first.stop()
    await second.stop()
  })

  it('asks with its own id, mixed case, other ports and EDNS 1232, and repeats the client', async () => {
    await start([first.address])
    const names = Array.from({ length: 24 }, (_, index) => `Some-Long-Name-${index}.example.com`)
    for (const [id, name] of names.entries()) {
      const answer = await ask(name, { id, edns: {} })
      expect(answer).toMatchObject({ id, authoritative: false, questions: [{ name }] })
      expect(addressOf(answer)).toBe('198.51.100.1')
    }
    const asked = first.asked.map(({ query }) => query)
    expect(new Set(asked.map(({ id }) => id)).size).toBeGreaterThan(20)
    expect(new Set(first.asked.map(({ port }) => port)).size).toBeGreaterThan(2)
    expect(asked.every(({ edns }) => edns?.udpPayloadSize === 1232)).toBe(true)
    const spelled = asked.map(({ questions }) => questions[0]?.name ?? '')
    expect(spelled.some((name) => /[A-Z]/.test(name) && /[a-z]/.test(name))).toBe(true)
    expect(spelled.map((name) => name.toLowerCase())).toEqual(
      names.map((name) => name.toLowerCase()),
    )
  })

  it('caches, and ages what it cached', async () => {
    await start([first.address])
    await ask('cached.example')
    clock.advance(100_000)
    expect((await ask('CACHED.example')).answers[0]?.ttl).toBe(200)
    expect(first.asked).toHaveLength(1)
  })

  it('caches a denial for the SOA minimum', async () => {
    first.answer = ({ query }) =>
      responseTo(query, { rcode: rcodes.NXDOMAIN, authorities: [soaRecord('example', 20, 900)] })
    await start([first.address])
    expect((await ask('no.example')).rcode).toBe(rcodes.NXDOMAIN)
    clock.advance(19_000)
    await ask('no.example')
    expect(first.asked).toHaveLength(1)
    clock.advance(1_000)
    await ask('no.example')
    expect(first.asked).toHaveLength(2)
  })

  it('passes DO and CD on, and caches apart', async () => {
    await start([first.address])
    await ask('do.example')
    await ask('do.example', { edns: { dnssecOk: true } })
    await ask('do.example', { edns: {}, overrides: { checkingDisabled: true } })
    expect(first.asked.map(({ query }) => [query.edns?.dnssecOk, query.checkingDisabled])).toEqual([
      [false, false],
      [true, false],
      [false, true],
    ])
  })

  it('ignores forged answers: wrong id, question, opcode or direction', async () => {
    first.answer = (asked) => {
      const { query } = asked
      const forged = (facts: Partial<Message>, id = query.id): Uint8Array =>
        responseTo({ ...query, id }, { answers: [aRecord('x.example', '6.6.6.6')], ...facts })
      const otherQuestion = { questions: [{ name: 'other.example', type: 'A', class: 1 } as const] }
      return [
        forged({}, query.id ^ 1),
        forged(otherQuestion),
        forged({ isResponse: false }),
        forged({ opcode: 4 }),
        Uint8Array.of(1, 2, 3),
        good('198.51.100.1')(asked),
      ]
    }
    await start([first.address])
    expect(addressOf(await ask('real.example'))).toBe('198.51.100.1')
  })

  it('turns to TCP when the case of the answer differs, and leaves 0x20 off if it is the server', async () => {
    first.answer = (asked) => {
      const { query } = asked
      const lower = (query.questions[0]?.name ?? '.').toLowerCase()
      const address = asked.transport === 'udp' ? '6.6.6.6' : '198.51.100.1'
      return responseTo(
        { ...query, questions: [{ name: lower, type: 'A', class: 1 }] },
        { answers: [aRecord(lower, address)] },
      )
    }
    await start([first.address])
    expect(addressOf(await ask('case-keeping-matters.example'))).toBe('198.51.100.1')
    expect(first.asked.map(({ transport }) => transport)).toEqual(['udp', 'tcp'])
    await ask('another-name.example')
    const last = first.asked.at(-1)
    expect(last?.transport).toBe('udp')
    expect(last?.query.questions[0]?.name).toBe('another-name.example')
  })

  it('repeats a truncated answer over TCP', async () => {
    first.answer = (asked) =>
      asked.transport === 'tcp'
        ? good('198.51.100.1')(asked)
        : responseTo(asked.query, { truncated: true })
    await start([first.address])
    expect(addressOf(await ask('long.example'))).toBe('198.51.100.1')
    expect(first.asked.map(({ transport }) => transport)).toEqual(['udp', 'tcp'])
  })

  it('asks without EDNS a server that does not know it', async () => {
    first.answer = (asked) =>
      asked.query.edns
        ? responseTo(asked.query, { rcode: rcodes.FORMERR, questions: [] })
        : good('198.51.100.1')(asked)
    await start([first.address])
    expect(addressOf(await ask('old.example'))).toBe('198.51.100.1')
    await ask('older.example')
    expect(first.asked.map(({ query }) => query.edns !== undefined)).toEqual([true, false, false])
  })

  it.each([
    ['answers SERVFAIL', ({ query }: AskedUpstream) => responseTo(query, { rcode: 2 })],
    ['answers REFUSED', ({ query }: AskedUpstream) => responseTo(query, { rcode: 5 })],
    ['answers with a cut record', (asked: AskedUpstream) => good('6.6.6.6')(asked).subarray(0, -2)],
  ])('asks the next upstream when one %s', async (_what, answer) => {
    first.answer = answer
    second.answer = async (asked) => {
      // Both are asked at first; let the bad one come in before the good one.
      await expect.poll(() => test.server.upstreams()[0]?.lastError).toBeDefined()
      return good('198.51.100.2')(asked)
    }
    await start([first.address, second.address])
    expect(addressOf(await ask('next.example'))).toBe('198.51.100.2')
  })

  it('asks another upstream when one is silent, and remembers who answers', async () => {
    await start([first.address, second.address])
    await ask('warm-up.example')
    await expect.poll(() => second.asked.length).toBe(1)
    first.answer = () => undefined
    second.answer = () => undefined
    const pending = ask('silent.example')
    await expect.poll(() => first.asked.length + second.asked.length).toBe(3)
    first.answer = good('198.51.100.1')
    second.answer = good('198.51.100.2')
    clock.advance(400)
    expect((await pending).rcode).toBe(rcodes.NOERROR)
  })

  it('says SERVFAIL with EDE 22 when nobody answers, for five seconds at most', async () => {
    first.answer = () => undefined
    await start([first.address])
    const pending = ask('dead.example')
    await first.nextQuestion()
    clock.advance(3_500)
    const answer = await pending
    expect(answer.rcode).toBe(rcodes.SERVFAIL)
    expect(edeOf(answer)).toBe('22 no upstream resolver answered')
    first.answer = good('198.51.100.1')
    expect((await ask('dead.example')).rcode).toBe(rcodes.SERVFAIL)
    clock.advance(5_000)
    expect((await ask('dead.example')).rcode).toBe(rcodes.NOERROR)
  })

  it('says SERVFAIL with EDE 23 at once when the port is closed', async () => {
    const closed = await startFakeUpstream()
    await closed.stop()
    await start([closed.address])
    const answer = await ask('refused.example')
    expect(answer.rcode).toBe(rcodes.SERVFAIL)
    expect(edeOf(answer)).toBe('23 upstream resolver: ECONNREFUSED')
    expect(test.server.upstreams()).toMatchObject([{ lastError: 'ECONNREFUSED' }])
  })

  it('passes an upstream reason for failing on', async () => {
    first.answer = ({ query }) =>
      responseTo(query, {
        rcode: rcodes.SERVFAIL,
        edns: {
          udpPayloadSize: 1232,
          extendedRcode: 0,
          version: 0,
          dnssecOk: false,
          options: [{ code: 15, data: Uint8Array.of(0, 6, ...Buffer.from('bogus')) }],
        },
      })
    await start([first.address])
    expect(edeOf(await ask('bogus.example'))).toBe('6 bogus')
  })

  it('serves stale data after 1.8 s, then at once, and fresh data when it is back', async () => {
    await start([first.address])
    await ask('stale.example')
    clock.advance(301_000)
    first.answer = () => undefined
    const waiting = ask('stale.example')
    await expect.poll(() => first.asked.length).toBe(2)
    clock.advance(1_800)
    const stale = await waiting
    expect(addressOf(stale)).toBe('198.51.100.1')
    expect(stale.answers[0]?.ttl).toBe(30)
    expect(edeOf(stale)).toBe('3')
    clock.advance(1_700)
    const atOnce = await ask('stale.example')
    expect(edeOf(atOnce)).toBe('3')
    first.answer = good('198.51.100.77')
    clock.advance(30_000)
    expect(addressOf(await ask('stale.example'))).toBe('198.51.100.77')
  })

  it('does not serve data that has been stale for a day', async () => {
    await start([first.address])
    await ask('old.example')
    clock.advance((300 + 86_400) * 1000)
    first.answer = ({ query }) => responseTo(query, { rcode: rcodes.SERVFAIL })
    expect((await ask('old.example')).rcode).toBe(rcodes.SERVFAIL)
  })

  it('asks once for all who ask the same meanwhile', async () => {
    let release: (() => void) | undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    first.answer = async (asked) => {
      await held
      return good('198.51.100.1')(asked)
    }
    await start([first.address])
    const asks = Array.from({ length: 20 }, (_, id) => ask('same.example', { id }))
    await expect.poll(() => test.server.counters().queries).toBe(20)
    release?.()
    expect((await Promise.all(asks)).map(({ id }) => id)).toEqual(asks.map((_, id) => id))
    expect(first.asked).toHaveLength(1)
  })

  it('raises health for upstreams it cannot read, and uses the others', async () => {
    await start(['dns.google', first.address])
    expect(test.health.list()).toMatchObject([{ code: 'dns.bad-upstream', severity: 'warning' }])
    expect(addressOf(await ask('fine.example'))).toBe('198.51.100.1')
  })
})

describe('a DoH upstream', () => {
  let reply: (query: Message, response: ServerResponse) => void
  let connections = 0
  const received: IncomingMessage[] = []
  const server = createServer((request, response) => {
    received.push(request)
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => reply(decodeMessage(Buffer.concat(chunks)), response))
  })
  server.on('connection', () => (connections += 1))
  let test: TestServer

  beforeEach(async () => {
    received.length = 0
    connections = 0
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    test = await startTestServer({
      clock: createManualClock(),
      config: { upstreams: [`http://127.0.0.1:${port}/dns-query`] },
    })
  })
  afterEach(async () => {
    await test.server.stop()
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  })
  const ask = (name: string) =>
    askUdp(test.port('proxy'), queryBytes(name, 'A', { id: 321, edns: {} }))

  it('is asked by POST with id 0 over a connection that is kept', async () => {
    const ids: number[] = []
    reply = (query, response) => {
      ids.push(query.id)
      const name = query.questions[0]?.name ?? '.'
      response.setHeader('content-type', 'application/dns-message')
      response.end(responseTo(query, { answers: [aRecord(name, '198.51.100.3')] }))
    }
    for (const name of ['one.example', 'two.example']) {
      const answer = await ask(name)
      expect(answer.id).toBe(321)
      expect(addressOf(answer)).toBe('198.51.100.3')
    }
    expect(ids).toEqual([0, 0])
    expect(connections).toBe(1)
    expect(received[0]).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/dns-message', accept: 'application/dns-message' },
    })
  })

  it.each<[string, (query: Message, response: ServerResponse) => void, string]>([
    [
      'an HTTP error',
      (_query, response) => response.writeHead(503).end(),
      '22 upstream resolver: HTTP status 503',
    ],
    [
      'another content type',
      (_query, response) => response.setHeader('content-type', 'text/html').end('<p>'),
      '22 upstream resolver: content type text/html',
    ],
    [
      'rubbish',
      (_query, response) =>
        response.setHeader('content-type', 'application/dns-message').end('rubbish'),
      '22 upstream resolver: malformed answer',
    ],
    [
      'an answer to another question',
      (query, response) => {
        const questions = [{ name: 'x.example', type: 'A', class: 1 } as const]
        response.setHeader('content-type', 'application/dns-message')
        response.end(responseTo(query, { questions, answers: [aRecord('x.example', '6.6.6.6')] }))
      },
      '22 upstream resolver: answer to another question',
    ],
    [
      'a cut connection',
      (_query, response) => response.socket?.destroy(),
      '23 upstream resolver: ECONNRESET',
    ],
  ])('giving %s is a failure', async (_what, answer, ede) => {
    reply = answer
    const failed = await ask('a.example')
    expect(failed.rcode).toBe(rcodes.SERVFAIL)
    expect(edeOf(failed)).toBe(ede)
  })
})
