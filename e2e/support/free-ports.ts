import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * `count` loopback ports free for both TCP and UDP at this moment, and of those that no system hands
 * out by itself: the app is to listen on them a moment later.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>()
  const held: { close(): unknown }[] = []
  while (found.size < count) {
    const port = randomInt(10_000, 32_000)
    if (found.has(port)) continue
    const tcp = createServer()
    const udp = createSocket('udp4')
    held.push(tcp, udp)
    try {
      await once(tcp.listen(port, '127.0.0.1'), 'listening')
      await once(udp.bind(port, '127.0.0.1'), 'listening')
      found.add(port)
    } catch {
      // Another program has this port: take the next.
    }
  }
  for (const socket of held) socket.close()
  return [...found]
}
