import { once } from 'node:events'
import { request } from 'node:http'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'

export interface TestResponse {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
}

/** Sends `CONNECT target` and resolves with the socket and the status of the answer. */
export async function openTunnel(
  port: number,
  target: string,
): Promise<{ readonly status: number; readonly socket: Socket }> {
  const socket = connectTcp({ host: '127.0.0.1', port, noDelay: true })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`)
  const [head] = (await once(socket, 'data')) as [Buffer]
  return { status: Number(head.toString('latin1').split(' ')[1]), socket }
}

/** A TLS connection to `domain` through the proxy, trusting only `ca`. */
export async function openSecure(
  port: number,
  domain: string,
  ca: string,
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  const { socket, status } = await openTunnel(port, `${domain}:443`)
  if (status !== 200) throw new Error(`the proxy answered ${status}`)
  const secure = connectTls({ socket, servername: domain, ca, ...options })
  await once(secure, 'secureConnect')
  return secure
}

/** One GET over http/1.1 through the proxy. */
export async function get(
  port: number,
  domain: string,
  ca: string,
  path = '/',
  options: ConnectionOptions = {},
): Promise<TestResponse> {
  const socket = await openSecure(port, domain, ca, { ALPNProtocols: ['http/1.1'], ...options })
  return send(socket, domain, path)
}

/** Resolves when `socket` is closed, be it by a reset. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('error', () => undefined)
    if (socket.destroyed) resolve()
    else socket.once('close', () => resolve())
  })
}

/** One GET over `socket`. */
export function send(socket: Socket, host: string, path = '/'): Promise<TestResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ createConnection: () => socket, path, headers: { host } })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    outgoing.end()
  })
}
