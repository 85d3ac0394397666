import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectControl, type ControlClient } from './control-client.ts'
import { controlPath } from './control-path.ts'
import { buildCli, type BuiltCli } from './testing/built-cli.ts'
import { startTestRelay, type TestRelay } from './testing/test-relay.ts'

let folder: string
let cli: BuiltCli
let relay: TestRelay

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nostr-dns-crash-'))
  cli = await buildCli()
  relay = await startTestRelay()
}, 60_000)

afterAll(async () => {
  await relay.stop()
  cli.remove()
  await rm(folder, { recursive: true, force: true })
})

const rounds = 50

/** Numbers of a fixed sequence in 0..1 (mulberry32), so that a failing run can be repeated. */
function sequence(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

it(`loses nothing it confirmed when killed at ${rounds} random moments`, async () => {
  const random = sequence(31111)
  const passphrases = ['keys', 'new', 'me', '--plain', '--data-dir', folder]
  expect((await cli.run(passphrases)).code).toBe(0)
  const confirmedPetnames = new Map<string, string>()
  let confirmedAddress: string | undefined
  let attemptedAddress: string | undefined
  let serial = 0

  for (let round = 0; round <= rounds; round++) {
    const engine = cli.start([
      'serve',
      '--data-dir',
      folder,
      '--relay',
      relay.url,
      ...['--proxy-port', '0', '--split-port', '0', '--doh-port', '0'],
    ])
    const ended = new Promise((resolve) => engine.once('close', resolve))
    const client = await connected(folder)
    const state = await client.call('state.snapshot', {})
    if (!state.ok) throw new Error(state.error.message)
    const { petnames, publish, keys, health } = state.value

    const npub = keys.identities[0]?.npub
    expect(npub).toBeDefined()
    for (const [label, owner] of confirmedPetnames) {
      expect(petnames).toContainEqual({ label, npub: owner })
    }
    const held = publish.hosts[0]?.records[0]?.rdata
    // The last attempt may have been saved without its confirmation having reached us.
    const isLost = confirmedAddress !== undefined && held !== confirmedAddress
    expect(isLost && held !== attemptedAddress).toBe(false)
    confirmedAddress = held
    expect(health.filter((item) => item.code.startsWith('store.'))).toEqual([])

    if (round < rounds && npub !== undefined) {
      let confirmations = Math.floor(random() * 6)
      const confirmed = (): void => {
        if (confirmations-- === 0) setTimeout(() => engine.kill('SIGKILL'), random() * 8)
      }
      const writePetnames = async (): Promise<void> => {
        for (;;) {
          const label = `name-${serial++}`
          const reply = await client.call('petnames.set', { label, npub })
          if (!reply.ok) return
          confirmedPetnames.set(label, npub)
          confirmed()
        }
      }
      const writeAddresses = async (): Promise<void> => {
        for (;;) {
          attemptedAddress = `203.0.${(serial >> 8) & 255}.${serial++ & 255}`
          const reply = await client.call('publish.address', {
            addresses: [attemptedAddress],
            follow: false,
          })
          if (!reply.ok) return
          confirmedAddress = attemptedAddress
          confirmed()
        }
      }
      await Promise.all([writePetnames(), writeAddresses()])
    } else {
      engine.kill('SIGTERM')
    }
    await ended
  }
  expect(confirmedPetnames.size).toBeGreaterThan(0)
  expect(confirmedAddress).toBeDefined()
}, 300_000)

/** The control client of the engine starting for `dataDir`. */
async function connected(dataDir: string): Promise<ControlClient> {
  for (;;) {
    const client = await connectControl(controlPath(dataDir))
    if (client !== undefined) return client
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
