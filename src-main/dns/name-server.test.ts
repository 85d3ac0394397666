import { describe, expect, it } from 'vitest'
import { encodeNpub } from '../names/npub.ts'
import type { Resolution } from '../systems/name-system.ts'
import type { ManagedQuery } from './query-server.ts'
import { askUdp, askUdpRaw } from './testing/clients.ts'
import { aliasOf, answerOf, denialOf } from './testing/fake-system.ts'
import { aRecord, cnameRecord, edeOf, queryBytes } from './testing/messages.ts'
import {
  alice,
  aliceName,
  aliceOwner,
  bobName,
  bobOwner,
  engines,
  nameServerBed,
} from './testing/name-server-bed.ts'
import { rcodes } from './wire/message.ts'

describe.each(engines)('name server on the %s path', (engine) => {
  const bed = nameServerBed(engine)

  it('reports the engine that serves', () => {
    const proxy = bed.test.server.listeners().find((listener) => listener.id === 'proxy')
    expect(proxy).toMatchObject({ state: 'listening', engine })
    expect(proxy?.addresses).toContain('127.0.0.1')
  })

  it('answers managed data with AA and RA, echoing the case of the question', async () => {
    const name = aliceName.replace('npub', 'NpUb').replace('nostr', 'NOSTR')
    const answer = await askUdp(bed.test.port('proxy'), queryBytes(name, 'A', { id: 99 }))
    expect(answer).toMatchObject({
      id: 99,
      authoritative: true,
      recursionAvailable: true,
      rcode: rcodes.NOERROR,
      questions: [{ name }],
      answers: [{ ttl: 300, rdata: { type: 'A', address: '203.0.113.10' } }],
    })
    expect(answer.answers[0]?.name.toLowerCase()).toBe(aliceName)
    expect(bed.system.lookups).toEqual([{ qname: aliceName, type: 'A' }])
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
    bed.system.answer = () => resolution
    const answer = await askUdp(bed.test.port('proxy'), queryBytes(aliceName, 'AAAA', { edns: {} }))
    expect(answer.rcode).toBe(rcode)
    expect(answer.answers).toEqual([])
    expect(edeOf(answer)).toBe(ede)
    const soa = answer.authorities.find((record) => record.rdata.type === 'SOA')
    expect(soa?.name).toBe(rcode === rcodes.SERVFAIL ? undefined : 'nostr')
    expect(soa?.ttl).toBe(rcode === rcodes.SERVFAIL ? undefined : 60)
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
    const answer = await askUdp(bed.test.port('proxy'), queryBytes(name, type))
    expect(answer.rcode).toBe(rcode)
    expect(answer.answers).toHaveLength(count)
    expect(answer.authorities.map(({ rdata }) => rdata.type)).toEqual(count === 0 ? ['SOA'] : [])
    expect(bed.system.lookups).toEqual([])
    expect(bed.upstream.asked).toEqual([])
  })

  it('denies a name with a secret key, and keeps it nowhere', async () => {
    const seen: ManagedQuery[] = []
    bed.test.server.onQuery((query) => seen.push(query))
    const secret = `nsec1${'q'.repeat(50)}`
    for (const name of [`${secret}.nostr`, `www.${secret}.example.com`]) {
      const answer = await askUdp(bed.test.port('proxy'), queryBytes(name, 'A'))
      expect(answer.rcode).toBe(rcodes.NXDOMAIN)
    }
    expect(seen).toEqual([])
    expect(bed.upstream.asked).toEqual([])
    expect(bed.system.lookups).toEqual([])
  })

  it('says what is not built yet', async () => {
    // 52 characters of base32hex for the generator's x coordinate.
    const exit = Buffer.from(alice, 'hex')
    const label = toBase32Hex(exit)
    const answer = await askUdp(
      bed.test.port('proxy'),
      queryBytes(`${label}.nostr`, 'A', { edns: {} }),
    )
    expect(answer.rcode).toBe(rcodes.SERVFAIL)
    expect(edeOf(answer)).toBe('21 not built yet')
  })

  it('answers only managed names on the split listener', async () => {
    const port = bed.test.port('split')
    for (const name of ['example.com', 'localhost', `${encodeNpub(alice)}.local`]) {
      const answer = await askUdp(port, queryBytes(name, 'A'))
      expect(answer.rcode).toBe(rcodes.REFUSED)
    }
    // Also when the proxy listener has cached the name.
    await askUdp(bed.test.port('proxy'), queryBytes('example.com', 'A'))
    expect((await askUdp(port, queryBytes('example.com', 'A'))).rcode).toBe(rcodes.REFUSED)
    expect((await askUdp(port, queryBytes(aliceName, 'A'))).rcode).toBe(rcodes.NOERROR)
    expect(bed.test.server.counters().refused).toBe(4)
  })

  it('refuses managed names while switched off, cached ones too, and forwards the rest', async () => {
    await askUdp(bed.test.port('proxy'), queryBytes(aliceName, 'A'))
    bed.test.server.setEnabled(false)
    for (const name of [aliceName, 'nostr', 'npub1bad.nostr']) {
      const answer = await askUdp(bed.test.port('proxy'), queryBytes(name, 'A', { edns: {} }))
      expect(answer.rcode).toBe(rcodes.REFUSED)
      expect(edeOf(answer)).toBe('0 resolution is switched off')
    }
    expect((await askUdp(bed.test.port('proxy'), queryBytes('example.com', 'A'))).rcode).toBe(0)
    expect(bed.upstream.asked).toHaveLength(1)
    bed.test.server.setEnabled(true)
    expect((await askUdp(bed.test.port('proxy'), queryBytes(aliceName, 'A'))).rcode).toBe(0)
  })

  it('reports look-ups of managed names, and hits per owner', async () => {
    const seen: ManagedQuery[] = []
    bed.test.server.onQuery((query) => seen.push(query))
    const query = queryBytes(aliceName.toUpperCase(), 'A')
    await askUdp(bed.test.port('proxy'), query)
    await askUdp(bed.test.port('proxy'), query)
    await askUdp(bed.test.port('proxy'), query)
    await askUdp(bed.test.port('proxy'), queryBytes('example.com', 'A'))
    expect(seen.map(({ name, type }) => [name, type])).toEqual([[aliceName, 'A']])
    expect(bed.test.server.takeOwnerHits()).toMatchObject([{ owner: aliceOwner, hits: 2 }])
    expect(bed.test.server.takeOwnerHits()).toEqual([])
    expect(bed.test.server.counters()).toMatchObject({
      queries: 4,
      managed: 3,
      forwarded: 1,
      cacheHits: 2,
    })
  })

  it('serves ::1 too', async () => {
    const addresses = bed.test.server.listeners()[0]?.addresses ?? []
    if (!addresses.includes('::1')) return
    const answer = await askUdp(bed.test.port('proxy'), queryBytes(aliceName, 'A'), '::1')
    expect(answer.answers).toHaveLength(1)
  })

  it('sends what does not fit as TC, and all of it to clients with room', async () => {
    const records = Array.from({ length: 40 }, (_, index) =>
      aRecord(aliceName, `203.0.113.${index}`),
    )
    bed.system.answer = () => answerOf(aliceOwner, ...records)
    const port = bed.test.port('proxy')
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
    bed.system.answer = (name, qname) =>
      name.kind === 'nostr' && name.owner === alice
        ? aliasOf(aliceOwner, cnameRecord(qname, 'www.example.com'))
        : denialOf(bobOwner, 'nxdomain')
    const report = await bed.test.server.explain(aliceName.toUpperCase(), 'A')
    expect(report).toMatchObject({
      name: aliceName,
      rcode: 'NOERROR',
      answers: [{ type: 'CNAME' }, { type: 'A', rdata: '198.51.100.7' }],
      steps: [
        { kind: 'alias', signer: aliceOwner, verifiedBy: 'a test' },
        { kind: 'forwarded', name: 'www.example.com' },
      ],
    })
    expect(await bed.test.server.explain(bobName, 'A')).toMatchObject({
      rcode: 'NXDOMAIN',
      steps: [{ kind: 'nxdomain', format: 'canonical' }],
    })
    expect(await bed.test.server.explain('nostr', 'SOA')).toMatchObject({ rcode: 'NOERROR' })
    expect(await bed.test.server.explain('example.com', 'A')).toMatchObject({
      rcode: 'NOERROR',
      steps: [{ kind: 'forwarded' }],
    })
  })

  it('survives a system that throws', async () => {
    bed.system.answer = () => {
      throw new Error('bug')
    }
    const answer = await askUdp(bed.test.port('proxy'), queryBytes(aliceName, 'A', { edns: {} }))
    expect(answer.rcode).toBe(rcodes.SERVFAIL)
    expect(edeOf(answer)).toBe('0 internal error')
  })

  it('can be stopped twice', async () => {
    await bed.test.server.stop()
    await bed.test.server.stop()
    expect(bed.test.server.listeners().every((listener) => listener.state === 'off')).toBe(true)
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
