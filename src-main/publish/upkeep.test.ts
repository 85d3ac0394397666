import { expect, onTestFinished, test } from 'vitest'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { startBench, type Bench } from './testing/publish-bench.ts'
import {
  canonical,
  canonicalEvent,
  codeOf,
  plant,
  published,
  valueOf,
} from './testing/publish-checks.ts'
import { startSeconds } from './testing/test-keyring.ts'

const hour = 3_600_000
const day = 24 * hour

/** Moves the clock on by `ms` and then, tick by tick, until `isReached`. */
async function pass(bench: Bench, ms: number, isReached: () => unknown): Promise<void> {
  bench.clock.advance(ms)
  await expect
    .poll(async () => {
      bench.clock.advance(15_000)
      return (await isReached()) === true
    })
    .toBe(true)
}

const signedAt = async (bench: Bench, host?: string): Promise<number> =>
  (await canonicalEvent(bench, host))?.created_at ?? 0

const nowSeconds = (bench: Bench): number => Math.floor(bench.clock.nowMs() / 1000)

test.each([
  ['dynamic', 12 * hour, 86_400],
  ['normal', day, 7 * 86_400],
  ['fixed', day, 30 * 86_400],
] as const)(
  'a %s host is signed again in time, with a fresh expiration',
  async (lifetime, after, valid) => {
    const bench = await startBench({ relays: 1 })
    const { publisher, pubkey, signal } = bench
    const records = [{ name: '@', type: 'TXT', ttl: 300, rdata: '"x"' }]
    valueOf(await publisher.publishRecords(pubkey, '@', records, { lifetime, signal }))
    expect(publisher.hosts()[0]?.nextHeartbeatAt).toBe(startSeconds + after / 1000)
    bench.relays.sent.length = 0
    bench.clock.advance(after - 60_000)
    await publisher.detectAddress(signal)
    expect(bench.relays.sent).toEqual([])
    await pass(bench, 60_000, async () => (await signedAt(bench)) > startSeconds)
    const event = await canonicalEvent(bench)
    expect(event?.tags).toContainEqual(['expiration', String((event?.created_at ?? 0) + valid)])
    expect(publisher.hosts()[0]?.nextHeartbeatAt).toBe((event?.created_at ?? 0) + after / 1000)
  },
)

test('a tombstone is renewed before it lapses, not every day', async () => {
  const bench = await startBench({ relays: 1 })
  const { publisher, pubkey, signal } = bench
  valueOf(await publisher.publishAddress(pubkey, { addresses: ['203.0.113.1'], signal }))
  valueOf(await publisher.withdraw(pubkey, '@', signal))
  const first = await signedAt(bench)
  expect(publisher.hosts()[0]?.nextHeartbeatAt).toBe(first + 29 * 86_400)
  await pass(bench, 29 * day, async () => (await signedAt(bench)) > first)
  expect(await published(bench)).toEqual([])
})

test('a locked key is said, with the time the name lapses, and unlocking goes on', async () => {
  const bench = await startBench({ relays: 1 })
  const { publisher, pubkey, signal, keyring, health } = bench
  valueOf(await publisher.publishAddress(pubkey, { addresses: ['203.0.113.1'], signal }))
  keyring.setLocked(true)
  const isWarned = (): boolean => health.list().some(({ code }) => code === 'publish.locked')
  await pass(bench, day, isWarned)
  expect(health.list().find(({ code }) => code === 'publish.locked')).toMatchObject({
    severity: 'warning',
    message: expect.stringMatching(/home.*locked.*2026-06-04/u),
  })
  expect(await signedAt(bench)).toBe(startSeconds)
  keyring.setLocked(false)
  await expect.poll(() => signedAt(bench)).toBe(nowSeconds(bench))
  await expect.poll(isWarned).toBe(false)
})

test('a clock set back is reported instead of signing what readers refuse', async () => {
  const bench = await startBench({ relays: 1 })
  const { publisher, pubkey, signal } = bench
  const addresses = ['203.0.113.1']
  valueOf(await publisher.publishAddress(pubkey, { addresses, signal }))
  const start = bench.clock.nowMs.bind(bench.clock)
  bench.clock.nowMs = () => start() - 300_000
  valueOf(await publisher.publishAddress(pubkey, { addresses, signal }))
  expect(await signedAt(bench)).toBe(startSeconds + 1)
  bench.clock.nowMs = () => start() - day
  expect(codeOf(await publisher.publishAddress(pubkey, { addresses, signal }))).toBe(
    'publish.clock',
  )
  expect(await signedAt(bench)).toBe(startSeconds + 1)
  const reports = await publisher.republish(signal)
  expect(reports).toMatchObject([{ state: 'failed', problem: { code: 'publish.clock' } }])
  expect(bench.health.list().map(({ code }) => code)).toContain('publish.clock')
})

test('created_at only ever grows, also within one second', async () => {
  const bench = await startBench({ relays: 1 })
  const { publisher, pubkey, signal } = bench
  for (const address of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) {
    valueOf(await publisher.publishAddress(pubkey, { addresses: [address], signal }))
  }
  await publisher.stop()
  const again = await bench.restarted()
  valueOf(await again.publishAddress(pubkey, { addresses: ['203.0.113.4'], signal }))
  for (const kind of [canonical, 11_111, 30_000]) {
    const times = bench.relays.sent
      .filter(({ event }) => event.kind === kind)
      .map(({ event }) => event.created_at)
    expect(times).toEqual([0, 1, 2, 3].map((step) => startSeconds + step))
  }
})

