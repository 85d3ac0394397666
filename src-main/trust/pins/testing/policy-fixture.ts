import { generateKeyPairSync } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { encodeNpub } from '../../../names/npub.ts'
import { parseName } from '../../../names/parse-name.ts'
import type { VerifiedEvent } from '../../../relays/relay-service.ts'
import { createManualClock, testEnv } from '../../../relays/testing/manual-clock.ts'
import { testAuthor, testNow } from '../../../relays/testing/signed-events.ts'
import { tempDirectory } from '../../../relays/testing/temp-store.ts'
import { createEventStore } from '../../../relays/event-store.ts'
import { openDatabase } from '../../../store/database.ts'
import { createNostrSystem } from '../../../systems/nostr/nostr-system.ts'
import { createFakeRelays } from '../../../systems/testing/fake-relays.ts'
import type { PinDecision, PinnedName } from '../../pin-policy.ts'
import { buildSelfSigned } from '../../x509/build-certificate.ts'
import { certificatePem } from '../../x509/pem.ts'
import { createPinPolicy } from '../pin-policy-service.ts'

export const author = testAuthor('pins')
export const apex = `${encodeNpub(author.pubkey)}.nostr`
export const key = 'a1'.repeat(32)
export const nextKey = 'b2'.repeat(32)
export const minute = 60_000
export const day = 86_400
export const signal = new AbortController().signal

/** The name of `host` of the test's owner. */
export function nameOf(host: string): PinnedName {
  const name = parseName(host === '@' ? apex : `${host}.${apex}`)
  if (name.kind !== 'nostr') throw new Error(`not a key's name: ${host}`)
  return name
}

interface EventOptions {
  readonly at?: number
  readonly life?: number
  readonly host?: string
}

export const tlsa = (spki: string, service = '_443._tcp'): string[] => [
  'rr',
  'TLSA',
  service,
  '300',
  `3 1 1 ${spki}`,
]

/** A canonical event with an address and `extra` records. */
export function zone(
  extra: string[][],
  { at = -100, life = 7 * day, host = '@' }: EventOptions = {},
) {
  return author.sign({
    created_at: testNow + at,
    tags: [
      ['d', `dns:${host}`],
      ['record', 'A', host, '300', '203.0.113.1'],
      ...extra,
      ['expiration', String(testNow + at + life)],
      ['ver', '1'],
    ],
  })
}

/** Of every certificate made here. */
export const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
export const certificate = (names = [apex], from = testNow - day, to = testNow + day): Buffer =>
  buildSelfSigned(
    { bytes: (length) => new Uint8Array(length).fill(7) },
    { names, key: privateKey, validFrom: from, validTo: to },
  )
export const pocAddress = (at = -100): VerifiedEvent =>
  author.sign({ kind: 30_000, created_at: testNow + at, content: '{"ip":"203.0.113.1"}' })
export const pocCertificate = (der: Buffer, at = -100): VerifiedEvent =>
  author.sign({ kind: 30_001, created_at: testNow + at, content: certificatePem(der) })

/** A policy over a real store and relays that the test plays; time stands still unless moved. */
export async function setUp() {
  const clock = createManualClock()
  const env = testEnv(clock)
  const database = await openDatabase(env, await tempDirectory())
  const store = createEventStore(env, database.sublevel('events'))
  const relays = createFakeRelays(store)
  const records = database.sublevel<unknown>('pins', 'json')
  const make = () => {
    const nostr = createNostrSystem(env, {
      relays,
      store,
      config: {
        allowsPrivateAddresses: () => false,
        optIn: () => ({ nns: false, dnstr: false }),
      },
    })
    const policy = createPinPolicy(env, { nostr, records })
    return { nostr, policy }
  }
  let running = make()
  const start = async () => {
    await running.nostr.start()
    await running.policy.start()
  }
  const stop = async () => {
    await running.policy.stop()
    await running.nostr.stop()
  }
  await start()
  onTestFinished(async () => {
    await stop()
    await store.stop()
    await database.close()
  })
  return {
    clock,
    relays,
    store,
    records,
    policy: () => running.policy,
    nostr: () => running.nostr,
    decide: (host = '@', port = 443) => running.policy.decide(nameOf(host), port, signal),
    /** A relay pushes `event` over the live subscription. */
    push: async (event: VerifiedEvent) => {
      relays.events.push(event)
      await store.accept(event, 'wss://relay.test')
    },
    goOffline() {
      relays.reachable = 0
      relays.unreachable = 2
      relays.isConnected = false
      relays.connectionChanged()
    },
    async restart() {
      await stop()
      running = make()
      await start()
    },
  }
}

/** `pinned a1a1 b2b2`, `cached a1a1`, `no-certificate` … */
export function show(decision: PinDecision | undefined): string {
  if (decision?.kind !== 'pinned') return decision?.kind ?? 'unknown'
  const values = decision.pins.map(({ value }) => value.slice(0, 4))
  return [decision.isFromCache ? 'cached' : 'pinned', ...values].join(' ')
}
