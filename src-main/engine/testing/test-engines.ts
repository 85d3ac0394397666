import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CallArgument, CallName } from '../../../src-preload/contract/calls.ts'
import type { Replies } from '../../../src-preload/contract/replies.ts'
import { startEngine, type Engine, type EngineOptions } from '../engine.ts'
import { localClient } from '../local-client.ts'
import { startTestRelay, testEnv, type TestRelay } from './test-relay.ts'

export interface TestEngine {
  readonly engine: Engine
  /** Rejects with `code: message` when the engine says no. */
  call<C extends CallName>(callName: C, argument: CallArgument<C>): Promise<Replies[C]>
}

export interface TestEngines {
  /** A serving engine with data and home folders of its own, called `name`; started again, the same. */
  start(name: string, options?: Partial<EngineOptions>): Promise<TestEngine>
  stop(): Promise<void>
}

/** Engines of several people who share two real relays, all on free ports. */
export async function startTestEngines(): Promise<TestEngines> {
  const folder = await mkdtemp(join(tmpdir(), 'nostr-dns-engines-'))
  const relays: readonly TestRelay[] = [await startTestRelay(), await startTestRelay()]
  const engines: Engine[] = []
  return {
    async start(name, options = {}) {
      const engine = await startEngine(testEnv, {
        dataDir: join(folder, name),
        home: join(folder, `${name}-home`),
        version: 'test',
        serve: true,
        ports: { proxy: 0, split: 0, doh: 0 },
        embeddedRelay: false,
        plainKeys: true,
        relays: relays.map(({ url }) => url),
        ...options,
      })
      engines.push(engine)
      const client = localClient(engine)
      return {
        engine,
        async call(callName, argument) {
          const reply = await client.call(callName, argument)
          if (!reply.ok) throw new Error(`${reply.error.code}: ${reply.error.message}`)
          return reply.value
        },
      }
    },
    async stop() {
      await Promise.all(engines.map((engine) => engine.stop()))
      await Promise.all(relays.map((relay) => relay.stop()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}
