import { isIPv6 } from 'node:net'
import { getSystemErrorName } from 'node:util'
import type { Logger } from '../../env/logger.ts'
import { ednsPayload } from '../packet-layout.ts'
import type { Endpoint, LateReply, OpenListener, QueryHandler } from '../listeners/transport.ts'
import { wantedReceiveBuffer } from '../listeners/transport.ts'
import type { ReceiveBatch } from './datagram-batch.ts'
import { addressWords, batchSize, createSendBatch } from './datagram-batch.ts'
import { encodeSockaddr, sockaddrPort } from './sockaddr.ts'
import type { SocketCalls } from './socket-calls.ts'
import type { Turn } from './turn.ts'

/** Batches read before other work of the event loop gets its turn. */
const batchesPerTurn = 8
const wordsPerName = 8

export interface BatchedUdpDeps {
  readonly calls: SocketCalls
  readonly receiver: ReceiveBatch
  readonly turn: Turn
  readonly log: Logger
}

/** A system call's failure in the form Node's own errors have. */
export function systemError(call: string, result: number): Error & { code: string } {
  const code = getSystemErrorName(result)
  return Object.assign(new Error(`${call} ${code}`), { code })
}

/**
 * Serves UDP with recvmmsg and sendmmsg: one system call for up to 64 datagrams, no objects per
 * datagram. Throws the bind error (`code` as in Node).
 */
export function openBatchedUdp(
  deps: BatchedUdpDeps,
  handler: QueryHandler,
  endpoint: Endpoint,
  address: string,
  port: number,
): OpenListener {
  const { calls, receiver, turn, log } = deps
  const family = isIPv6(address) ? 6 : 4
  const words = addressWords[family]
  const fd = calls.open(family)
  if (fd < 0) throw systemError('socket', fd)
  const bound = calls.bind(fd, encodeSockaddr(address, port))
  if (bound < 0) {
    calls.close(fd)
    throw systemError('bind', bound)
  }
  const granted = calls.setReceiveBuffer(fd, wantedReceiveBuffer)
  log.info('UDP receive buffer', { address, asked: wantedReceiveBuffer, granted })
  const local = new Uint8Array(new ArrayBuffer(128), 0, 28)
  calls.localAddress(fd, local)
  const sender = createSendBatch(calls, fd, ednsPayload, family)
  const { slots, nameWords } = receiver
  let slot = 0
  let isOpen = true

  /** First word: family and port; the address follows (word 1, or words 2 to 5). */
  const isFromLoopback = (at: number): boolean => {
    if ((nameWords[at] ?? 0) >>> 16 === 0) return false
    if (family === 4) return ((nameWords[at + 1] ?? 0) & 0xff) === 127
    // ::1 in network order, read as little-endian words.
    return (
      nameWords[at + 2] === 0 &&
      nameWords[at + 3] === 0 &&
      nameWords[at + 4] === 0 &&
      nameWords[at + 5] === 0x0100_0000
    )
  }

  /** Where late answers to IPv4 clients go: filled in from two numbers, no array per query. */
  const lateName = new Uint32Array(wordsPerName)

  const sendLate = (answer: Uint8Array, length: number, name: Uint32Array): void => {
    if (!isOpen) return
    const out = sender.nextSlot()
    for (let octet = 0; octet < length; octet += 1) out[octet] = answer[octet] ?? 0
    sender.commit(length, name)
    turn.touch(sender)
  }

  const capture = (): LateReply => {
    const at = slot * wordsPerName
    if (family === 6) {
      const name = nameWords.slice(at, at + words)
      return (answer, length) => sendLate(answer, length, name)
    }
    const familyAndPort = nameWords[at] ?? 0
    const client = nameWords[at + 1] ?? 0
    return (answer, length) => {
      lateName[0] = familyAndPort
      lateName[1] = client
      sendLate(answer, length, lateName)
    }
  }

  const drain = (): void => {
    for (let batch = 0; batch < batchesPerTurn && isOpen; batch += 1) {
      const received = receiver.receive(fd)
      if (received < 0) log.warn('receiving failed', { error: systemError('recvmmsg', received) })
      if (received <= 0) return
      for (slot = 0; slot < received; slot += 1) {
        const packet = slots[slot]
        const at = slot * wordsPerName
        if (!packet || !isFromLoopback(at)) continue
        const out = sender.nextSlot()
        const length = handler.handle(
          packet,
          receiver.lengthOf(slot),
          out,
          'udp',
          endpoint,
          capture,
        )
        if (length > 0) sender.commit(length, nameWords, at)
      }
      turn.touch(sender)
      // A short batch means the queue was empty: an extra call would only say so again.
      if (received < batchSize) return
      sender.flush()
    }
  }

  const watch = calls.watch(fd, () => turn.run(drain))
  return {
    address,
    port: sockaddrPort(local),
    close() {
      if (isOpen) {
        isOpen = false
        watch.close()
        calls.close(fd)
      }
      return Promise.resolve()
    },
  }
}
