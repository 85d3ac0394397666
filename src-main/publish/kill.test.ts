import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { settingsSchema } from '../../src-preload/contract/settings.ts'
import { createHealth } from '../env/health.ts'
import { silentLogger } from '../env/logger.ts'
import { systemClock, systemRandom } from '../env/system-env.ts'
import { bundleFixture } from '../store/bundle-fixture.ts'
import { createPublisher } from './publisher-service.ts'
import { createForgetfulStore } from './testing/forgetful-store.ts'
import { startRelay, tempFolder } from './testing/publish-bench.ts'
import { ask, createSocketRelays } from './testing/socket-relays.ts'
import { createTestKeyring } from './testing/test-keyring.ts'

interface Confirmed {
  readonly round: number
  readonly host: string
  readonly address: string
  readonly ok: boolean
}

const env = { clock: systemClock, random: systemRandom, log: silentLogger }

test('what was confirmed survives kill -9 at any moment, and signing never goes back', async () => {
  const fixture = await bundleFixture(new URL('./testing/publisher.fixture.ts', import.meta.url))
  onTestFinished(() => rm(fixture.folder, { recursive: true, force: true }))
  const relay = await startRelay(env)
  const statePath = join(await tempFolder(), 'publish.json')
  const keyring = createTestKeyring(createHash('sha256').update('publisher fixture').digest())
  const lastRound = new Map<string, Confirmed>()
  let next = 0

  for (const confirmations of [1, 4, 2, 3, 5]) {
    const run = fixture.run(statePath, relay.url(), String(next))
    await run.printed(confirmations)
    // Somewhere inside the next round, another place in every run.
    await setTimeout(Math.random() * 80)
    await run.kill()
    expect(run.errors()).toBe('')
    for (const line of run.lines) {
      const confirmed = JSON.parse(line) as Confirmed
      expect(confirmed.ok).toBe(true)
      lastRound.set(confirmed.host, confirmed)
      next = confirmed.round + 1
    }
    const health = createHealth(() => 0)
    const publisher = createPublisher(env, {
      keyring,
      relays: createSocketRelays(relay.url()),
      store: createForgetfulStore(),
      statePath,
      settings: () => settingsSchema.parse({ version: 1 }).publish,
      health,
    })
    await publisher.start()
    onTestFinished(() => publisher.stop())
    expect(health.list().map(({ code }) => code)).not.toContain('publish.bad-file')
    const hosts = new Map(publisher.hosts().map((host) => [host.host, host]))
    for (const [host, { address }] of lastRound) {
      // The round that was under way when the kill came may be there, or not.
      const unconfirmed = `203.0.0.${(next % 250) + 1}`
      const held = hosts.get(host)?.records[0]?.rdata
      expect([address, ...(host === `host${next % 3}` ? [unconfirmed] : [])]).toContain(held)
    }
    const query = { authors: [keyring.pubkey], kinds: [31_111] }
    const before = await ask(relay.url(), ['REQ', 'q', query])
    const reports = await publisher.republish(new AbortController().signal)
    expect(reports.map(({ state }) => state)).toEqual(reports.map(() => 'partial'))
    const after = await ask(relay.url(), ['REQ', 'q', query])
    expect(after.events).toHaveLength(hosts.size)
    for (const event of before.events) {
      const newer = after.events.find(({ tags }) => tags[0]?.[1] === event.tags[0]?.[1])
      expect(newer?.created_at).toBeGreaterThan(event.created_at)
    }
    await publisher.stop()
  }
}, 60_000)
