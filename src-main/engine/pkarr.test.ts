import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startFakeUpstream, type FakeUpstream } from '../dns/testing/fake-upstream.ts'
import { aRecord, cnameRecord, queryBytes, responseTo } from '../dns/testing/messages.ts'
import { decodeMessage } from '../dns/wire/decode.ts'
import { rcodes, type RecordType } from '../dns/wire/message.ts'
import { startStorageNet, stopStorageNet } from '../systems/pkarr/dht/testing/storage-node.ts'
import { startMockRelay, type MockRelay } from '../systems/pkarr/testing/mock-relay.ts'
import type { EngineOptions } from './engine.ts'
import { ask, portOf, rdatas, record, useCarriers } from './testing/pkarr-bed.ts'
import { startTestEngines, type TestEngine, type TestEngines } from './testing/test-engines.ts'

let engines: TestEngines
const cleanups: (() => Promise<unknown>)[] = []
const after = (cleanup: () => Promise<unknown>): void => void cleanups.push(cleanup)
const start = (name: string, options?: Partial<EngineOptions>): Promise<TestEngine> =>
  engines.start(name, options)

beforeEach(async () => {
  engines = await startTestEngines()
})
afterEach(async () => {
  await engines.stop()
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function pkarrRelay(): Promise<MockRelay> {
  const relay = await startMockRelay()
  after(() => relay.stop())
  return relay
}

/** An upstream where every `step<n>.example.com` is an alias of the next, and the seventh an address. */
async function chainedUpstream(): Promise<FakeUpstream> {
  const upstream = await startFakeUpstream(({ query }) => {
    const name = query.questions[0]?.name.toLowerCase() ?? '.'
    const first = Number(/^step(\d)\.example\.com$/u.exec(name)?.[1] ?? Number.NaN)
    if (Number.isNaN(first)) return responseTo(query, { rcode: rcodes.NXDOMAIN })
    const answers = []
    for (let step = first; step < 7; step += 1) {
      answers.push(cnameRecord(`step${step}.example.com`, `step${step + 1}.example.com`))
    }
    return responseTo(query, {
      answers: [...answers, aRecord('step7.example.com', '203.0.113.77')],
    })
  })
  after(() => upstream.stop())
  return upstream
}

describe('PKARR names', () => {
  it('resolve on another computer over every listener, by all rules of DNS', async () => {
    const relay = await pkarrRelay()
    const upstream = await chainedUpstream()
    const owner = await start('owner')
    const visitor = await start('visitor', { upstreams: [upstream.address] })
    await useCarriers(owner, [relay.url])
    await useCarriers(visitor, [relay.url])
    const { npub } = await owner.call('keys.create', { label: 'me' })
    await owner.call('publish.address', { addresses: ['203.0.113.10'] })
    const other = await owner.call('pkarr.create', { label: 'other' })
    await owner.call('pkarr.publish', {
      key: other.key,
      records: [record('x', 'A', '203.0.113.20'), record('back', 'CNAME', `${npub}.nostr`)],
    })
    const site = await owner.call('pkarr.create', { label: 'site' })
    const report = await owner.call('pkarr.publish', {
      key: site.key,
      records: [
        record('@', 'A', '203.0.113.1'),
        record('www', 'CNAME', '@'),
        record('*.wild', 'TXT', '"any"'),
        record('other', 'CNAME', `x.${other.key}`),
        record('npub', 'CNAME', `${npub}.nostr`),
        record('icann', 'CNAME', 'step0.example.com'),
        record('loop', 'CNAME', `loop.${site.key}`),
        record('lan', 'A', '192.168.1.9'),
        record('@', 'HTTPS', '1 . alpn="h2" port=8443'),
      ],
    })
    expect(report).toMatchObject({ delivery: [{ carrier: relay.url, state: 'stored' }] })

    const { key } = site
    const expected: readonly [string, RecordType, readonly string[]][] = [
      [key, 'A', ['203.0.113.1']],
      [`${key}.pkarr`, 'A', ['203.0.113.1']],
      [`${key}.key`, 'A', ['203.0.113.1']],
      [`www.${key}`, 'A', [`${key}.`, '203.0.113.1']],
      [`a.wild.${key}`, 'TXT', ['"any"']],
      [`other.${key}`, 'A', [`x.${other.key}.`, '203.0.113.20']],
      [`npub.${key}`, 'A', [`${npub}.nostr.`, '203.0.113.10']],
      [key, 'HTTPS', ['1 . alpn=h2 port=8443']],
      [`lan.${key}`, 'A', []],
      [key, 'MX', []],
    ]
    for (const id of ['proxy', 'split'] as const) {
      for (const [name, type, data] of expected) {
        const answer = await ask(visitor, name, type, id)
        expect([name, type, answer.rcode, rdatas(answer)]).toEqual([
          name,
          type,
          rcodes.NOERROR,
          data,
        ])
      }
      const absent = await ask(visitor, `nope.${key}`, 'A', id)
      expect(absent.rcode).toBe(rcodes.NXDOMAIN)
      expect(absent.authorities[0]?.rdata.type).toBe('SOA')
      const unknown = await ask(
        visitor,
        '8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo',
        'A',
        id,
      )
      expect(unknown.rcode).toBe(rcodes.NXDOMAIN)
      const icann = await ask(visitor, `icann.${key}`, 'A', id)
      expect(rdatas(icann).at(-1)).toBe('203.0.113.77')
      expect((await ask(visitor, `loop.${key}`, 'A', id)).rcode).toBe(rcodes.SERVFAIL)
    }
    const mixed = `WwW.${key.toUpperCase()}.PKARR`
    const shouted = await ask(visitor, mixed)
    expect(shouted.questions[0]?.name).toBe(mixed)
    expect(rdatas(shouted).at(-1)).toBe('203.0.113.1')

    const doh = await fetch(`http://127.0.0.1:${portOf(visitor, 'doh')}/dns-query`, {
      method: 'POST',
      headers: { 'content-type': 'application/dns-message' },
      body: Buffer.from(queryBytes(key, 'A', { id: 0 })),
    })
    expect(rdatas(decodeMessage(new Uint8Array(await doh.arrayBuffer())))).toEqual(['203.0.113.1'])

    const explained = await visitor.call('names.resolve', { name: `other.${key}`, type: 'A' })
    expect(explained.steps.map(({ system, signer }) => [system, signer])).toEqual([
      ['pkarr', key],
      ['pkarr', other.key],
    ])
    // No name of ours ever reached the upstream.
    expect(upstream.asked.map(({ query }) => query.questions[0]?.name.toLowerCase())).toEqual([
      'step0.example.com',
    ])
  })

  it('are reached from npub zones, and two zones that point at each other end in SERVFAIL', async () => {
    const relay = await pkarrRelay()
    const owner = await start('owner')
    await useCarriers(owner, [relay.url])
    const { npub } = await owner.call('keys.create', { label: 'me' })
    const { key } = await owner.call('pkarr.create', { label: 'site' })
    await owner.call('pkarr.publish', {
      key,
      records: [record('@', 'A', '203.0.113.1'), record('round', 'CNAME', `round.${npub}.nostr`)],
    })
    const cname = (host: string, target: string) =>
      owner.call('publish.records', {
        host,
        records: [{ name: host, type: 'CNAME', ttl: 300, rdata: target }],
      })
    await cname('site', key)
    await cname('round', `round.${key}`)
    expect(rdatas(await ask(owner, `site.${npub}.nostr`))).toEqual([`${key}.`, '203.0.113.1'])
    expect((await ask(owner, `round.${npub}.nostr`)).rcode).toBe(rcodes.SERVFAIL)
  })

  it('are answered and announced after a restart without a network', async () => {
    const relay = await pkarrRelay()
    const owner = await start('owner')
    await useCarriers(owner, [relay.url])
    const { key } = await owner.call('pkarr.create', { label: 'site' })
    await owner.call('pkarr.publish', { key, records: [record('@', 'A', '203.0.113.1')] })
    await owner.engine.stop()
    relay.isSilent = true
    const again = await start('owner')
    expect(rdatas(await ask(again, key))).toEqual(['203.0.113.1'])
    const zone = again.engine.snapshot().pkarr.zones.find((entry) => entry.key === key)
    expect(zone).toMatchObject({
      isOwn: true,
      isVerified: true,
      records: [{ name: '@', type: 'A' }],
    })
  })

  it('travel over the DHT alone', async () => {
    const net = await startStorageNet(12)
    after(() => stopStorageNet(net))
    const bootstrap = net.slice(0, 2).map(({ address }) => address)
    const options = { allowsDhtAddress: (host: string) => host === '127.0.0.1' }
    const owner = await start('owner', options)
    const visitor = await start('visitor', options)
    await useCarriers(owner, [], bootstrap)
    await useCarriers(visitor, [], bootstrap)
    const { key } = await owner.call('pkarr.create', { label: 'site' })
    const report = await owner.call('pkarr.publish', {
      key,
      records: [record('@', 'A', '203.0.113.1')],
    })
    expect(report).toMatchObject({ warnings: [], delivery: [{ carrier: 'dht', state: 'stored' }] })
    expect(report.nodes).toBeGreaterThanOrEqual(10)
    expect(rdatas(await ask(visitor, key))).toEqual(['203.0.113.1'])
    const followed = await visitor.call('pkarr.follow', { key, follow: true })
    expect(followed).toBeNull()
    const announced = await visitor.call('pkarr.republish', { key })
    expect(announced[0]).toMatchObject({ key, delivery: [{ state: 'stored' }] })
  })

  it('can be measured, are refused when too large, and find their endpoints', async () => {
    const relay = await pkarrRelay()
    const owner = await start('owner')
    await useCarriers(owner, [relay.url])
    const { key } = await owner.call('pkarr.create', { label: 'site' })
    const long = Array.from({ length: 6 }, (_, index) =>
      record(`t${index}`, 'TXT', `"${'x'.repeat(200)}"`),
    )
    const measured = await owner.call('pkarr.measure', { key, records: long })
    expect(measured.size).toBeGreaterThan(1000)
    expect(measured.warnings[0]).toMatch(/more than a packet holds/u)
    await expect(owner.call('pkarr.publish', { key, records: long })).rejects.toThrow(
      'pkarr.too-large',
    )
    await expect(
      owner.call('pkarr.publish', { key, records: [record('@', 'A', 'nonsense')] }),
    ).rejects.toThrow('pkarr.bad-record')
    await owner.call('pkarr.publish', {
      key,
      records: [record('@', 'A', '203.0.113.1'), record('@', 'HTTPS', '1 . port=8443')],
    })
    expect(await owner.call('pkarr.endpoints', { name: key })).toEqual([
      { target: key, port: 8443, addresses: ['203.0.113.1'], key },
    ])
  })

  it('are not asked about while switched off', async () => {
    const relay = await pkarrRelay()
    const owner = await start('owner')
    await useCarriers(owner, [relay.url])
    await owner.call('settings.update', { pkarr: { enabled: false } })
    const answer = await ask(owner, '8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo')
    expect(answer.rcode).toBe(rcodes.SERVFAIL)
    expect(relay.requests).toEqual([])
  })
})
