import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeNpub } from '../names/npub.ts'
import type { Resolution } from '../systems/name-system.ts'
import { loadSocketCalls } from './batched/socket-calls.ts'
import { silentLogger } from '../env/logger.ts'
import type { ManagedQuery } from './query-server.ts'
import { askUdp, askUdpRaw } from './testing/clients.ts'
import type { FakeSystem } from './testing/fake-system.ts'
import { aliasOf, answerOf, createFakeSystem, denialOf } from './testing/fake-system.ts'
import type { FakeUpstream } from './testing/fake-upstream.ts'
import { startFakeUpstream } from './testing/fake-upstream.ts'
import type { ManualClock } from './testing/manual-clock.ts'
import { createManualClock } from './testing/manual-clock.ts'
import {
  aRecord,
  cnameRecord,
  edeOf,
  queryBytes,
  responseTo,
  soaRecord,
} from './testing/messages.ts'
import type { TestServer } from './testing/test-server.ts'
import { startTestServer } from './testing/test-server.ts'
import { rcodes } from './wire/message.ts'

// Points on the curve: the generator's x and that of its double.
const alice = '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'
const bob = 'c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5'
const aliceName = `${encodeNpub(alice)}.nostr`
const bobName = `${encodeNpub(bob)}.nostr`
const aliceOwner = `nostr:${alice}`
const bobOwner = `nostr:${bob}`

const engines = loadSocketCalls(silentLogger)
  ? (['portable', 'batched'] as const)
  : (['portable'] as const)

