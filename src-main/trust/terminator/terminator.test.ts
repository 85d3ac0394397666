import { createPrivateKey, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect as connectHttp2 } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { hasPrograms } from '../../env/testing/programs.ts'
import { runToolOk } from '../x509/testing/run-tool.ts'
import { pinned, pinOf } from './testing/fake-pins.ts'
import { closed, get, openSecure, openTunnel, send } from './testing/proxy-client.ts'
import { domain, otherDomain, owner } from './testing/test-names.ts'
import {
  certificateFor,
  startEchoOrigin,
  startOrigin,
  startSilentOrigin,
  type TestCertificate,
  type TestOrigin,
} from './testing/test-origin.ts'
import { startTestProxy, type TestProxy } from './testing/test-proxy.ts'

const open: { close(): Promise<void> }[] = []
const closeLater = <T extends { close(): Promise<void> }>(resource: T): T => {
  open.push(resource)
  return resource
}
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close()
})

/** A proxy in front of a server whose certificate is the pinned one. */
async function startPair(
  start: (certificate: TestCertificate) => Promise<TestOrigin> = startOrigin,
  certificate = certificateFor([domain]),
): Promise<{ proxy: TestProxy; origin: TestOrigin; certificate: TestCertificate }> {
  const origin = closeLater(await start(certificate))
  const proxy = closeLater(await startTestProxy())
  proxy.lead(origin.port)
  proxy.pins.set(owner, pinned(pinOf(certificate.der)))
  return { proxy, origin, certificate }
}

/** One GET over HTTP/2. */
async function getHttp2(socket: TLSSocket, path = '/'): Promise<{ status: number; body: string }> {
  const session = connectHttp2(`https://${domain}`, { createConnection: () => socket })
  const stream = session.request({ ':path': path })
  const answered = once(stream, 'response')
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(stream, 'end')
  const [headers] = (await answered) as [Record<string, unknown>]
  session.destroy()
  return { status: Number(headers[':status']), body: Buffer.concat(chunks).toString() }
}

describe('a server its owner vouches for', () => {
  it('is shown, under a certificate of ours for exactly its name', async () => {
    const { proxy } = await startPair()
    const socket = await openSecure(proxy.port, domain, proxy.rootPem, {
      ALPNProtocols: ['http/1.1'],
    })
    const leaf = socket.getPeerX509Certificate()
    expect(leaf?.subjectAltName).toBe(`DNS:${domain}`)
    expect(leaf?.subject).toBeUndefined()
    expect(await send(socket, domain)).toMatchObject({ status: 200, body: '<h1>hello</h1>' })
    expect(proxy.observations).toMatchObject([
      { outcome: 'allowed', domain, port: 443, judgement: { ok: true } },
    ])
    expect(proxy.dialled).toEqual(['203.0.113.1'])
  })

  it('speaks h2 where both sides do, on the first connection and on later ones', async () => {
    const { proxy, origin } = await startPair()
    for (let round = 0; round < 3; round += 1) {
      const socket = await openSecure(proxy.port, domain, proxy.rootPem, {
        ALPNProtocols: ['h2', 'http/1.1'],
      })
      expect(socket.alpnProtocol).toBe('h2')
      expect(await getHttp2(socket, `/${round}`)).toEqual({ status: 200, body: '<h1>hello</h1>' })
    }
    expect(origin.seen.paths).toEqual(['/0', '/1', '/2'])
  })

  it.each([
    ['http/1.1 for a client of nothing newer', ['http/1.1'], ['h2', 'http/1.1'], 'http/1.1'],
    ['nothing for a client of old', undefined, ['h2', 'http/1.1'], false],
    ['http/1.1 for an old server', ['h2', 'http/1.1'], ['http/1.1'], 'http/1.1'],
    ['nothing for a server without ALPN', ['h2', 'http/1.1'], undefined, false],
    ['nothing that is not for the web', ['acme-tls/1'], undefined, false],
  ])('speaks %s', async (_what, offered, spoken, expected) => {
    const { proxy } = await startPair((certificate) =>
      startSilentOrigin(certificate, spoken === undefined ? {} : { ALPNProtocols: spoken }),
    )
    const socket = await openSecure(
      proxy.port,
      domain,
      proxy.rootPem,
      offered === undefined ? {} : { ALPNProtocols: offered },
    )
    expect(socket.alpnProtocol).toBe(expected)
    socket.destroy()
  })

  it.skipIf(!hasPrograms(['curl'])).each(['--http1.1', '--http2', '--tls-max 1.2'])(
    'is shown to curl %s, which is told of a forged one',
    async (option) => {
      const { proxy } = await startPair()
      const directory = await mkdtemp(join(tmpdir(), 'nostr-dns-curl-'))
      const root = join(directory, 'root.pem')
      await writeFile(root, proxy.rootPem)
      const curl = (): Promise<string> =>
        runToolOk('curl', [
          ...option.split(' '),
          ...['--silent', '--show-error', '--write-out', ' %{http_code}', '--cacert', root],
          ...['--noproxy', '', '--proxy', `http://127.0.0.1:${proxy.port}`, `https://${domain}/`],
        ])
      expect(await curl()).toBe('<h1>hello</h1> 200')
      proxy.pins.set(owner, pinned(pinOf(certificateFor([domain]).der)))
      expect(await curl()).toMatch(/not the server its owner vouches for.* 502$/su)
      await rm(directory, { recursive: true })
    },
  )

  it('speaks WebSocket', async () => {
    const { proxy } = await startPair()
    const socket = await openSecure(proxy.port, domain, proxy.rootPem, {
      ALPNProtocols: ['http/1.1'],
    })
    const webSocket = new WebSocket(`wss://${domain}/echo`, { createConnection: () => socket })
    await once(webSocket, 'open')
    for (const text of ['one', 'x'.repeat(100_000)]) {
      webSocket.send(text)
      const [echo] = (await once(webSocket, 'message')) as [Buffer]
      expect(echo.toString()).toBe(text)
    }
    webSocket.terminate()
  })

  it('is asked for by any of its hosts, each with its own certificate', async () => {
    const { proxy } = await startPair(startOrigin, certificateFor([domain, `*.${domain}`]))
    for (const host of [domain, `www.${domain}`]) {
      const socket = await openSecure(proxy.port, host, proxy.rootPem, {
        ALPNProtocols: ['http/1.1'],
      })
      expect(socket.getPeerX509Certificate()?.subjectAltName).toBe(`DNS:${host}`)
      expect((await send(socket, host)).status).toBe(200)
    }
  })

  it('gets and sends every byte, with a client that stops sending first', async () => {
    const bytes = randomBytes(3_000_000)
    const { proxy } = await startPair(startEchoOrigin)
    const options: ConnectionOptions & { allowHalfOpen: boolean } = { allowHalfOpen: true }
    const socket = await openSecure(proxy.port, domain, proxy.rootPem, options)
    socket.end(bytes)
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    await once(socket, 'end')
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
    await closed(socket)
    await expect.poll(() => proxy.terminator.status().connections).toBe(0)
  })

  it('may hang up, and so may the client', async () => {
    const { proxy, origin } = await startPair(startSilentOrigin)
    for (const ends of [(client: TLSSocket) => client.end(), () => origin.close()]) {
      const allowed = proxy.next('allowed')
      const socket = await openSecure(proxy.port, domain, proxy.rootPem)
      await allowed
      expect(proxy.terminator.status().connections).toBe(1)
      socket.resume()
      void ends(socket)
      await closed(socket)
      await expect.poll(() => proxy.terminator.status().connections).toBe(0)
    }
  })
})

