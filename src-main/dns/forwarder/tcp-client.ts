import type { Socket } from 'node:net'
import { connect } from 'node:net'
import type { Clock } from '../../env/env.ts'
import { readUint16, writeUint16 } from '../packet-layout.ts'
import type { RandomPool } from './random-pool.ts'
import type { Waiting, Withdraw } from './udp-lanes.ts'

/** The connection is kept this long after its last answer. Milliseconds. */
const idleMs = 5_000

/** One DNS-over-TCP connection to an upstream, opened when needed, queries pipelined (RFC 7766). */
export interface TcpClient {
  send(waiting: Waiting): Withdraw
  close(): void
}

export function createTcpClient(
  address: string,
  port: number,
  random: RandomPool,
  clock: Clock,
): TcpClient {
  const waiting = new Map<number, Waiting>()
  let socket: Socket | undefined
  let cancelIdle = (): void => undefined

  const disconnect = (code: string): void => {
    cancelIdle()
    socket?.destroy()
    socket = undefined
    const cutOff = [...waiting.values()]
    waiting.clear()
    for (const entry of cutOff) entry.onUnreachable(code)
  }

  const closeWhenIdle = (): void => {
    cancelIdle()
    if (waiting.size === 0) cancelIdle = clock.schedule(idleMs, () => disconnect('ECONNRESET'))
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
    send(entry) {
      cancelIdle()
      let id = random.uint16()
      while (waiting.has(id)) id = random.uint16()
      writeUint16(entry.packet, 0, id)
      waiting.set(id, entry)
      socket ??= open()
      const frame = Buffer.allocUnsafe(entry.packet.length + 2)
      writeUint16(frame, 0, entry.packet.length)
      frame.set(entry.packet, 2)
      socket.write(frame)
      return () => {
        if (waiting.get(id) === entry) waiting.delete(id)
        closeWhenIdle()
      }
    },
    close: () => disconnect('ECONNRESET'),
  }
}
