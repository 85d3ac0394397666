/**
 * A process that publishes without pause until it is killed, and prints what was confirmed to it.
 * Arguments: state file, relay URL, number of the first round.
 */
import { createHash } from 'node:crypto'
import { settingsSchema } from '../../../src-preload/contract/settings.ts'
import { createHealth } from '../../env/health.ts'
import { silentLogger } from '../../env/logger.ts'
import { systemClock, systemRandom } from '../../env/system-env.ts'
import { createPublisher } from '../publisher-service.ts'
import { createForgetfulStore } from './forgetful-store.ts'
import { createSocketRelays } from './socket-relays.ts'
import { createTestKeyring } from './test-keyring.ts'

const [statePath = '', url = '', first = '0'] = process.argv.slice(2)
const env = { clock: systemClock, random: systemRandom, log: silentLogger }
const keyring = createTestKeyring(createHash('sha256').update('publisher fixture').digest())
const publisher = createPublisher(env, {
  keyring,
  relays: createSocketRelays(url),
  store: createForgetfulStore(),
  statePath,
  settings: () => settingsSchema.parse({ version: 1, publish: { stunServers: [] } }).publish,
  health: createHealth(() => Date.now()),
})
await publisher.start()
const { signal } = new AbortController()
for (let round = Number(first); ; round++) {
  const host = `host${round % 3}`
  const address = `203.0.${Math.floor(round / 250) % 250}.${(round % 250) + 1}`
  const result = await publisher.publishAddress(keyring.pubkey, {
    host,
    addresses: [address],
    signal,
  })
  process.stdout.write(`${JSON.stringify({ round, host, address, ok: result.ok })}\n`)
}
