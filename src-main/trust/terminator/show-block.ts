import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../../env/env.ts'
import { unixSeconds } from '../../env/env.ts'
import type { LocalAuthority } from '../local-authority.ts'
import { acceptBrowser } from './browser-side.ts'
import type { Block } from './block.ts'
import { blockHeaders, blockPage } from './block-page.ts'
import type { ClientHello } from './client-hello.ts'

export interface BlockServer {
  /** Finishes the client's handshake with our own certificate and answers with the block page. */
  show(raw: Socket, domain: string, hello: ClientHello, block: Block): void
  close(): void
}

/** Validity of the certificate under a block page: as long as others, so that one is kept for both. Seconds. */
const leafLife = 48 * 3600
/** Time to ask for the page, which a browser may put off on a spare connection. Milliseconds. */
const requestTimeoutMs = 30_000

export function createBlockServer(clock: Clock, authority: LocalAuthority): BlockServer {
  const pages = new WeakMap<Socket, string>()
  const server: Server = createServer(
    { headersTimeout: requestTimeoutMs, requestTimeout: 0 },
    (request, response) => {
      request.resume()
      response.writeHead(502, blockHeaders).end(pages.get(request.socket) ?? '')
    },
  )
  server.on('clientError', (_error, socket) => socket.destroy())
  return {
    show(raw, domain, hello, block) {
      const now = unixSeconds(clock)
      const context = authority.contextFor(domain, now + leafLife)
      if (!context.ok) {
        raw.destroy()
        return
      }
      // HTTP/2 is not worth it here; a client that insists on it sees the handshake fail.
      const alpn = hello.alpn.length > 0 ? ['http/1.1'] : []
      const socket = acceptBrowser(raw, context.value, alpn, clock)
      pages.set(socket, blockPage(domain, block, now))
      socket.setTimeout(requestTimeoutMs, () => socket.destroy())
      server.emit('connection', socket)
    },
    close: () => void server.close(),
  }
}
