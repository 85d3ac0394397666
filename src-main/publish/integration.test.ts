import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { settingsSchema } from '../../src-preload/contract/settings.ts'
import { createHealth } from '../env/health.ts'
import { silentLogger } from '../env/logger.ts'
import { systemClock, systemRandom } from '../env/system-env.ts'
import { createKeyring } from '../keys/keyring-service.ts'
import { createEmbeddedRelay } from '../relays/embedded/embedded-relay.ts'
import { createRelayService } from '../relays/relay-pool.ts'
import { createVerifier } from '../relays/verify.ts'
import { createPublisher } from './publisher-service.ts'
import { startRelay, tempFolder, tempStore } from './testing/publish-bench.ts'
import { valueOf } from './testing/publish-checks.ts'
import { ask } from './testing/socket-relays.ts'

const env = { clock: systemClock, random: systemRandom, log: silentLogger }

/** Everything publishing stands on, as the program wires it, with the given relays. */
async function startProgram(user: readonly string[]) {
  const health = createHealth(() => Date.now())
  const folder = await tempFolder()
  const store = await tempStore(env)
  const verifier = createVerifier()
  const own = createEmbeddedRelay(env, { store, host: '127.0.0.1', port: 0, verifier })
  await own.start()
  const config = { defaults: [], indexers: [], user, embedded: own.url() }
  const relays = createRelayService(env, { store, verifier, config, health })
  await relays.start()
  const keyring = createKeyring(env, {
    path: join(folder, 'keys.json'),
    preferred: 'plain',
    allowPlain: true,
  })
  await keyring.start()
  const publisher = createPublisher(env, {
    keyring,
    relays,
    store,
    statePath: join(folder, 'publish.json'),
    settings: () => settingsSchema.parse({ version: 1 }).publish,
    health,
  })
  await publisher.start()
  onTestFinished(async () => {
    await publisher.stop()
    await keyring.stop()
    await relays.stop()
    await own.stop()
    await verifier.stop()
  })
  const { pubkey } = valueOf(await keyring.create('home'))
  return { publisher, pubkey, health, own }
}

const { signal } = new AbortController()

test('real keys, real pool, real relays: published with both copies on each relay', async () => {
  const relays = [await startRelay(env), await startRelay(env)]
  const urls = relays.map((relay) => relay.url())
  const { publisher, pubkey, own } = await startProgram(urls)
  const report = valueOf(
    await publisher.publishAddress(pubkey, { addresses: ['203.0.113.10'], signal }),
  )
  expect(report.state).toBe('published')
  expect(report.copies.map(({ format, state }) => [format, state])).toEqual([
    ['canonical', 'published'],
    ['nodns-11111', 'published'],
    ['poc-30000', 'published'],
  ])
  for (const url of [...urls, own.url()]) {
    const query = { authors: [pubkey], kinds: [30_000], limit: 1 }
    const { events } = await ask(url, ['REQ', 'poc', query])
    expect(events.map(({ content }) => content)).toEqual(['{"ip":"203.0.113.10"}'])
  }
  expect(publisher.queued()).toBe(0)
  valueOf(await publisher.withdraw(pubkey, '@', signal))
  for (const url of urls) {
    const { events } = await ask(url, ['REQ', 'all', { authors: [pubkey], kinds: [31_111] }])
    expect(events.map(({ tags }) => tags.filter(([name]) => name === 'record'))).toEqual([[]])
  }
})

test('offline, the program itself holds the event and sends it when a relay appears', async () => {
  const sleeping = await startRelay(env)
  const port = sleeping.port()
  await sleeping.stop()
  const { publisher, pubkey, own } = await startProgram([`ws://127.0.0.1:${port}`])
  const report = valueOf(
    await publisher.publishAddress(pubkey, { addresses: ['203.0.113.10'], signal }),
  )
  expect(report.state).toBe('queued')
  const query = ['REQ', 'q', { authors: [pubkey], kinds: [31_111, 30_000] }]
  const held = (await ask(own.url(), query)).events.map(({ kind }) => kind)
  expect(new Set(held)).toEqual(new Set([30_000, 31_111]))
  const awake = await startRelay(env, port)
  await expect
    .poll(async () => (await ask(awake.url(), query)).events.length, { timeout: 90_000 })
    .toBe(2)
}, 100_000)
