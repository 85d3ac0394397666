import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHealth, type Health } from '../../../env/health.ts'
import type { Env } from '../../../env/env.ts'
import { silentLogger } from '../../../env/logger.ts'
import { systemClock, systemRandom } from '../../../env/system-env.ts'
import { ok } from '../../../env/errors.ts'
import { createLocalAuthority } from '../../authority/local-authority-service.ts'
import type { LocalAuthority } from '../../local-authority.ts'
import type { Terminator, TlsObservation } from '../../terminator.ts'
import { createTerminator, type TerminatorDeps } from '../terminator-service.ts'
import { createFakePins, type FakePins } from './fake-pins.ts'

export interface TestProxy {
  readonly terminator: Terminator
  readonly authority: LocalAuthority
  readonly pins: FakePins
  readonly health: Health
  readonly rootPem: string
  readonly port: number
  readonly observations: readonly TlsObservation[]
  /** Addresses given for a domain; 203.0.113.1, which is dialled as the origin of `dialPort`, without. */
  readonly addresses: Map<string, readonly string[]>
  /** Where a dialled address really leads: a port of this computer. */
  readonly ports: Map<string, number>
  /** Addresses that were dialled. */
  readonly dialled: string[]
  /** Lets `domain`'s address lead to `port`. */
  lead(port: number): void
  /** Resolves with the next observation that has `outcome`. */
  next(outcome: TlsObservation['outcome']): Promise<TlsObservation>
  close(): Promise<void>
}

export const testEnv: Env = { clock: systemClock, random: systemRandom, log: silentLogger }
/** A documentation address (RFC 5737) that tests map to a local port. */
export const publicAddress = '203.0.113.1'

/** The terminator with the real authority, fake pins, and public addresses led to local ports. */
export async function startTestProxy(
  options: Partial<TerminatorDeps> & { readonly env?: Env } = {},
): Promise<TestProxy> {
  const { env = testEnv, ...overrides } = options
  const directory = await mkdtemp(join(tmpdir(), 'nostr-dns-terminator-'))
  const authority = createLocalAuthority(env, { path: join(directory, 'authority.json') })
  await authority.start()
  const made = await authority.create('test')
  if (!made.ok) throw new Error(made.error.message)
  const pins = createFakePins()
  const health = createHealth(() => env.clock.nowMs())
  const observations: TlsObservation[] = []
  const addresses = new Map<string, readonly string[]>()
  const ports = new Map<string, number>()
  const dialled: string[] = []
  const terminator = createTerminator(env, {
    authority,
    pins,
    health,
    port: 0,
    resolve: (domain) => Promise.resolve(ok(addresses.get(domain) ?? [publicAddress])),
    allowsPrivate: () => false,
    wasEverPinned: () => false,
    route(wanted) {
      const [address = ''] = wanted
      dialled.push(address)
      return { host: '127.0.0.1', port: ports.get(address) ?? 1 }
    },
    ...overrides,
  })
  terminator.onObservation((observation) => observations.push(observation))
  await terminator.start()
  return {
    terminator,
    authority,
    pins,
    health,
    rootPem: made.value.rootPem,
    port: terminator.status().port,
    observations,
    addresses,
    ports,
    dialled,
    lead: (port) => void ports.set(publicAddress, port),
    next: (outcome) =>
      new Promise((resolve) => {
        const stop = terminator.onObservation((observation) => {
          if (observation.outcome !== outcome) return
          stop()
          resolve(observation)
        })
      }),
    async close() {
      await terminator.stop()
      await authority.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
