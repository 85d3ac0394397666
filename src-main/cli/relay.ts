import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createLogger } from '../env/logger.ts'
import { systemClock, systemRandom } from '../env/system-env.ts'
import { createEmbeddedRelay } from '../relays/embedded/embedded-relay.ts'
import { createEventStore } from '../relays/event-store.ts'
import { openDatabase } from '../store/database.ts'
import { aborted } from './signals.ts'
import { exitCodes, report } from './terminal.ts'
import { flagOption, portOption, type Verb } from './verb.ts'

export const relayVerb: Verb = {
  name: 'relay',
  summary: 'run only the embedded Nostr relay (NIP-01, 09, 11, 40)',
  usage: ['relay [--port PORT] [--lan]'],
  options: { port: { type: 'string' }, lan: { type: 'boolean' } },
  async run(context, _positionals, values) {
    const port = portOption(values, 'port') ?? 7447
    const log = createLogger(
      (record) => context.terminal.error(`${record.level}: ${record.message}`),
      'warn',
      () => systemClock.nowMs(),
    )
    const env = { clock: systemClock, random: systemRandom, log }
    // Beside the engine's own database, so that both can run for one data folder.
    const directory = join(context.dataDir, 'relay')
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const database = await openDatabase(env, join(directory, 'db'))
    const store = createEventStore(env, database.sublevel('events'))
    const relay = createEmbeddedRelay(env, {
      store,
      host: flagOption(values, 'lan') ? '0.0.0.0' : '127.0.0.1',
      port,
    })
    await store.start()
    try {
      await relay.start()
      report(context.terminal, { url: relay.url() }, [`relay listening on ${relay.url()}`])
      await aborted(context.signal)
    } finally {
      await relay.stop()
      await store.stop()
      await database.close()
    }
    return exitCodes.ok
  },
}
