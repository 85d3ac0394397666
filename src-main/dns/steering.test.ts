import { afterEach, beforeEach, expect, it } from 'vitest'
import { encodeNpub } from '../names/npub.ts'
import type { Lead, Steering } from './answers/steered-answers.ts'
import { askUdp } from './testing/clients.ts'
import { answerOf, createFakeSystem, type FakeSystem } from './testing/fake-system.ts'
import { createManualClock, type ManualClock } from './testing/manual-clock.ts'
import { aRecord, queryBytes } from './testing/messages.ts'
import { startTestServer, type TestServer } from './testing/test-server.ts'

const alice = '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'
const aliceName = `${encodeNpub(alice)}.nostr`
const aliceOwner = `nostr:${alice}`

let clock: ManualClock
let system: FakeSystem
let test: TestServer

beforeEach(async () => {
  clock = createManualClock()
  system = createFakeSystem((_name, qname) => answerOf(aliceOwner, aRecord(qname, '203.0.113.10')))
  test = await startTestServer({ clock, systems: [system] })
})
afterEach(() => test.server.stop())

const here: Lead = { kind: 'here', addresses: ['127.0.0.1', '::1'], validUntil: 4_000_000_000 }
const toJudge: Steering = async () => here

async function addressAt(listener: 'proxy' | 'split'): Promise<string | undefined> {
  const { answers } = await askUdp(test.port(listener), queryBytes(aliceName, 'A'))
  const rdata = answers[0]?.rdata
  return rdata?.type === 'A' ? rdata.address : undefined
}

it.each(['proxy', 'split'] as const)(
  'on the %s listener begins and ends at once, whatever was cached',
  async (listener) => {
    expect(await addressAt(listener)).toBe('203.0.113.10')
    test.server.steer(toJudge)
    expect(await addressAt(listener)).toBe('127.0.0.1')
    expect(await addressAt(listener)).toBe('127.0.0.1')
    expect(system.lookups).toHaveLength(2)
    test.server.steer(undefined)
    expect(await addressAt(listener)).toBe('203.0.113.10')
  },
)

it('asks again after a short time, and when the owner changes', async () => {
  test.server.steer(toJudge)
  await addressAt('proxy')
  clock.advance(15_000)
  await addressAt('proxy')
  expect(system.lookups).toHaveLength(2)
  test.server.invalidate(aliceOwner)
  await addressAt('proxy')
  expect(system.lookups).toHaveLength(3)
})

it('does not keep an answer whose look-up began before', async () => {
  let release = (): void => undefined
  system.answer = async (_name, qname) => {
    if (system.lookups.length === 1) await new Promise<void>((resolve) => (release = resolve))
    return answerOf(aliceOwner, aRecord(qname, '203.0.113.10'))
  }
  test.server.steer(toJudge)
  const first = addressAt('proxy')
  await expect.poll(() => system.lookups.length).toBe(1)
  test.server.steer(undefined)
  release()
  await first
  await addressAt('proxy')
  expect(system.lookups).toHaveLength(2)
})

it('explains what the owner signed', async () => {
  test.server.steer(toJudge)
  const report = await test.server.explain(aliceName, 'A')
  expect(report.answers).toMatchObject([{ rdata: '203.0.113.10' }])
})
