import { describe, expect, it } from 'vitest'
import { askUdp } from './testing/clients.ts'
import { aliasOf } from './testing/fake-system.ts'
import { aRecord, cnameRecord, edeOf, queryBytes, responseTo } from './testing/messages.ts'
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

describe.each(engines)('aliases through the name server on the %s path', (engine) => {
  const bed = nameServerBed(engine)

  it('follows aliases across owners and into public DNS', async () => {
    bed.system.answer = (name, qname) =>
      name.kind === 'nostr' && name.owner === alice
        ? aliasOf(aliceOwner, cnameRecord(qname, bobName))
        : aliasOf(bobOwner, cnameRecord(qname, 'www.example.com'))
    const answer = await askUdp(bed.test.port('split'), queryBytes(aliceName, 'A'))
    expect(answer.answers.map((record) => [record.name, record.rdata.type])).toEqual([
      [aliceName, 'CNAME'],
      [bobName, 'CNAME'],
      ['www.example.com', 'A'],
    ])
    expect(answer.authoritative).toBe(true)
    expect(bed.upstream.asked.map(({ query }) => query.questions[0]?.name.toLowerCase())).toEqual([
      'www.example.com',
    ])
  })

  it('does not follow an alias for a CNAME question', async () => {
    bed.system.answer = (_name, qname) => aliasOf(aliceOwner, cnameRecord(qname, bobName))
    const answer = await askUdp(bed.test.port('proxy'), queryBytes(aliceName, 'CNAME'))
    expect(answer.answers).toHaveLength(1)
    expect(bed.system.lookups).toHaveLength(1)
  })

  it.each([
    ['a loop', (qname: string) => (qname === aliceName ? bobName : aliceName), 'alias loop'],
    [
      'a long chain',
      (qname: string) => `h${Number(/^h(\d+)/.exec(qname)?.[1] ?? 0) + 1}.${aliceName}`,
      'alias chain too long',
    ],
  ])('ends %s with SERVFAIL', async (_what, target, text) => {
    bed.system.answer = (_name, qname) => aliasOf(aliceOwner, cnameRecord(qname, target(qname)))
    const answer = await askUdp(bed.test.port('proxy'), queryBytes(aliceName, 'A', { edns: {} }))
    expect(answer.rcode).toBe(rcodes.SERVFAIL)
    expect(answer.answers).toEqual([])
    expect(edeOf(answer)).toBe(`24 ${text}`)
    expect(bed.system.lookups.length).toBeLessThanOrEqual(10)
  })

  it('withholds private addresses that an alias reaches in public DNS', async () => {
    bed.upstream.answer = ({ query }) => {
      const name = query.questions[0]?.name ?? '.'
      return responseTo(query, {
        answers: [aRecord(name, '192.168.1.1'), aRecord(name, '198.51.100.9')],
      })
    }
    bed.system.answer = (_name, qname) => aliasOf(aliceOwner, cnameRecord(qname, 'rebind.example'))
    const answer = await askUdp(bed.test.port('proxy'), queryBytes(aliceName, 'A', { edns: {} }))
    const addresses = answer.answers.flatMap(({ rdata }) =>
      rdata.type === 'A' ? [rdata.address] : [],
    )
    expect(addresses).toEqual(['198.51.100.9'])
    expect(edeOf(answer)).toMatch(/^17 /)
  })

  it('answers them for owners who are allowed to', async () => {
    bed.upstream.answer = ({ query }) =>
      responseTo(query, { answers: [aRecord(query.questions[0]?.name ?? '.', '192.168.1.1')] })
    bed.system.answer = (_name, qname) => aliasOf(bobOwner, cnameRecord(qname, 'nas.example'))
    const answer = await askUdp(bed.test.port('proxy'), queryBytes(bobName, 'A'))
    expect(answer.answers.at(-1)?.rdata).toEqual({ type: 'A', address: '192.168.1.1' })
  })

  it.each(['localhost', 'printer.local'])('does not follow an alias to %s', async (target) => {
    bed.system.answer = (_name, qname) => aliasOf(aliceOwner, cnameRecord(qname, target))
    const answer = await askUdp(bed.test.port('proxy'), queryBytes(aliceName, 'A', { edns: {} }))
    expect(answer.answers.map((record) => record.rdata.type)).toEqual(['CNAME'])
    expect(edeOf(answer)).toMatch(/^17 /)
    expect(bed.upstream.asked).toEqual([])
  })
})
