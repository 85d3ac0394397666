import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHealth } from '../../env/health.ts'
import { ok, fail } from '../../env/errors.ts'
import type { PkarrKeyring } from '../../keys/pkarr-keyring.ts'
import { createManualClock, testEnv, type ManualClock } from '../../relays/testing/manual-clock.ts'
import { createMemorySource, type MemorySource } from '../../systems/pkarr/testing/memory-source.ts'
import { toRelayBody } from '../../systems/pkarr/signed-packet.ts'
import { testKey } from '../../systems/pkarr/testing/test-keys.ts'
import { buildPayload, recordsOfPacket } from '../../systems/pkarr/zone-packet.ts'
import { createPkarrPublisher, type PkarrPublisher } from './pkarr-publisher.ts'

const own = testKey(2)
const followed = testKey(3)
const never = new AbortController().signal
const records = [{ name: '@', ttl: 300, rdata: { type: 'A', address: '192.0.2.1' } }] as const

let directory: string
let clock: ManualClock
let source: MemorySource
let publisher: PkarrPublisher
let isLocked: boolean

const keyring: PkarrKeyring = {
  list: () => [
    {
      key: own.key,
      label: 'site',
      createdAtMs: 0,
      protection: 'plain',
      isLocked,
      isBackedUp: true,
    },
  ],
  create: async () => fail('x', 'x'),
  importSeed: async () => fail('x', 'x'),
  exportSeed: async () => fail('x', 'x'),
  rename: async () => fail('x', 'x'),
  remove: async () => fail('x', 'x'),
  undoRemove: async () => fail('x', 'x'),
  canUndoRemove: () => false,
  sign: async (_key, message) =>
    isLocked ? fail('keys.locked', 'The key is locked.') : ok(own.sign(message)),
  onChange: () => () => undefined,
}

const open = (follow: readonly string[] = []): PkarrPublisher =>
  createPkarrPublisher(testEnv(clock), {
    path: join(directory, 'pkarr.json'),
    health: createHealth(() => clock.nowMs()),
    keyring,
    source,
    isEnabled: () => true,
    followed: () => follow,
  })

/** Until work begun by a timer of the manual clock has ended. */
const until = async (isDone: () => boolean): Promise<void> => {
  while (!isDone()) await new Promise((resolve) => setImmediate(resolve))
}

/** Lets time pass, and what falls due at its end begin. */
const pass = async (milliseconds: number): Promise<void> => {
  clock.advance(milliseconds)
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  clock.advance(15_000)
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pkarr-publisher-'))
  clock = createManualClock()
  source = createMemorySource(() => clock.nowMs())
  isLocked = false
  publisher = open()
  await publisher.start()
})

afterEach(async () => {
  await publisher.stop()
  await rm(directory, { recursive: true, force: true })
})

describe('publishing', () => {
  it('signs the whole zone, sends it and reports what each carrier said', async () => {
    const report = await publisher.publish(own.key, records, never)
    expect(report).toMatchObject({
      ok: true,
      value: { key: own.key, nodes: 2, delivery: [{ carrier: 'memory', state: 'stored' }] },
    })
    expect(report.ok && report.value.warnings[0]).toMatch(/2 nodes are known/u)
    const [packet] = source.published
    expect(packet && recordsOfPacket(packet)).toMatchObject([{ name: own.key }])
  })

  it('is later than anything seen, even with the clock set back', async () => {
    const ahead = BigInt(clock.nowMs() + 60_000) * 1000n
    const payload = buildPayload(own.key, [])
    if (!payload.ok) throw new Error('no payload')
    source.network.set(own.key, own.packet(ahead, payload.value))
    await publisher.publish(own.key, records, never)
    expect(source.published[0]?.timestampUs).toBe(ahead + 1n)
  })

  it('publishes of one key follow each other, each later than the last', async () => {
    await Promise.all([1, 2, 3].map(() => publisher.publish(own.key, records, never)))
    const times = source.published.map(({ timestampUs }) => timestampUs)
    expect(new Set(times).size).toBe(3)
    expect(times).toEqual(times.toSorted((a, b) => Number(a - b)))
  })

  it('looks again and signs anew when a carrier holds a later packet', async () => {
    source.nextDeliveries.push([{ carrier: 'memory', kind: 'relay', state: 'conflict' }])
    const report = await publisher.publish(own.key, records, never)
    expect(report).toMatchObject({ value: { delivery: [{ state: 'stored' }] } })
    expect(source.published).toHaveLength(2)
  })

  it('has each packet on the disk before anybody sees it', async () => {
    source.nextDeliveries.push([{ carrier: 'memory', kind: 'relay', state: 'conflict' }])
    const { publish } = source
    const saved: unknown[] = []
    source.publish = async (packet, signal) => {
      const file: unknown = JSON.parse(await readFile(join(directory, 'pkarr.json'), 'utf8'))
      saved.push(file)
      expect(file).toMatchObject({
        packets: [{ body: Buffer.from(toRelayBody(packet)).toString('base64') }],
      })
      return publish(packet, signal)
    }
    await publisher.publish(own.key, records, never)
    expect(saved).toHaveLength(2)
  })

  it('refuses what does not fit, foreign keys and locked keys, and sends nothing', async () => {
    const large = [
      {
        name: '@',
        ttl: 300,
        rdata: { type: 'TXT', strings: Array.from({ length: 5 }, () => new Uint8Array(250)) },
      },
    ] as const
    const tooLarge = await publisher.publish(own.key, large, never)
    expect(tooLarge).toMatchObject({ ok: false, error: { code: 'pkarr.too-large' } })
    expect(tooLarge.ok ? '' : tooLarge.error.message).toMatch(/1\d\d\d bytes/u)
    expect(await publisher.publish(followed.key, records, never)).toMatchObject({
      error: { code: 'keys.unknown' },
    })
    isLocked = true
    expect(await publisher.publish(own.key, records, never)).toMatchObject({
      error: { code: 'keys.locked' },
    })
    expect(source.published).toEqual([])
  })
})

