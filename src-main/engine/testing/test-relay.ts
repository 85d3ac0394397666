import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '../../env/logger.ts'
import { systemClock, systemRandom } from '../../env/system-env.ts'
import { createEmbeddedRelay } from '../../relays/embedded/embedded-relay.ts'
import { createEventStore } from '../../relays/event-store.ts'
import { openDatabase } from '../../store/database.ts'

export const testEnv = { clock: systemClock, random: systemRandom, log: silentLogger }

export interface TestRelay {
  readonly url: string
  stop(): Promise<void>
}

/** A real relay of its own on a free port, with its own folder. */
export async function startTestRelay(port = 0): Promise<TestRelay> {
  const folder = await mkdtemp(join(tmpdir(), 'nostr-dns-relay-'))
  const database = await openDatabase(testEnv, join(folder, 'db'))
  const store = createEventStore(testEnv, database.sublevel('events'))
  await store.start()
  const relay = createEmbeddedRelay(testEnv, { store, host: '127.0.0.1', port })
  await relay.start()
  return {
    url: relay.url(),
    async stop() {
      await relay.stop()
      await store.stop()
      await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
