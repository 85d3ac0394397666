/** Test support: a NIP-46 signer and the relay it is reached over, on a real WebSocket. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type Filter, matchFilter } from 'nostr-tools/filter'
import { decrypt, encrypt, getConversationKey } from 'nostr-tools/nip44'
import { type Event, type EventTemplate, finalizeEvent } from 'nostr-tools/pure'
import { type WebSocket, WebSocketServer } from 'ws'
import { systemRandom } from '../env/system-env.ts'
import { newSecretKey, publicKeyOf } from './secret-key.ts'

export interface TestRelay {
  readonly url: string
  /** EVENT messages received, oldest first. */
  readonly events: readonly Event[]
  connections(): number
  /** Connections taken so far. */
  opened(): number
  /** Resolves when the last client has gone. */
  closed(): Promise<void>
  /** Sends `text` to every client as it is. */
  shout(text: string | Uint8Array): void
  /** Ends every connection, but takes new ones. */
  hangUp(): void
  onEvent(listener: (event: Event) => void): void
  /** Delivers `event` to whoever asked for it. */
  deliver(event: Event): void
  stop(): Promise<void>
}

export async function startTestRelay(): Promise<TestRelay> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const asked = new Map<WebSocket, Map<string, Filter>>()
  let opened = 0
  const events: Event[] = []
  const allGone: (() => void)[] = []
  const listeners = new Set<(event: Event) => void>()
  const deliver = (event: Event): void => {
    for (const [client, filters] of asked) {
      for (const [id, filter] of filters) {
        if (matchFilter(filter, event)) client.send(JSON.stringify(['EVENT', id, event]))
      }
    }
  }
  server.on('connection', (client) => {
    opened++
    asked.set(client, new Map())
    client.on('close', () => {
      asked.delete(client)
      if (asked.size === 0) for (const gone of allGone.splice(0)) gone()
    })
    client.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as [string, string & Event, Filter]
      if (message[0] === 'REQ') asked.get(client)?.set(message[1], message[2])
      if (message[0] === 'CLOSE') asked.get(client)?.delete(message[1])
      if (message[0] !== 'EVENT') return
      events.push(message[1])
      client.send(JSON.stringify(['OK', message[1].id, true, '']))
      deliver(message[1])
      for (const listener of listeners) listener(message[1])
    })
  })
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    events,
    connections: () => asked.size,
    opened: () => opened,
    closed: () =>
      new Promise((resolve) => {
        if (asked.size === 0) resolve()
        else allGone.push(resolve)
      }),
    shout(text) {
      for (const client of server.clients) client.send(text)
    },
    hangUp() {
      for (const client of server.clients) client.terminate()
    },
    onEvent: (listener) => listeners.add(listener),
    deliver,
    async stop() {
      for (const client of server.clients) client.terminate()
      server.close()
      await once(server, 'close')
    },
  }
}

export interface Request {
  readonly id: string
  readonly method: string
  readonly params: readonly string[]
}

/** What the signer says to a request; undefined: nothing at all. */
export type Answer = { readonly result?: string; readonly error?: string } | undefined

export interface TestBunker {
  /** Key it answers with, not the one it signs with. */
  readonly pubkey: string
  readonly userPubkey: string
  readonly uri: string
  readonly requests: readonly Request[]
  /** Resolves when a request of this method has come in. */
  received(method: string): Promise<void>
  /** Replaces what it says to one method. */
  answer(method: string, reply: (request: Request) => Answer): void
  /** Sends an encrypted message of any content to the last client. */
  say(content: string): void
  /** Sends a signed event whose content is no ciphertext. */
  babble(): void
}

export function createTestBunker(relay: TestRelay, secret: string): TestBunker {
  const signerKey = newSecretKey(systemRandom)
  const userKey = newSecretKey(systemRandom)
  const pubkey = publicKeyOf(signerKey)
  const userPubkey = publicKeyOf(userKey)
  const requests: Request[] = []
  const waiting = new Set<() => void>()
  const known = new Set<string>()
  let client = ''
  const send = (content: string, to: string): void => {
    const created_at = Math.floor(Date.now() / 1000)
    relay.deliver(
      finalizeEvent({ kind: 24_133, created_at, tags: [['p', to]], content }, signerKey),
    )
  }
  const say = (content: string, to = client): void => {
    send(encrypt(content, getConversationKey(signerKey, to)), to)
  }
  const answers = new Map<string, (request: Request, from: string) => Answer>([
    [
      'connect',
      ({ params }, from) => {
        if (params[0] !== pubkey || params[1] !== secret)
          return { error: `bad secret ${params[1]}` }
        known.add(from)
        return { result: 'ack' }
      },
    ],
    ['get_public_key', () => ({ result: userPubkey })],
    [
      'sign_event',
      ({ params }, from) =>
        known.has(from)
          ? {
              result: JSON.stringify(
                finalizeEvent(JSON.parse(params[0] ?? '') as EventTemplate, userKey),
              ),
            }
          : { error: 'unknown client' },
    ],
  ])
  relay.onEvent((event) => {
    if (!event.tags.some(([name, value]) => name === 'p' && value === pubkey)) return
    client = event.pubkey
    const key = getConversationKey(signerKey, client)
    const request = JSON.parse(decrypt(event.content, key)) as Request
    requests.push(request)
    const reply = answers.get(request.method)?.(request, client)
    if (reply !== undefined) say(JSON.stringify({ id: request.id, ...reply }), client)
    for (const check of waiting) check()
  })
  return {
    pubkey,
    userPubkey,
    uri: `bunker://${pubkey}?relay=${encodeURIComponent(relay.url)}&secret=${secret}`,
    requests,
    received: (method) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!requests.some((request) => request.method === method)) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
      }),
    answer: (method, reply) => {
      answers.set(method, reply)
    },
    say,
    babble: () => send('this is no ciphertext', client),
  }
}
