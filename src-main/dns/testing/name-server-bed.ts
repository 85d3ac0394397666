import { afterEach, beforeEach } from 'vitest'
import { silentLogger } from '../../env/logger.ts'
import { encodeNpub } from '../../names/npub.ts'
import { loadSocketCalls } from '../batched/socket-calls.ts'
import { answerOf, createFakeSystem, type FakeSystem } from './fake-system.ts'
import { startFakeUpstream, type FakeUpstream } from './fake-upstream.ts'
import { createManualClock, type ManualClock } from './manual-clock.ts'
import { aRecord, responseTo } from './messages.ts'
import { startTestServer, type TestServer } from './test-server.ts'

// Points on the curve: the generator's x and that of its double.
export const alice = '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'
export const bob = 'c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5'
export const aliceName = `${encodeNpub(alice)}.nostr`
export const bobName = `${encodeNpub(bob)}.nostr`
export const aliceOwner = `nostr:${alice}`
export const bobOwner = `nostr:${bob}`

/** The ways of reading packets that this computer has. */
export const engines: readonly ('portable' | 'batched')[] = loadSocketCalls(silentLogger)
  ? ['portable', 'batched']
  : ['portable']

/** What each test of a file finds running. */
export interface NameServerBed {
  readonly clock: ManualClock
  /** Gives every public name an address. */
  readonly upstream: FakeUpstream
  /** Gives every managed name an address of alice's. */
  readonly system: FakeSystem
  readonly test: TestServer
}

/**
 * Starts a name server before each test of the file and stops it after. Bob, not alice, may have
 * private addresses.
 */
export function nameServerBed(engine: 'portable' | 'batched'): NameServerBed {
  let current: NameServerBed | undefined

  beforeEach(async () => {
    const clock = createManualClock()
    const upstream = await startFakeUpstream(({ query }) =>
      responseTo(query, { answers: [aRecord(query.questions[0]?.name ?? '.', '198.51.100.7')] }),
    )
    const system = createFakeSystem((_name, qname) =>
      answerOf(aliceOwner, aRecord(qname, '203.0.113.10')),
    )
    const test = await startTestServer({
      clock,
      engine,
      systems: [system],
      config: { upstreams: [upstream.address] },
      allowsPrivate: (owner) => owner === bobOwner,
    })
    current = { clock, upstream, system, test }
  })

  afterEach(async () => {
    await current?.test.server.stop()
    await current?.upstream.stop()
    current = undefined
  })

  const running = (): NameServerBed => {
    if (current === undefined) throw new Error('the name server runs only during a test')
    return current
  }
  return {
    get clock() {
      return running().clock
    },
    get upstream() {
      return running().upstream
    },
    get system() {
      return running().system
    },
    get test() {
      return running().test
    },
  }
}
