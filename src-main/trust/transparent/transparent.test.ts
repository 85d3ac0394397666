/** The transparent mode as programs meet it that know no proxy. */
import { once } from 'node:events'
import { request } from 'node:http'
import { connect as connectTcp, createServer, type AddressInfo, type Server } from 'node:net'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { afterEach, describe, expect, it, test } from 'vitest'
import { acceptEveryPeer } from '../proxy/peer-user.ts'
import { selfTestDomain } from '../proxy/self-test.ts'
import type { TerminatorDeps } from '../terminator/terminator-service.ts'
import { pinned, pinOf } from '../terminator/testing/fake-pins.ts'
import { closed, send, type TestResponse } from '../terminator/testing/proxy-client.ts'
import { domain, owner } from '../terminator/testing/test-names.ts'
import {
  certificateFor,
  startOrigin,
  startSilentOrigin,
} from '../terminator/testing/test-origin.ts'
import { publicAddress, startTestProxy, type TestProxy } from '../terminator/testing/test-proxy.ts'
import type { TransparentStatus } from '../terminator.ts'

const open: { close(): Promise<unknown> }[] = []
const closeLater = <T extends { close(): Promise<unknown> }>(resource: T): T => {
  open.push(resource)
  return resource
}
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close()
})

const certificate = certificateFor([domain])
const anyPorts = { transparentPorts: { tls: 0, http: 0 } }

interface Bench {
  readonly proxy: TestProxy
  readonly status: TransparentStatus
  tls(options?: ConnectionOptions & { readonly host?: string }): Promise<TLSSocket>
  get(options?: ConnectionOptions & { readonly host?: string }): Promise<TestResponse>
}

async function startTransparent(options: Partial<TerminatorDeps> = {}): Promise<Bench> {
  const proxy = closeLater(await startTestProxy({ ...anyPorts, ...options }))
  const status = await proxy.terminator.setTransparent(true)
  proxy.pins.set(owner, pinned(pinOf(certificate.der)))
  const tls: Bench['tls'] = async (given = {}) => {
    const socket = connectTls({
      host: '127.0.0.1',
      port: status.tlsPort,
      servername: domain,
      ca: proxy.rootPem,
      ALPNProtocols: ['http/1.1'],
      ...given,
    })
    await once(socket, 'secureConnect')
    return socket
  }
  return { proxy, status, tls, get: async (given) => send(await tls(given), domain) }
}

describe('TLS without a proxy', () => {
  it('is judged and passed on, over both families, with the protocol of the server', async () => {
    const origin = closeLater(await startOrigin(certificate))
    const { proxy, status, tls, get } = await startTransparent()
    proxy.lead(origin.port)
    expect(status).toMatchObject({ state: 'listening', redirectsHttp: true })
    for (const host of status.addresses) {
      expect((await get({ host })).body).toBe('<h1>hello</h1>')
    }
    const http2 = await tls({ ALPNProtocols: ['h2', 'http/1.1'] })
    expect(http2.alpnProtocol).toBe('h2')
    http2.destroy()
    expect(proxy.dialled).toEqual(new Array(status.addresses.length + 1).fill(publicAddress))
    expect(proxy.observations[0]).toMatchObject({ domain, port: 443, outcome: 'allowed' })
  })

  it('sends not one byte to a forged server, and shows why', async () => {
    const forged = closeLater(await startSilentOrigin(certificateFor([domain])))
    const { proxy, get } = await startTransparent()
    proxy.lead(forged.port)
    const response = await get()
    expect(response.status).toBe(502)
    expect(response.body).toContain('not the server its owner vouches for')
    expect(forged.seen).toMatchObject({ connections: 1, bytes: 0 })
  })

  it('ends when the owner takes back what allowed it', async () => {
    const origin = closeLater(await startSilentOrigin(certificate))
    const { proxy, tls } = await startTransparent()
    proxy.lead(origin.port)
    const allowed = proxy.next('allowed')
    const socket = await tls()
    await allowed
    proxy.pins.set(owner, { kind: 'no-certificate', reason: 'withdrawn' })
    await closed(socket)
    expect(proxy.terminator.status().connections).toBe(0)
  })

  it('of a stranger’s name does not reach the local network', async () => {
    const device = closeLater(await startSilentOrigin(certificate))
    const { proxy, get } = await startTransparent()
    proxy.ports.set('192.168.1.1', device.port)
    proxy.addresses.set(domain, ['192.168.1.1'])
    expect((await get()).body).toContain('points into your own network')
    expect(device.seen.connections).toBe(0)
  })

  it('reads a ClientHello that comes in pieces', async () => {
    const origin = closeLater(await startOrigin(certificate))
    const { proxy, status, get } = await startTransparent()
    proxy.lead(origin.port)
    const dribble = createServer({ noDelay: true }, (client) => {
      const onward = connectTcp({ host: '127.0.0.1', port: status.tlsPort, noDelay: true })
      client.on('error', () => undefined)
      onward.on('error', () => undefined)
      onward.pipe(client)
      client.on('data', (chunk: Buffer) => {
        for (const octet of chunk) onward.write(Buffer.of(octet))
      })
      client.on('close', () => onward.destroy())
    }).listen(0, '127.0.0.1')
    closeLater({ close: () => new Promise((resolve) => dribble.close(resolve)) })
    await once(dribble, 'listening')
    const { port } = dribble.address() as AddressInfo
    expect((await get({ port })).status).toBe(200)
  })

  it.each([
    ['another name', 'example.com'],
    ['a name nobody can own', 'npub1x.nostr'],
    ['no name', ''],
  ])('for %s is refused', async (_what, servername) => {
    const { proxy, tls } = await startTransparent()
    await expect(tls({ servername })).rejects.toThrow(/unrecognized.name/iu)
    expect(proxy.dialled).toEqual([])
  })

  it('of the self-test is answered by this program itself', async () => {
    const { proxy, get } = await startTransparent()
    expect((await get({ servername: selfTestDomain })).body).toContain('works')
    expect(proxy.dialled).toEqual([])
  })

  it('of another user is refused', async () => {
    const { proxy, status } = await startTransparent({
      openGuard: () => ({ ...acceptEveryPeer(), allows: async () => false }),
    })
    for (const host of status.addresses) {
      const socket = connectTls({ host, port: status.tlsPort, servername: domain })
      await closed(socket)
    }
    expect(proxy.observations).toEqual([])
  })
})

