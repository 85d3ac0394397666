/**
 * The name server alone, as the bench measures it: `node subject.js <json>` with ports, upstreams and
 * the UDP path. Prints one JSON line when it is ready, and its counters when it is ended.
 */
import { createNameServer } from '../src-main/dns/name-server.ts'
import { loadSocketCalls } from '../src-main/dns/batched/socket-calls.ts'
import { createHealth } from '../src-main/env/health.ts'
import { createLogger } from '../src-main/env/logger.ts'
import { systemClock, systemRandom } from '../src-main/env/system-env.ts'

interface SubjectOptions {
  readonly port: number
  readonly upstreams: readonly string[]
  readonly isPortable: boolean
}

const options = JSON.parse(process.argv[2] ?? '{}') as SubjectOptions
const startedMs = performance.now()
const log = createLogger(
  (record) => process.stderr.write(`${JSON.stringify(record)}\n`),
  'info',
  () => Date.now(),
)
const server = createNameServer(
  { clock: systemClock, random: systemRandom, log },
  {
    systems: [],
    health: createHealth(() => Date.now()),
    config: {
      enabled: true,
      privateAddressOwners: [],
      proxyPort: options.port,
      splitPort: options.port + 1,
      dohPort: options.port + 2,
      usePortFallback: false,
      upstreams: [...options.upstreams],
    },
    allowsPrivate: () => false,
    loadSocketCalls: options.isPortable ? () => undefined : loadSocketCalls,
  },
)
await server.start()
process.stdout.write(
  `${JSON.stringify({ listeners: server.listeners(), startMs: performance.now() - startedMs, bootMs: performance.now() })}\n`,
)
process.on('SIGTERM', () => {
  process.stderr.write(
    `${JSON.stringify({ counters: server.counters(), upstreams: server.upstreams() })}\n`,
  )
  void server.stop().then(() => process.exit(0))
})