describe.each(engines)('name server on the %s path', (engine) => {
  let clock: ManualClock
  let upstream: FakeUpstream
  let system: FakeSystem
  let test: TestServer

  const start = async (): Promise<void> => {
    test = await startTestServer({
      clock,
      engine,
      systems: [system],
      config: { upstreams: [upstream.address] },
      allowsPrivate: (owner) => owner === bobOwner,
    })
  }

  beforeEach(async () => {
    clock = createManualClock()
    upstream = await startFakeUpstream(({ query }) =>
      responseTo(query, { answers: [aRecord(query.questions[0]?.name ?? '.', '198.51.100.7')] }),
    )
    system = createFakeSystem((_name, qname) =>
      answerOf(aliceOwner, aRecord(qname, '203.0.113.10')),
    )
    await start()
  })

  afterEach(async () => {
    await test.server.stop()
    await upstream.stop()
  })

  it('reports the engine that serves', () => {
    const proxy = test.server.listeners().find((listener) => listener.id === 'proxy')
    expect(proxy).toMatchObject({ state: 'listening', engine })
    expect(proxy?.addresses).toContain('127.0.0.1')
  })

  it('answers managed data with AA and RA, echoing the case of the question', async () => {
    const name = aliceName.replace('npub', 'NpUb').replace('nostr', 'NOSTR')
    const answer = await askUdp(test.port('proxy'), queryBytes(name, 'A', { id: 99 }))
    expect(answer).toMatchObject({
      id: 99,
      authoritative: true,
      recursionAvailable: true,
      rcode: rcodes.NOERROR,
      questions: [{ name }],
      answers: [{ ttl: 300, rdata: { type: 'A', address: '203.0.113.10' } }],
    })
    expect(answer.answers[0]?.name.toLowerCase()).toBe(aliceName)
    expect(system.lookups).toEqual([{ qname: aliceName, type: 'A' }])
    expect(answer.edns).toBeUndefined()
  })

  it.each<[string, Resolution, number, string | undefined]>([
    ['NODATA for another type', denialOf(aliceOwner, 'nodata'), rcodes.NOERROR, undefined],
    ['NXDOMAIN for a denied name', denialOf(aliceOwner, 'nxdomain'), rcodes.NXDOMAIN, undefined],
    [
      'NODATA with EDE 17 for withheld addresses',
      { ...denialOf(aliceOwner, 'nodata'), ede: { code: 17, text: 'private' } } as Resolution,
      rcodes.NOERROR,
      '17 private',
    ],
    [
      'SERVFAIL with EDE 22 when no relay answers',
      { kind: 'failure', ede: { code: 22, text: 'no relay reachable' } },
      rcodes.SERVFAIL,
      '22 no relay reachable',
    ],
  ])('%s', async (_what, resolution, rcode, ede) => {
    system.answer = () => resolution
    const answer = await askUdp(test.port('proxy'), queryBytes(aliceName, 'AAAA', { edns: {} }))
    expect(answer.rcode).toBe(rcode)
    expect(answer.answers).toEqual([])
    expect(edeOf(answer)).toBe(ede)
    const soa = answer.authorities.find((record) => record.rdata.type === 'SOA')
    expect(soa?.name).toBe(rcode === rcodes.SERVFAIL ? undefined : 'nostr')
    expect(soa?.ttl).toBe(rcode === rcodes.SERVFAIL ? undefined : 60)
  })

  it('does not keep a failure for longer than five seconds', async () => {
    system.answer = () => ({ kind: 'failure', ede: { code: 23, text: '' } })
    const query = queryBytes(aliceName, 'A')
    await askUdp(test.port('proxy'), query)
    await askUdp(test.port('proxy'), query)
    expect(system.lookups).toHaveLength(1)
    clock.advance(5_000)
    await askUdp(test.port('proxy'), query)
    expect(system.lookups).toHaveLength(2)
  })

  it('answers from the cache with aged TTLs until the data expires', async () => {
    const query = queryBytes(aliceName, 'A')
    await askUdp(test.port('proxy'), query)
    clock.advance(100_000)
    const aged = await askUdp(test.port('proxy'), query)
    expect(aged.answers[0]?.ttl).toBe(200)
    expect(system.lookups).toHaveLength(1)
    clock.advance(200_000)
    const fresh = await askUdp(test.port('proxy'), query)
    expect(fresh.answers[0]?.ttl).toBe(300)
    expect(system.lookups).toHaveLength(2)
  })

  it('never serves an answer at or after validUntil', async () => {
    const nowSeconds = clock.nowMs() / 1000
    system.answer = (_name, qname) => ({
      ...(answerOf(aliceOwner, aRecord(qname, '203.0.113.10')) as Resolution & {
        kind: 'answer'
      }),
      validUntil: nowSeconds + 10,
    })
    const query = queryBytes(aliceName, 'A')
    const answer = await askUdp(test.port('proxy'), query)
    expect(answer.answers[0]?.ttl).toBe(10)
    clock.advance(9_999)
    await askUdp(test.port('proxy'), query)
    expect(system.lookups).toHaveLength(1)
    clock.advance(1)
    await askUdp(test.port('proxy'), query)
    expect(system.lookups).toHaveLength(2)
  })

  it('drops exactly the changed owner from the cache, aliases through it included', async () => {
    system.answer = (name, qname) => {
      const owner = name.kind === 'nostr' && name.owner === bob ? bobOwner : aliceOwner
      if (qname.startsWith('via.')) return aliasOf(aliceOwner, cnameRecord(qname, bobName))
      return answerOf(owner, aRecord(qname, '203.0.113.1'))
    }
    const ask = (name: string) => askUdp(test.port('proxy'), queryBytes(name, 'A'))
    await ask(aliceName)
    await ask(bobName)
    await ask(`via.${aliceName}`)
    const before = system.lookups.length
    system.change(bobOwner)
    await ask(aliceName)
    expect(system.lookups).toHaveLength(before)
    await ask(bobName)
    expect(system.lookups).toHaveLength(before + 1)
    await ask(`via.${aliceName}`)
    expect(system.lookups).toHaveLength(before + 3)
  })

  it('does not cache an answer whose owner changed during the look-up', async () => {
    let release: (() => void) | undefined
    system.answer = async (_name, qname) => {
      if (system.lookups.length === 1) await new Promise<void>((resolve) => (release = resolve))
      return answerOf(aliceOwner, aRecord(qname, '203.0.113.10'))
    }
    const first = askUdp(test.port('proxy'), queryBytes(aliceName, 'A'))
    await expect.poll(() => system.lookups.length).toBe(1)
    system.change(aliceOwner)
    release?.()
    expect((await first).rcode).toBe(rcodes.NOERROR)
    await askUdp(test.port('proxy'), queryBytes(aliceName, 'A'))
    expect(system.lookups).toHaveLength(2)
  })

  it('looks up one question once for all who ask it meanwhile', async () => {
    let release: (() => void) | undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    system.answer = async (_name, qname) => {
      await held
      return answerOf(aliceOwner, aRecord(qname, '203.0.113.10'))
    }
    const upper = aliceName.toUpperCase()
    const asks = [aliceName, upper, aliceName].map((name, id) =>
      askUdp(test.port('proxy'), queryBytes(name, 'A', { id })),
    )
    await expect.poll(() => test.server.counters().queries).toBe(3)
    release?.()
    const answers = await Promise.all(asks)
    expect(system.lookups).toHaveLength(1)
    expect(answers.map((answer) => answer.id)).toEqual([0, 1, 2])
    expect(answers[1]?.questions[0]?.name).toBe(upper)
  })

  it('answers SERVFAIL within four seconds when a look-up hangs, and aborts it', async () => {
    let signal: AbortSignal | undefined
    system.answer = (_name, _qname, _type, given) => {
      signal = given
      return new Promise(() => undefined)
    }
    const pending = askUdp(test.port('proxy'), queryBytes(aliceName, 'A', { edns: {} }))
    await expect.poll(() => signal).toBeDefined()
    clock.advance(4_000)
    const answer = await pending
    expect(answer.rcode).toBe(rcodes.SERVFAIL)
    expect(edeOf(answer)).toBe('22 no answer in time')
    expect(signal?.aborted).toBe(true)
  })

  it('refuses more than 256 look-ups at once with SERVFAIL', async () => {
    system.answer = () => new Promise(() => undefined)
    const port = test.port('proxy')
    for (let index = 0; index < 256; index += 1) {
      void askUdpRaw(port, queryBytes(`h${index}.${aliceName}`, 'A'))
    }
    await expect.poll(() => system.lookups.length).toBe(256)
    const answer = await askUdp(port, queryBytes(`one-more.${aliceName}`, 'A', { edns: {} }))
    expect(answer.rcode).toBe(rcodes.SERVFAIL)
    expect(edeOf(answer)).toBe('0 too many questions at once')
    clock.advance(4_000)
  })

  it('follows aliases across owners and into public DNS', async () => {
    system.answer = (name, qname) =>
      name.kind === 'nostr' && name.owner === alice
        ? aliasOf(aliceOwner, cnameRecord(qname, bobName))
        : aliasOf(bobOwner, cnameRecord(qname, 'www.example.com'))
    const answer = await askUdp(test.port('split'), queryBytes(aliceName, 'A'))
    expect(answer.answers.map((record) => [record.name, record.rdata.type])).toEqual([
      [aliceName, 'CNAME'],
      [bobName, 'CNAME'],
      ['www.example.com', 'A'],
    ])
    expect(answer.authoritative).toBe(true)
    expect(upstream.asked.map(({ query }) => query.questions[0]?.name.toLowerCase())).toEqual([
      'www.example.com',
    ])
  })

  it('does not follow an alias for a CNAME question', async () => {
    system.answer = (_name, qname) => aliasOf(aliceOwner, cnameRecord(qname, bobName))
    const answer = await askUdp(test.port('proxy'), queryBytes(aliceName, 'CNAME'))
    expect(answer.answers).toHaveLength(1)
    expect(system.lookups).toHaveLength(1)
  })

  it.each([
    ['a loop', (qname: string) => (qname === aliceName ? bobName : aliceName), 'alias loop'],
    [
      'a long chain',
      (qname: string) => `h${Number(/^h(\d+)/.exec(qname)?.[1] ?? 0) + 1}.${aliceName}`,
      'alias chain too long',
    ],
  ])('ends %s with SERVFAIL', async (_what, target, text) => {
    system.answer = (_name, qname) => aliasOf(aliceOwner, cnameRecord(qname, target(qname)))
    const answer = await askUdp(test.port('proxy'), queryBytes(aliceName, 'A', { edns: {} }))
    expect(answer.rcode).toBe(rcodes.SERVFAIL)
    expect(answer.answers).toEqual([])
    expect(edeOf(answer)).toBe(`24 ${text}`)
    expect(system.lookups.length).toBeLessThanOrEqual(10)
  })

  it('withholds private addresses that an alias reaches in public DNS', async () => {
    upstream.answer = ({ query }) => {
      const name = query.questions[0]?.name ?? '.'
      return responseTo(query, {
        answers: [aRecord(name, '192.168.1.1'), aRecord(name, '198.51.100.9')],
      })
    }
    system.answer = (_name, qname) => aliasOf(aliceOwner, cnameRecord(qname, 'rebind.example'))
    const answer = await askUdp(test.port('proxy'), queryBytes(aliceName, 'A', { edns: {} }))
    const addresses = answer.answers.flatMap(({ rdata }) =>
      rdata.type === 'A' ? [rdata.address] : [],
    )
    expect(addresses).toEqual(['198.51.100.9'])
    expect(edeOf(answer)).toMatch(/^17 /)
  })

  it('answers them for owners who are allowed to', async () => {
    upstream.answer = ({ query }) =>
      responseTo(query, { answers: [aRecord(query.questions[0]?.name ?? '.', '192.168.1.1')] })
    system.answer = (_name, qname) => aliasOf(bobOwner, cnameRecord(qname, 'nas.example'))
    const answer = await askUdp(test.port('proxy'), queryBytes(bobName, 'A'))
    expect(answer.answers.at(-1)?.rdata).toEqual({ type: 'A', address: '192.168.1.1' })
  })

  it.each(['localhost', 'printer.local'])('does not follow an alias to %s', async (target) => {
    system.answer = (_name, qname) => aliasOf(aliceOwner, cnameRecord(qname, target))
    const answer = await askUdp(test.port('proxy'), queryBytes(aliceName, 'A', { edns: {} }))
    expect(answer.answers.map((record) => record.rdata.type)).toEqual(['CNAME'])
    expect(edeOf(answer)).toMatch(/^17 /)
    expect(upstream.asked).toEqual([])
  })

  it.each([
    ['nostr', 'SOA', rcodes.NOERROR, 1],
    ['NOSTR', 'NS', rcodes.NOERROR, 1],
    ['nostr', 'A', rcodes.NOERROR, 0],
    ['npub1qqqq.nostr', 'A', rcodes.NXDOMAIN, 0],
    [`${encodeNpub(alice).slice(0, -1)}q.nostr`, 'A', rcodes.NXDOMAIN, 0],
    [`${'q'.repeat(52)}.pkarr`, 'A', rcodes.NXDOMAIN, 0],
    ['something.invalid', 'A', rcodes.NXDOMAIN, 0],
    ['hidden.onion', 'AAAA', rcodes.NXDOMAIN, 0],
    ['printer.local', 'A', rcodes.NXDOMAIN, 0],
    [`${encodeNpub(alice)}.local`, 'A', rcodes.NXDOMAIN, 0],
    ['localhost', 'A', rcodes.NOERROR, 1],
    ['deep.localhost', 'AAAA', rcodes.NOERROR, 1],
    ['localhost', 'TXT', rcodes.NOERROR, 0],
  ] as const)('answers %s %s here: rcode %d, %d records', async (name, type, rcode, count) => {
    const answer = await askUdp(test.port('proxy'), queryBytes(name, type))
    expect(answer.rcode).toBe(rcode)
    expect(answer.answers).toHaveLength(count)
    expect(answer.authorities.map(({ rdata }) => rdata.type)).toEqual(count === 0 ? ['SOA'] : [])
    expect(system.lookups).toEqual([])
    expect(upstream.asked).toEqual([])
  })

  it('denies a name with a secret key, and keeps it nowhere', async () => {
    const seen: ManagedQuery[] = []
    test.server.onQuery((query) => seen.push(query))
    const secret = `nsec1${'q'.repeat(50)}`
    for (const name of [`${secret}.nostr`, `www.${secret}.example.com`]) {
      const answer = await askUdp(test.port('proxy'), queryBytes(name, 'A'))
      expect(answer.rcode).toBe(rcodes.NXDOMAIN)
    }
    expect(seen).toEqual([])
    expect(upstream.asked).toEqual([])
    expect(system.lookups).toEqual([])
  })

  it('says what is not built yet', async () => {
    // 52 characters of base32hex for the generator's x coordinate.
    const exit = Buffer.from(alice, 'hex')
    const label = toBase32Hex(exit)
    const answer = await askUdp(test.port('proxy'), queryBytes(`${label}.nostr`, 'A', { edns: {} }))
    expect(answer.rcode).toBe(rcodes.SERVFAIL)
    expect(edeOf(answer)).toBe('21 not built yet')
  })

  it('answers only managed names on the split listener', async () => {
    const port = test.port('split')
    for (const name of ['example.com', 'localhost', `${encodeNpub(alice)}.local`]) {
      const answer = await askUdp(port, queryBytes(name, 'A'))
      expect(answer.rcode).toBe(rcodes.REFUSED)
    }
    // Also when the proxy listener has cached the name.
    await askUdp(test.port('proxy'), queryBytes('example.com', 'A'))
    expect((await askUdp(port, queryBytes('example.com', 'A'))).rcode).toBe(rcodes.REFUSED)
    expect((await askUdp(port, queryBytes(aliceName, 'A'))).rcode).toBe(rcodes.NOERROR)
    expect(test.server.counters().refused).toBe(4)
  })

  it('refuses managed names while switched off, cached ones too, and forwards the rest', async () => {
    await askUdp(test.port('proxy'), queryBytes(aliceName, 'A'))
    test.server.setEnabled(false)
    for (const name of [aliceName, 'nostr', 'npub1bad.nostr']) {
      const answer = await askUdp(test.port('proxy'), queryBytes(name, 'A', { edns: {} }))
      expect(answer.rcode).toBe(rcodes.REFUSED)
      expect(edeOf(answer)).toBe('0 resolution is switched off')
    }
    expect((await askUdp(test.port('proxy'), queryBytes('example.com', 'A'))).rcode).toBe(0)
    expect(upstream.asked).toHaveLength(1)
    test.server.setEnabled(true)
    expect((await askUdp(test.port('proxy'), queryBytes(aliceName, 'A'))).rcode).toBe(0)
  })

  it('reports look-ups of managed names, and hits per owner', async () => {
    const seen: ManagedQuery[] = []
    test.server.onQuery((query) => seen.push(query))
    const query = queryBytes(aliceName.toUpperCase(), 'A')
    await askUdp(test.port('proxy'), query)
    await askUdp(test.port('proxy'), query)
    await askUdp(test.port('proxy'), query)
    await askUdp(test.port('proxy'), queryBytes('example.com', 'A'))
    expect(seen.map(({ name, type }) => [name, type])).toEqual([[aliceName, 'A']])
    expect(test.server.takeOwnerHits()).toMatchObject([{ owner: aliceOwner, hits: 2 }])
    expect(test.server.takeOwnerHits()).toEqual([])
    expect(test.server.counters()).toMatchObject({
      queries: 4,
      managed: 3,
      forwarded: 1,
      cacheHits: 2,
    })
  })

  it('serves ::1 too', async () => {
    const addresses = test.server.listeners()[0]?.addresses ?? []
    if (!addresses.includes('::1')) return
    const answer = await askUdp(test.port('proxy'), queryBytes(aliceName, 'A'), '::1')
    expect(answer.answers).toHaveLength(1)
  })

  it('sends what does not fit as TC, and all of it to clients with room', async () => {
    const records = Array.from({ length: 40 }, (_, index) =>
      aRecord(aliceName, `203.0.113.${index}`),
    )
    system.answer = () => answerOf(aliceOwner, ...records)
    const port = test.port('proxy')
    const small = await askUdpRaw(port, queryBytes(aliceName, 'A'))
    expect(small.length).toBeLessThanOrEqual(512)
    expect(await askUdp(port, queryBytes(aliceName, 'A'))).toMatchObject({
      truncated: true,
      rcode: 0,
    })
    const large = await askUdp(port, queryBytes(aliceName, 'A', { edns: { udpPayloadSize: 4096 } }))
    expect(large.truncated).toBe(false)
    expect(large.answers).toHaveLength(40)
    expect(large.edns?.udpPayloadSize).toBe(1232)
    const tiny = await askUdpRaw(
      port,
      queryBytes(aliceName, 'A', { edns: { udpPayloadSize: 100 } }),
    )
    expect(tiny.length).toBeLessThanOrEqual(512)
  })

  it('explains a resolution step by step, with provenance', async () => {
    system.answer = (name, qname) =>
      name.kind === 'nostr' && name.owner === alice
        ? aliasOf(aliceOwner, cnameRecord(qname, 'www.example.com'))
        : denialOf(bobOwner, 'nxdomain')
    const report = await test.server.explain(aliceName.toUpperCase(), 'A')
    expect(report).toMatchObject({
      name: aliceName,
      rcode: 'NOERROR',
      answers: [{ type: 'CNAME' }, { type: 'A', rdata: '198.51.100.7' }],
      steps: [
        { kind: 'alias', signer: aliceOwner, verifiedBy: 'a test' },
        { kind: 'forwarded', name: 'www.example.com' },
      ],
    })
    expect(await test.server.explain(bobName, 'A')).toMatchObject({
      rcode: 'NXDOMAIN',
      steps: [{ kind: 'nxdomain', format: 'canonical' }],
    })
    expect(await test.server.explain('nostr', 'SOA')).toMatchObject({ rcode: 'NOERROR' })
    expect(await test.server.explain('example.com', 'A')).toMatchObject({
      rcode: 'NOERROR',
      steps: [{ kind: 'forwarded' }],
    })
  })

  it('survives a system that throws', async () => {
    system.answer = () => {
      throw new Error('bug')
    }
    const answer = await askUdp(test.port('proxy'), queryBytes(aliceName, 'A', { edns: {} }))
    expect(answer.rcode).toBe(rcodes.SERVFAIL)
    expect(edeOf(answer)).toBe('0 internal error')
  })

  it('keeps the cache when settings change, and moves a listener whose port changed', async () => {
    await askUdp(test.port('proxy'), queryBytes(aliceName, 'A'))
    const oldPort = test.port('proxy')
    const splitPort = test.port('split')
    const other = await startFakeUpstream(({ query }) =>
      responseTo(query, { rcode: rcodes.NXDOMAIN, authorities: [soaRecord('.')] }),
    )
    try {
      const spare = await startFakeUpstream()
      const newPort = spare.port
      await spare.stop()
      await test.server.reconfigure({
        enabled: true,
        proxyPort: newPort,
        splitPort: 0,
        dohPort: 0,
        usePortFallback: true,
        upstreams: [other.address],
        privateAddressOwners: [],
      })
      expect(test.port('proxy')).not.toBe(oldPort)
      expect(test.port('split')).toBe(splitPort)
      await askUdp(test.port('proxy'), queryBytes(aliceName, 'A'))
      expect(system.lookups).toHaveLength(1)
      const answer = await askUdp(test.port('proxy'), queryBytes('example.com', 'A'))
      expect(answer.rcode).toBe(rcodes.NXDOMAIN)
      expect(test.server.upstreams()).toMatchObject([{ address: other.address, state: 'ok' }])
    } finally {
      await other.stop()
    }
  })

  it('can be stopped twice', async () => {
    await test.server.stop()
    await test.server.stop()
    expect(test.server.listeners().every((listener) => listener.state === 'off')).toBe(true)
  })
})

function toBase32Hex(bytes: Uint8Array): string {
  const alphabet = '0123456789abcdefghijklmnopqrstuv'
  let bits = ''
  for (const octet of bytes) bits += octet.toString(2).padStart(8, '0')
  return (bits.match(/.{1,5}/g) ?? [])
    .map((quintet) => alphabet[Number.parseInt(quintet.padEnd(5, '0'), 2)])
    .join('')
}
