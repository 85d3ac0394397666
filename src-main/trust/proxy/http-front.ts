import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
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
  return (request, response) => {
    response.on('error', () => undefined)
    answer(deps, request, response).catch((error: unknown) => {
      deps.log.error('a request failed', { error })
      response.destroy()
    })
  }
}

async function answer(
  deps: HttpFrontDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!(await deps.isAllowed(request.socket))) {
    request.socket.destroy()
    return
  }
  const url = request.url ?? ''
  if (/^http:\/\//i.test(url)) {
    await servePlainHttp(deps, url, request, response)
    return
  }
  const page = isOwnHost(request.headers.host, deps.port())
    ? ownPage(request.method ?? '', url, deps.port())
    : plain(421, 'this name is not served here')
  request.resume()
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
