import { createServer } from 'node:http'
import { performServerHandshake } from 'node:http2'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { unixSeconds, type Clock } from '../../env/env.ts'
import type { LocalAuthority } from '../local-authority.ts'
import { acceptBrowser } from './browser-side.ts'
import type { ClientHello } from './client-hello.ts'

/** A client whose ClientHello was read and put back. */
export interface GreetedClient {
  readonly raw: Socket
  readonly hello: ClientHello
  /** Set when our side of its handshake was begun already. */
  readonly accepted?: TLSSocket
}

export interface OwnAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Answers inside TLS that come from this program and from no server. */
export interface OwnAnswers {
  /** Finishes the client's handshake as `domain` and answers its first request. */
  give(client: GreetedClient, domain: string, answer: OwnAnswer): void
  close(): void
}

/** As long as the certificates of passing connections, so that one is kept for both. Seconds. */
const leafLife = 48 * 3600
/** Time to send a request, which a browser may put off on a spare connection. Milliseconds. */
const requestTimeoutMs = 30_000

export function createOwnAnswers(clock: Clock, authority: LocalAuthority): OwnAnswers {
  const answers = new WeakMap<Socket, OwnAnswer>()
  const server = createServer((request, response) => {
    request.resume()
    const answer = answers.get(request.socket)
    response.writeHead(answer?.status ?? 500, { ...answer?.headers, connection: 'close' })
    response.end(answer?.body)
  })
  server.on('clientError', (_error, socket) => socket.destroy())

  const accept = (
    { raw, hello, accepted }: GreetedClient,
    domain: string,
  ): TLSSocket | undefined => {
    if (accepted !== undefined) return accepted
    const context = authority.contextFor(domain, unixSeconds(clock) + leafLife)
    if (!context.ok) return undefined
    return acceptBrowser(raw, context.value, hello.alpn.length > 0 ? ['http/1.1'] : [], clock)
  }
  return {
    give(client, domain, answer) {
      const socket = accept(client, domain)
      if (socket === undefined) {
        client.raw.destroy()
        return
      }
      socket.setTimeout(requestTimeoutMs, () => socket.destroy())
      const speak = (): void => {
        if (socket.alpnProtocol === 'h2') answerHttp2(socket, answer)
        else {
          answers.set(socket, answer)
          server.emit('connection', socket)
        }
      }
      // Until the handshake is done there is no telling what is spoken.
      if (socket.alpnProtocol === null) socket.once('secure', speak)
      else speak()
    },
    close: () => void server.close(),
  }
}

/** Answers the first request and closes the session, so that the next try is judged again. */
function answerHttp2(socket: TLSSocket, { status, headers, body }: OwnAnswer): void {
  const session = performServerHandshake(socket)
  session.on('error', () => undefined)
  session.on('stream', (stream) => {
    stream.on('error', () => undefined)
    stream.respond({ ':status': status, ...headers })
    stream.end(body)
    session.close()
  })
}
