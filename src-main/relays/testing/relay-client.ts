import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

export interface RelayClient {
  send(message: unknown): void
  sendRaw(data: string | Buffer): void
  /** The next message not yet taken; waits for it. */
  next(): Promise<unknown[]>
  /** Messages up to and including the first of `type`. */
  until(type: string): Promise<unknown[][]>
  readonly closed: Promise<number>
}

/** A bare NIP-01 client. */
export async function connectClient(url: string): Promise<RelayClient> {
  const socket = new WebSocket(url)
  const inbox: unknown[][] = []
  const waiting: ((message: unknown[]) => void)[] = []
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString('utf8')) as unknown[]
    const taker = waiting.shift()
    if (taker === undefined) inbox.push(message)
    else taker(message)
  })
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  onTestFinished(() => socket.terminate())
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => undefined)
  const next = (): Promise<unknown[]> => {
    const message = inbox.shift()
    return message === undefined
      ? new Promise((resolve) => waiting.push(resolve))
      : Promise.resolve(message)
  }
  return {
    send: (message) => socket.send(JSON.stringify(message)),
    sendRaw: (data) => socket.send(data),
    next,
    async until(type) {
      const messages = [await next()]
      while (messages.at(-1)?.[0] !== type) messages.push(await next())
      return messages
    },
    closed,
  }
}
