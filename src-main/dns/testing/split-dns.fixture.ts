/**
 * A process with a real name server and the service that has the system's resolver ask it, for tests
 * in namespaces. Argument: port of the split listener. Takes lines `look`, `plan`, `install`,
 * `uninstall`, `on`, `off`, `counts` and answers each with one line of JSON.
 */
import { createInterface } from 'node:readline'
import { createHealth } from '../../env/health.ts'
import { silentLogger } from '../../env/logger.ts'
import { systemClock, systemRandom } from '../../env/system-env.ts'
import { createExec, systemFolders } from '../../host/exec.ts'
import { createCanary } from '../../host/resolver/canary.ts'
import { createResolverConfig } from '../../host/resolver/resolver-config-service.ts'
import { createNameServer } from '../name-server.ts'
import { answerOf, createFakeSystem, denialOf } from './fake-system.ts'
import { aRecord } from './messages.ts'

const port = Number(process.argv[2])
const env = { clock: systemClock, random: systemRandom, log: silentLogger }
const canary = createCanary(systemRandom)
const asked: string[] = []
const system = createFakeSystem((_name, qname, type) => {
  asked.push(qname)
  return type === 'A'
    ? answerOf('fake', aRecord(qname, '203.0.113.10'))
    : denialOf('fake', 'nodata')
})
const server = createNameServer(env, {
  systems: [system],
  health: createHealth(() => Date.now()),
  config: {
    enabled: true,
    proxyPort: port + 1,
    splitPort: port,
    dohPort: port + 2,
    usePortFallback: false,
    upstreams: [],
    privateAddressOwners: [],
  },
  allowsPrivate: () => false,
  answersCanary: (name) => canary.answersCanary(name),
  loadSocketCalls: () => undefined,
})
let isEnabled = true
const config = createResolverConfig(env, {
  exec: createExec({
    folders: systemFolders(process.platform, process.env),
    clock: systemClock,
  }),
  platform: process.platform,
  isAdministrator: process.getuid?.() === 0,
  powershell: '',
  wish: () => ({ port, suffixes: ['nostr', 'pkarr', 'key'] }),
  listeningPort: () => server.listeners().find(({ id }) => id === 'split')?.port,
  isEnabled: () => isEnabled,
  canary,
})
await server.start()

const switchTo = (on: boolean): Promise<unknown> => {
  isEnabled = on
  server.setEnabled(on)
  return config.look()
}
const calls: Readonly<Record<string, () => Promise<unknown>>> = {
  look: () => config.look(),
  plan: () => config.plan(),
  install: () => config.install(),
  uninstall: () => config.uninstall(),
  on: () => switchTo(true),
  off: () => switchTo(false),
  counts: () => Promise.resolve({ ...server.counters(), asked }),
}
process.stdout.write(`${JSON.stringify({ pid: process.pid })}\n`)
for await (const line of createInterface({ input: process.stdin })) {
  const answer = await calls[line]?.()
  process.stdout.write(`${JSON.stringify(answer ?? {})}\n`)
}
await server.stop()
