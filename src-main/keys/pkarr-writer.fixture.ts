import { writeSync } from 'node:fs'
import { silentLogger } from '../env/logger.ts'
import { systemClock, systemRandom } from '../env/system-env.ts'
import { createKeyring } from './keyring-service.ts'

/**
 * Test process: `<path> <passphrase> <count>` makes one PKARR key after another in a passphrase vault
 * and prints each once it is confirmed. Every third is removed and brought back first.
 */
const [path = '', passphrase = '', count = ''] = process.argv.slice(2)
const keyring = createKeyring(
  { clock: systemClock, random: systemRandom, log: silentLogger },
  { path, preferred: 'passphrase', scryptLogN: 4 },
)
await keyring.start()
const opened = await keyring.unlock(passphrase)
writeSync(1, opened.ok ? 'unlocked\n' : `failed ${opened.error.code}\n`)
for (let n = 0; n < Number(count); n++) {
  let made = await keyring.pkarr.create(`key ${n}`)
  if (made.ok && n % 3 === 0) {
    await keyring.pkarr.remove(made.value.key)
    made = await keyring.pkarr.undoRemove()
  }
  writeSync(1, made.ok ? `${made.value.key}\n` : `failed ${made.error.code}\n`)
}
await keyring.stop()
