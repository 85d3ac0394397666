import type { IncomingMessage } from 'node:http'
import { relayBodyLimit } from '../signed-packet.ts'

/** A body somewhat too long is read to its end, so that the client hears why it was refused. */
const mostRead = 64 * 1024

/** The body of a PUT; undefined when it is longer than a packet can be. */
export async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > mostRead) return undefined
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length <= relayBodyLimit) chunks.push(chunk)
    if (length > mostRead) break
  }
  return length > relayBodyLimit ? undefined : Buffer.concat(chunks)
}
