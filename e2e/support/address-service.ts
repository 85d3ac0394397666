import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface AddressService {
  readonly url: string
  stop(): Promise<void>
}

/** A service that tells every caller that its public address is `address`. */
export async function startAddressService(address: string): Promise<AddressService> {
  const server = createServer((_request, response) => response.end(`${address}\n`))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
