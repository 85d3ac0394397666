import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface PkarrRelay {
  readonly url: string
  /** What was sent, or put here, for a key: signature, time, DNS message. */
  readonly packets: Map<string, Uint8Array>
  stop(): Promise<void>
}

/** A PKARR relay that believes whatever it is given: the app has to check it. */
export async function startPkarrRelay(): Promise<PkarrRelay> {
  const packets = new Map<string, Uint8Array>()
  const server = createServer((request, response) => void answer(packets, request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    packets,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function answer(
  packets: Map<string, Uint8Array>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const key = new URL(request.url ?? '/', 'http://relay').pathname.slice(1)
  if (request.method === 'PUT') {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    packets.set(key, Buffer.concat(chunks))
    response.writeHead(204, { 'pkarr-dht-stored-nodes': '17' }).end()
    return
  }
  const held = packets.get(key)
  response.writeHead(held === undefined ? 404 : 200).end(held)
}
