import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Filter } from 'nostr-tools/filter'
import type { Event } from 'nostr-tools/pure'
import { onTestFinished } from 'vitest'
import { WebSocketServer, type WebSocket } from 'ws'

/** One connection to the scripted relay. */
export interface ScriptedClient {
  readonly socket: WebSocket
  /** The TCP socket below, for frames that are not well-formed. */
  readonly tcp: Socket
  send(...message: unknown[]): void
}

export interface Script {
  /** What to do on a REQ; by default EOSE at once. */
  readonly request?: (client: ScriptedClient, id: string, filters: Filter[]) => void
  /** What to do on an EVENT; by default OK. */
  readonly event?: (client: ScriptedClient, event: Event) => void
}

export interface ScriptedRelay {
  readonly url: string
  /** Every REQ received, in order. */
  readonly requests: { readonly id: string; readonly filters: Filter[] }[]
  readonly closes: string[]
  readonly events: Event[]
  readonly clients: Set<ScriptedClient>
  /** How many connections were ever made. */
  connections(): number
  stop(): Promise<void>
}

/** A relay that does what the test says, good or bad. */
export async function startScriptedRelay(script: Script = {}, port = 0): Promise<ScriptedRelay> {
  const http: Server = createServer()
  const server = new WebSocketServer({ server: http })
  const requests: ScriptedRelay['requests'] = []
  const closes: string[] = []
  const events: Event[] = []
  const clients = new Set<ScriptedClient>()
  let connections = 0
  server.on('connection', (socket, request) => {
    connections += 1
    const client: ScriptedClient = {
      socket,
      tcp: request.socket,
      send: (...message) => socket.send(JSON.stringify(message), () => undefined),
    }
    clients.add(client)
    socket.on('error', () => undefined)
    socket.on('close', () => clients.delete(client))
    socket.on('message', (data: Buffer) => {
      const [type, first, ...rest] = JSON.parse(data.toString('utf8')) as [string, unknown]
      if (type === 'REQ') {
        const [id, filters] = [first as string, rest as Filter[]]
        requests.push({ id, filters })
        if (script.request === undefined) client.send('EOSE', id)
        else script.request(client, id, filters)
      }
      if (type === 'CLOSE') closes.push(first as string)
      if (type === 'EVENT') {
        const event = first as Event
        events.push(event)
        if (script.event === undefined) client.send('OK', event.id, true, '')
        else script.event(client, event)
      }
    })
  })
  http.listen(port, '127.0.0.1')
  await once(http, 'listening')
  const stop = async (): Promise<void> => {
    for (const { socket } of clients) socket.terminate()
    http.closeAllConnections()
    if (http.listening) await new Promise((resolve) => http.close(resolve))
  }
  onTestFinished(stop)
  return {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}`,
    requests,
    closes,
    events,
    clients,
    connections: () => connections,
    stop,
  }
}

/** A script that answers every REQ with `events`, then EOSE. */
export function holding(...events: readonly unknown[]): Script {
  return {
    request(client, id) {
      for (const event of events) client.send('EVENT', id, event)
      client.send('EOSE', id)
    },
  }
}