describe('pins', () => {
  it('by key hold when the certificate is renewed, by certificate they do not', async () => {
    const { proxy, certificate } = await startPair()
    const renewed = certificateFor([domain, `www.${domain}`], createPrivateKey(certificate.key))
    const origin = closeLater(await startOrigin(renewed))
    proxy.pins.set(owner, pinned(pinOf(certificate.der, 'certificate')))
    expect((await get(proxy.port, domain, proxy.rootPem)).status).toBe(200)
    proxy.lead(origin.port)
    expect((await get(proxy.port, domain, proxy.rootPem)).status).toBe(502)
    proxy.pins.set(owner, pinned(pinOf(certificate.der, 'spki')))
    expect((await get(proxy.port, domain, proxy.rootPem)).status).toBe(200)
  })

  it('of two keys both hold while both are announced', async () => {
    const { proxy, certificate } = await startPair()
    const next = certificateFor([domain])
    const nextOrigin = closeLater(await startOrigin(next))
    const { ports } = proxy
    const statuses = async (): Promise<number[]> => {
      const before = ports.get('203.0.113.1') ?? 0
      const old = await get(proxy.port, domain, proxy.rootPem)
      proxy.lead(nextOrigin.port)
      const renewed = await get(proxy.port, domain, proxy.rootPem)
      proxy.lead(before)
      return [old.status, renewed.status]
    }
    expect(await statuses()).toEqual([200, 502])
    proxy.pins.set(owner, pinned(pinOf(certificate.der), pinOf(next.der)))
    expect(await statuses()).toEqual([200, 200])
    proxy.pins.set(owner, pinned(pinOf(next.der)))
    expect(await statuses()).toEqual([502, 200])
  })
})

describe('a client that is refused', () => {
  it.each(['example.com:443', `${domain}:22`, '127.0.0.1:443', 'alice.nostr:443'])(
    'asking for %s gets 403 and nothing is dialled',
    async (target) => {
      const { proxy } = await startPair()
      const { status, socket } = await openTunnel(proxy.port, target)
      expect(status).toBe(403)
      await closed(socket)
      expect(proxy.dialled).toEqual([])
    },
  )

  it.each([
    ['another name', { servername: otherDomain }],
    ['no name', { servername: '' }],
  ])('saying %s in TLS is sent away, and the server is not asked', async (_what, options) => {
    const { proxy, origin } = await startPair()
    await expect(openSecure(proxy.port, domain, proxy.rootPem, options)).rejects.toThrow(
      /unrecognized.name/i,
    )
    expect(origin.seen.connections).toBe(0)
    expect(proxy.observations).toEqual([])
  })

  it('because it speaks no TLS is cut off', async () => {
    const { proxy, origin } = await startPair()
    const { socket } = await openTunnel(proxy.port, `${domain}:443`)
    socket.write('GET / HTTP/1.1\r\n\r\n')
    await closed(socket)
    expect(origin.seen.connections).toBe(0)
  })

  it('because it belongs to another user is cut off before anything is dialled', async () => {
    const proxy = closeLater(
      await startTestProxy({
        openGuard: () => ({ allows: () => Promise.resolve(false), close: () => undefined }),
      }),
    )
    const { socket } = await openTunnel(proxy.port, `${domain}:443`)
    socket.write(Buffer.from([22, 3, 1]))
    socket.end()
    await closed(socket)
    expect(proxy.dialled).toEqual([])
  })
})
