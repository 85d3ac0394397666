import { once } from 'node:events'
import type { Event } from 'nostr-tools/pure'
import { WebSocket } from 'ws'

/** Everything a relay has for `filter`, as any Nostr client would ask for it (NIP-01). */
export async function eventsOn(url: string, filter: object): Promise<readonly Event[]> {
  const socket = new WebSocket(url)
  const found: Event[] = []
  try {
    await once(socket, 'open')
    const ended = new Promise<void>((resolve, reject) => {
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString('utf8')) as [string, string, Event]
        if (message[0] === 'EVENT') found.push(message[2])
        if (message[0] === 'EOSE') resolve()
        if (message[0] === 'CLOSED') reject(new Error(`the relay refused: ${message[1]}`))
      })
    })
    socket.send(JSON.stringify(['REQ', 'test', filter]))
    await ended
    return found
  } finally {
    socket.terminate()
  }
}
