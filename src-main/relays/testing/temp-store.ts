import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Env } from '../../env/env.ts'
import { openDatabase } from '../../store/database.ts'
import { createEventStore, type LocalEventStore } from '../event-store.ts'

export async function tempDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'nostr-dns-relays-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** An event store in a directory of its own, closed and removed after the test. */
export async function tempStore(env: Env): Promise<LocalEventStore> {
  const database = await openDatabase(env, await tempDirectory())
  const store = createEventStore(env, database.sublevel('events'))
  await store.start()
  onTestFinished(async () => {
    await store.stop()
    await database.close()
  })
  return store
}
