import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createManualClock } from '../testing/manual-clock.ts'
import { queryBytes } from '../testing/messages.ts'
import type { TestServer } from '../testing/test-server.ts'
import { startTestServer } from '../testing/test-server.ts'
import { decodeMessage } from '../wire/decode.ts'

interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Buffer
}

const mediaType = 'application/dns-message'
const query = queryBytes('localhost', 'A', { id: 0 })
const encoded = Buffer.from(query).toString('base64url')

describe('DoH listener', () => {
  let test: TestServer

  const send = (
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: Uint8Array,
  ): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        { host: '127.0.0.1', port: test.port('doh'), method, path, headers, agent: false },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: Buffer.concat(chunks),
            }),
          )
        },
      )
      outgoing.on('error', reject)
      outgoing.end(body)
    })

  beforeAll(async () => {
    test = await startTestServer({ clock: createManualClock() })
  })
  afterAll(() => test.server.stop())

  it('answers GET and POST alike, cacheable for the smallest TTL', async () => {
    const replies = [
      await send('GET', `/dns-query?dns=${encoded}`),
      await send('POST', '/dns-query', { 'content-type': mediaType }, query),
    ]
    for (const { status, headers, body } of replies) {
      expect(status).toBe(200)
      expect(headers).toMatchObject({
        'content-type': mediaType,
        'cache-control': 'max-age=3600',
      })
      expect(headers['access-control-allow-origin']).toBeUndefined()
      expect(decodeMessage(body).answers).toMatchObject([{ rdata: { address: '127.0.0.1' } }])
    }
  })

  it.each<[string, number, string, string, Record<string, string>, Uint8Array?]>([
    ['another path', 404, 'GET', `/resolve?dns=${encoded}`, {}],
    ['another method', 405, 'PUT', '/dns-query', {}],
    ['no query', 400, 'GET', '/dns-query', {}],
    ['an empty query', 400, 'GET', '/dns-query?dns=', {}],
    ['base64 with padding', 400, 'GET', '/dns-query?dns=AAA=', {}],
    ['base64 of another alphabet', 400, 'GET', '/dns-query?dns=AA%2FA', {}],
    ['base64 of an impossible length', 400, 'GET', '/dns-query?dns=AAAAA', {}],
    ['a runt', 400, 'GET', '/dns-query?dns=AAAA', {}],
    [
      'a response',
      400,
      'GET',
      `/dns-query?dns=${Buffer.alloc(12, 0x80).toString('base64url')}`,
      {},
    ],
    ['another content type', 415, 'POST', '/dns-query', { 'content-type': 'text/plain' }, query],
    ['no content type', 415, 'POST', '/dns-query', {}, query],
    [
      'a body over 65,535 octets',
      413,
      'POST',
      '/dns-query',
      { 'content-type': mediaType },
      new Uint8Array(65_536),
    ],
    [
      'a GET query over 65,535 octets',
      413,
      'GET',
      `/dns-query?dns=${Buffer.alloc(65_536).toString('base64url')}`,
      {},
    ],
    ['a rebound host name', 421, 'GET', `/dns-query?dns=${encoded}`, { host: 'evil.example' }],
  ])('refuses %s with %d', async (_what, status, method, path, headers, body) => {
    expect((await send(method, path, headers, body)).status).toBe(status)
  })

  it('answers a malformed query with FORMERR, not with an HTTP error', async () => {
    const broken = Uint8Array.from([...query, 1, 2, 3])
    const reply = await send('POST', '/dns-query', { 'content-type': mediaType }, broken)
    expect(reply.status).toBe(200)
    expect((reply.body[3] ?? 0) & 0x0f).toBe(1)
    expect(reply.headers['cache-control']).toBe('max-age=0')
  })
})
