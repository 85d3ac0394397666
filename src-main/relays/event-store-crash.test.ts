import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { build } from 'vite'
import { expect, it } from 'vitest'
import { createHealth } from '../env/health.ts'
import { openDatabase } from '../store/database.ts'
import { createEventStore } from './event-store.ts'
import { createManualClock, testEnv } from './testing/manual-clock.ts'
import { tempDirectory } from './testing/temp-store.ts'

const rounds = 50
const pubkey = 'a'.repeat(64)

/** Bundles the writer so that plain Node 20 can run it. */
async function buildWriter(directory: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: join(import.meta.dirname, 'testing/crash-writer.ts'),
      outDir: directory,
      emptyOutDir: false,
      rolldownOptions: { output: { entryFileNames: 'crash-writer.mjs' } },
    },
  })
  const packages = join(import.meta.dirname, '../../node_modules')
  await symlink(packages, join(directory, 'node_modules'), 'junction')
  return join(directory, 'crash-writer.mjs')
}

/** Runs the writer from number `first` and kills it in the act; the last number it confirmed. */
async function writeAndKill(writer: string, database: string, first: number): Promise<number> {
  const child = spawn(process.execPath, [writer, database, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>
  const killAfter = first + Math.floor(Math.random() * 25)
  let confirmed = first - 1
  let isKilling = false
  for await (const line of createInterface({ input: child.stdout })) {
    confirmed = Number(line)
    if (confirmed < killAfter || isKilling) continue
    isKilling = true
    // Anywhere within the next writes; which one is a matter of chance, and need not be known.
    void delay(Math.random() * 4).then(() => child.kill('SIGKILL'))
  }
  expect(await exited).toEqual([null, 'SIGKILL'])
  return confirmed
}

it(
  `loses nothing confirmed over ${rounds} kills in the act of writing`,
  { timeout: 240_000 },
  async () => {
    const directory = await tempDirectory()
    const writer = await buildWriter(await tempDirectory())
    const env = testEnv(createManualClock())
    const health = createHealth(() => env.clock.nowMs())
    const confirmed = new Set<number>()
    let next = 0
    for (let round = 0; round < rounds; round++) {
      const last = await writeAndKill(writer, directory, next)
      for (let number = next; number <= last; number++) confirmed.add(number)

      const database = await openDatabase(env, directory, health)
      const store = createEventStore(env, database.sublevel('events'), health)
      const held = await store.byOwner(pubkey)
      const notes = new Set(
        held.map(({ event }) => (event.kind === 1 ? Number(event.content) : -1)),
      )
      expect([...confirmed].filter((number) => !notes.has(number))).toEqual([])
      for (let host = 0; host < 7; host++) {
        const newest = Math.max(-1, ...[...confirmed].filter((number) => number % 7 === host))
        if (newest < 0) continue
        const zone = held.find(({ event }) => event.tags[0]?.[1] === `dns:${host}`)
        expect(zone?.event.created_at).toBeGreaterThanOrEqual(1_700_000_000 + newest)
        const mark = await store.highWaterMark(31_111, pubkey, `dns:${host}`)
        expect(mark).toBe(zone?.event.created_at)
      }
      const written = Math.max(...notes)
      expect(await store.query([{ kinds: [1], limit: 1 }])).toMatchObject([
        { content: String(written) },
      ])
      await store.stop()
      await database.close()
      // What was written last may be there without having been confirmed; its number is spent.
      next = Math.max(written, ...held.map(({ event }) => event.created_at - 1_700_000_000)) + 1
    }
    expect(confirmed.size).toBeGreaterThanOrEqual(rounds)
    expect(health.list()).toEqual([])
  },
)
