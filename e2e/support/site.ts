import { execFile } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { createServer } from 'node:https'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface SiteCertificate {
  readonly cert: string
  readonly key: string
}

export interface Site {
  readonly port: number
  /** What it received inside TLS. */
  readonly seen: { connections: number; bytes: number; readonly paths: string[] }
  stop(): Promise<void>
}

/** A real HTTPS server at `port` of this computer, a free one with 0, that counts every byte it gets. */
export async function startSite(
  certificate: SiteCertificate,
  pages: Readonly<Record<string, string>>,
  port = 0,
): Promise<Site> {
  const seen = { connections: 0, bytes: 0, paths: [] as string[] }
  const sockets = new Set<Socket>()
  const server = createServer({ ...certificate }, (request, response) => {
    const path = request.url ?? ''
    seen.paths.push(path)
    const page = pages[path]
    response.writeHead(page === undefined ? 404 : 200, {
      'content-type': 'text/html; charset=utf-8',
    })
    response.end(page ?? 'there is no such page')
  })
  server.on('connection', (socket: Socket) => {
    seen.connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
  })
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.on('data', (chunk: Buffer) => (seen.bytes += chunk.length))
  })
  server.on('tlsClientError', () => undefined)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** A certificate for `name` with a key nobody has signed for; needs the program openssl. */
export async function forge(
  name: string,
  commonName = 'forged',
): Promise<SiteCertificate & { readonly spkiSha256: string }> {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '-']
  const names = ['-utf8', '-subj', `/CN=${commonName}`, '-addext', `subjectAltName=DNS:${name}`]
  const { stdout } = await run('openssl', ['req', '-x509', '-days', '30', ...key, ...names])
  const spki = new X509Certificate(stdout).publicKey.export({ type: 'spki', format: 'der' })
  return {
    cert: stdout,
    key: stdout,
    spkiSha256: createHash('sha256').update(spki).digest('hex'),
  }
}
