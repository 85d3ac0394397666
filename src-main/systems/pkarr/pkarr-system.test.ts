import { describe, expect, it, test } from 'vitest'
import type { RecordType } from '../../dns/wire/message.ts'
import { formatRdata, parseRdata } from '../../dns/wire/rdata-text.ts'
import { parseName } from '../../names/parse-name.ts'
import { createManualClock, testEnv } from '../../relays/testing/manual-clock.ts'
import type { Resolution } from '../name-system.ts'
import type { ServerReply } from './delegation.ts'
import type { PacketLookup } from './packet-source.ts'
import { createPkarrSystem } from './pkarr-system.ts'
import { createMemorySource } from './testing/memory-source.ts'
import { testKey } from './testing/test-keys.ts'
import { buildPayload, type ZoneRecord } from './zone-packet.ts'

const owner = testKey(0)
const other = testKey(1)

const zone = (lines: readonly [string, RecordType, string, number?][]): readonly ZoneRecord[] =>
  lines.map(([name, type, text, ttl = 300]) => ({
    name,
    ttl,
    rdata: parseRdata(type, text, owner.key),
  }))

function setUp(lines: readonly [string, RecordType, string, number?][] | undefined) {
  const clock = createManualClock()
  const source = createMemorySource(() => clock.nowMs())
  if (lines !== undefined) {
    const payload = buildPayload(owner.key, zone(lines))
    if (!payload.ok) throw new Error(payload.error.message)
    source.network.set(owner.key, owner.packet(BigInt(clock.nowMs()) * 1000n, payload.value))
  }
  const asked: string[] = []
  const looked: string[] = []
  const server: { reply: ServerReply | undefined } = { reply: undefined }
  const flags = { isEnabled: true, allowsPrivate: false }
  const system = createPkarrSystem(testEnv(clock), {
    source,
    isEnabled: () => flags.isEnabled,
    allowsPrivate: () => flags.allowsPrivate,
    async askServer(address, name, type) {
      asked.push(`${address} ${name} ${type}`)
      if (server.reply === undefined) throw new Error('time-out')
      return server.reply
    },
    async addressesOf(name) {
      looked.push(name)
      return name === 'ns.example.com' ? ['192.0.2.99', '10.0.0.9'] : []
    },
  })
  const ask = async (qname: string, type: RecordType = 'A'): Promise<Resolution> =>
    system.lookup(parseName(qname), qname, type, new AbortController().signal)
  return { clock, source, system, ask, asked, looked, server, flags }
}

const rdataOf = (resolution: Resolution): string =>
  resolution.kind === 'answer' || resolution.kind === 'alias'
    ? resolution.rrset.map(({ rdata }) => formatRdata(rdata)).join(' ')
    : resolution.kind

describe('createPkarrSystem', () => {
  test.each(['', '.pkarr', '.key'])(
    'answers below the key and with the suffix "%s"',
    async (suffix) => {
      const { ask } = setUp([
        ['@', 'A', '192.0.2.1'],
        ['www', 'A', '192.0.2.2'],
      ])
      const apex = await ask(`${owner.key}${suffix}`)
      expect(rdataOf(apex)).toBe('192.0.2.1')
      const www = await ask(`www.${owner.key}${suffix}`)
      expect(www).toMatchObject({
        kind: 'answer',
        rrset: [{ name: `www.${owner.key}${suffix}`, ttl: 300 }],
        provenance: {
          system: 'pkarr',
          owner: `pkarr:${owner.key}`,
          signer: owner.key,
          sources: ['memory'],
        },
      })
      expect(await ask(`nope.${owner.key}${suffix}`)).toMatchObject({
        kind: 'nxdomain',
        soa: { name: `${owner.key}${suffix}` },
      })
    },
  )

  it('follows an alias to another key, to an npub and to an ordinary name', async () => {
    const npub = 'npub1ah5dgpchytuy6tpcwt7mp09mf0kd68kaej80r3wy2txjsaxsz68se4s0nz.nostr'
    const { ask } = setUp([
      ['a', 'CNAME', `x.${other.key}.`],
      ['b', 'CNAME', `${npub}.`],
      ['c', 'CNAME', 'www.example.com.'],
      ['d', 'CNAME', `${other.key}.`],
    ])
    expect(await ask(`a.${owner.key}`)).toMatchObject({ kind: 'alias', target: `x.${other.key}` })
    expect(await ask(`b.${owner.key}`)).toMatchObject({ kind: 'alias', target: npub })
    expect(await ask(`c.${owner.key}`)).toMatchObject({ kind: 'alias', target: 'www.example.com' })
    expect(await ask(`d.${owner.key}`)).toMatchObject({ kind: 'alias', target: other.key })
  })

  it('ages the TTL, and caps that of stale answers', async () => {
    const { ask, source, clock } = setUp([['@', 'A', '192.0.2.1', 3600]])
    expect(await ask(owner.key)).toMatchObject({ rrset: [{ ttl: 300 }] })
    const held = source.held(owner.key)
    if (held === undefined) throw new Error('nothing held')
    source.next = { kind: 'found', held, isStale: false }
    clock.advance(100_000)
    expect(await ask(owner.key)).toMatchObject({ rrset: [{ ttl: 200 }] })
    source.next = { kind: 'found', held, isStale: true }
    expect(await ask(owner.key)).toMatchObject({ rrset: [{ ttl: 30 }], ede: { code: 3 } })
  })

  it('withholds private addresses unless the key is allowed to name them', async () => {
    const { ask, flags } = setUp([['@', 'A', '192.168.1.1']])
    expect(await ask(owner.key)).toMatchObject({ kind: 'nodata', ede: { code: 17 } })
    flags.allowsPrivate = true
    expect(rdataOf(await ask(owner.key))).toBe('192.168.1.1')
  })

  it('tells "nobody has it" from "nobody could be asked"', async () => {
    const { ask, source } = setUp(undefined)
    expect(await ask(owner.key)).toMatchObject({ kind: 'nxdomain', soa: { name: owner.key } })
    source.next = { kind: 'failed', problem: 'no relay and no DHT node answered' }
    expect(await ask(owner.key)).toMatchObject({
      kind: 'failure',
      ede: { code: 22, text: 'no relay and no DHT node answered' },
    })
    const masked: PacketLookup = { kind: 'none', answers: 3, invalidSeq: 7n }
    source.next = masked
    expect(await ask(owner.key)).toMatchObject({
      kind: 'nxdomain',
      provenance: { notes: ['the newest item under this key is no DNS packet'] },
    })
  })

  it('answers the start of authority, and nothing while switched off', async () => {
    const { ask, flags } = setUp([['@', 'A', '192.0.2.1']])
    expect(rdataOf(await ask(owner.key, 'SOA'))).toContain('hostmaster')
    flags.isEnabled = false
    expect(await ask(owner.key)).toMatchObject({ kind: 'failure' })
  })

  it('says whose data changed', async () => {
    const { ask, system } = setUp([['@', 'A', '192.0.2.1']])
    const owners: string[] = []
    system.onChange((changed) => owners.push(changed))
    await ask(owner.key)
    expect(owners).toEqual([`pkarr:${owner.key}`])
  })
})

