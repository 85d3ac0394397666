import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import type { Socket } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import type { Env, Unsubscribe } from '../../env/env.ts'
import { AppError, type Result } from '../../env/errors.ts'
import type { Health } from '../../env/health.ts'
import type { Service } from '../../env/service.ts'
import { demoPage, type OriginProfile } from './demo-page.ts'
import type { OriginCertificate } from './origin-certificates.ts'

export interface DemoOriginDeps {
  readonly profile: OriginProfile
  /** Name on the page. */
  readonly domain: string
  /** Address to listen on. */
  readonly address: string
  /** 0 takes any free port. */
  readonly port: number
  /**
   * The certificate to serve now: called at the start and once a day, so that certificates with a
   * short life are followed. See `makeAltCertificate` and `makeStapledCertificate`.
   */
  readonly certificate: () => Promise<Result<OriginCertificate>>
  readonly health?: Health
}

/** A small HTTPS server (HTTP/1.1 and HTTP/2) to show and to test pinned certificates with. */
export interface DemoOrigin extends Service {
  port(): number
  /** The certificate served now, as PEM. */
  certificatePem(): string
  /** Asks for the certificate again, and serves it from the next connection on. */
  reload(): Promise<Result<void>>
}

const renewEveryMs = 86_400_000
const idleTimeoutMs = 30_000

/**
 * Starts with an AppError: what `certificate` fails with, `origin.port-in-use` or
 * `origin.listen-failed`.
 */
export function createDemoOrigin(env: Env, deps: DemoOriginDeps): DemoOrigin {
  const { profile, address, health } = deps
  const log = env.log.child('origin')
  const sockets = new Set<Socket>()
  let server: Http2SecureServer | undefined
  let served: OriginCertificate | undefined
  let cancelRenewal: Unsubscribe | undefined
  let requests = 0

  const answer = (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    requests += 1
    const isKnown = request.url === '/' || request.url === '/health'
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const [status, type, body] = !isRead
      ? [405, 'text/plain', 'only GET and HEAD\n']
      : !isKnown
        ? [404, 'text/plain', 'not here\n']
        : request.url === '/'
          ? [200, 'text/html', demoPage(deps.domain, profile)]
          : [200, 'application/json', JSON.stringify({ ok: true, profile, requests })]
    response.writeHead(status, {
      'content-type': `${type}; charset=utf-8`,
      'content-length': Buffer.byteLength(body),
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      ...(status === 405 && { allow: 'GET, HEAD' }),
    })
    response.end(request.method === 'HEAD' ? '' : body)
  }

  const load = async (): Promise<Result<void>> => {
    const loaded = await deps.certificate()
    if (!loaded.ok) return loaded
    served = loaded.value
    server?.setSecureContext(tlsOptions(profile, served))
    return { ok: true, value: undefined }
  }

  const renewLater = (): void => {
    cancelRenewal = env.clock.schedule(renewEveryMs, () => {
      renewLater()
      void load().then((renewed) => {
        if (renewed.ok) health?.clear('origin.certificate')
        else health?.raise('origin.certificate', 'warning', renewed.error)
      })
    })
  }

  return {
    async start() {
      if (server !== undefined) return
      const loaded = await load()
      if (!loaded.ok || served === undefined) {
        throw new AppError(
          loaded.ok ? { code: 'internal', message: 'no certificate' } : loaded.error,
        )
      }
      const created = createSecureServer(
        { allowHTTP1: true, ...tlsOptions(profile, served) },
        answer,
      )
      created.on('connection', (socket: Socket) => {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
      })
      created.setTimeout(idleTimeoutMs)
      // A client that breaks off or speaks no TLS is its own affair.
      created.on('tlsClientError', (error) => log.debug('handshake failed', { reason: error }))
      created.on('sessionError', (error) => log.debug('connection failed', { reason: error }))
      await listen(created, address, deps.port)
      created.on('error', (error) => log.error('server failed', { reason: error }))
      server = created
      renewLater()
    },
    async stop() {
      cancelRenewal?.()
      const closing = server
      server = undefined
      if (closing === undefined) return
      const closed = new Promise((resolve) => closing.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
    port() {
      const bound = server?.address()
      return typeof bound === 'object' && bound !== null ? bound.port : deps.port
    },
    certificatePem: () => served?.certificatePem ?? '',
    reload: load,
  }
}

function tlsOptions(profile: OriginProfile, served: OriginCertificate): SecureContextOptions {
  const common = { cert: served.certificatePem, key: served.keyPem, minVersion: 'TLSv1.2' } as const
  // TLS 1.3 has no signature scheme for secp256k1.
  return profile === 'alt'
    ? { ...common, maxVersion: 'TLSv1.2', ecdhCurve: 'X25519:P-256:secp256k1' }
    : common
}

function listen(server: Http2SecureServer, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new AppError({
              code: 'origin.port-in-use',
              message: `Port ${port} on ${address} is already in use.`,
              hint: 'Choose another one with --port.',
            })
          : new AppError({
              code: 'origin.listen-failed',
              message: `Cannot listen on ${address} port ${port}: ${error.message}.`,
            }),
      )
    })
    server.listen(port, address, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
}
