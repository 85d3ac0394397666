import { request as sendRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { unixSeconds, type Clock } from '../../env/env.ts'
import type { Logger } from '../../env/logger.ts'
import type { PinnedName, PinPolicy } from '../pin-policy.ts'
import { type AddressDeps, usableAddresses } from '../terminator/approach.ts'
import { type Block, blockOfDecision } from '../terminator/block.ts'
import { blockHeaders, blockPage } from '../terminator/block-page.ts'
import type { Route } from '../terminator/upstream.ts'
import { type ProxyTarget, readTarget } from './connect-target.ts'
import { selfTestDomain, selfTestMark } from './self-test.ts'

export interface PlainHttpDeps extends AddressDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly pins: PinPolicy
  readonly route: Route
  /** True once any port of `name` had a pin: plain http is then never right for it. */
  wasEverPinned(name: PinnedName): boolean
}

const httpPort = 80
const httpsPort = 443
/** Time until the server begins to answer, and between parts of its answer. Milliseconds. */
const idleTimeoutMs = 60_000

/**
 * Answers `http://NAME/…` asked of the proxy: to https where the owner vouches for a certificate;
 * to the owner's public address where there is none and never was one; else a block page
 * (specs: tls-trust s.5.3 point 11).
 */
export async function servePlainHttp(
  deps: PlainHttpDeps,
  url: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const reading = parsed === undefined ? undefined : readTarget(parsed.hostname, httpPort)
  if (parsed === undefined || reading?.ok !== true || parsed.port !== '') {
    request.resume()
    response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
    response.end(
      `${reading?.ok === false ? reading.reason : 'only port 80 of .nostr names is served'}\n`,
    )
    return
  }
  const { target } = reading
  if (target.domain === selfTestDomain) {
    request.resume()
    response.writeHead(selfTestMark.status, selfTestMark.headers).end(selfTestMark.body)
    return
  }
  const abort = new AbortController()
  response.on('close', () => abort.abort())
  const decision = await deps.pins.decide(target.name, httpsPort, abort.signal)
  if (decision.kind === 'pinned' || decision.kind === 'expired') {
    request.resume()
    response.writeHead(307, {
      location: `https://${target.domain}${parsed.pathname}${parsed.search}`,
      'cache-control': 'no-store',
      'content-length': 0,
    })
    response.end()
    return
  }
  const refuse = (why: Block): void => {
    request.resume()
    response.writeHead(502, { ...blockHeaders, connection: 'close' })
    response.end(blockPage(target.domain, why, unixSeconds(deps.clock)))
  }
  const early = blockOfDecision(decision)
  // Never for a name that once had a pin, nor when it cannot be known.
  const isFree = decision.kind === 'no-certificate' && !deps.wasEverPinned(target.name)
  if (early !== undefined && !isFree) {
    refuse(early)
    return
  }
  const addresses = await usableAddresses(deps, target, abort.signal)
  if (!addresses.ok) {
    refuse(addresses.block)
    return
  }
  if (!abort.signal.aborted) {
    passOn(
      deps,
      { target, addresses: addresses.value, path: `${parsed.pathname}${parsed.search}` },
      request,
      response,
      refuse,
    )
  }
}

function passOn(
  deps: PlainHttpDeps,
  to: {
    readonly target: ProxyTarget
    readonly addresses: readonly string[]
    readonly path: string
  },
  request: IncomingMessage,
  response: ServerResponse,
  refuse: (why: Block) => void,
): void {
  const outgoing = sendRequest({
    createConnection: () => connect({ ...deps.route(to.addresses, httpPort), noDelay: true }),
    method: request.method,
    path: to.path,
    headers: { ...endToEnd(request.headers), host: to.target.domain, connection: 'close' },
    timeout: idleTimeoutMs,
  })
  response.on('close', () => outgoing.destroy())
  outgoing.on('timeout', () => outgoing.destroy(new Error('it did not answer')))
  outgoing.on('error', (error) => {
    if (response.headersSent) response.destroy()
    else refuse({ kind: 'unreachable', reason: error.message })
  })
  outgoing.on('response', (incoming) => {
    response.writeHead(incoming.statusCode ?? 502, endToEnd(incoming.headers))
    incoming.on('error', () => response.destroy())
    incoming.pipe(response)
  })
  request.pipe(outgoing)
}

/** RFC 9110 s.7.6.1: these fields, and those `Connection` names, concern one connection only. */
const hopByHop: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').toLowerCase().split(/\s*,\s*/)
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !hopByHop.includes(name) && !named.includes(name)),
  )
}
