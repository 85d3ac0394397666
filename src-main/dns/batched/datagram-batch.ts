import type { SocketCalls } from './socket-calls.ts'
import { errno } from './socket-calls.ts'

// Layouts of <sys/socket.h> on 64-bit Linux, in octets.
const mmsghdrSize = 64
const iovecSize = 16
/** Room for a sockaddr_in6 (28 octets), aligned. */
const nameSize = 32
// Offsets in a struct mmsghdr, in 32-bit units.
const nameLengthWord = 2
const messageLengthWord = 14
const wordsPerHeader = mmsghdrSize / 4

/** Datagrams per system call. */
export const batchSize = 64

/** Arrays of struct mmsghdr over slots of equal size, laid out once. */
interface Arena {
  readonly vector: number
  readonly headerWords: Uint32Array
  readonly nameWords: Uint32Array
  readonly iovecWords: Uint32Array
  readonly slots: readonly Uint8Array[]
  /** Keeps the memory alive that the kernel is pointed to. */
  readonly memory: Uint8Array
}

function createArena(calls: SocketCalls, slotSize: number, nameLength: number): Arena {
  const headersAt = 0
  const iovecsAt = headersAt + batchSize * mmsghdrSize
  const namesAt = iovecsAt + batchSize * iovecSize
  const slotsAt = namesAt + batchSize * nameSize
  const buffer = new ArrayBuffer(slotsAt + batchSize * slotSize)
  const memory = new Uint8Array(buffer)
  const base = calls.addressOf(memory)
  const pointers = new BigUint64Array(buffer, 0, namesAt / 8)
  const headerWords = new Uint32Array(buffer, headersAt, (batchSize * mmsghdrSize) / 4)
  const slots: Uint8Array[] = []
  for (let slot = 0; slot < batchSize; slot += 1) {
    const header = (headersAt + slot * mmsghdrSize) / 8
    const iovec = (iovecsAt + slot * iovecSize) / 8
    if (nameLength > 0) {
      pointers[header] = BigInt(base + namesAt + slot * nameSize)
      headerWords[slot * wordsPerHeader + nameLengthWord] = nameLength
    }
    pointers[header + 2] = BigInt(base + iovecsAt + slot * iovecSize)
    pointers[header + 3] = 1n
    pointers[iovec] = BigInt(base + slotsAt + slot * slotSize)
    pointers[iovec + 1] = BigInt(slotSize)
    slots.push(new Uint8Array(buffer, slotsAt + slot * slotSize, slotSize))
  }
  return {
    vector: base + headersAt,
    headerWords,
    nameWords: new Uint32Array(buffer, namesAt, (batchSize * nameSize) / 4),
    iovecWords: new Uint32Array(buffer, iovecsAt, (batchSize * iovecSize) / 4),
    slots,
    memory,
  }
}

/** Words of a socket address in a batch: 4 for IPv4, 7 for IPv6. */
export const addressWords = { 4: 4, 6: 7 } as const
const wordsPerName = nameSize / 4

/** Receives up to `batchSize` datagrams at once. One is enough for all sockets of a thread. */
export interface ReceiveBatch {
  readonly slots: readonly Uint8Array[]
  /** Sender of slot `n` at word `n * 8`, as a struct sockaddr. */
  readonly nameWords: Uint32Array
  /** Number of datagrams, 0 when there are none, or minus the errno. */
  receive(fd: number): number
  lengthOf(slot: number): number
}

export function createReceiveBatch(calls: SocketCalls, slotSize: number): ReceiveBatch {
  const arena = createArena(calls, slotSize, nameSize)
  const { headerWords } = arena
  return {
    slots: arena.slots,
    nameWords: arena.nameWords,
    receive(fd) {
      for (;;) {
        const received = calls.recvmmsg(fd, arena.vector, batchSize)
        if (received === -errno.EINTR) continue
        if (received === -errno.EAGAIN) return 0
        // The kernel writes the address length back; IPv4 shortens it for the next receiver.
        for (let slot = 0; slot < received; slot += 1) {
          headerWords[slot * wordsPerHeader + nameLengthWord] = nameSize
        }
        return received
      }
    },
    lengthOf: (slot) => headerWords[slot * wordsPerHeader + messageLengthWord] ?? 0,
  }
}

/** Collects datagrams of one socket and sends them with as few system calls as possible. */
export interface SendBatch {
  /** Where the next datagram is to be written; its length then goes to `commit`. */
  nextSlot(): Uint8Array
  /** Queues the datagram in `nextSlot()`, to `name` (at `nameAt`) unless the socket is connected. */
  commit(length: number, name?: Uint32Array, nameAt?: number): void
  /** Sends what is queued. False when the kernel has no room: call again soon. */
  flush(): boolean
  /** Datagrams given up because the kernel refused them or had no room for too long. */
  dropped(): number
  /** Errno of the last refusal; 0 when there was none since the last call. */
  takeError(): number
}

export function createSendBatch(
  calls: SocketCalls,
  fd: number,
  slotSize: number,
  family: 4 | 6 | undefined,
): SendBatch {
  const nameLength = family === undefined ? 0 : family === 4 ? 16 : 28
  const words = family === undefined ? 0 : addressWords[family]
  const arena = createArena(calls, slotSize, nameLength)
  const { nameWords, iovecWords } = arena
  let queued = 0
  let sent = 0
  let dropped = 0
  let lastError = 0

  const flush = (): boolean => {
    while (sent < queued) {
      const result = calls.sendmmsg(fd, arena.vector + sent * mmsghdrSize, queued - sent)
      if (result > 0) sent += result
      else if (result === -errno.EAGAIN || result === -errno.ENOBUFS) return false
      else if (result !== -errno.EINTR) {
        // This datagram cannot be sent (address gone, refused); the rest still can.
        lastError = -result
        dropped += 1
        sent += 1
      }
    }
    queued = 0
    sent = 0
    return true
  }

  return {
    nextSlot() {
      if (queued === batchSize && !flush()) {
        // UDP may lose datagrams; a client asks again. Waiting here would stall everybody.
        dropped += queued - sent
        queued = 0
        sent = 0
      }
      return arena.slots[queued] ?? arena.memory
    },
    commit(length, name, nameAt = 0) {
      iovecWords[queued * 4 + 2] = length
      if (name) {
        const to = queued * wordsPerName
        for (let word = 0; word < words; word += 1) nameWords[to + word] = name[nameAt + word] ?? 0
      }
      queued += 1
    },
    flush,
    dropped: () => dropped,
    takeError() {
      const error = lastError
      lastError = 0
      return error
    },
  }
}
