import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SignedPacket } from '../carrier.ts'
import { fromRelayBody, isNewer, toRelayBody } from '../signed-packet.ts'

/** Which API the relay speaks (specs s.4). */
export type Generation = '3.7' | '6.x' | '7.x'

/** An answer given instead of the relay's own. */
export interface ScriptedAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
}

export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: Uint8Array
}

export interface MockRelay {
  readonly url: string
  generation: Generation
  readonly packets: Map<string, SignedPacket>
  readonly requests: SeenRequest[]
  /** The next answers, one for each request, before the relay answers for itself again. */
  readonly script: ScriptedAnswer[]
  /** While set, requests of generation 6 and below conflict with another publication of the key. */
  publicationUnderWay: boolean
  /** When generation 7 says it last had its packets from the DHT. Unix milliseconds. */
  mementoMs: number | undefined
  /** Highest sequence numbers of items that are no packets. */
  readonly invalidSeqs: Map<string, bigint>
  /** While true, requests are taken and not answered. */
  isSilent: boolean
  stop(): Promise<void>
}

const pathPrefix = '/relay'

/** A relay on loopback, at a base URL with a path, that keeps what it is given in memory. */
export async function startMockRelay(generation: Generation = '7.x'): Promise<MockRelay> {
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const relay: MockRelay = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathPrefix}`,
    generation,
    packets: new Map(),
    requests: [],
    script: [],
    publicationUnderWay: false,
    mementoMs: undefined,
    invalidSeqs: new Map(),
    isSilent: false,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const { pathname, searchParams } = new URL(request.url ?? '/', relay.url)
    const { method = 'GET', headers } = request
    relay.requests.push({ method, path: pathname, query: searchParams, headers, body })
    if (relay.isSilent) return
    const answer = relay.script.shift() ?? answerTo(pathname, method, headers, body)
    response.writeHead(answer.status, answer.headers)
    response.end(answer.body)
  }

  function answerTo(
    path: string,
    method: string,
    headers: IncomingMessage['headers'],
    body: Uint8Array,
  ): ScriptedAnswer {
    const key = path.startsWith(`${pathPrefix}/`) ? path.slice(pathPrefix.length + 1) : ''
    const held = relay.packets.get(key)
    if (method === 'GET') return get(key, held, headers)
    const opened = fromRelayBody(key, body)
    if (!opened.ok) return { status: 400, body: opened.error.message }
    return put(opened.value, held, headers)
  }

  function get(
    key: string,
    held: SignedPacket | undefined,
    headers: IncomingMessage['headers'],
  ): ScriptedAnswer {
    if (held === undefined) {
      const seq = relay.invalidSeqs.get(key)
      return seq === undefined || relay.generation !== '7.x'
        ? { status: 404, body: 'not found' }
        : { status: 404, headers: { 'pkarr-invalid-signed-packet-seq': String(seq) } }
    }
    const since = Date.parse(headers['if-modified-since'] ?? '')
    const heldMs = Number(held.timestampUs / 1000n)
    if (heldMs <= since) return { status: 304 }
    const common = {
      'content-type': 'application/pkarr.org/relays#payload',
      'last-modified': new Date(heldMs).toUTCString(),
    }
    if (relay.generation !== '7.x') {
      const isTrapped = !Number.isNaN(since)
      return { status: 200, headers: common, body: isTrapped ? '' : toRelayBody(held) }
    }
    const memento = relay.mementoMs
    return {
      status: 200,
      headers: {
        ...common,
        ...(memento !== undefined && { 'memento-datetime': new Date(memento).toUTCString() }),
      },
      body: toRelayBody(held),
    }
  }

  function put(
    packet: SignedPacket,
    held: SignedPacket | undefined,
    headers: IncomingMessage['headers'],
  ): ScriptedAnswer {
    if (held !== undefined && isNewer(held, packet)) return { status: 409, body: 'older' }
    if (relay.generation === '7.x') {
      relay.packets.set(packet.key, packet)
      return { status: 204, headers: { 'pkarr-dht-stored-nodes': '17' } }
    }
    const isAware = holdsCondition(held, headers)
    if (isAware === false) return { status: 412, body: 'compare and swap failed' }
    if (relay.publicationUnderWay && isAware === undefined) return { status: 428 }
    relay.packets.set(packet.key, packet)
    return { status: 204 }
  }

  /** Whether the publisher has seen what is held; undefined if it does not say. */
  function holdsCondition(
    held: SignedPacket | undefined,
    headers: IncomingMessage['headers'],
  ): boolean | undefined {
    if (relay.generation === '3.7') {
      const unmodifiedSince = Date.parse(headers['if-unmodified-since'] ?? '')
      if (Number.isNaN(unmodifiedSince)) return undefined
      return Number((held?.timestampUs ?? 0n) / 1000n) <= unmodifiedSince
    }
    const match = headers['if-match']
    return match === undefined ? undefined : match === String(held?.timestampUs)
  }

  return relay
}
