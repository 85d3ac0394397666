import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { createServer as createTlsServer, type Server, type TlsOptions } from 'node:tls'
import { WebSocketServer } from 'ws'
import { systemRandom } from '../../../env/system-env.ts'
import { buildSelfSigned } from '../../x509/build-certificate.ts'

export interface TestCertificate {
  readonly der: Buffer
  readonly cert: string
  readonly key: string
}

export function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
}

/** A self-signed certificate for `names`. */
export function certificateFor(
  names: readonly string[],
  key: KeyObject = newKey(),
): TestCertificate {
  const now = Math.floor(Date.now() / 1000)
  const der = buildSelfSigned(systemRandom, {
    names,
    key,
    validFrom: now - 3600,
    validTo: now + 86_400,
  })
  return {
    der,
    cert: `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`,
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

export interface TestOrigin {
  readonly port: number
  /** Connections accepted, and application bytes received inside TLS. */
  readonly seen: { connections: number; bytes: number; readonly paths: string[] }
  /** Connections open now. */
  open(): number
  close(): Promise<void>
}

/** A server of pages over h2 and http/1.1, with a WebSocket that echoes. */
export async function startOrigin(
  certificate: TestCertificate,
  handle: (request: Http2ServerRequest, response: Http2ServerResponse) => void = (
    _request,
    response,
  ) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>hello</h1>'),
): Promise<TestOrigin> {
  const seen = { connections: 0, bytes: 0, paths: [] as string[] }
  const server = createSecureServer(
    { key: certificate.key, cert: certificate.cert, allowHTTP1: true },
    (request, response) => {
      seen.paths.push(request.url)
      handle(request, response)
    },
  )
  const echo = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    echo.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('message', (data, isBinary) => webSocket.send(data, { binary: isBinary }))
    })
  })
  return listen(server, seen)
}

/** A bare TLS server that counts every application byte and says nothing. */
export async function startSilentOrigin(
  certificate: TestCertificate,
  options: TlsOptions = {},
): Promise<TestOrigin> {
  const seen = { connections: 0, bytes: 0, paths: [] as string[] }
  const server = createTlsServer(
    { key: certificate.key, cert: certificate.cert, ...options },
    (socket) => {
      socket.on('data', (chunk: Buffer) => (seen.bytes += chunk.length))
      socket.on('error', () => undefined)
    },
  )
  return listen(server, seen)
}

/** A bare TLS server that sends back what it gets, and ends when it was told everything. */
export async function startEchoOrigin(certificate: TestCertificate): Promise<TestOrigin> {
  const { key, cert } = certificate
  // The types leave out what net.Server and thereby tls.Server takes.
  const options = { key, cert, allowHalfOpen: true }
  const server = createTlsServer(options, (socket) => {
    socket.on('error', () => undefined)
    socket.pipe(socket)
  })
  return listen(server, { connections: 0, bytes: 0, paths: [] })
}

async function listen(
  server: Pick<Server, 'listen' | 'address' | 'close'> & NodeJS.EventEmitter,
  seen: TestOrigin['seen'],
): Promise<TestOrigin> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    seen.connections += 1
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    open: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