describe('plain http without a proxy', () => {
  const ask = async (port: number, host: string, path = '/x?y'): Promise<TestResponse> => {
    const outgoing = request({ host: '127.0.0.1', port, path, headers: { host } }).end()
    const [response] = await once(outgoing, 'response')
    response.resume()
    return { status: response.statusCode, headers: response.headers, body: '' }
  }
  /** The port is nowhere else but in the redirect's absence, so that tests choose it themselves. */
  const startWithHttp = async (): Promise<{ readonly bench: Bench; readonly http: number }> => {
    const http = await freePort()
    return { bench: await startTransparent({ transparentPorts: { tls: 0, http } }), http }
  }

  it.each([domain, domain.toUpperCase(), `${domain}:80`])(
    'of %s is sent to https',
    async (host) => {
      const { http } = await startWithHttp()
      const { status, headers } = await ask(http, host)
      expect(status).toBe(307)
      expect(headers['location']).toBe(`https://${domain}/x?y`)
    },
  )

  it.each(['127.0.0.1', 'localhost', 'example.com', `${domain}:8080`])(
    'of %s is misdirected',
    async (host) => {
      const { http } = await startWithHttp()
      expect((await ask(http, host)).status).toBe(421)
    },
  )

  it('does without when that port is taken', async () => {
    const taken = closeLater(await occupy())
    const { status } = await startTransparent({
      transparentPorts: { tls: 0, http: taken.port },
    })
    expect(status).toMatchObject({ state: 'listening', redirectsHttp: false })
  })
})

describe('ports', () => {
  it('in use: says by whom, names keep their addresses, and it works on another try', async () => {
    const taken = await occupy()
    const proxy = closeLater(
      await startTestProxy({ transparentPorts: { tls: taken.port, http: 0 } }),
    )
    const failed = await proxy.terminator.setTransparent(true)
    expect(failed).toMatchObject({ state: 'failed', addresses: [], redirectsHttp: false })
    expect(failed.problem).toMatch(new RegExp(`Port ${taken.port} .* used by `, 'u'))
    expect(proxy.health.list()).toMatchObject([
      { code: 'transparent.port-in-use', severity: 'warning' },
    ])
    expect(proxy.terminator.status().state).toBe('listening')
    await proxy.terminator.setTransparent(false)
    expect(proxy.health.list()).toEqual([])
    await taken.close()
    expect((await proxy.terminator.setTransparent(true)).state).toBe('listening')
  })

  it('are closed when the mode ends, and with the proxy', async () => {
    const { proxy, status, tls } = await startTransparent()
    expect((await proxy.terminator.setTransparent(true)).tlsPort).toBe(status.tlsPort)
    await proxy.terminator.setTransparent(false)
    await expect(tls()).rejects.toThrow(/ECONNREFUSED/u)
    const again = await proxy.terminator.setTransparent(true)
    await proxy.terminator.stop()
    expect(proxy.terminator.transparent().state).toBe('off')
    await expect(tls({ port: again.tlsPort })).rejects.toThrow(/ECONNREFUSED/u)
    expect((await proxy.terminator.setTransparent(true)).state).toBe('off')
  })
})

test.each([['127.0.0.1'], ['::ffff:127.0.0.1'], ['0.0.0.0']])(
  'a name for this computer itself (%s) does not go round in circles',
  async (address) => {
    const tls = await freePort()
    const proxy = closeLater(
      await startTestProxy({
        transparentPorts: { tls, http: 0 },
        serverPorts: [tls],
        allowsPrivate: () => true,
      }),
    )
    await proxy.terminator.setTransparent(true)
    proxy.pins.set(owner, pinned(pinOf(certificate.der)))
    proxy.addresses.set(domain, [address])
    const raw = connectTcp({ host: '127.0.0.1', port: proxy.port })
    await once(raw, 'connect')
    raw.write(`CONNECT ${domain}:${tls} HTTP/1.1\r\n\r\n`)
    await once(raw, 'data')
    const socket = connectTls({
      socket: raw,
      servername: domain,
      ca: proxy.rootPem,
      ALPNProtocols: ['http/1.1'],
    })
    await once(socket, 'secureConnect')
    expect((await send(socket, domain)).body).toContain('its address is this computer')
    expect(proxy.dialled).toEqual([])
  },
)

async function occupy(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server: Server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function freePort(): Promise<number> {
  const { port, close } = await occupy()
  await close()
  return port
}
