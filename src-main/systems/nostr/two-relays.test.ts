import { expect, onTestFinished, test } from 'vitest'
import type { Env } from '../../env/env.ts'
import { silentLogger } from '../../env/logger.ts'
import { systemClock, systemRandom } from '../../env/system-env.ts'
import type { RecordType } from '../../dns/wire/message.ts'
import { formatRdata } from '../../dns/wire/rdata-text.ts'
import { encodeNpub } from '../../names/npub.ts'
import { parseName } from '../../names/parse-name.ts'
import { type EmbeddedRelay, createEmbeddedRelay } from '../../relays/embedded/embedded-relay.ts'
import { createRelayService } from '../../relays/relay-pool.ts'
import { testAuthor } from '../../relays/testing/signed-events.ts'
import { tempStore } from '../../relays/testing/temp-store.ts'
import { createVerifier } from '../../relays/verify.ts'
import { type NostrSystem, createNostrSystem } from './nostr-system.ts'
import { buildCanonical, buildPocAddress, buildTombstone } from './write-events.ts'

/** Real relays, real sockets, real clock. */
const env: Env = { clock: systemClock, random: systemRandom, log: silentLogger }
const signal = new AbortController().signal
const now = (): number => Math.floor(Date.now() / 1000)

async function startRelay(): Promise<EmbeddedRelay> {
  const relay = createEmbeddedRelay(env, {
    store: await tempStore(env),
    host: '127.0.0.1',
    port: 0,
  })
  await relay.start()
  onTestFinished(() => relay.stop())
  return relay
}

/** One computer: its own store, the user's relays, and names answered from them. */
async function startComputer(relays: readonly EmbeddedRelay[]) {
  const store = await tempStore(env)
  const verifier = createVerifier()
  const pool = createRelayService(env, {
    store,
    verifier,
    config: { defaults: [], indexers: [], user: relays.map((relay) => relay.url()) },
  })
  const system = createNostrSystem(env, {
    relays: pool,
    store,
    config: {
      allowsPrivateAddresses: () => false,
      optIn: () => ({ nns: false, dnstr: false }),
    },
  })
  await pool.start()
  await system.start()
  onTestFinished(async () => {
    await system.stop()
    await pool.stop()
    await verifier.stop()
  })
  return { pool, system }
}

async function ask(system: NostrSystem, qname: string, type: RecordType = 'A'): Promise<string> {
  const resolution = await system.lookup(parseName(qname), qname, type, signal)
  if (resolution.kind === 'failure') return `failure ${resolution.ede.code}`
  const [record] = 'rrset' in resolution ? resolution.rrset : []
  return record === undefined ? resolution.kind : formatRdata(record.rdata)
}

/** The next time caches are told to drop something. */
const nextChange = (system: NostrSystem): Promise<void> =>
  new Promise((resolve) => {
    const stop = system.onChange(() => {
      stop()
      resolve()
    })
  })

test('published on one computer, resolved, changed and withdrawn on another', async () => {
  const relays = [await startRelay(), await startRelay()]
  const author = testAuthor('two relays')
  const owner = author.pubkey
  const apex = `${encodeNpub(owner)}.nostr`
  const publisher = await startComputer(relays)
  const reader = await startComputer(relays)
  const address = (rdata: string) => [{ name: '@', type: 'A', ttl: 300, rdata }]
  let lastCreatedAt = now() - 100
  const publish = async (
    built: ReturnType<typeof buildCanonical>,
  ): Promise<readonly { readonly outcome: string }[]> => {
    if (!built.ok) throw new Error(built.error.message)
    lastCreatedAt = built.value.created_at
    return publisher.pool.publish(author.sign(built.value), { signal })
  }
  const signing = () => ({ owner, now: now(), lastCreatedAt, host: '@', lifetime: 86_400 })

  expect(await ask(reader.system, apex)).toBe('nxdomain')
  let changed = nextChange(reader.system)
  await reader.system.forget(owner)
  await changed

  const outcomes = await publish(buildCanonical({ ...signing(), records: address('203.0.113.1') }))
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['ok', 'ok'])
  expect(await ask(reader.system, apex)).toBe('203.0.113.1')
  expect(await ask(reader.system, apex, 'AAAA')).toBe('nodata')
  expect(await ask(reader.system, `nothing.${apex}`)).toBe('nxdomain')

  // From here on the live subscription tells.
  changed = nextChange(reader.system)
  await publish(buildCanonical({ ...signing(), records: address('203.0.113.2') }))
  await changed
  expect(await ask(reader.system, apex)).toBe('203.0.113.2')

  changed = nextChange(reader.system)
  await publish(buildTombstone(signing()))
  await changed
  expect(await ask(reader.system, apex)).toBe('nxdomain')
})

test('an announcement of the proof of concept resolves', async () => {
  const relays = [await startRelay(), await startRelay()]
  const author = testAuthor('proof of concept')
  const { pool, system } = await startComputer(relays)
  const records = [{ name: '@', type: 'A', ttl: 300, rdata: '203.0.113.7' }]
  const built = buildPocAddress({
    owner: author.pubkey,
    now: now(),
    hosts: [{ host: '@', records, isWithdrawn: false }],
  })
  if (!built.ok) throw new Error(built.error.message)
  await pool.publish(author.sign(built.value), { signal })
  const reader = await startComputer(relays)
  const apex = `${encodeNpub(author.pubkey)}.nostr`
  expect(await ask(reader.system, apex)).toBe('203.0.113.7')
  expect(await ask(system, apex)).toBe('203.0.113.7')
})

test('one relay cannot deny, and none is a failure', async () => {
  const relay = await startRelay()
  const gone = await startRelay()
  const { system } = await startComputer([relay, gone])
  await gone.stop()
  const apex = `${encodeNpub(testAuthor('nobody').pubkey)}.nostr`
  expect(await ask(system, apex)).toBe('failure 23')
  const { system: alone } = await startComputer([])
  expect(await ask(alone, apex)).toBe('failure 22')
})
