import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import dnsPacket from 'dns-packet'

export interface Upstream {
  /** As in the settings. */
  readonly address: string
  stop(): Promise<void>
}

/** A resolver to which every name has the address `known`. */
export async function startUpstream(known: string): Promise<Upstream> {
  const socket = createSocket('udp4')
  socket.on('message', (bytes: Buffer, from: RemoteInfo) => {
    const { id = 0, questions = [] } = dnsPacket.decode(bytes)
    const reply = dnsPacket.encode({
      type: 'response',
      id,
      flags: dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE,
      questions,
      answers: questions
        .filter(({ type }) => type === 'A')
        .map(({ name }) => ({ name, type: 'A', ttl: 60, data: known })),
    })
    socket.send(reply, from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    address: `127.0.0.1:${socket.address().port}`,
    async stop() {
      socket.close()
      await once(socket, 'close')
    },
  }
}
