/** One UDP socket per link and address family, made and looked after by `multicast-dns`. */
import { createSocket } from 'node:dgram'
import multicastDns from 'multicast-dns'
import type { Problem } from '../env/errors.ts'
import type { Logger } from '../env/logger.ts'
import type { Link } from './links.ts'
import { mdnsPort } from './mdns-message.ts'

export interface Endpoint {
  /** With a zone where it needs one. */
  readonly address: string
  readonly port: number
}

export interface LinkSocketEvents {
  readonly onMessage: (bytes: Uint8Array, source: Endpoint) => void
  /** The socket will never work; it still wants to be closed. */
  readonly onFailed: (problem: Problem) => void
}

export interface LinkSocket {
  readonly family: 4 | 6
  multicast(bytes: Uint8Array): void
  unicast(bytes: Uint8Array, to: Endpoint): void
  /** Resolves once all that was handed over has left and the socket is gone. */
  close(): Promise<void>
}

export type OpenLinkSocket = (link: Link, family: 4 | 6, events: LinkSocketEvents) => LinkSocket

/** RFC 6762 s.11. */
const ipTtl = 255
const groups = { 4: '224.0.0.251', 6: 'ff02::fb' } as const

/**
 * Sockets of the running system. `multicast-dns` shares the port with the system's responder
 * (SO_REUSEADDR), joins the group and keeps the membership; it also decodes every packet for itself,
 * which nobody here listens to: messages are read and written by our own codec.
 */
export function createLinkSockets(
  log: Logger,
  platform: NodeJS.Platform = process.platform,
): OpenLinkSocket {
  return (link, family, events) => {
    const group = family === 4 ? groups[4] : `${groups[6]}%${link.zone}`
    const type = family === 4 ? 'udp4' : 'udp6'
    const socket = createSocket({ type, reuseAddr: true, ipv6Only: family === 6 })
    socket.once('listening', () => socket.setTTL(ipTtl))
    const mdns = multicastDns({
      socket,
      type,
      port: mdnsPort,
      ip: groups[family],
      interface: family === 4 ? firstAddress(link) : `::%${link.zone}`,
      bind: boundTo(group, family, platform),
      ttl: ipTtl,
      loopback: true,
    })
    let isClosed = false
    let isFailed = false
    let giveUp = (): void => undefined
    const failure = new Promise<void>((resolve) => {
      giveUp = resolve
    })
    const sending = new Set<Promise<void>>()
    // What is sent before the socket is bound waits in it.
    const send = (bytes: Uint8Array, { address, port }: Endpoint): void => {
      if (isFailed || isClosed) return
      const sent = new Promise<void>((resolve) => {
        socket.send(bytes, port, address, (error) => {
          if (error !== null) log.debug('not sent', { link: link.name, family, error })
          resolve()
        })
      })
      sending.add(sent)
      void sent.finally(() => sending.delete(sent))
    }
    mdns.on('error', (error) => {
      if (isFailed || isClosed) return
      isFailed = true
      giveUp()
      events.onFailed(socketProblem(error))
    })
    mdns.on('warning', (error) => log.debug('socket', { link: link.name, family, error }))
    socket.on('message', (bytes, { address, port }) => {
      if (!isClosed) events.onMessage(bytes, { address, port })
    })
    return {
      family,
      multicast: (bytes) => send(bytes, { address: group, port: mdnsPort }),
      unicast: send,
      async close() {
        if (isClosed) return
        isClosed = true
        await Promise.race([Promise.all(sending), failure])
        await new Promise<void>((resolve) => mdns.destroy(resolve))
      },
    }
  }
}

/**
 * On Linux the socket belongs to the group and hears nothing else, so that answers meant for the
 * system's own responder, which come to the same port by unicast, cannot end here (RFC 6762 s.15.1).
 * Elsewhere a socket that sends cannot be bound to a group.
 */
function boundTo(group: string, family: 4 | 6, platform: NodeJS.Platform): string {
  if (platform === 'linux') return group
  return family === 4 ? '0.0.0.0' : '::'
}

function firstAddress(link: Link): string {
  return link.addresses.find(({ family }) => family === 4)?.address ?? ''
}

function socketProblem(error: Error): Problem {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    return {
      code: 'mdns.port-in-use',
      message: `Another program keeps the mDNS port (UDP ${mdnsPort}) for itself.`,
      hint: 'End the program that does not share the port; trying again by itself.',
    }
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return {
      code: 'mdns.not-permitted',
      message: `The system does not allow this program to use the mDNS port (UDP ${mdnsPort}).`,
      hint: 'Allow local network access in the privacy or firewall settings of the system.',
    }
  }
  return {
    code: 'mdns.socket',
    message: `The mDNS socket could not be opened: ${code ?? error.message}.`,
    hint: 'Check the network connection; trying again by itself.',
  }
}