describe('keeping packets alive', () => {
  it('announces the same bytes within the hour, from disk, without the key', async () => {
    await publisher.publish(own.key, records, never)
    await publisher.stop()
    isLocked = true
    source = createMemorySource(() => clock.nowMs())
    publisher = open()
    await publisher.start()
    await pass(50 * 60_000)
    expect(source.published).toHaveLength(0)
    await pass(11 * 60_000)
    await until(() => source.published.length === 1)
    expect(source.published[0]?.payload).toEqual(publisher.kept(own.key)?.payload)
    expect(source.published[0]?.timestampUs).toBe(publisher.kept(own.key)?.timestampUs)
  })

  it('tries again sooner when nobody stored it, and then waits longer each time', async () => {
    source.nextDeliveries.push([{ carrier: 'memory', kind: 'relay', state: 'unreachable' }])
    const report = await publisher.publish(own.key, records, never)
    expect(report.ok && report.value.warnings[0]).toMatch(/tried again/u)
    expect(publisher.announcement(own.key)?.failures).toBe(1)
    await pass(75_000)
    await until(() => source.published.length === 2)
    await until(() => publisher.announcement(own.key)?.failures === 0)
    const next = publisher.announcement(own.key)?.nextMs ?? 0
    expect(next - clock.nowMs()).toBeGreaterThan(50 * 60_000)
  })

  it.each(['rate-limited', 'unreachable'] as const)(
    'tries again sooner when one carrier was %s, though another stored it',
    async (state) => {
      const stored = { carrier: 'one', kind: 'relay', state: 'stored' } as const
      source.nextDeliveries.push([stored, { carrier: 'two', kind: 'relay', state }])
      const report = await publisher.publish(own.key, records, never)
      expect(report.ok && report.value.warnings[0]).toMatch(/tried again/u)
      await pass(75_000)
      await until(() => source.published.length === 2)
    },
  )

  it('does not press a carrier that refused', async () => {
    const stored = { carrier: 'one', kind: 'relay', state: 'stored' } as const
    source.nextDeliveries.push([stored, { carrier: 'two', kind: 'relay', state: 'refused' }])
    await publisher.publish(own.key, records, never)
    for (let minute = 0; minute < 40; minute += 1) await pass(45_000)
    expect(source.published).toHaveLength(1)
  })

  it('keeps packets of followed keys alive too, and takes over newer ones', async () => {
    await publisher.stop()
    publisher = open([followed.key])
    await publisher.start()
    const payload = buildPayload(followed.key, records)
    if (!payload.ok) throw new Error('no payload')
    source.network.set(followed.key, followed.packet(5n, payload.value))
    clock.advance(15_000)
    await until(() => publisher.announcement(followed.key) !== undefined)
    expect(source.published[0]?.key).toBe(followed.key)
    source.network.set(followed.key, followed.packet(6n, payload.value))
    source.nextDeliveries.push([{ carrier: 'memory', kind: 'relay', state: 'conflict' }])
    const again = await publisher.republish(followed.key, never)
    expect(again).toMatchObject({ ok: true })
    expect(publisher.kept(followed.key)?.timestampUs).toBe(6n)
  })

  it('looks for packets that nobody has ever more seldom', async () => {
    await publisher.stop()
    publisher = open([followed.key])
    await publisher.start()
    const { resolve } = source
    let asked = 0
    source.resolve = (...options) => {
      asked += 1
      return resolve(...options)
    }
    for (let minute = 0; minute < 60; minute += 1) await pass(45_000)
    expect(asked).toBeGreaterThan(3)
    expect(asked).toBeLessThan(9)
    const payload = buildPayload(followed.key, records)
    if (!payload.ok) throw new Error('no payload')
    source.network.set(followed.key, followed.packet(5n, payload.value))
    await pass(60 * 60_000)
    await until(() => source.published.length === 1)
  })

  it('does not try every few seconds when the disk is full', async () => {
    await publisher.publish(own.key, records, never)
    await rm(directory, { recursive: true })
    await writeFile(directory, '')
    await pass(61 * 60_000)
    await until(() => source.published.length === 2)
    for (let times = 0; times < 20; times += 1) await pass(60_000)
    expect(source.published).toHaveLength(2)
  })

  it('keeps nothing of keys that are neither own nor followed', async () => {
    const payload = buildPayload(followed.key, records)
    if (!payload.ok) throw new Error('no payload')
    source.network.set(followed.key, followed.packet(5n, payload.value))
    expect(await publisher.republish(followed.key, never)).toMatchObject({
      value: [{ key: followed.key, delivery: [{ state: 'stored' }] }],
    })
    expect(publisher.kept(followed.key)).toBeUndefined()
  })

  it('does not take an announcement that was broken off for one nobody wanted', async () => {
    await publisher.publish(own.key, [], never)
    const leaving = new AbortController()
    leaving.abort()
    source.nextDeliveries.push([{ carrier: 'memory', kind: 'relay', state: 'unreachable' }])
    await publisher.publish(own.key, records, leaving.signal)
    expect(publisher.kept(own.key)).toBeDefined()
    expect(publisher.announcement(own.key)).toBeUndefined()
    await pass(15_000)
    await until(() => source.published.length === 3)
  })

  it('says so when there is nothing to announce', async () => {
    expect(await publisher.republish(followed.key, never)).toMatchObject({
      ok: false,
      error: { code: 'pkarr.not-found' },
    })
    expect(await publisher.republish(undefined, never)).toEqual({ ok: true, value: [] })
  })
})
