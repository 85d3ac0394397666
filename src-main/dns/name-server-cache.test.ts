import { describe, expect, it } from 'vitest'
import type { Resolution } from '../systems/name-system.ts'
import { askUdp, askUdpRaw } from './testing/clients.ts'
import { aliasOf, answerOf } from './testing/fake-system.ts'
import { startFakeUpstream } from './testing/fake-upstream.ts'
import {
  aRecord,
  cnameRecord,
  edeOf,
  queryBytes,
  responseTo,
  soaRecord,
} from './testing/messages.ts'
import {
  aliceName,
  aliceOwner,
  bob,
  bobName,
  bobOwner,
  engines,
  nameServerBed,
} from './testing/name-server-bed.ts'
import { rcodes } from './wire/message.ts'

describe.each(engines)('cache and look-ups of the name server on the %s path', (engine) => {
  const bed = nameServerBed(engine)

  it('does not keep a failure for longer than five seconds', async () => {
    bed.system.answer = () => ({ kind: 'failure', ede: { code: 23, text: '' } })
    const query = queryBytes(aliceName, 'A')
    await askUdp(bed.test.port('proxy'), query)
    await askUdp(bed.test.port('proxy'), query)
    expect(bed.system.lookups).toHaveLength(1)
    bed.clock.advance(5_000)
    await askUdp(bed.test.port('proxy'), query)
    expect(bed.system.lookups).toHaveLength(2)
  })

  it('answers from the cache with aged TTLs until the data expires', async () => {
    const query = queryBytes(aliceName, 'A')
    await askUdp(bed.test.port('proxy'), query)
    bed.clock.advance(100_000)
    const aged = await askUdp(bed.test.port('proxy'), query)
    expect(aged.answers[0]?.ttl).toBe(200)
    expect(bed.system.lookups).toHaveLength(1)
    bed.clock.advance(200_000)
    const fresh = await askUdp(bed.test.port('proxy'), query)
    expect(fresh.answers[0]?.ttl).toBe(300)
    expect(bed.system.lookups).toHaveLength(2)
  })

  it('never serves an answer at or after validUntil', async () => {
    const nowSeconds = bed.clock.nowMs() / 1000
    bed.system.answer = (_name, qname) => ({
      ...(answerOf(aliceOwner, aRecord(qname, '203.0.113.10')) as Resolution & {
        kind: 'answer'
      }),
      validUntil: nowSeconds + 10,
    })
    const query = queryBytes(aliceName, 'A')
    const answer = await askUdp(bed.test.port('proxy'), query)
    expect(answer.answers[0]?.ttl).toBe(10)
    bed.clock.advance(9_999)
    await askUdp(bed.test.port('proxy'), query)
    expect(bed.system.lookups).toHaveLength(1)
    bed.clock.advance(1)
    await askUdp(bed.test.port('proxy'), query)
    expect(bed.system.lookups).toHaveLength(2)
  })

  it('drops exactly the changed owner from the cache, aliases through it included', async () => {
    bed.system.answer = (name, qname) => {
      const owner = name.kind === 'nostr' && name.owner === bob ? bobOwner : aliceOwner
      if (qname.startsWith('via.')) return aliasOf(aliceOwner, cnameRecord(qname, bobName))
      return answerOf(owner, aRecord(qname, '203.0.113.1'))
    }
    const ask = (name: string) => askUdp(bed.test.port('proxy'), queryBytes(name, 'A'))
    await ask(aliceName)
    await ask(bobName)
    await ask(`via.${aliceName}`)
    const before = bed.system.lookups.length
    bed.system.change(bobOwner)
    await ask(aliceName)
    expect(bed.system.lookups).toHaveLength(before)
    await ask(bobName)
    expect(bed.system.lookups).toHaveLength(before + 1)
    await ask(`via.${aliceName}`)
    expect(bed.system.lookups).toHaveLength(before + 3)
  })

  it('does not cache an answer whose owner changed during the look-up', async () => {
    let release: (() => void) | undefined
    bed.system.answer = async (_name, qname) => {
      if (bed.system.lookups.length === 1) await new Promise<void>((resolve) => (release = resolve))
      return answerOf(aliceOwner, aRecord(qname, '203.0.113.10'))
    }
    const first = askUdp(bed.test.port('proxy'), queryBytes(aliceName, 'A'))
    await expect.poll(() => bed.system.lookups.length).toBe(1)
    bed.system.change(aliceOwner)
    release?.()
    expect((await first).rcode).toBe(rcodes.NOERROR)
    await askUdp(bed.test.port('proxy'), queryBytes(aliceName, 'A'))
    expect(bed.system.lookups).toHaveLength(2)
  })

  it('looks up one question once for all who ask it meanwhile', async () => {
    let release: (() => void) | undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    bed.system.answer = async (_name, qname) => {
      await held
      return answerOf(aliceOwner, aRecord(qname, '203.0.113.10'))
    }
    const upper = aliceName.toUpperCase()
    const asks = [aliceName, upper, aliceName].map((name, id) =>
      askUdp(bed.test.port('proxy'), queryBytes(name, 'A', { id })),
    )
    await expect.poll(() => bed.test.server.counters().queries).toBe(3)
    release?.()
    const answers = await Promise.all(asks)
    expect(bed.system.lookups).toHaveLength(1)
    expect(answers.map((answer) => answer.id)).toEqual([0, 1, 2])
    expect(answers[1]?.questions[0]?.name).toBe(upper)
  })

  it('answers SERVFAIL within four seconds when a look-up hangs, and aborts it', async () => {
    let signal: AbortSignal | undefined
    bed.system.answer = (_name, _qname, _type, given) => {
      signal = given
      return new Promise(() => undefined)
    }
    const pending = askUdp(bed.test.port('proxy'), queryBytes(aliceName, 'A', { edns: {} }))
    await expect.poll(() => signal).toBeDefined()
    bed.clock.advance(4_000)
    const answer = await pending
    expect(answer.rcode).toBe(rcodes.SERVFAIL)
    expect(edeOf(answer)).toBe('22 no answer in time')
    expect(signal?.aborted).toBe(true)
  })

  it('refuses more than 256 look-ups at once with SERVFAIL', async () => {
    bed.system.answer = () => new Promise(() => undefined)
    const port = bed.test.port('proxy')
    for (let index = 0; index < 256; index += 1) {
      void askUdpRaw(port, queryBytes(`h${index}.${aliceName}`, 'A'))
    }
    await expect.poll(() => bed.system.lookups.length).toBe(256)
    const answer = await askUdp(port, queryBytes(`one-more.${aliceName}`, 'A', { edns: {} }))
    expect(answer.rcode).toBe(rcodes.SERVFAIL)
    expect(edeOf(answer)).toBe('0 too many questions at once')
    bed.clock.advance(4_000)
  })

  it('keeps the cache when settings change, and moves a listener whose port changed', async () => {
    await askUdp(bed.test.port('proxy'), queryBytes(aliceName, 'A'))
    const oldPort = bed.test.port('proxy')
    const splitPort = bed.test.port('split')
    const other = await startFakeUpstream(({ query }) =>
      responseTo(query, { rcode: rcodes.NXDOMAIN, authorities: [soaRecord('.')] }),
    )
    try {
      const spare = await startFakeUpstream()
      const newPort = spare.port
      await spare.stop()
      await bed.test.server.reconfigure({
        enabled: true,
        proxyPort: newPort,
        splitPort: 0,
        dohPort: 0,
        usePortFallback: true,
        upstreams: [other.address],
        privateAddressOwners: [],
      })
      expect(bed.test.port('proxy')).not.toBe(oldPort)
      expect(bed.test.port('split')).toBe(splitPort)
      await askUdp(bed.test.port('proxy'), queryBytes(aliceName, 'A'))
      expect(bed.system.lookups).toHaveLength(1)
      const answer = await askUdp(bed.test.port('proxy'), queryBytes('example.com', 'A'))
      expect(answer.rcode).toBe(rcodes.NXDOMAIN)
      expect(bed.test.server.upstreams()).toMatchObject([{ address: other.address, state: 'ok' }])
    } finally {
      await other.stop()
    }
  })
})
