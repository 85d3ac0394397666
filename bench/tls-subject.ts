/**
 * One side of the TLS measurements: `node tls-subject.js <json>`. As `origin` it serves `/` and
 * `/bulk/<bytes>` with a certificate of its own; as `proxy` it is the terminator, told to trust that
 * certificate and to reach that origin. Prints one JSON line when it is ready.
 */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createSecureServer } from 'node:http2'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ok } from '../src-main/env/errors.ts'
import { createHealth } from '../src-main/env/health.ts'
import { createLogger } from '../src-main/env/logger.ts'
import { systemClock, systemRandom } from '../src-main/env/system-env.ts'
import { createLocalAuthority } from '../src-main/trust/authority/local-authority-service.ts'
import type { PinDecision } from '../src-main/trust/pin-policy.ts'
import { createTerminator } from '../src-main/trust/terminator/terminator-service.ts'
import { buildSelfSigned } from '../src-main/trust/x509/build-certificate.ts'
import { describeServed } from '../src-main/trust/x509/fingerprints.ts'

interface OriginOptions {
  readonly role: 'origin'
  readonly domain: string
  readonly isHttp2: boolean
}

interface ProxyOptions {
  readonly role: 'proxy'
  readonly originPort: number
  /** DER, base64. */
  readonly certificate: string
}

const options = JSON.parse(process.argv[2] ?? '{}') as OriginOptions | ProxyOptions
const ready = (facts: object): void => void process.stdout.write(`${JSON.stringify(facts)}\n`)

if (options.role === 'origin') startOrigin(options)
else await startProxy(options)

function startOrigin({ domain, isHttp2 }: OriginOptions): void {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const now = Math.floor(Date.now() / 1000)
  const der = buildSelfSigned(systemRandom, {
    names: [domain],
    key,
    validFrom: now - 3600,
    validTo: now + 86_400,
  })
  const cert = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`
  const tls = { key: key.export({ type: 'pkcs8', format: 'pem' }).toString(), cert }
  const block = Buffer.alloc(64 * 1024, 'x')
  const answer = (url: string, response: ServerResponse): void => {
    const bulk = /^\/bulk\/(\d+)$/.exec(url)
    let left = bulk === null ? 0 : Number(bulk[1])
    if (left === 0) {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 2 })
      response.end('ok')
      return
    }
    response.writeHead(200, { 'content-length': left })
    const push = (): void => {
      while (left > 0) {
        const chunk = left >= block.length ? block : block.subarray(0, left)
        left -= chunk.length
        if (!response.write(chunk)) {
          response.once('drain', push)
          return
        }
      }
      response.end()
    }
    push()
  }
  const server = isHttp2
    ? createSecureServer({ ...tls, allowHTTP1: true }, (request, response) =>
        answer(request.url, response as unknown as ServerResponse),
      )
    : createServer(tls, (request: IncomingMessage, response) =>
        answer(request.url ?? '/', response),
      )
  server.listen(0, '127.0.0.1', () =>
    ready({ port: (server.address() as AddressInfo).port, cert, der: der.toString('base64') }),
  )
  process.on('SIGTERM', () => process.exit(0))
}

async function startProxy({ originPort, certificate }: ProxyOptions): Promise<void> {
  const env = {
    clock: systemClock,
    random: systemRandom,
    log: createLogger(
      (record) => process.stderr.write(`${JSON.stringify(record)}\n`),
      'warn',
      () => Date.now(),
    ),
  }
  const directory = mkdtempSync(join(tmpdir(), 'nostr-dns-bench-'))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  const authority = createLocalAuthority(env, { path: join(directory, 'authority.json') })
  await authority.start()
  const made = await authority.create('bench')
  if (!made.ok) throw new Error(made.error.message)
  const decision: PinDecision = {
    kind: 'pinned',
    isFromCache: false,
    validUntil: Math.floor(Date.now() / 1000) + 30 * 86_400,
    pins: [
      {
        kind: 'spki',
        value: describeServed(Buffer.from(certificate, 'base64')).spkiSha256,
        strength: 'pin',
        format: 'canonical',
        eventId: 'e'.repeat(64),
        signedAt: 1,
        validUntil: Math.floor(Date.now() / 1000) + 30 * 86_400,
      },
    ],
  }
  const terminator = createTerminator(env, {
    authority,
    health: createHealth(() => Date.now()),
    port: 0,
    pins: {
      start: () => Promise.resolve(),
      stop: () => Promise.resolve(),
      decide: () => Promise.resolve(decision),
      lastDecision: () => decision,
      onChange: () => () => undefined,
    },
    resolve: () => Promise.resolve(ok(['203.0.113.1'])),
    allowsPrivate: () => false,
    wasEverPinned: () => true,
    route: () => ({ host: '127.0.0.1', port: originPort }),
  })
  await terminator.start()
  ready({ port: terminator.status().port, rootPem: made.value.rootPem })
  process.on('SIGTERM', () => {
    void terminator
      .stop()
      .then(() => authority.stop())
      .then(() => process.exit(0))
  })
}
