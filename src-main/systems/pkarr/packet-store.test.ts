import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { silentLogger } from '../../env/logger.ts'
import { createManualClock, testEnv, type ManualClock } from '../../relays/testing/manual-clock.ts'
import { openDatabase, type Database, type Sublevel } from '../../store/database.ts'
import { createPacketStore, type PacketStore } from './packet-store.ts'
import { toStored } from './signed-packet.ts'
import { testKey, type TestKey } from './testing/test-keys.ts'
import { buildPayload } from './zone-packet.ts'

let directory: string
let database: Database
let disk: Sublevel<Uint8Array>
let clock: ManualClock

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pkarr-store-'))
  clock = createManualClock()
  database = await openDatabase(testEnv(clock), join(directory, 'db'))
  disk = database.sublevel('pkarr', 'view')
})
afterEach(async () => {
  await database.close()
  await rm(directory, { recursive: true, force: true })
})

const open = (capacity?: number): PacketStore =>
  createPacketStore({
    disk,
    bounds: () => ({ minTtl: 300, maxTtl: 86_400 }),
    clock,
    log: silentLogger,
    isBusy: () => false,
    ...(capacity !== undefined && { capacity }),
  })

const keyOf = (index: number): TestKey => {
  const seed = new Uint8Array(32).fill(0x77)
  seed[0] = index >> 8
  seed[1] = index & 0xff
  return testKey(seed)
}
const sightingOf = (owner: TestKey, timestampUs: bigint, lastSeenMs = clock.nowMs()) => {
  const payload = buildPayload(owner.key, [])
  if (!payload.ok) throw new Error(payload.error.message)
  return { packet: owner.packet(timestampUs, payload.value), lastSeenMs }
}
const keysOnDisk = (): Promise<string[]> => disk.keys().all()

describe('the packet store', () => {
  it('has the newest packet on the disk, in whatever order writes are done there', async () => {
    const owner = keyOf(1)
    // LevelDB does writes on several threads: what began last may be done first.
    let patience = 30
    const late = async (): Promise<void> => {
      patience -= 10
      for (let turn = patience; turn > 0; turn -= 1) await setImmediate()
    }
    for (const method of ['put', 'batch'] as const) {
      const write = disk[method].bind(disk) as (...writes: readonly unknown[]) => Promise<void>
      const writeLate = (...writes: readonly unknown[]) => late().then(() => write(...writes))
      vi.spyOn(disk, method).mockImplementation(writeLate as never)
    }
    const store = open()
    for (const time of [1n, 2n, 3n]) store.accept(sightingOf(owner, time), { source: 'relay' })
    await store.flush()
    expect((await open().recall(owner.key))?.packet.timestampUs).toBe(3n)
  })

  it('keeps no more packets on the disk than it may while it runs, those seen last', async () => {
    const store = open(100)
    for (let index = 0; index < 300; index += 1) {
      store.accept(sightingOf(keyOf(index), 1n), { source: 'relay' })
      clock.advance(1)
      await store.flush()
    }
    const keys = await keysOnDisk()
    expect(keys.length).toBeLessThanOrEqual(110)
    expect(keys).toContain(keyOf(299).key)
    expect(keys).not.toContain(keyOf(0).key)
  })

  it('begins with a disk that holds too much by dropping what was seen longest ago', async () => {
    for (let index = 0; index < 20; index += 1) {
      const sighting = sightingOf(keyOf(index), 1n, clock.nowMs() + index)
      await disk.put(sighting.packet.key, toStored(sighting))
    }
    const store = open(5)
    store.accept(sightingOf(keyOf(20), 1n, clock.nowMs() + 20), { source: 'relay' })
    await store.flush()
    const left = Array.from({ length: 5 }, (_, index) => keyOf(index + 16).key)
    expect((await keysOnDisk()).toSorted()).toEqual(left.toSorted())
  })

  it('forgets for good what was about to be written', async () => {
    const owner = keyOf(1)
    const store = open()
    store.accept(sightingOf(owner, 1n), { source: 'relay' })
    store.accept(sightingOf(owner, 2n), { source: 'relay' })
    await store.forget(owner.key)
    await store.flush()
    expect(await keysOnDisk()).toEqual([])
  })

  it('does without a disk that fails', async () => {
    await database.close()
    const owner = keyOf(1)
    const store = open()
    store.accept(sightingOf(owner, 1n), { source: 'relay' })
    await store.flush()
    expect((await store.recall(owner.key))?.packet.timestampUs).toBe(1n)
  })

  it('has a damaged time of sighting corrected by the first carrier', async () => {
    const owner = keyOf(1)
    const sighting = sightingOf(owner, 1n)
    const stored = Uint8Array.from(toStored(sighting)).fill(0xff, 0, 8)
    await disk.put(owner.key, stored)
    const store = open()
    const damaged = await store.recall(owner.key)
    expect(Number.isNaN(new Date(damaged?.lastSeenMs ?? 0).getTime())).toBe(false)
    store.accept(sighting, { source: 'relay' })
    expect(store.peek(owner.key)?.lastSeenMs).toBe(clock.nowMs())
  })
})
