import { lookup } from 'node:dns/promises'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { settingsSchema } from '../../src-preload/contract/settings.ts'
import { createLogger } from '../env/logger.ts'
import { systemClock, systemRandom } from '../env/system-env.ts'
import { openDatabase } from '../store/database.ts'
import { createCarrierSet } from '../systems/pkarr/carrier-set.ts'
import { createDhtCarrier } from '../systems/pkarr/dht/dht-carrier.ts'
import type { SavedNode } from '../systems/pkarr/dht/dht-client.ts'
import { createPacketSource } from '../systems/pkarr/packet-source-service.ts'
import { createRelayCarrier } from '../systems/pkarr/relay-carrier.ts'
import { createPkarrRelay } from '../systems/pkarr/relay-server/relay-server.ts'
import type { CliContext } from './context.ts'
import { aborted } from './signals.ts'
import { exitCodes, report, type ExitCode } from './terminal.ts'
import { portOption, textOption, type OptionValues } from './verb.ts'

/** Where relays of the reference listen. */
const defaultPort = 6881
/** Packets kept, as in the reference (specs/pkarr.md s.4): about a gigabyte. */
const capacity = 1_000_000

/** `pkarr relay`: an HTTP relay over the DHT, until stopped. */
export async function runPkarrRelay(context: CliContext, values: OptionValues): Promise<ExitCode> {
  const log = createLogger(
    (record) => context.terminal.error(`${record.level}: ${record.message}`),
    'warn',
    () => systemClock.nowMs(),
  )
  const env = { clock: systemClock, random: systemRandom, log }
  // Beside the engine's own database, so that both can run for one data folder.
  const directory = join(context.dataDir, 'pkarr-relay')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const database = await openDatabase(env, join(directory, 'db'))
  const nodes = database.sublevel<readonly SavedNode[]>('dht-nodes', 'json')
  const { pkarr } = settingsSchema.parse({ version: 1 })
  const carriers = createCarrierSet({
    relays: () => [],
    onRelays: () => () => undefined,
    createRelay: (url) => createRelayCarrier(env, { url }),
    dht: createDhtCarrier(env, {
      settings: () => pkarr.dht,
      // A program of its own, not this computer's resolver: the system's resolver may be asked.
      lookupHost: async (name) =>
        (await lookup(name, { all: true, family: 4 })).map(({ address }) => address),
      nodes: {
        load: async () => (await nodes.get('all')) ?? [],
        save: (known) => nodes.put('all', known),
      },
    }),
  })
  const source = createPacketSource(env, {
    disk: database.sublevel('pkarr', 'view'),
    carriers: carriers.list,
    onCarriers: carriers.onChange,
    bounds: () => pkarr,
    isOwn: () => false,
    capacity,
  })
  const relay = createPkarrRelay(env, {
    source,
    host: textOption(values, 'host') ?? '127.0.0.1',
    port: portOption(values, 'port') ?? defaultPort,
  })
  const services = [carriers, source, relay]
  try {
    for (const service of services) await service.start()
    report(context.terminal, { url: relay.url() }, [`PKARR relay listening on ${relay.url()}`])
    await aborted(context.signal)
  } finally {
    for (const service of services.toReversed()) await service.stop()
    await database.close()
  }
  return exitCodes.ok
}
