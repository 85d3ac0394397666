import { request } from 'node:https'
import { type Result, fail, ok } from '../../env/errors.ts'
import { type Lookup, publicLookup } from '../../relays/public-lookup.ts'

export interface HttpsReply {
  readonly status: number
  readonly body: string
}

/** One GET over HTTPS, no redirects followed. Failures are `nip05.*` Problems. */
export type HttpsGet = (url: URL, signal: AbortSignal) => Promise<Result<HttpsReply>>

export interface HttpsGetOptions {
  /** Octets after which a body is refused. */
  readonly maxBytes: number
  /** By default the operating system's resolver, public addresses only. */
  readonly lookup?: Lookup
  /** PEM of the only authority believed; by default Node's. */
  readonly ca?: string
}

/**
 * An HttpsGet over node:https. The domain comes from a name somebody made up, so it connects to
 * public addresses only: a query must not reach services of the local network.
 */
export function createHttpsGet(options: HttpsGetOptions): HttpsGet {
  const lookup = options.lookup ?? publicLookup()
  return (url, signal) =>
    new Promise((done) => {
      // An address in the URL would never pass through `lookup`.
      if (url.protocol !== 'https:' || !/[a-z]$/iu.test(url.hostname)) {
        return done(fail('nip05.not-https', 'only HTTPS to a named host is used'))
      }
      const outgoing = request(
        url,
        {
          agent: false,
          signal,
          lookup,
          headers: { accept: 'application/json' },
          ...(options.ca !== undefined && { ca: options.ca }),
        },
        (response) => {
          const chunks: Buffer[] = []
          let length = 0
          response.on('data', (chunk: Buffer) => {
            length += chunk.length
            chunks.push(chunk)
            if (length <= options.maxBytes) return
            done(fail('nip05.too-large', `its answer is larger than ${options.maxBytes} octets`))
            outgoing.destroy()
          })
          response.on('end', () => {
            done(ok({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
          })
          response.on('error', (error) => done(fail('nip05.unreachable', error.message)))
        },
      )
      outgoing.on('error', (error) => done(fail('nip05.unreachable', error.message)))
      outgoing.end()
    })
}
