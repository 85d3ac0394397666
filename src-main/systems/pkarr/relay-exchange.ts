import type { Env } from '../../env/env.ts'
import type { CarrierQuery, PkarrKey } from './carrier.ts'

/** `fetch` of Node and Electron, or a stand-in for tests. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface RelayRequest {
  readonly method: 'GET' | 'PUT'
  readonly key: PkarrKey
  readonly policy?: CarrierQuery['policy']
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

export type RelayReply =
  | {
      readonly kind: 'reply'
      readonly status: number
      readonly headers: Headers
      /** At most `replyLimit` bytes; of a refusal only so many, however long its page is. */
      readonly body: Uint8Array
      readonly elapsedMs: number
    }
  | { readonly kind: 'failed'; readonly problem: string; readonly isCancelled: boolean }

/** A packet with its key in front, which no relay may send more than. */
const replyLimit = 1104
/** Deployed relays know these since generation 7; older ones ignore the query. */
const policyNames = {
  'cache-only': 'CacheOnly',
  'cache-first': undefined,
  'network-only': 'NetworkOnly',
} as const

/** One HTTP exchange with the relay at `base`. Redirects are not followed. Never rejects. */
export async function askRelay(
  env: Env,
  fetch: Fetch,
  base: string,
  request: RelayRequest,
): Promise<RelayReply> {
  const { method, headers, body, signal, timeoutMs } = request
  // `fetch` refuses them too, but repeats them in its error.
  if (hasCredentials(base)) {
    const problem = 'has a name or password in its URL, which no relay takes'
    return { kind: 'failed', problem, isCancelled: false }
  }
  const startedMs = env.clock.nowMs()
  // Not AbortSignal.any: in Node 20 it keeps what it made alive for as long as its sources live.
  const ending = new AbortController()
  const cancel = (): void => ending.abort()
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  let isLate = false
  const stopTimer = env.clock.schedule(timeoutMs, () => {
    isLate = true
    ending.abort()
  })
  try {
    const response = await fetch(addressOf(base, request), {
      method,
      redirect: 'manual',
      signal: ending.signal,
      ...(headers !== undefined && { headers }),
      ...(body !== undefined && { body: Uint8Array.from(body) }),
    })
    const { body: read, isWhole } = await readBody(response)
    if (response.ok && !isWhole) {
      const problem = `sent more than the ${replyLimit} bytes a packet can have`
      return { kind: 'failed', problem, isCancelled: false }
    }
    const elapsedMs = env.clock.nowMs() - startedMs
    return {
      kind: 'reply',
      status: response.status,
      headers: response.headers,
      body: read,
      elapsedMs,
    }
  } catch (error) {
    if (isLate) {
      const problem = `did not answer within ${timeoutMs / 1000} s`
      return { kind: 'failed', problem, isCancelled: false }
    }
    if (signal.aborted) return { kind: 'failed', problem: 'was not waited for', isCancelled: true }
    return { kind: 'failed', problem: `cannot be reached: ${reasonOf(error)}`, isCancelled: false }
  } finally {
    stopTimer()
    signal.removeEventListener('abort', cancel)
  }
}

function hasCredentials(base: string): boolean {
  if (!URL.canParse(base)) return false
  const { username, password } = new URL(base)
  return username !== '' || password !== ''
}

/** The base may have a path of its own; the key is one segment behind it. */
function addressOf(base: string, { key, policy = 'cache-first' }: RelayRequest): string {
  const url = new URL(base)
  url.pathname = `${url.pathname.replace(/\/+$/u, '')}/${key}`
  url.hash = ''
  const name = policyNames[policy]
  if (name !== undefined) url.searchParams.set('policy', name)
  return url.href
}

/** The beginning of the body; reading stops there, however much is offered. */
async function readBody(
  response: Response,
): Promise<{ readonly body: Uint8Array; readonly isWhole: boolean }> {
  if (response.body === null) return { body: new Uint8Array(), isWhole: true }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body) {
    chunks.push(chunk)
    length += chunk.length
    // Leaving the loop cancels the stream and with it the connection.
    if (length > replyLimit) break
  }
  const body = Buffer.concat(chunks)
  return { body: body.subarray(0, replyLimit), isWhole: body.length <= replyLimit }
}

/** `fetch` hides the reason of a failed connection in `cause`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
}
