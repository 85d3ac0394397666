import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { literalLookup } from '../listeners/udp-portable.ts'

/** A UDP socket connected to one upstream: the kernel drops packets from anybody else. */
export interface UpstreamSocket {
  /** Sends the first `length` octets of `packet`, which may be reused afterwards. */
  send(packet: Uint8Array, length: number): void
  close(): void
}

/** What the owner of an upstream socket wants to hear. */
export interface UpstreamSocketEvents {
  /** `packet` is valid until the callback returns. */
  onPacket(packet: Uint8Array, length: number): void
  /** The socket is of no more use; `code` is a system error name such as `ECONNREFUSED`. */
  onError(code: string): void
}

export type OpenUpstreamSocket = (
  address: string,
  port: number,
  events: UpstreamSocketEvents,
) => UpstreamSocket

/** An upstream socket through `node:dgram`. */
export const openPortableSocket: OpenUpstreamSocket = (address, port, events) => {
  const family = isIPv6(address) ? 6 : 4
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    lookup: literalLookup(family) as never,
  })
  let waiting: Uint8Array[] | undefined = []
  let isOpen = true
  const fail = (error: Error): void => {
    if (isOpen) events.onError((error as NodeJS.ErrnoException).code ?? error.message)
  }
  socket.on('error', fail)
  socket.on('message', (packet) => {
    if (isOpen) events.onPacket(packet, packet.length)
  })
  socket.connect(port, address, ((error?: Error) => {
    if (!isOpen) return
    if (error) return fail(error)
    const queued = waiting ?? []
    waiting = undefined
    for (const packet of queued) socket.send(packet)
  }) as () => void)
  return {
    send(packet, length) {
      if (!isOpen) return
      // dgram may keep the buffer past this call, so every query gets its own.
      const copy = Buffer.allocUnsafe(length)
      for (let at = 0; at < length; at += 1) copy[at] = packet[at] ?? 0
      if (waiting) waiting.push(copy)
      else socket.send(copy)
    },
    close() {
      if (!isOpen) return
      isOpen = false
      socket.close()
    },
  }
}
