import { describe, expect, it, test } from 'vitest'
import { parseZoneFile } from '../../dns/wire/zone-file.ts'
import { formatRdata } from '../../dns/wire/rdata-text.ts'
import type { RecordType } from '../../dns/wire/message.ts'
import { answerFromZone, type ZoneAnswer } from './zone-answer.ts'

const key = '8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo'

const zone = parseZoneFile(
  `
@        300 A     192.0.2.1
@        300 TXT   "apex"
www      300 CNAME ${key}.
home     300 A     192.168.1.2
both     300 A     192.0.2.2
both     300 A     10.0.0.1
*.wild   300 A     192.0.2.3
kept.wild 300 TXT  "x"
a.b.c    300 A     192.0.2.4
lan      300 CNAME printer.local.
sub      300 NS    ns.sub
ns.sub   300 A     192.0.2.53
far      300 NS    ns.example.com.
evil     300 NS    ns.evil
ns.evil  300 A     127.0.0.1
own.far  300 A     192.0.2.5
`,
  { origin: key, defaultTtl: 300 },
)
const records = zone.records.map(({ name, ttl, rdata }) => ({ name, class: 1, ttl, rdata }))

const ask = (host: string, type: RecordType, allowsPrivate = false): ZoneAnswer =>
  answerFromZone(records, { key, host, type, allowsPrivate })

const text = (answer: ZoneAnswer): string =>
  'records' in answer
    ? `${answer.kind} ${answer.records.map(({ rdata }) => formatRdata(rdata)).join(' ')}`
    : answer.kind

describe('answerFromZone', () => {
  it('reads its own fixture', () => {
    expect(zone.errors).toEqual([])
  })

  test.each<[string, RecordType, string]>([
    ['@', 'A', 'answer 192.0.2.1'],
    ['@', 'AAAA', 'nodata'],
    ['www', 'A', `alias ${key}.`],
    // A dot within a label.
    ['x\\.kept.wild', 'A', 'answer 192.0.2.3'],
    ['x\\.sub', 'A', 'nxdomain'],
    ['www', 'CNAME', `answer ${key}.`],
    ['www', 'TXT', `alias ${key}.`],
    ['nope', 'A', 'nxdomain'],
    ['x.nope', 'A', 'nxdomain'],
    ['any.wild', 'A', 'answer 192.0.2.3'],
    ['deep.any.wild', 'A', 'answer 192.0.2.3'],
    ['any.wild', 'TXT', 'nodata'],
    // RFC 4592 s.2.2.1: a name that exists hides the wildcard.
    ['kept.wild', 'A', 'nodata'],
    ['wild', 'A', 'nodata'],
    ['b.c', 'A', 'nodata'],
    ['home', 'A', 'nodata'],
    ['both', 'A', 'answer 192.0.2.2'],
    ['lan', 'A', 'nodata'],
    ['sub', 'NS', 'answer ns.sub.8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo.'],
    ['sub', 'A', 'delegation'],
    ['x.sub', 'TXT', 'delegation'],
    ['own.far', 'A', 'answer 192.0.2.5'],
  ])('%s %s is %s', (host, type, expected) => {
    expect(text(ask(host, type))).toBe(expected)
  })

  it('says how many private addresses it withheld, and serves them where allowed', () => {
    expect(ask('home', 'A')).toEqual({ kind: 'nodata', withheld: 1 })
    expect(text(ask('home', 'A', true))).toBe('answer 192.168.1.2')
  })

  it('gives the addresses of delegated servers, never private ones', () => {
    expect(ask('x.sub', 'A')).toEqual({
      kind: 'delegation',
      servers: [{ name: `ns.sub.${key}`, glue: ['192.0.2.53'] }],
    })
    expect(ask('far', 'A')).toEqual({
      kind: 'delegation',
      servers: [{ name: 'ns.example.com', glue: [] }],
    })
    expect(ask('evil', 'A')).toEqual({
      kind: 'delegation',
      servers: [{ name: `ns.evil.${key}`, glue: [] }],
    })
  })

  it('lets a packet delegate the whole key', () => {
    const whole = parseZoneFile('@ 300 NS ns.example.com.', { origin: key, defaultTtl: 300 })
    const cut = whole.records.map(({ name, ttl, rdata }) => ({ name, class: 1, ttl, rdata }))
    const question = { key, host: 'a.b', type: 'A', allowsPrivate: false } as const
    expect(answerFromZone(cut, question).kind).toBe('delegation')
  })
})
