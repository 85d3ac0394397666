import type { Socket } from 'node:net'
import { connect } from 'node:net'
import type { Clock } from '../../env/env.ts'
import { readUint16, writeUint16 } from '../packet-layout.ts'
import type { RandomPool } from './random-pool.ts'
import type { Exchange } from './udp-lanes.ts'
import { cutOff, enlist } from './udp-lanes.ts'

/** The connection is kept this long after its last answer. Milliseconds. */
const idleMs = 5_000

/** One DNS-over-TCP connection to an upstream, opened when needed, queries pipelined (RFC 7766). */
export interface TcpClient {
  send(exchange: Exchange): void
  close(): void
}

export function createTcpClient(
  address: string,
  port: number,
  random: RandomPool,
  clock: Clock,
): TcpClient {
  const waiting = new Map<number, Exchange>()
  let socket: Socket | undefined
  let cancelIdle = (): void => undefined

  const disconnect = (code: string): void => {
    cancelIdle()
    socket?.destroy()
    socket = undefined
    cutOff(waiting, code)
  }

  const closeWhenIdle = (): void => {
    cancelIdle()
    cancelIdle = clock.schedule(idleMs, () => {
      if (waiting.size === 0) disconnect('ECONNRESET')
      else closeWhenIdle()
    })
  }

  const open = (): Socket => {
    const opened = connect({ host: address, port, noDelay: true })
    let input = Buffer.alloc(0)
    opened.on('data', (chunk) => {
      input = input.length === 0 ? chunk : Buffer.concat([input, chunk])
      let at = 0
      while (at + 2 <= input.length) {
        const size = input.readUInt16BE(at)
        if (at + 2 + size > input.length) break
        const packet = input.subarray(at + 2, at + 2 + size)
        at += 2 + size
        if (size < 2) continue
        waiting.get(readUint16(packet, 0))?.onResponse(packet, size)
      }
      input = input.subarray(at)
      closeWhenIdle()
    })
    opened.on('error', (error: NodeJS.ErrnoException) => {
      if (socket === opened) disconnect(error.code ?? error.message)
    })
    opened.on('close', () => {
      if (socket === opened) disconnect('ECONNRESET')
    })
    return opened
  }

  return {
    send(exchange) {
      enlist(exchange, waiting, random)
      socket ??= open()
      closeWhenIdle()
      const { packet, length } = exchange
      const frame = Buffer.allocUnsafe(length + 2)
      writeUint16(frame, 0, length)
      frame.set(packet.subarray(0, length), 2)
      socket.write(frame)
    },
    close: () => disconnect('ECONNRESET'),
  }
}
