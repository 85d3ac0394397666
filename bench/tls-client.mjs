import { once } from 'node:events'
import { Agent, request } from 'node:https'
import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls, createSecureContext } from 'node:tls'

/**
 * A browser's part of the measurement, the same code for both ways. `way` is `{ port, ca }`, and with
 * `proxyPort` the connection is made by CONNECT. Making the trust settings is not measured.
 */
export function createClient(way, domain) {
  const secureContext = createSecureContext({ ca: way.ca })

  const openTcp = async () => {
    const socket = connectTcp({ host: '127.0.0.1', port: way.port, noDelay: true })
    await once(socket, 'connect')
    if (way.isProxy) {
      socket.write(`CONNECT ${domain}:443 HTTP/1.1\r\nHost: ${domain}:443\r\n\r\n`)
      const [head] = await once(socket, 'data')
      if (!head.toString('latin1').startsWith('HTTP/1.1 200'))
        throw new Error(head.toString('latin1'))
    }
    return socket
  }

  const open = async (alpn = 'http/1.1') => {
    const socket = connectTls({
      socket: await openTcp(),
      servername: domain,
      secureContext,
      ALPNProtocols: [alpn],
    })
    await once(socket, 'secureConnect')
    return socket
  }

  /** One GET over http/1.1; resolves with the octets of the body. */
  const get = (socket, path, agent) =>
    new Promise((resolve, reject) => {
      const outgoing = request({
        host: domain,
        path,
        ...(agent === undefined ? { createConnection: () => socket } : { agent }),
      })
      outgoing.on('error', reject)
      outgoing.on('response', (response) => {
        let size = 0
        response.on('error', reject)
        response.on('data', (chunk) => (size += chunk.length))
        response.on('end', () => resolve(size))
      })
      outgoing.end()
    })

  return {
    /** A new connection, one request, and its end. */
    async fresh() {
      const socket = await open()
      await get(socket, '/')
      socket.destroy()
    },
    /** A function that sends one request over a connection that stays; `end` ends it. */
    async keepAlive() {
      const socket = await open()
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      agent.createConnection = () => socket
      return { send: () => get(socket, '/', agent), end: () => socket.destroy() }
    },
    /** Downloads `bytes` over one connection; resolves with seconds. */
    async bulk(bytes, alpn) {
      const socket = await open(alpn)
      const startedMs = performance.now()
      const size = await (alpn === 'h2' ? getHttp2 : get)(socket, `/bulk/${bytes}`)
      const seconds = (performance.now() - startedMs) / 1000
      socket.destroy()
      if (size !== bytes) throw new Error(`${size} of ${bytes} bytes came`)
      return seconds
    },
  }

  async function getHttp2(socket, path) {
    const session = connectHttp2(`https://${domain}`, {
      createConnection: () => socket,
      settings: { initialWindowSize: 6 * 1024 * 1024 },
    })
    session.setLocalWindowSize?.(15 * 1024 * 1024)
    const stream = session.request({ ':path': path })
    let size = 0
    stream.on('data', (chunk) => (size += chunk.length))
    await once(stream, 'end')
    session.destroy()
    return size
  }
}