describe('delegations', () => {
  const reply = (answers: ServerReply['answers'], rcode = 0): ServerReply => ({
    rcode,
    answers,
    authorities: [],
  })

  it('asks the servers of the packet, glued or not, and says that their answer is not signed', async () => {
    const { ask, asked, server } = setUp([
      ['sub', 'NS', 'ns.sub'],
      ['ns.sub', 'A', '192.0.2.53'],
      ['far', 'NS', 'ns.example.com.'],
    ])
    const name = `x.sub.${owner.key}`
    server.reply = reply([{ name, class: 1, ttl: 60, rdata: { type: 'A', address: '192.0.2.7' } }])
    expect(await ask(`${name}.pkarr`)).toMatchObject({
      kind: 'answer',
      rrset: [{ name: `${name}.pkarr`, ttl: 60 }],
      provenance: { format: 'delegated', sources: ['192.0.2.53'], verifiedBy: /not signed/u },
    })
    server.reply = reply([], 3)
    expect(await ask(`far.${owner.key}`)).toMatchObject({ kind: 'nxdomain' })
    expect(asked).toEqual([`192.0.2.53 ${name} A`, `192.0.2.99 far.${owner.key} A`])
  })

  it('looks few servers up, however many a packet names, and those with an address first', async () => {
    const names = Array.from({ length: 30 }, (_, n) => `ns${n}.example.com.`)
    const { ask, asked, looked } = setUp([
      ...names.map((name): [string, RecordType, string] => ['sub', 'NS', name]),
      ['mix', 'NS', 'ns40.example.com.'],
      ['mix', 'NS', 'ns41.example.com.'],
      ['mix', 'NS', 'ns42.example.com.'],
      ['mix', 'NS', 'ns.mix'],
      ['ns.mix', 'A', '192.0.2.53'],
    ])
    expect(await ask(`sub.${owner.key}`)).toMatchObject({ kind: 'failure' })
    expect(looked).toHaveLength(3)
    await ask(`mix.${owner.key}`)
    expect(asked).toContain(`192.0.2.53 mix.${owner.key} A`)
  })

  it('never asks servers of this computer’s own network, nor believes their addresses', async () => {
    const { ask, asked, server } = setUp([
      ['evil', 'NS', 'ns.evil'],
      ['ns.evil', 'A', '127.0.0.1'],
      ['loop', 'NS', `ns.${other.key}.`],
      ['sub', 'NS', 'ns.sub'],
      ['ns.sub', 'A', '192.0.2.53'],
    ])
    expect(await ask(`evil.${owner.key}`)).toMatchObject({ kind: 'failure', ede: { code: 22 } })
    expect(await ask(`loop.${owner.key}`)).toMatchObject({ kind: 'failure' })
    expect(asked).toEqual([])
    const name = `sub.${owner.key}`
    server.reply = reply([{ name, class: 1, ttl: 60, rdata: { type: 'A', address: '10.0.0.1' } }])
    expect(await ask(name)).toMatchObject({ kind: 'nodata' })
  })
})
