import { createRequire } from 'node:module'
import type { Logger } from '../../env/logger.ts'

/** Linux errno values this code tells apart (the same on x64 and arm64). */
export const errno = {
  EINTR: 4,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  EAFNOSUPPORT: 97,
  ENETUNREACH: 101,
  ENOBUFS: 105,
  ECONNREFUSED: 111,
} as const

// Constants of <sys/socket.h> on Linux x64 and arm64.
const afInet = 2
const afInet6 = 10
const sockDgram = 2
const sockNonblock = 0o4000
const sockCloexec = 0o2000000
const solSocket = 1
const soRcvbuf = 8
const ipprotoIpv6 = 41
const ipv6V6only = 26
const msgDontwait = 0x40

/** Stops watching a descriptor; must happen before the descriptor is closed. */
export interface Watch {
  close(): void
}

/**
 * The system calls of the batched path. Calls answer with their result, or minus the errno. An
 * address is that of a buffer's memory: the buffer must stay referenced while the kernel may use it.
 */
export interface SocketCalls {
  addressOf(bytes: Uint8Array): number
  /** A non-blocking UDP socket. */
  open(family: 4 | 6): number
  close(fd: number): void
  bind(fd: number, sockaddr: Uint8Array): number
  connect(fd: number, sockaddr: Uint8Array): number
  /** Fills `sockaddr` with the bound address. */
  localAddress(fd: number, sockaddr: Uint8Array): number
  /** Asks for a receive buffer of `bytes` and answers with the size granted. */
  setReceiveBuffer(fd: number, bytes: number): number
  recvmmsg(fd: number, vector: number, count: number): number
  sendmmsg(fd: number, vector: number, count: number): number
  /** Calls `onReadable` from the event loop whenever the socket has something to read. */
  watch(fd: number, onReadable: () => void): Watch
}

/** The part of koffi used here: its own types say `any`. */
interface Koffi {
  load(path: null): { func(definition: string): (...parameters: unknown[]) => unknown }
  errno(): number
  address(bytes: Uint8Array): bigint
  node?: {
    poll(fd: number, options: PollOptions, listener: PollListener): PollHandle
  }
}

interface PollOptions {
  readonly readable: boolean
}

/** `status` is 0, or a negative libuv error after which the handle has stopped itself. */
type PollListener = (status: number) => void

interface PollHandle {
  start(options: PollOptions, listener: PollListener): void
  close(): void
}

/**
 * The system calls through koffi, or undefined with a line in the log when this platform or this
 * installation does not have them: callers then use `node:dgram`.
 */
export function loadSocketCalls(
  log: Logger,
  loadKoffi: () => unknown = () => createRequire(import.meta.url)('koffi'),
): SocketCalls | undefined {
  const isKnown =
    process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')
  if (!isKnown) return undefined
  try {
    return bindCalls(loadKoffi() as Koffi)
  } catch (error) {
    log.info('batched sockets are not available; using node:dgram', { error })
    return undefined
  }
}

function bindCalls(koffi: Koffi): SocketCalls {
  const { node } = koffi
  if (!node) throw new Error('koffi has no poll')
  const libc = koffi.load(null)
  const call = (definition: string): ((...parameters: unknown[]) => number) => {
    const raw = libc.func(definition)
    return (...parameters) => {
      const result = raw(...parameters) as number
      return result >= 0 ? result : -koffi.errno()
    }
  }
  const socket = call('int socket(int, int, int)')
  const close = call('int close(int)')
  const bind = call('int bind(int, void *, uint32_t)')
  const connect = call('int connect(int, void *, uint32_t)')
  const getsockname = call('int getsockname(int, void *, void *)')
  const setsockopt = call('int setsockopt(int, int, int, void *, uint32_t)')
  const getsockopt = call('int getsockopt(int, int, int, void *, void *)')
  const recvmmsg = libc.func('int recvmmsg(int, int64_t, uint32_t, int, int64_t)') as (
    fd: number,
    vector: number,
    count: number,
    flags: number,
    timeout: number,
  ) => number
  const sendmmsg = libc.func('int sendmmsg(int, int64_t, uint32_t, int)') as (
    fd: number,
    vector: number,
    count: number,
    flags: number,
  ) => number
  const int32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32LE(value)
    return bytes
  }

  return {
    addressOf: (bytes) => Number(koffi.address(bytes)),
    open(family) {
      const domain = family === 4 ? afInet : afInet6
      const fd = socket(domain, sockDgram | sockNonblock | sockCloexec, 0)
      if (fd >= 0 && family === 6) setsockopt(fd, ipprotoIpv6, ipv6V6only, int32(1), 4)
      return fd
    },
    close(fd) {
      close(fd)
    },
    bind: (fd, sockaddr) => bind(fd, sockaddr, sockaddr.length),
    connect: (fd, sockaddr) => connect(fd, sockaddr, sockaddr.length),
    localAddress: (fd, sockaddr) => getsockname(fd, sockaddr, int32(sockaddr.length)),
    setReceiveBuffer(fd, bytes) {
      setsockopt(fd, solSocket, soRcvbuf, int32(bytes), 4)
      const granted = int32(0)
      getsockopt(fd, solSocket, soRcvbuf, granted, int32(4))
      // The kernel doubles the value for its own bookkeeping (socket(7)).
      return granted.readInt32LE(0) / 2
    },
    recvmmsg(fd, vector, count) {
      const received = recvmmsg(fd, vector, count, msgDontwait, 0)
      return received >= 0 ? received : -koffi.errno()
    },
    sendmmsg(fd, vector, count) {
      const sent = sendmmsg(fd, vector, count, msgDontwait)
      return sent >= 0 ? sent : -koffi.errno()
    },
    watch(fd, onReadable) {
      const options = { readable: true }
      let isOpen = true
      const listener: PollListener = (status) => {
        // The native caller swallows exceptions; give them back to the event loop.
        try {
          onReadable()
          // libuv stops watching a socket that reports an error; reading has cleared it.
          if (status < 0 && isOpen) handle.start(options, listener)
        } catch (error) {
          setImmediate(() => {
            throw error
          })
        }
      }
      const handle = node.poll(fd, options, listener)
      return {
        close() {
          isOpen = false
          handle.close()
        },
      }
    },
  }
}
