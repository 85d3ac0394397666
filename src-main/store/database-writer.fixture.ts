import { writeSync } from 'node:fs'
import { silentLogger } from '../env/logger.ts'
import { systemClock, systemRandom } from '../env/system-env.ts'
import { openDatabase } from './database.ts'

/** Test process: `<folder> <first>` writes numbered rows for ever and prints each confirmed one. */
const [folder = '', first = ''] = process.argv.slice(2)
const env = { clock: systemClock, random: systemRandom, log: silentLogger }
const database = await openDatabase(env, folder)
const sublevel = database.sublevel<number>('rows', 'json')
for (let n = Number(first); ; n++) {
  await database.batch([{ type: 'put', sublevel, key: `${n}`, value: n }], { sync: true })
  writeSync(1, `${n}\n`)
}
