import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { isIPv6 } from 'node:net'
import type { Logger } from '../../env/logger.ts'
import { headerLength, streamLimit } from '../packet-layout.ts'
import type { OpenListener, QueryHandler } from './transport.ts'
import { isLoopbackAddress } from './transport.ts'

const mediaType = 'application/dns-message'
const path = '/dns-query'
const maxConnections = 256
const requestTimeoutMs = 10_000
/** Room for a 65,535-octet message in a URL, base64url. */
const maxHeaderSize = 96 * 1024
const base64url = /^[A-Za-z0-9_-]*$/

/**
 * Serves DNS over HTTP/1.1 (RFC 8484, GET and POST) on loopback. No CORS header is sent and the Host
 * must be a loopback one: web pages can neither read answers nor reach this by rebinding a name.
 * Rejects with the bind error.
 */
export function openDoh(
  handler: QueryHandler,
  address: string,
  port: number,
  log: Logger,
): Promise<OpenListener> {
  const scratch = new Uint8Array(streamLimit)
  const server = createServer(
    {
      maxHeaderSize,
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: 2000,
    },
    (request, response) => {
      response.on('error', () => undefined)
      if (!isLoopbackAddress(request.socket.remoteAddress ?? '')) request.socket.destroy()
      else serve(request, response, handler, scratch)
    },
  )
  server.maxConnections = maxConnections
  server.keepAliveTimeout = 30_000
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: address, port, ipv6Only: isIPv6(address), exclusive: true }, () => {
      server.off('error', reject)
      server.on('error', (error) => log.warn('DoH listener error', { address, error }))
      const bound = server.address()
      let closing: Promise<void> | undefined
      resolve({
        address,
        port: typeof bound === 'object' && bound !== null ? bound.port : port,
        close() {
          closing ??= new Promise((done) => {
            server.close(() => done())
            server.closeAllConnections()
          })
          return closing
        },
      })
    })
  })
}

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  handler: QueryHandler,
  scratch: Uint8Array,
): void {
  if (!isLoopbackHost(request.headers.host)) {
    refuse(response, 421, 'only loopback host names are served')
    return
  }
  const url = request.url ?? '/'
  const mark = url.indexOf('?')
  if ((mark < 0 ? url : url.slice(0, mark)) !== path) {
    refuse(response, 404, `DNS queries go to ${path}`)
    return
  }
  if (request.method === 'GET') {
    const query = decodeQuery(url, mark)
    if (typeof query === 'string') refuse(response, 400, query)
    else answer(query, response, handler, scratch)
  } else if (request.method === 'POST') {
    receiveBody(request, response, (query) => answer(query, response, handler, scratch))
  } else {
    response.setHeader('allow', 'GET, POST')
    refuse(response, 405, 'use GET or POST')
  }
}

/** Guards against DNS rebinding: a page that maps its own name to 127.0.0.1 sends that name. */
function isLoopbackHost(host: string | undefined): boolean {
  if (host === undefined) return false
  const name = host.replace(/:\d*$/, '').toLowerCase()
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '[::1]' ||
    isLoopbackAddress(name)
  )
}

/** The message in `?dns=`, or what is wrong with it. */
function decodeQuery(url: string, mark: number): Buffer | string {
  const text = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)).get('dns')
  if (text === null || text === '') return 'the dns parameter is missing'
  // RFC 8484 s.6: base64url without padding; one octet left over is not base64.
  if (!base64url.test(text) || text.length % 4 === 1) return 'the dns parameter is not base64url'
  return Buffer.from(text, 'base64url')
}

function receiveBody(
  request: IncomingMessage,
  response: ServerResponse,
  done: (body: Buffer) => void,
): void {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  if (type !== mediaType) {
    refuse(response, 415, `the content type must be ${mediaType}`)
    return
  }
  const chunks: Buffer[] = []
  let size = 0
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= streamLimit) chunks.push(chunk)
    else if (!response.headersSent) refuse(response, 413, 'a DNS message has 65,535 octets at most')
  })
  request.on('end', () => {
    if (size <= streamLimit) done(Buffer.concat(chunks, size))
  })
  request.on('error', () => undefined)
}

function answer(
  query: Buffer,
  response: ServerResponse,
  handler: QueryHandler,
  scratch: Uint8Array,
): void {
  if (query.length > streamLimit) {
    refuse(response, 413, 'a DNS message has 65,535 octets at most')
    return
  }
  let isLate = false
  const capture = () => {
    isLate = true
    return (bytes: Uint8Array, length: number, maxAge: number): void =>
      send(response, bytes, length, maxAge)
  }
  const length =
    query.length < headerLength
      ? 0
      : handler.handle(query, query.length, scratch, 'stream', 'doh', capture)
  if (length > 0) send(response, scratch, length, handler.maxAge())
  else if (!isLate) refuse(response, 400, 'not a DNS query', true)
}

function send(response: ServerResponse, bytes: Uint8Array, length: number, maxAge: number): void {
  if (response.writableEnded || response.destroyed) return
  response.writeHead(200, {
    'content-type': mediaType,
    'content-length': length,
    // RFC 8484 s.5.1: no longer than the smallest TTL.
    'cache-control': `max-age=${maxAge}`,
  })
  response.end(Buffer.from(bytes.subarray(0, length)))
}

function refuse(
  response: ServerResponse,
  status: number,
  reason: string,
  isRequestRead = false,
): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    // A connection with a body left to read must not be used again.
    ...(!isRequestRead && { connection: 'close' }),
  })
  response.end(`${reason}\n`)
}
