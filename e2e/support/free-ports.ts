import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

/** `count` loopback ports free for both TCP and UDP at this moment. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found: number[] = []
  const held: { close(): unknown }[] = []
  while (found.length < count) {
    const tcp = createServer().listen(0, '127.0.0.1')
    await once(tcp, 'listening')
    held.push(tcp)
    const { port } = tcp.address() as AddressInfo
    const udp = createSocket('udp4')
    held.push(udp)
    try {
      udp.bind(port, '127.0.0.1')
      await once(udp, 'listening')
      found.push(port)
    } catch {
      // Another program has this port for UDP: take the next.
    }
  }
  for (const socket of held) socket.close()
  return found
}