test('the high-water mark of the store holds even if the state file is lost', async () => {
  const bench = await startBench({ relays: 1 })
  const { pubkey, signal } = bench
  await bench.store.accept(
    bench.keyring.author(canonical, [['d', 'dns:@']], '', startSeconds + 60),
    'wss://elsewhere.example',
  )
  await bench.store.forget(pubkey)
  valueOf(await bench.publisher.publishAddress(pubkey, { signal }))
  expect(await signedAt(bench)).toBe(startSeconds + 61)
})

test('a heartbeat does not undo what another device published since', async () => {
  const bench = await startBench({ relays: 1 })
  const { publisher, pubkey, signal } = bench
  valueOf(await publisher.publishAddress(pubkey, { signal }))
  bench.clock.advance(60_000)
  const theirs = [
    ['d', 'dns:@'],
    ['record', 'A', '@', '300', '203.0.113.77'],
    ['expiration', String(startSeconds + 7 * 86_400)],
    ['ver', '1'],
  ]
  await plant(bench, bench.keyring.author(canonical, theirs, '', startSeconds + 60))
  await publisher.republish(signal)
  expect(await published(bench)).toEqual([['record', 'A', '@', '300', '203.0.113.77']])
  expect(publisher.hosts()).toMatchObject([
    { followsAddress: false, records: [{ rdata: '203.0.113.77' }] },
  ])
})

test('a changed address is published for hosts that follow, and only for them', async () => {
  const bench = await startBench({ relays: 1 })
  const { publisher, pubkey, signal } = bench
  valueOf(await publisher.publishAddress(pubkey, { signal }))
  const addresses = ['203.0.113.1']
  valueOf(await publisher.publishAddress(pubkey, { host: 'fixed', addresses, signal }))
  bench.address = { v4: '203.0.113.20' }
  await pass(bench, 5 * 60_000, async () => (await published(bench))?.[0]?.[4] === '203.0.113.20')
  expect(await published(bench, 'fixed')).toEqual([['record', 'A', 'fixed', '300', '203.0.113.1']])
  expect(publisher.hosts().find(({ host }) => host === '@')?.followsAddress).toBe(true)
})

test('editing other records keeps following, editing the address stops it', async () => {
  const bench = await startBench({ relays: 1 })
  const { publisher, pubkey, signal } = bench
  valueOf(await publisher.publishAddress(pubkey, { signal }))
  const own = { name: '@', type: 'A', ttl: 300, rdata: '203.0.113.10' }
  const text = { name: '@', type: 'TXT', ttl: 300, rdata: '"x"' }
  valueOf(await publisher.publishRecords(pubkey, '@', [own, text], { signal }))
  expect(publisher.hosts()[0]?.followsAddress).toBe(true)
  const other = { ...own, rdata: '203.0.113.11' }
  valueOf(await publisher.publishRecords(pubkey, '@', [other, text], { signal }))
  expect(publisher.hosts()[0]?.followsAddress).toBe(false)
})

test('an address one check misses stays; one that three checks miss goes', async () => {
  const bench = await startBench({ relays: 1 })
  const { publisher, pubkey, signal } = bench
  bench.address = { v4: '203.0.113.10', v6: '2001:db8::10' }
  valueOf(await publisher.publishAddress(pubkey, { signal }))
  bench.address = { v4: '203.0.113.10' }
  const check = async (): Promise<number> => {
    const before = publisher.lastAddress()?.atMs ?? 0
    await pass(bench, 5 * 60_000, () => (publisher.lastAddress()?.atMs ?? 0) > before)
    return (await published(bench))?.length ?? 0
  }
  expect([await check(), await check()]).toEqual([2, 2])
  await check()
  await expect.poll(async () => (await published(bench))?.length).toBe(1)
})

test('nobody is asked for the address while no host follows it', async () => {
  const bench = await startBench({ relays: 1 })
  const { publisher, pubkey, signal } = bench
  valueOf(await publisher.publishAddress(pubkey, { addresses: ['203.0.113.1'], signal }))
  bench.clock.advance(hour)
  expect(publisher.lastAddress()).toBeUndefined()
})

test('a damaged state file is kept aside and reported, and publishing goes on', async () => {
  const bench = await startBench({ relays: 1 })
  const { pubkey, signal, statePath } = bench
  valueOf(await bench.publisher.publishAddress(pubkey, { signal }))
  await bench.publisher.stop()
  const good = await readFile(statePath, 'utf8')
  const half = good.slice(0, good.length / 2)
  await writeFile(statePath, half)
  const again = await bench.restarted()
  expect(again.hosts()).toEqual([])
  expect(bench.health.list().map(({ code }) => code)).toContain('publish.bad-file')
  const aside = (await readdir(dirname(statePath))).find((name) => name.includes('.bad-')) ?? ''
  expect(aside.startsWith(basename(statePath))).toBe(true)
  expect(await readFile(`${dirname(statePath)}/${aside}`, 'utf8')).toBe(half)
  valueOf(await again.publishAddress(pubkey, { addresses: ['203.0.113.5'], signal }))
  expect(await signedAt(bench)).toBe(startSeconds + 1)
})

test('a disk that cannot be written fails the publication before anything is sent', async () => {
  const bench = await startBench({ relays: 1 })
  const { publisher, pubkey, signal, statePath } = bench
  valueOf(await publisher.publishAddress(pubkey, { addresses: ['203.0.113.1'], signal }))
  const folder = dirname(statePath)
  await rename(folder, `${folder}.away`)
  await writeFile(folder, 'in the way')
  onTestFinished(() => rm(`${folder}.away`, { recursive: true, force: true }))
  bench.relays.sent.length = 0
  const result = await publisher.publishAddress(pubkey, { addresses: ['203.0.113.2'], signal })
  expect(codeOf(result)).toMatch(/^store\./u)
  expect(bench.relays.sent).toEqual([])
  expect(publisher.hosts()[0]?.records[0]?.rdata).toBe('203.0.113.1')
})
