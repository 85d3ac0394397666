import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { OwnAnswer } from '../terminator/own-answers.ts'
import { readTarget } from './connect-target.ts'
import { ownPage, plain } from './own-pages.ts'
import { servePlainHttp, type PlainHttpDeps } from './plain-http.ts'

export interface HttpFrontDeps extends PlainHttpDeps {
  /** Whether the program at the other end may use this proxy. */
  isAllowed(peer: Socket): Promise<boolean>
  /** The port that is listened on. */
  port(): number
}

/**
 * Answers what is no CONNECT: our own pages, when they are asked for by our own address, and
 * `http://` addresses that a browser sends to its proxy. Everything else is misdirected (RFC 9110
 * s.15.5.20): a page that maps its own name to this computer must learn nothing here.
 */
export function createHttpFront(deps: HttpFrontDeps): RequestListener {
  return guarded(deps, (request, response) => answer(deps, request, response))
}

/**
 * Answers plain http that came here because DNS led its name here: as the proxy would, which sends
 * names with pins to https. Who asks for any other name is misdirected.
 */
export function createTransparentHttp(deps: Omit<HttpFrontDeps, 'port'>): RequestListener {
  return guarded(deps, async (request, response) => {
    const host = (request.headers.host ?? '').replace(/:80$/u, '')
    const path = request.url ?? ''
    if (readTarget(host, 80).ok && path.startsWith('/')) {
      await servePlainHttp(deps, `http://${host}${path}`, request, response)
      return
    }
    request.resume()
    give(response, plain(421, 'this name is not served here'))
  })
}

/** Answers programs that may use this proxy; cuts others off. */
function guarded(
  { log, isAllowed }: Pick<HttpFrontDeps, 'log' | 'isAllowed'>,
  respond: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): RequestListener {
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (await isAllowed(request.socket)) await respond(request, response)
    else request.socket.destroy()
  }
  return (request, response) => {
    response.on('error', () => undefined)
    serve(request, response).catch((error: unknown) => {
      log.error('a request failed', { error })
      response.destroy()
    })
  }
}

async function answer(
  deps: HttpFrontDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = request.url ?? ''
  if (/^http:\/\//i.test(url)) {
    await servePlainHttp(deps, url, request, response)
    return
  }
  const page = isOwnHost(request.headers.host, deps.port())
    ? ownPage(request.method ?? '', url, deps.port())
    : plain(421, 'this name is not served here')
  request.resume()
  give(response, page)
}

function give(response: ServerResponse, page: OwnAnswer): void {
  response.writeHead(page.status, {
    'content-length': Buffer.byteLength(page.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    ...page.headers,
  })
  response.end(page.body)
}

/** Guards against DNS rebinding: a page that maps its own name to 127.0.0.1 sends that name. */
function isOwnHost(host: string | undefined, port: number): boolean {
  return host === `127.0.0.1:${port}` || host?.toLowerCase() === `localhost:${port}`
}
