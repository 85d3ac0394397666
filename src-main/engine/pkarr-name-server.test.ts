import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAskServer } from '../dns/ask-server.ts'
import { askUdp } from '../dns/testing/clients.ts'
import { startFakeUpstream, type FakeUpstream } from '../dns/testing/fake-upstream.ts'
import { createManualClock, type ManualClock } from '../dns/testing/manual-clock.ts'
import { aRecord, cnameRecord, edeOf, queryBytes, responseTo } from '../dns/testing/messages.ts'
import { startTestServer, type TestServer } from '../dns/testing/test-server.ts'
import { rcodes, type Message, type RecordType } from '../dns/wire/message.ts'
import { silentLogger } from '../env/logger.ts'
import { systemRandom } from '../env/system-env.ts'
import { createPkarrSystem } from '../systems/pkarr/pkarr-system.ts'
import { createMemorySource, type MemorySource } from '../systems/pkarr/testing/memory-source.ts'
import { testKey } from '../systems/pkarr/testing/test-keys.ts'
import { buildPayload } from '../systems/pkarr/zone-packet.ts'
import { readRecords } from '../systems/pkarr/zone-text.ts'
import { rdatas } from './testing/pkarr-bed.ts'

const owner = testKey(31)

let clock: ManualClock
let source: MemorySource
/** The server that parts of the zone are delegated to. */
let authority: FakeUpstream
let addressesAsked: string[]
let test: TestServer

/** As the engine has it, but that port 53 of every server is that of `authority`. */
beforeEach(async () => {
  clock = createManualClock()
  const env = { clock, random: systemRandom, log: silentLogger }
  source = createMemorySource(() => clock.nowMs())
  authority = await startFakeUpstream()
  addressesAsked = []
  const askServer = createAskServer(env, authority.port)
  const system = createPkarrSystem(env, {
    source,
    isEnabled: () => true,
    allowsPrivate: () => false,
    askServer(address, name, type, signal) {
      addressesAsked.push(address)
      return askServer('127.0.0.1', name, type, signal)
    },
    addressesOf: async (name) => (name === 'ns.example.com' ? ['198.51.100.54', '10.0.0.9'] : []),
  })
  test = await startTestServer({ clock, systems: [system] })
})
afterEach(async () => {
  await test.server.stop()
  await authority.stop()
})

type Line = readonly [name: string, type: string, rdata: string, ttl?: number]

function publish(lines: readonly Line[]): void {
  const texts = lines.map(([name, type, rdata, ttl = 300]) => ({ name, type, rdata, ttl }))
  const read = readRecords(owner.key, texts)
  const payload = read.ok ? buildPayload(owner.key, read.value) : read
  if (!payload.ok) throw new Error(payload.error.message)
  source.network.set(owner.key, owner.packet(BigInt(clock.nowMs()) * 1000n, payload.value))
}

const ask = (name: string, type: RecordType = 'A'): Promise<Message> =>
  askUdp(test.port('proxy'), queryBytes(name, type, { edns: {} }))

describe('a PKARR zone behind the name server', () => {
  it('shows how old its answers are, in the cache too', async () => {
    publish([
      ['@', 'A', '192.0.2.1', 200],
      ['www', 'CNAME', '@', 120],
    ])
    const ttls = async (): Promise<readonly number[]> =>
      (await ask(`www.${owner.key}`)).answers.map(({ ttl }) => ttl)
    // What changed while it was looked up is not cached: the second answer is.
    await ttls()
    expect(await ttls()).toEqual([120, 200])
    clock.advance(50_000)
    expect(await ttls()).toEqual([70, 150])
    clock.advance(69_000)
    expect(await ttls()).toEqual([1, 81])
  })

  it('delegates names to servers with glue and without', async () => {
    publish([
      ['glued', 'NS', `ns.glued.${owner.key}`],
      ['ns.glued', 'A', '198.51.100.53'],
      ['far', 'NS', 'ns.example.com'],
    ])
    authority.answer = ({ query }) => {
      const name = query.questions[0]?.name ?? '.'
      return responseTo(query, {
        answers: name.toLowerCase().startsWith('alias.')
          ? [cnameRecord(name, `b.glued.${owner.key}`)]
          : [aRecord(name, '192.0.2.77', 86_400)],
      })
    }
    const answer = await ask(`A.b.glued.${owner.key}.pkarr`)
    expect(rdatas(answer)).toEqual(['192.0.2.77'])
    expect(addressesAsked).toEqual(['198.51.100.53'])
    // The question goes without our suffix, under the name the owner signed.
    expect(authority.asked[0]?.query.questions[0]?.name.toLowerCase()).toBe(
      `a.b.glued.${owner.key}`,
    )
    expect(rdatas(await ask(`far.${owner.key}`))).toEqual(['192.0.2.77'])
    expect(addressesAsked).toEqual(['198.51.100.53', '198.51.100.54'])
    expect(rdatas(await ask(`alias.glued.${owner.key}`)).at(-1)).toBe('192.0.2.77')
  })

  it('keeps what an unsigned server says no longer than the packet that named it', async () => {
    publish([
      ['glued', 'NS', `ns.glued.${owner.key}`],
      ['ns.glued', 'A', '198.51.100.53'],
    ])
    authority.answer = ({ query }) =>
      responseTo(query, {
        answers: [aRecord(query.questions[0]?.name ?? '.', '192.0.2.77', 604_800)],
      })
    const [record] = (await ask(`a.glued.${owner.key}`)).answers
    expect(record?.ttl).toBeLessThanOrEqual(300)
  })

  it('never sends a question to this computer or its network', async () => {
    publish([
      ['glued', 'NS', `ns.glued.${owner.key}`],
      ['ns.glued', 'A', '127.0.0.1'],
      ['ns.glued', 'A', '192.168.1.1'],
    ])
    expect((await ask(`a.glued.${owner.key}`)).rcode).toBe(rcodes.SERVFAIL)
    expect(addressesAsked).toEqual([])
  })

  it('withholds names and addresses of the local network, however they are reached', async () => {
    publish([
      ['lan', 'A', '192.168.1.1'],
      ['lan6', 'AAAA', 'fd00::1'],
      ['mapped', 'AAAA', '::ffff:10.0.0.1'],
      ['printer', 'CNAME', 'printer.local'],
      ['self', 'CNAME', 'localhost'],
      ['hint', 'HTTPS', '1 . ipv4hint=10.0.0.1'],
      ['target', 'HTTPS', '1 router.internal'],
      ['glued', 'NS', `ns.glued.${owner.key}`],
      ['ns.glued', 'A', '198.51.100.53'],
    ])
    authority.answer = ({ query }) =>
      responseTo(query, { answers: [aRecord(query.questions[0]?.name ?? '.', '127.0.0.1')] })
    for (const [name, type] of [
      ['lan', 'A'],
      ['lan6', 'AAAA'],
      ['mapped', 'AAAA'],
      ['printer', 'A'],
      ['self', 'A'],
      ['hint', 'HTTPS'],
      ['target', 'HTTPS'],
      ['a.glued', 'A'],
    ] as const) {
      const answer = await ask(`${name}.${owner.key}`, type)
      const { rcode } = answer
      expect({ name, rcode, answers: rdatas(answer), error: edeOf(answer) }).toEqual({
        name,
        rcode: rcodes.NOERROR,
        answers: [],
        error: expect.stringMatching(/withheld/u),
      })
    }
  })
})
