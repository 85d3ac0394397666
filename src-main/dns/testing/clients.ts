import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { decodeMessage } from '../wire/decode.ts'
import type { Message } from '../wire/message.ts'

/** Sends one datagram and gives the first answer, raw. */
export async function askUdpRaw(
  port: number,
  query: Uint8Array,
  address = '127.0.0.1',
): Promise<Buffer> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  try {
    const answered = once(socket, 'message') as Promise<[Buffer]>
    socket.send(query, port, address)
    return (await answered)[0]
  } finally {
    socket.close()
  }
}

export async function askUdp(
  port: number,
  query: Uint8Array,
  address = '127.0.0.1',
): Promise<Message> {
  return decodeMessage(await askUdpRaw(port, query, address))
}

/** `message` with its RFC 7766 length prefix. */
export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.alloc(message.length + 2)
  framed.writeUInt16BE(message.length)
  framed.set(message, 2)
  return framed
}

/** A TCP connection that hands out the framed answers one by one. */
export interface TcpDialog {
  readonly socket: Socket
  next(): Promise<Buffer>
  /** Resolves when the server has closed its side or the connection is gone. */
  readonly ended: Promise<void>
}

export async function dialTcp(port: number, allowHalfOpen = false): Promise<TcpDialog> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen, noDelay: true })
  const frames: Buffer[] = []
  const waiting: ((answer: Buffer) => void)[] = []
  let input = Buffer.alloc(0)
  const ended = new Promise<void>((resolve) => {
    socket.on('end', resolve)
    socket.on('close', () => resolve())
  })
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => {
    input = Buffer.concat([input, chunk])
    while (input.length >= 2 && input.length >= 2 + input.readUInt16BE(0)) {
      const size = input.readUInt16BE(0)
      const answer = input.subarray(2, 2 + size)
      input = input.subarray(2 + size)
      const taker = waiting.shift()
      if (taker) taker(answer)
      else frames.push(answer)
    }
  })
  await once(socket, 'connect')
  return {
    socket,
    ended,
    next: () =>
      new Promise((resolve) => {
        const ready = frames.shift()
        if (ready) resolve(ready)
        else waiting.push(resolve)
      }),
  }
}
