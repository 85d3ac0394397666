import { createServer } from 'node:http'
import { performServerHandshake } from 'node:http2'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { unixSeconds, type Clock } from '../../env/env.ts'
import type { LocalAuthority } from '../local-authority.ts'
import { acceptBrowser } from './browser-side.ts'
import type { Block } from './block.ts'
import { blockHeaders, blockPage } from './block-page.ts'
import type { ClientHello } from './client-hello.ts'

/** A client that is to see a block page. */
export interface BlockedClient {
  readonly raw: Socket
  readonly hello: ClientHello
  /** Set when our side of its handshake was begun already. */
  readonly accepted?: TLSSocket
}

export interface BlockServer {
  /** Finishes the client's handshake with our own certificate and answers with the block page. */
  show(client: BlockedClient, domain: string, block: Block): void
  close(): void
}

/** Validity of the certificate under a block page: as long as others, so that one is kept for both. Seconds. */
const leafLife = 48 * 3600
/** Time to ask for the page, which a browser may put off on a spare connection. Milliseconds. */
const requestTimeoutMs = 30_000

export function createBlockServer(clock: Clock, authority: LocalAuthority): BlockServer {
  const pages = new WeakMap<Socket, string>()
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(502, { ...blockHeaders, connection: 'close' })
    response.end(pages.get(request.socket) ?? '')
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  const accept = (
    { raw, hello, accepted }: BlockedClient,
    domain: string,
    now: number,
  ): TLSSocket | undefined => {
    if (accepted !== undefined) return accepted
    const context = authority.contextFor(domain, now + leafLife)
    if (!context.ok) return undefined
    return acceptBrowser(raw, context.value, hello.alpn.length > 0 ? ['http/1.1'] : [], clock)
  }
  return {
    show(client, domain, block) {
      const now = unixSeconds(clock)
      const socket = accept(client, domain, now)
      if (socket === undefined) {
        client.raw.destroy()
        return
      }
      const page = blockPage(domain, block, now)
      socket.setTimeout(requestTimeoutMs, () => socket.destroy())
      const answer = (): void => {
        if (socket.alpnProtocol === 'h2') answerHttp2(socket, page)
        else {
          pages.set(socket, page)
          server.emit('connection', socket)
        }
      }
      // Until the handshake is done there is no telling what is spoken.
      if (socket.alpnProtocol === null) socket.once('secure', answer)
      else answer()
    },
    close: () => void server.close(),
  }
}

/** Answers the first request and closes the session, so that the next try is judged again. */
function answerHttp2(socket: TLSSocket, page: string): void {
  const session = performServerHandshake(socket)
  session.on('error', () => undefined)
  session.on('stream', (stream) => {
    stream.on('error', () => undefined)
    stream.respond({ ':status': 502, ...blockHeaders })
    stream.end(page)
    session.close()
  })
}
