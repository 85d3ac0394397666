import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { literalLookup } from '../listeners/udp-portable.ts'

/** A UDP socket connected to one upstream: the kernel drops packets from anybody else. */
export interface UpstreamSocket {
  /** `packet` must not change afterwards. */
  send(packet: Uint8Array): void
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
  const socket = createSocket({
    type: isIPv6(address) ? 'udp6' : 'udp4',
    lookup: literalLookup as never,
  })
  let waiting: Uint8Array[] | undefined = []
  let isOpen = true
  const fail = (error: Error): void => {
    if (isOpen) events.onError((error as NodeJS.ErrnoException).code ?? error.message)
  }
  const send = (packet: Uint8Array): void => {
    socket.send(packet, (error) => {
      if (error) fail(error)
    })
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
    for (const packet of queued) send(packet)
  }) as () => void)
  return {
    send(packet) {
      if (!isOpen) return
      if (waiting) waiting.push(packet)
      else send(packet)
    },
    close() {
      if (!isOpen) return
      isOpen = false
      socket.close()
    },
  }
}
