import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Logger } from '../../env/logger.ts'
import { ednsPayload } from '../packet-layout.ts'
import type { Endpoint, LateReply, OpenListener, QueryHandler } from './transport.ts'
import { isLoopbackAddress, wantedReceiveBuffer } from './transport.ts'

type Lookup = (
  address: string,
  options: unknown,
  done: (error: null, address: string, family: number) => void,
) => void

/** `node:dgram` asks `dns.lookup` for every packet it sends; addresses need none. */
export function literalLookup(family: 4 | 6): Lookup {
  return (address, _options, done) => done(null, address, family)
}

/** Serves UDP through `node:dgram`: works everywhere. Rejects with the bind error. */
export function openPortableUdp(
  handler: QueryHandler,
  endpoint: Endpoint,
  address: string,
  port: number,
  log: Logger,
): Promise<OpenListener> {
  const family = isIPv6(address) ? 6 : 4
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    ipv6Only: family === 6,
    lookup: literalLookup(family) as never,
  })
  const scratch = new Uint8Array(ednsPayload)
  let clientAddress = ''
  let clientPort = 0
  let isOpen = true

  const send = (answer: Uint8Array, length: number, to: string, toPort: number): void => {
    // dgram may keep the buffer past this call, so every answer gets its own.
    const copy = Buffer.allocUnsafe(length)
    for (let at = 0; at < length; at += 1) copy[at] = answer[at] ?? 0
    socket.send(copy, 0, length, toPort, to)
  }
  const capture = (): LateReply => {
    const to = clientAddress
    const toPort = clientPort
    return (answer, length) => {
      if (isOpen) send(answer, length, to, toPort)
    }
  }

  socket.on('message', (packet, from) => {
    if (!isLoopbackAddress(from.address) || from.port === 0) return
    clientAddress = from.address
    clientPort = from.port
    const length = handler.handle(packet, packet.length, scratch, 'udp', endpoint, capture)
    if (length > 0) send(scratch, length, from.address, from.port)
  })

  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off('error', reject)
      socket.on('error', (error) => log.warn('UDP socket error', { address, error }))
      try {
        socket.setRecvBufferSize(wantedReceiveBuffer)
      } catch (error) {
        log.info('the receive buffer keeps its default size', { error })
      }
      // Linux reports twice what it holds (socket(7)).
      const granted = socket.getRecvBufferSize() / (process.platform === 'linux' ? 2 : 1)
      log.info('UDP receive buffer', { address, asked: wantedReceiveBuffer, granted })
      resolve({
        address,
        port: socket.address().port,
        close: () =>
          new Promise((done) => {
            if (!isOpen) return done()
            isOpen = false
            socket.close(() => done())
          }),
      })
    })
  })
}
