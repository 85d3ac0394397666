import { generateKeyPairSync } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  connect as connectTcp,
  createServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net'
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import type { Identity } from '../../src-preload/contract/model.ts'
import { createDemoOrigin } from '../trust/origin/demo-origin.ts'
import { buildSelfSigned } from '../trust/x509/build-certificate.ts'
import { certificatePem } from '../trust/x509/pem.ts'
import { ok } from '../env/errors.ts'
import { demoEnv, must, startPerson, type Cleanup, type Person } from './demo-people.ts'
import type { Script } from './demo-script.ts'

interface Cast {
  readonly owner: Person
  readonly made: Identity
  readonly relays: readonly string[]
  readonly folder: string
  readonly cleanups: Cleanup[]
}

/** A pinned HTTPS server is let through, and a forged one is refused before a byte is sent to it. */
export async function tellHttpsStory(script: Script, cast: Cast): Promise<void> {
  const { owner, made, cleanups } = cast
  const domain = `${made.npub}.nostr`
  const port = await freePort()

  const certificate = must(await owner.client.call('ownCertificates.create', {}))
  must(await owner.client.call('publish.address', { addresses: ['127.0.0.1'], follow: false }))
  const pinned = must(await owner.client.call('ownCertificates.publish', { ports: [port] }))
  script.check(
    'the owner pins the certificate of a server',
    'TLSA 3 1 1 in the same signed event as the address',
    pinned.state === 'published' || pinned.state === 'partial',
    `SHA-256 of its key ${certificate.spkiSha256}`,
  )

  const keyPem = await readFile(certificate.keyPath, 'utf8')
  const certificateText = await readFile(certificate.certificatePath, 'utf8')
  const origin = createDemoOrigin(demoEnv, {
    profile: 'owner',
    domain,
    address: '127.0.0.1',
    port,
    certificate: async () => ok({ keyPem, certificatePem: certificateText }),
  })
  await origin.start()
  cleanups.push(() => origin.stop())

  const home = join(cast.folder, 'browser-home')
  await mkdir(home)
  const browser = await startPerson(join(cast.folder, 'browser'), cast.relays, cleanups, {
    serverPorts: [port],
    home,
  })
  // The story's server is on this computer: only somebody who allows that may be sent there.
  must(
    await browser.client.call('settings.update', {
      resolver: { privateAddressOwners: [made.pubkey] },
    }),
  )
  const trust = must(await browser.client.call('trust.enable', {}))
  const root = must(await browser.client.call('trust.exportRoot', {})).pem
  script.check(
    'a browser computer turns HTTPS trust on',
    'a certificate authority of its own that can only speak for .nostr; its root key is gone already',
    trust.proxy.state === 'listening',
    trust.authority?.commonName ?? '',
  )

  const page = await fetchThrough(trust.proxy.port, domain, port, root)
  script.check(
    'the pinned server is let through',
    'an ordinary TLS client accepts it: certificate and name are right',
    page.status === 200,
    `HTTP ${page.status}, ${page.body.length} characters`,
  )

  await origin.stop()
  const forger = await startForger(domain, port)
  cleanups.push(() => forger.stop())
  const refused = await fetchThrough(trust.proxy.port, domain, port, root)
  script.check(
    'a forged certificate is refused',
    'the right name and address, but not the key that the owner signed',
    refused.status === 502 && refused.body.includes(certificate.spkiSha256.slice(0, 8)),
    `HTTP ${refused.status}: a page that explains, with both hashes`,
  )
  script.check(
    'the forger learned nothing',
    'the certificate is judged before the first byte of the request',
    forger.connections() > 0 && forger.bytes() === 0,
    `${forger.connections()} connection(s), ${forger.bytes()} bytes of the request`,
  )
  await forger.stop()
}

/** A port of 127.0.0.1 that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer()
  await listen(server, 0)
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
}

/** GET `/` as a browser sent by the PAC file does: CONNECT, then TLS that trusts `root` only. */
async function fetchThrough(
  proxyPort: number,
  domain: string,
  port: number,
  root: string,
): Promise<{ readonly status: number; readonly body: string }> {
  const socket = connectTcp(proxyPort, '127.0.0.1')
  socket.write(`CONNECT ${domain}:${port} HTTP/1.1\r\nHost: ${domain}:${port}\r\n\r\n`)
  await firstChunk(socket)
  const tls = connectTls({ socket, servername: domain, ca: root, ALPNProtocols: ['http/1.1'] })
  tls.write(`GET / HTTP/1.1\r\nHost: ${domain}\r\nConnection: close\r\n\r\n`)
  const text = await readAll(tls)
  const body = text.slice(text.indexOf('\r\n\r\n') + 4)
  return { status: Number(text.split(' ')[1] ?? 0), body }
}

function firstChunk(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    socket.once('data', resolve)
    socket.once('error', reject)
  })
}

function readAll(socket: TLSSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.once('error', reject)
    socket.once('close', () => resolve(Buffer.concat(chunks).toString('utf8')))
  })
}

/** A server with the right name and a key of its own, that counts what clients tell it. */
async function startForger(
  domain: string,
  port: number,
): Promise<{ connections(): number; bytes(): number; stop(): Promise<void> }> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const now = Math.floor(Date.now() / 1000)
  const der = buildSelfSigned(demoEnv.random, {
    names: [domain],
    key: privateKey,
    validFrom: now - 60,
    validTo: now + 3600,
  })
  let bytes = 0
  const sockets = new Set<Socket>()
  const server = createTlsServer({
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    cert: certificatePem(der),
  })
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.on('secureConnection', (socket) => {
    socket.on('data', (chunk) => (bytes += chunk.length))
    socket.on('error', () => undefined)
  })
  server.on('tlsClientError', () => undefined)
  await listen(server, port)
  return {
    connections: () => sockets.size,
    bytes: () => bytes,
    async stop() {
      for (const socket of sockets) socket.destroy()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
  }
}
