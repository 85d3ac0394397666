import { writeSync } from 'node:fs'
import { silentLogger } from '../env/logger.ts'
import { systemClock, systemRandom } from '../env/system-env.ts'
import { createSettingsStore } from './settings-store.ts'

/**
 * Test process: `<path> <first port> <count>` sets `resolver.proxyPort` to one port after another
 * and prints each once it is confirmed.
 */
const [path = '', first = '', count = ''] = process.argv.slice(2)
const store = createSettingsStore(
  { clock: systemClock, random: systemRandom, log: silentLogger },
  path,
)
await store.start()
for (let port = Number(first); port < Number(first) + Number(count); port++) {
  const owner = port.toString(16).padStart(64, '0')
  const owners = [...store.get().resolver.privateAddressOwners, owner].slice(-50)
  const done = await store.update({
    resolver: { proxyPort: port, privateAddressOwners: owners },
  })
  writeSync(1, done.ok ? `${port}\n` : `failed ${done.error.code}\n`)
}
await store.stop()
