import { describe, expect, it, test } from 'vitest'
import { encodeNpub } from '../../names/npub.ts'
import { parseName } from '../../names/parse-name.ts'
import { createManualClock } from '../testing/manual-clock.ts'
import { parseRdata } from '../wire/rdata-text.ts'
import { rcodes, type RecordType, type ResourceRecord } from '../wire/message.ts'
import type { Resolved } from './resolved.ts'
import { createSteeredAnswers, steeredTtl, type Lead, type Steering } from './steered-answers.ts'

const npub = encodeNpub('79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798')
const domain = `${npub}.nostr`
const clock = createManualClock()
const now = Math.floor(clock.nowMs() / 1000)

const record = (name: string, type: RecordType, text: string): ResourceRecord => ({
  name,
  class: 1,
  ttl: 3600,
  rdata: parseRdata(type, text, domain),
})

function resolvedWith(answers: readonly ResourceRecord[], rest: Partial<Resolved> = {}): Resolved {
  return {
    rcode: rcodes.NOERROR,
    answers,
    authorities: [],
    isAuthoritative: true,
    isManaged: true,
    owners: ['nostr:owner'],
    validUntil: now + 86_400,
    isCacheable: true,
    steps: [],
    ...rest,
  }
}

const bothFamilies: Lead = {
  kind: 'here',
  addresses: ['127.0.0.1', '::1'],
  validUntil: now + 86_400,
}

async function ask(
  name: string,
  type: RecordType,
  answers: readonly ResourceRecord[],
  lead: Lead | 'no steering' = bothFamilies,
  rest: Partial<Resolved> = {},
): Promise<{ readonly resolved: Resolved; readonly asked: readonly string[] }> {
  const asked: string[] = []
  const steering: Steering = async (steered) => {
    if (steered.kind === 'nostr') asked.push(steered.host)
    return lead === 'no steering' ? { kind: 'own' } : lead
  }
  const steered = createSteeredAnswers(
    { resolve: async () => resolvedWith(answers, rest) },
    { clock, steering: () => (lead === 'no steering' ? undefined : steering) },
  )
  const signal = new AbortController().signal
  return { resolved: await steered.resolve(name, parseName(name), type, signal), asked }
}

const addressesIn = ({ answers }: Resolved): readonly string[] =>
  answers.map(({ rdata }) => ('address' in rdata ? rdata.address : rdata.type))

describe('a steered name', () => {
  it.each<[RecordType, string, string]>([
    ['A', '203.0.113.10', '127.0.0.1'],
    ['AAAA', '2001:db8::1', '::1'],
  ])('has our %s, for a short time, in place of its own', async (type, own, ours) => {
    const { resolved } = await ask(domain, type, [record(domain, type, own)])
    expect(addressesIn(resolved)).toEqual([ours])
    expect(resolved.answers[0]).toMatchObject({ name: domain, ttl: steeredTtl })
    expect(resolved.validUntil).toBe(now + steeredTtl)
    expect(resolved.owners).toEqual(['nostr:owner'])
    expect(resolved.steps.at(-1)).toMatchObject({ source: 'local', name: domain })
  })

  it('has no address of a family nobody listens on, not even its own', async () => {
    const lead: Lead = { ...bothFamilies, addresses: ['127.0.0.1'] }
    const { resolved } = await ask(domain, 'AAAA', [record(domain, 'AAAA', '2001:db8::1')], lead)
    expect(resolved.answers).toEqual([])
    expect(resolved.authorities[0]?.rdata.type).toBe('SOA')
  })

  it('leads here also where it has no address, or one that was withheld', async () => {
    const withheld = { ede: { code: 17, text: 'withheld' }, withheld: ['192.168.1.1'] }
    const { resolved } = await ask(domain, 'A', [], bothFamilies, withheld)
    expect(addressesIn(resolved)).toEqual(['127.0.0.1'])
    expect(resolved.ede).toBeUndefined()
  })

  it('leads here in place of where its alias leads', async () => {
    const www = `www.${domain}`
    const chain = [
      record(www, 'CNAME', 'cdn.example.com.'),
      record('cdn.example.com', 'A', '198.51.100.1'),
    ]
    const { resolved, asked } = await ask(www, 'A', chain)
    expect(resolved.answers).toHaveLength(1)
    expect(resolved.answers[0]).toMatchObject({ name: www, rdata: { address: '127.0.0.1' } })
    expect(asked).toEqual(['www'])
  })

  it.each<[RecordType, string, string, string]>([
    ['HTTPS', domain, '1 . alpn=h2 ipv4hint=203.0.113.10', '@'],
    ['HTTPS', domain, '1 . ech=AAAA', '@'],
    ['HTTPS', domain, '1 svc.example.com. port=8443', '@'],
    ['HTTPS', domain, '0 svc.example.com.', '@'],
    ['HTTPS', `_8443._https.${domain}`, '1 . ipv4hint=203.0.113.10', '@'],
    ['SVCB', `_8443._https.www.${domain}`, '1 svc.example.com.', 'www'],
  ])('has no %s record that leads around: %s %s', async (type, name, text, host) => {
    const { resolved, asked } = await ask(name, type, [record(name, type, text)])
    expect(resolved).toMatchObject({ rcode: rcodes.NOERROR, answers: [] })
    expect(resolved.authorities[0]?.rdata.type).toBe('SOA')
    expect(asked).toEqual([host])
  })

  it('lives no longer than what its owner vouched for', async () => {
    const lead: Lead = { ...bothFamilies, validUntil: now + 3 }
    const { resolved } = await ask(domain, 'A', [record(domain, 'A', '203.0.113.10')], lead)
    expect(resolved.validUntil).toBe(now + 3)
  })
})

describe('other answers stay as they are', () => {
  const own = [record(domain, 'A', '203.0.113.10')]

  it('without any steering', async () => {
    const { resolved, asked } = await ask(domain, 'A', own, 'no steering')
    expect(resolved).toEqual(resolvedWith(own))
    expect(asked).toEqual([])
  })

  it('of names that keep their own', async () => {
    expect((await ask(domain, 'A', own, { kind: 'own' })).resolved).toEqual(resolvedWith(own))
  })

  it('but for a short time while it is not known', async () => {
    const lead: Lead = { kind: 'own', validUntil: now + 5 }
    const { resolved } = await ask(domain, 'A', own, lead)
    expect(addressesIn(resolved)).toEqual(['203.0.113.10'])
    expect(resolved.validUntil).toBe(now + 5)
  })

  test.each<[string, RecordType]>([
    [domain, 'TXT'],
    [domain, 'MX'],
    [`_443._tcp.${domain}`, 'TLSA'],
    ['alice.nostr', 'A'],
  ])('%s %s', async (name, type) => {
    const { resolved, asked } = await ask(name, type, own)
    expect(resolved).toEqual(resolvedWith(own))
    expect(asked).toEqual([])
  })

  test.each([rcodes.NXDOMAIN, rcodes.SERVFAIL])('with response code %i', async (rcode) => {
    const { resolved, asked } = await ask(domain, 'A', [], bothFamilies, { rcode })
    expect(resolved).toEqual(resolvedWith([], { rcode }))
    expect(asked).toEqual([])
  })
})
