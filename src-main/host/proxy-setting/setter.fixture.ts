import { writeSync } from 'node:fs'
import { silentLogger } from '../../env/logger.ts'
import { systemClock, systemRandom } from '../../env/system-env.ts'
import { createExec } from '../exec.ts'
import { createProxySetting } from './proxy-setting.ts'

/**
 * Test process: `<options as JSON> <PAC address>` sets the proxy, prints what came of it, and waits
 * to be killed; a SIGTERM makes it restore and end in order.
 */
const [json = '', pacUrl = ''] = process.argv.slice(2)
const options = JSON.parse(json) as {
  readonly folders: readonly string[]
  readonly home: string
  readonly variables: Readonly<Record<string, string>>
  readonly statePath: string
}
const setting = createProxySetting(
  { clock: systemClock, random: systemRandom, log: silentLogger },
  {
    ...options,
    platform: 'linux',
    exec: createExec({ folders: options.folders, clock: systemClock }),
  },
)
const result = await setting.set(pacUrl)
const alive = setInterval(() => undefined, 60_000)
process.on('SIGTERM', () => {
  void setting.restore().then((restored) => {
    writeSync(1, restored.ok ? 'restored\n' : `${restored.error.code}\n`)
    clearInterval(alive)
  })
})
writeSync(1, result.ok ? 'set\n' : `${result.error.code}\n`)
