import { describe, expect, test } from 'vitest'
import { coveringHost, isHostName, isRecordName } from './host-name.ts'
import type { ZoneRecord } from './publisher.ts'
import { checkShadows, mergeRecords, planTakeover, planZone } from './zone-plan.ts'

/** `www A x` as a record. */
const record = (text: string): ZoneRecord => {
  const [name = '', type = '', rdata = ''] = text.split(' ')
  return { name, type, ttl: 300, rdata }
}
const records = (...texts: string[]): ZoneRecord[] => texts.map(record)
const show = (list: readonly ZoneRecord[]): string[] =>
  list.map(({ name, type, rdata }) => `${name} ${type} ${rdata}`)
const held = (hosts: Readonly<Record<string, string[]>>): Map<string, ZoneRecord[]> =>
  new Map(Object.entries(hosts).map(([host, texts]) => [host, records(...texts)]))

test.each([
  ['@', true],
  ['www', true],
  ['home.lab', true],
  ['_443._tcp', true],
  ['xn--bcher-kva', true],
  ['*', false],
  ['*.lab', false],
  ['', false],
  ['Www', false],
  ['a..b', false],
  ['www.', false],
  ['a b', false],
  ['x'.repeat(64), false],
])('host name %s: %s', (text, expected) => {
  expect(isHostName(text)).toBe(expected)
})

test('a record name may be a wildcard', () => {
  expect(['*', '*.lab', 'a.*', '**'].map(isRecordName)).toEqual([true, true, false, false])
})

test.each([
  ['www', ['@'], '@'],
  ['www', ['@', 'www'], 'www'],
  ['a.www', ['@', 'www'], 'www'],
  ['a.b.www', ['@', 'www', 'b.www'], 'b.www'],
  ['*.www', ['@', 'www'], 'www'],
  ['xwww', ['@', 'www'], '@'],
  ['www', ['lab'], undefined],
])('%s among %j is covered by %s', (name, hosts, expected) => {
  expect(coveringHost(name, hosts)).toBe(expected)
})

describe('a zone', () => {
  test('replaces @ and merges into hosts it names, leaving all others alone', () => {
    const plan = planZone(
      records('@ A 1', 'www A 2', 'home TXT h', '*.home A 3', 'x.lab A 4'),
      held({ '@': ['@ A 0', 'old A 0'], home: ['home A 9', 'home TXT t'], nas: ['nas A 8'] }),
    )
    expect(plan.map(({ host, records: list }) => [host, show(list)])).toEqual([
      ['@', ['@ A 1', 'www A 2', 'x.lab A 4']],
      ['home', ['home A 9', 'home TXT h', '*.home A 3']],
    ])
  })

  test('without apex records leaves @ alone', () => {
    const plan = planZone(records('home A 1'), held({ '@': ['@ A 0'], home: [] }))
    expect(plan.map(({ host }) => host)).toEqual(['home'])
  })
})

test.each([
  [['a A 1', 'a TXT t'], ['a A 2'], ['a TXT t', 'a A 2']],
  [['a A 1', 'a TXT t'], ['a CNAME x'], ['a CNAME x']],
  [['a CNAME x'], ['a A 1'], ['a A 1']],
  [['a A 1'], ['b A 2'], ['a A 1', 'b A 2']],
])('%j with %j gives %j', (kept, given, expected) => {
  expect(show(mergeRecords(records(...kept), records(...given)))).toEqual(expected)
})

describe('a new host', () => {
  test('takes over what it would hide', () => {
    const takeover = planTakeover('lab', held({ '@': ['@ A 0', 'lab A 1', 'x.lab A 2', 'y A 3'] }))
    expect(show(takeover.records)).toEqual(['lab A 1', 'x.lab A 2'])
    expect(show(takeover.from?.records ?? [])).toEqual(['@ A 0', 'y A 3'])
  })

  test('takes from the nearest host only, and nothing that is more specific', () => {
    const all = held({ '@': ['@ A 0'], lab: ['b.lab A 1', 'c.b.lab A 2'], 'c.b.lab': [] })
    const takeover = planTakeover('b.lab', all)
    expect([takeover.from?.host, show(takeover.records)]).toEqual(['lab', ['b.lab A 1']])
  })

  test('takes nothing where nothing is, or where it already is', () => {
    expect(planTakeover('www', held({ '@': ['@ A 0'] }))).toEqual({ records: [] })
    expect(planTakeover('@', held({ '@': ['www A 0'] }))).toEqual({ records: [] })
  })
})

test('a record that another host hides is refused with the name of that host', () => {
  expect(checkShadows('@', records('@ A 1', 'www A 2'), ['lab'])).toEqual({ ok: true })
  expect(checkShadows('@', records('x.www A 2'), ['www'])).toMatchObject({
    error: { code: 'publish.shadowed', message: expect.stringContaining('host www') },
  })
})
