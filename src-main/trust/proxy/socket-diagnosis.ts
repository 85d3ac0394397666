import { createRequire } from 'node:module'
import ipaddr from 'ipaddr.js'

/** Asks the kernel about one socket of this computer. */
export interface SocketDiagnosis {
  /**
   * The user id of the TCP socket bound to `address` and `port` and connected to `remoteAddress`
   * and `remotePort`; undefined when there is none.
   */
  userOf(
    address: string,
    port: number,
    remoteAddress: string,
    remotePort: number,
  ): number | undefined
  close(): void
}

/** The part of koffi used here: its own types say `any`. */
interface Koffi {
  load(path: null): { func(definition: string): (...parameters: unknown[]) => unknown }
}

// Constants of <linux/netlink.h>, <linux/sock_diag.h> and <sys/socket.h> on Linux x64 and arm64.
const afNetlink = 16
const sockRaw = 3
const sockCloexec = 0o2000000
const netlinkSockDiag = 4
const sockDiagByFamily = 20
const netlinkRequest = 1
const msgDontwait = 0x40
const afInet = 2
const afInet6 = 10
const tcp = 6

// struct nlmsghdr, then struct inet_diag_req_v2.
const headerLength = 16
const requestLength = headerLength + 56
const idOffset = headerLength + 8
// struct inet_diag_msg: four octets, the socket's id (48), expires, rqueue, wqueue, uid, inode.
const uidOffset = headerLength + 4 + 48 + 12
const inodeOffset = uidOffset + 4

/**
 * Socket diagnosis by netlink (sock_diag(7)): some 10 µs for one connection, where reading
 * /proc/net/tcp takes milliseconds on a computer with many sockets. Undefined where it cannot be had.
 */
export function openSocketDiagnosis(
  loadKoffi: () => unknown = () => createRequire(import.meta.url)('koffi'),
): SocketDiagnosis | undefined {
  const isKnown =
    process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')
  if (!isKnown) return undefined
  try {
    return bindCalls(loadKoffi() as Koffi)
  } catch {
    return undefined
  }
}

function bindCalls(koffi: Koffi): SocketDiagnosis | undefined {
  const libc = koffi.load(null)
  const socket = libc.func('int socket(int, int, int)')
  const close = libc.func('int close(int)')
  const send = libc.func('int64_t send(int, void *, size_t, int)')
  const receive = libc.func('int64_t recv(int, void *, size_t, int)')
  const descriptor = Number(socket(afNetlink, sockRaw | sockCloexec, netlinkSockDiag))
  if (descriptor < 0) return undefined
  const answer = Buffer.alloc(1024)
  let sequence = 0
  let isOpen = true
  return {
    userOf(address, port, remoteAddress, remotePort) {
      if (!isOpen) return undefined
      sequence = (sequence + 1) >>> 0
      const request = requestFor(sequence, address, port, remoteAddress, remotePort)
      if (Number(send(descriptor, request, request.length, msgDontwait)) < 0) return undefined
      // The kernel answers before `send` returns; an older answer is one nobody waited for.
      for (;;) {
        const length = Number(receive(descriptor, answer, answer.length, msgDontwait))
        if (length < headerLength) return undefined
        if (answer.readUInt32LE(8) !== sequence) continue
        if (answer.readUInt16LE(4) !== sockDiagByFamily || length < inodeOffset + 4)
          return undefined
        // A closed socket in TIME_WAIT has no inode, and user 0.
        const isHeld = answer.readUInt32LE(inodeOffset) !== 0
        return isHeld ? answer.readUInt32LE(uidOffset) : undefined
      }
    },
    close() {
      if (!isOpen) return
      isOpen = false
      close(descriptor)
    },
  }
}

function requestFor(
  sequence: number,
  address: string,
  port: number,
  remoteAddress: string,
  remotePort: number,
): Buffer {
  const request = Buffer.alloc(requestLength)
  request.writeUInt32LE(requestLength, 0)
  request.writeUInt16LE(sockDiagByFamily, 4)
  request.writeUInt16LE(netlinkRequest, 6)
  request.writeUInt32LE(sequence, 8)
  const octets = ipaddr.parse(address).toByteArray()
  request[headerLength] = octets.length === 4 ? afInet : afInet6
  request[headerLength + 1] = tcp
  // In every state.
  request.writeUInt32LE(0xffffffff, headerLength + 4)
  request.writeUInt16BE(port, idOffset)
  request.writeUInt16BE(remotePort, idOffset + 2)
  request.set(octets, idOffset + 4)
  request.set(ipaddr.parse(remoteAddress).toByteArray(), idOffset + 20)
  // INET_DIAG_NOCOOKIE.
  request.fill(0xff, idOffset + 40, idOffset + 48)
  return request
}
