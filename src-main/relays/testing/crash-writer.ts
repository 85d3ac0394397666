/**
 * Writes to the event store in the directory given until it is killed. Every id is printed after its
 * durable `accept` has resolved, so the reader of stdout knows what was confirmed.
 */
import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import type { Event } from 'nostr-tools/pure'
import { silentLogger } from '../../env/logger.ts'
import { systemClock, systemRandom } from '../../env/system-env.ts'
import { openDatabase } from '../../store/database.ts'
import { createEventStore } from '../event-store.ts'

const [directory = '', firstText = '0'] = process.argv.slice(2)
const pubkey = 'a'.repeat(64)

/** The store checks ids when it reads; signatures were checked before it ever saw the event. */
function unsigned(kind: number, created_at: number, tags: string[][], content: string): Event {
  const serialized = JSON.stringify([0, pubkey, created_at, kind, tags, content])
  const id = createHash('sha256').update(serialized).digest('hex')
  return { id, pubkey, created_at, kind, tags, content, sig: '0'.repeat(128) }
}

const env = { clock: systemClock, random: systemRandom, log: silentLogger }
const database = await openDatabase(env, directory)
const store = createEventStore(env, database.sublevel('events'))

for (let number = Number(firstText); ; number++) {
  const at = 1_700_000_000 + number
  const zone = unsigned(31_111, at, [['d', `dns:${number % 7}`]], 'x'.repeat(number % 2_000))
  const note = unsigned(1, at, [], String(number))
  const noise = unsigned(30_000, at, [], 'noise')
  const [zoneVerdict, noteVerdict] = await Promise.all([
    store.accept(zone, 'local', { durable: true }),
    store.accept(note, 'local', { durable: true }),
    store.accept(noise, 'wss://relay.example'),
    store.accept(zone, 'wss://relay.example'),
  ])
  if (zoneVerdict !== 'stored' || noteVerdict !== 'stored') {
    throw new Error(`${number}: ${zoneVerdict}, ${noteVerdict}`)
  }
  writeSync(1, `${number}\n`)
}
