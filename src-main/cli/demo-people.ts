import { join } from 'node:path'
import type { EngineClient } from '../../src-preload/contract/replies.ts'
import { AppError } from '../env/errors.ts'
import { silentLogger } from '../env/logger.ts'
import { systemClock, systemRandom } from '../env/system-env.ts'
import { startEngine, type Engine, type EngineOptions } from '../engine/engine.ts'
import { localClient } from '../engine/local-client.ts'
import { createEmbeddedRelay } from '../relays/embedded/embedded-relay.ts'
import { createEventStore } from '../relays/event-store.ts'
import { openDatabase } from '../store/database.ts'

/** Tears the demo down in reverse order of building it up. */
export type Cleanup = () => Promise<unknown>

export const demoEnv = { clock: systemClock, random: systemRandom, log: silentLogger }

export interface Person {
  readonly client: EngineClient
  readonly dnsPort: number
}

export async function startRelay(folder: string, cleanups: Cleanup[]): Promise<string> {
  const database = await openDatabase(demoEnv, folder)
  cleanups.push(() => database.close())
  const store = createEventStore(demoEnv, database.sublevel('events'))
  await store.start()
  cleanups.push(() => store.stop())
  const relay = createEmbeddedRelay(demoEnv, { store, host: '127.0.0.1', port: 0 })
  await relay.start()
  cleanups.push(() => relay.stop())
  return relay.url()
}

/** A computer of somebody in the story, with an engine and browsers of its own. */
export async function startPerson(
  dataDir: string,
  relays: readonly string[],
  cleanups: Cleanup[],
  more: Partial<EngineOptions> = {},
): Promise<Person> {
  const engine: Engine = await startEngine(demoEnv, {
    dataDir,
    version: 'demo',
    serve: true,
    relays,
    ports: { proxy: 0, split: 0, doh: 0 },
    embeddedRelay: false,
    plainKeys: true,
    home: join(dataDir, 'home'),
    ...more,
  })
  cleanups.push(() => engine.stop())
  const dnsPort = engine.snapshot().resolver.listeners.find((entry) => entry.id === 'proxy')?.port
  if (dnsPort === undefined) throw new Error('the DNS server has no port')
  return { client: localClient(engine), dnsPort }
}

/** The value of a reply, or its Problem thrown. */
export function must<T>(
  reply: { ok: true; value: T } | { ok: false; error: AppError['problem'] },
): T {
  if (!reply.ok) throw new AppError(reply.error)
  return reply.value
}
