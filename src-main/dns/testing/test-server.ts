import type { Clock } from '../../env/env.ts'
import type { Health } from '../../env/health.ts'
import { createHealth } from '../../env/health.ts'
import { silentLogger } from '../../env/logger.ts'
import { systemRandom } from '../../env/system-env.ts'
import type { NameSystem } from '../../systems/name-system.ts'
import type { ListenerStatus } from '../../../src-preload/contract/model.ts'
import { loadSocketCalls } from '../batched/socket-calls.ts'
import type { NameServer, NameServerConfig, NameServerDeps } from '../name-server.ts'
import { createNameServer } from '../name-server.ts'

export interface TestServerOptions {
  readonly clock: Clock
  readonly systems?: readonly NameSystem[]
  readonly config?: Partial<NameServerConfig>
  readonly engine?: 'batched' | 'portable'
  readonly allowsPrivate?: NameServerDeps['allowsPrivate']
  readonly answersCanary?: NameServerDeps['answersCanary']
}

export interface TestServer {
  readonly server: NameServer
  readonly health: Health
  port(id: ListenerStatus['id']): number
}

/** A running name server on free ports. */
export async function startTestServer(options: TestServerOptions): Promise<TestServer> {
  const { clock } = options
  const health = createHealth(() => clock.nowMs())
  const server = createNameServer(
    { clock, random: systemRandom, log: silentLogger },
    {
      systems: options.systems ?? [],
      health,
      config: {
        enabled: true,
        proxyPort: 0,
        splitPort: 0,
        dohPort: 0,
        usePortFallback: true,
        upstreams: [],
        privateAddressOwners: [],
        ...options.config,
      },
      allowsPrivate: options.allowsPrivate ?? (() => false),
      ...(options.answersCanary && { answersCanary: options.answersCanary }),
      loadSocketCalls: options.engine === 'batched' ? loadSocketCalls : () => undefined,
    },
  )
  await server.start()
  return {
    server,
    health,
    port: (id) => server.listeners().find((listener) => listener.id === id)?.port ?? 0,
  }
}
