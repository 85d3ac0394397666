import { getSystemErrorName } from 'node:util'
import type { OpenUpstreamSocket } from '../forwarder/udp-socket.ts'
import { packetSize } from '../packet-pool.ts'
import type { ReceiveBatch } from './datagram-batch.ts'
import { batchSize, createSendBatch } from './datagram-batch.ts'
import { encodeSockaddr } from './sockaddr.ts'
import type { SocketCalls } from './socket-calls.ts'
import type { Turn } from './turn.ts'

const batchesPerTurn = 4

/** Upstream sockets that send and receive in batches. */
export function createBatchedSockets(
  calls: SocketCalls,
  receiver: ReceiveBatch,
  turn: Turn,
): OpenUpstreamSocket {
  return (address, port, events) => {
    const fd = calls.open(address.includes(':') ? 6 : 4)
    const result = fd < 0 ? fd : calls.connect(fd, encodeSockaddr(address, port))
    if (result < 0) {
      if (fd >= 0) calls.close(fd)
      const code = getSystemErrorName(result)
      // Callers learn of failures after they have the socket, as with node:dgram.
      setImmediate(() => events.onError(code))
      return { send: () => undefined, close: () => undefined }
    }
    calls.setReceiveBuffer(fd, 1024 * 1024)
    const sender = createSendBatch(calls, fd, packetSize, undefined)
    let isOpen = true

    const fail = (code: string): void => {
      if (isOpen) events.onError(code)
    }
    const outgoing = {
      flush(): boolean {
        if (!isOpen) return true
        const isDone = sender.flush()
        const error = sender.takeError()
        if (error !== 0) setImmediate(() => fail(getSystemErrorName(-error)))
        return isDone
      },
    }
    const drain = (): void => {
      for (let batch = 0; batch < batchesPerTurn && isOpen; batch += 1) {
        const received = receiver.receive(fd)
        if (received < 0) fail(getSystemErrorName(received))
        if (received <= 0) return
        for (let slot = 0; slot < received && isOpen; slot += 1) {
          const packet = receiver.slots[slot]
          if (packet) events.onPacket(packet, receiver.lengthOf(slot))
        }
        if (received < batchSize) return
      }
    }
    const watch = calls.watch(fd, () => turn.run(drain))
    return {
      send(packet, length) {
        if (!isOpen) return
        const slot = sender.nextSlot()
        for (let at = 0; at < length; at += 1) slot[at] = packet[at] ?? 0
        sender.commit(length)
        turn.touch(outgoing)
      },
      close() {
        if (!isOpen) return
        isOpen = false
        watch.close()
        calls.close(fd)
      },
    }
  }
}
