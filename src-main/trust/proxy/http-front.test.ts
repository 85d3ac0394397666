import { request } from 'node:http'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { pinned, pinOf } from '../terminator/testing/fake-pins.ts'
import type { TestResponse } from '../terminator/testing/proxy-client.ts'
import { domain, owner } from '../terminator/testing/test-names.ts'
import { certificateFor } from '../terminator/testing/test-origin.ts'
import { publicAddress, startTestProxy, type TestProxy } from '../terminator/testing/test-proxy.ts'
import { pacText } from './pac.ts'

const open: { close(): Promise<void> }[] = []
const closeLater = <T extends { close(): Promise<void> }>(resource: T): T => {
  open.push(resource)
  return resource
}
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close()
})

interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Asks the proxy for `path`, which may be a whole URL. */
function ask(port: number, path: string, asked: Asked = {}): Promise<TestResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port,
      path,
      method: asked.method ?? 'GET',
      headers: asked.headers ?? {},
      agent: false,
    })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
    outgoing.end(asked.body)
  })
}

describe('our own pages', () => {
  it('are the PAC file and a line of status, for GET and HEAD', async () => {
    const { port } = closeLater(await startTestProxy())
    const pac = await ask(port, '/proxy.pac')
    expect(pac).toMatchObject({ status: 200, body: pacText(port) })
    expect(pac.headers).toMatchObject({
      'content-type': 'application/x-ns-proxy-autoconfig',
      'cache-control': 'no-store',
    })
    expect(pac.headers['access-control-allow-origin']).toBeUndefined()
    expect(
      (await ask(port, '/proxy.pac?x=1', { headers: { host: `localhost:${port}` } })).status,
    ).toBe(200)
    expect(await ask(port, '/', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
    expect((await ask(port, '/')).body).toContain('Nostr DNS is running')
    expect((await ask(port, '/other')).status).toBe(404)
    expect((await ask(port, '/proxy.pac', { method: 'POST', body: 'x' })).status).toBe(405)
  })

  it.each(['evil.example', `${domain}:80`, '127.0.0.1', '127.0.0.1:1', 'localhost', '[::1]'])(
    'are not for Host %j: 421',
    async (host) => {
      const { port } = closeLater(await startTestProxy())
      expect((await ask(port, '/proxy.pac', { headers: { host } })).status).toBe(421)
    },
  )

  it('are not for other users', async () => {
    const { port } = closeLater(
      await startTestProxy({
        openGuard: () => ({ allows: () => Promise.resolve(false), close: () => undefined }),
      }),
    )
    await expect(ask(port, '/proxy.pac')).rejects.toThrow(/hang up|reset/iu)
  })
})

interface PlainServer {
  readonly port: number
  readonly seen: { url: string; host: string; headers: Record<string, unknown>; body: string }[]
  close(): Promise<void>
}

async function startPlainServer(): Promise<PlainServer> {
  const seen: PlainServer['seen'] = []
  const server: Server = createServer((incoming, response) => {
    let body = ''
    incoming.on('data', (chunk: Buffer) => (body += chunk.toString()))
    incoming.on('end', () => {
      const { url = '', headers } = incoming
      seen.push({ url, host: headers.host ?? '', headers, body })
      response.writeHead(201, { 'x-mine': 'yes', 'set-cookie': ['a=1', 'b=2'] })
      response.end('plain')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

describe('plain http through the proxy', () => {
  const certificate = certificateFor([domain])
  const start = async (
    options: Parameters<typeof startTestProxy>[0] = {},
  ): Promise<{ proxy: TestProxy; server: PlainServer }> => {
    const server = closeLater(await startPlainServer())
    const proxy = closeLater(await startTestProxy(options))
    proxy.lead(server.port)
    return { proxy, server }
  }

  it('leads to https where the owner has a pin, also one that has expired', async () => {
    const { proxy, server } = await start()
    const location = `https://${domain}/a/b?c=%20d`
    for (const decision of [
      pinned(pinOf(certificate.der)),
      { kind: 'expired', expiredAt: 1, eventId: 'f'.repeat(64) } as const,
    ]) {
      proxy.pins.set(owner, decision)
      expect(await ask(proxy.port, `http://${domain}/a/b?c=%20d`)).toMatchObject({
        status: 307,
        headers: { location, 'cache-control': 'no-store' },
      })
    }
    expect(server.seen).toEqual([])
  })

  it('is passed on where there never was one, with the host kept and no hop’s fields', async () => {
    const { proxy, server } = await start()
    const response = await ask(proxy.port, `http://${domain}/a?b`, {
      method: 'POST',
      body: 'hello',
      headers: {
        host: domain,
        'x-yours': 'yes',
        'proxy-connection': 'keep-alive',
        'proxy-authorization': 'Basic x',
        connection: 'x-hop',
        'x-hop': '1',
      },
    })
    expect(response).toMatchObject({ status: 201, body: 'plain' })
    expect(response.headers).toMatchObject({ 'x-mine': 'yes', 'set-cookie': ['a=1', 'b=2'] })
    expect(server.seen).toMatchObject([{ url: '/a?b', host: domain, body: 'hello' }])
    const { headers } = server.seen[0] ?? { headers: {} }
    expect(headers).toMatchObject({ 'x-yours': 'yes' })
    expect(Object.keys(headers)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(?:proxy-|x-hop)/u)]),
    )
    expect(proxy.dialled).toEqual([publicAddress])
  })

  it('is refused for a name that once had a pin', async () => {
    const { proxy, server } = await start({ wasEverPinned: ({ owner: asked }) => asked === owner })
    const response = await ask(proxy.port, `http://${domain}/`)
    expect(response.status).toBe(502)
    expect(response.body).toContain('announced no certificate')
    expect(server.seen).toEqual([])
  })

  it('is refused when nobody can say', async () => {
    const { proxy, server } = await start()
    proxy.pins.set(owner, { kind: 'cannot-check', reason: 'no relay answers' })
    const response = await ask(proxy.port, `http://${domain}/`)
    expect(response).toMatchObject({ status: 502 })
    expect(response.body).toContain('cannot be checked now')
    expect(server.seen).toEqual([])
  })

  it('is refused for private addresses', async () => {
    const { proxy, server } = await start()
    proxy.addresses.set(domain, ['192.168.1.1'])
    proxy.ports.set('192.168.1.1', server.port)
    const response = await ask(proxy.port, `http://${domain}/`)
    expect(response.body).toContain('points into your own network')
    expect(server.seen).toEqual([])
  })

  it('says when the server is not there', async () => {
    const { proxy, server } = await start()
    await server.close()
    open.splice(open.indexOf(server), 1)
    const response = await ask(proxy.port, `http://${domain}/`)
    expect(response.status).toBe(502)
    expect(response.body).toContain('cannot be reached')
  })

  it.each([
    'http://example.com/',
    `http://${domain}:8080/`,
    'http://127.0.0.1/',
    'http://alice.nostr/',
    'http:///',
  ])('is not for %s', async (url) => {
    const { proxy, server } = await start()
    expect((await ask(proxy.port, url)).status).toBe(403)
    expect(server.seen).toEqual([])
    expect(proxy.dialled).toEqual([])
  })
})
