import { describe, expect, it } from 'vitest'
import type { PkarrDeliveryView } from '../../../src-preload/contract/pkarr-model.ts'
import {
  delivered,
  pkarrEmpty,
  pkarrOffline,
  pkarrRich,
  pkarrZone,
} from '../../test/fixture-pkarr.ts'
import { parsePkarrTarget } from './pkarr-key.ts'
import { isPkarrOffline, summariseDelivery, zoneState } from './pkarr-state.ts'
import { filterZones, nextMs, sortZones, zoneRows, type SortColumn } from './zone-list.ts'
import { rowsOfZone } from './zone-rules.ts'

const nowMs = 1_780_000_000_000
const key = 'yg4gxe7z1r7mr6orids9fh95y7gxhdsxjqi6nngsxxtakqaxr5no'

describe('parsePkarrTarget', () => {
  it.each([
    key,
    ` ${key} `,
    key.toUpperCase(),
    `${key}.`,
    `pk:${key}`,
    `www.${key}`,
    `${key}.pkarr`,
    `a.b.${key}.key.`,
    `https://foo@bar.${key}.:8888?q=v&a=b#foo`,
    `http://${key}.pkarr:8080/path`,
    // The last of several keys is the zone.
    `8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo.${key}`,
  ])('finds the key in %s', (typed) => {
    expect(parsePkarrTarget(typed)).toEqual({ key })
  })

  it.each([
    ['', 'Enter a key'],
    ['example.com', 'no PKARR key'],
    [key.slice(1), 'no PKARR key'],
    [`${key}y`, 'no PKARR key'],
    // Not canonical: the last character carries four bits that must be zero.
    [`${key.slice(0, -1)}b`, 'no PKARR key'],
    [`${key.slice(0, -2)}lo`, 'no PKARR key'],
    [`${key}.example.com`, 'no PKARR key'],
  ])('refuses %j', (typed, reason) => {
    expect(parsePkarrTarget(typed)).toEqual({
      error: expect.stringContaining(reason) as string,
    })
  })

  it('never takes a secret key', () => {
    expect(parsePkarrTarget('nsec1abc')).toMatchObject({ isSecret: true })
  })
})

describe('zoneState', () => {
  it.each([
    ['checked and fresh', {}, 'verified'],
    ['from a DoH server alone', { isVerified: false, source: 'doh' }, 'unverified'],
    ['unchecked and old', { isVerified: false, isExpired: true }, 'unverified'],
    ['old', { isExpired: true }, 'stale'],
    ['without records', { records: [] }, 'empty'],
  ] as const)('%s', (_, change, state) => {
    expect(zoneState(pkarrZone(1, nowMs, change))).toBe(state)
  })

  it('is failed only when nothing is known', () => {
    const { signedAtMs: _signedAtMs, ...zone } = pkarrZone(1, nowMs, { failure: 'timed out' })
    expect(zoneState({ ...zone, records: [] })).toBe('failed')
    expect(zoneState({ ...zone, records: [], isOwn: true })).toBe('unpublished')
    expect(zoneState(pkarrZone(1, nowMs, { failure: 'timed out' }))).toBe('verified')
  })
})

describe('isPkarrOffline', () => {
  it.each([
    ['one carrier works', pkarrRich(nowMs), false],
    ['none was needed yet', { carriers: [{ id: 'dht', kind: 'dht', state: 'unused' }] }, false],
    ['nothing is set', { carriers: [] }, false],
    ['all that were tried fail', pkarrOffline(nowMs), true],
    ['a fresh start', pkarrEmpty, false],
  ] as const)('%s', (_, view, isOffline) => {
    expect(isPkarrOffline(view)).toBe(isOffline)
  })
})

describe('summariseDelivery', () => {
  const dht = (nodes: number): PkarrDeliveryView => ({
    carrier: 'dht',
    kind: 'dht',
    state: 'stored',
    nodes,
  })
  const relay = (state: PkarrDeliveryView['state']): PkarrDeliveryView => ({
    carrier: 'https://a.example',
    kind: 'relay',
    state,
  })

  it('counts nodes and relays', () => {
    expect(summariseDelivery(delivered)).toEqual({
      tone: 'ok',
      title: 'Sent: on 17 DHT nodes and on 1 of 2 relays',
      warnings: [],
    })
  })

  it.each([
    [[dht(9)], 'Only 9 DHT nodes are known'],
    // A relay that does not say counts as one node.
    [[relay('stored')], 'Only 1 DHT node is known'],
  ])('warns below ten nodes: %j', (results, warning) => {
    const { tone, warnings } = summariseDelivery(results)
    expect([tone, warnings[0]]).toEqual(['warning', expect.stringContaining(warning)])
  })

  it('says it once when the engine says it too', () => {
    const warning = 'Stored on 4 nodes only.'
    expect(summariseDelivery([dht(4)], [warning]).warnings).toEqual([warning])
  })

  it('says in the engine’s words that it was sent nowhere', () => {
    expect(summariseDelivery([], ['It was kept, but sent nowhere.']).warnings).toEqual([
      'It was kept, but sent nowhere.',
    ])
  })

  it('is a failure when nobody took it', () => {
    const summary = summariseDelivery([relay('unreachable'), relay('rate-limited')])
    expect([summary.tone, summary.title]).toEqual(['danger', 'Not sent'])
  })

  it('says that a newer zone is out there', () => {
    expect(summariseDelivery([dht(12), relay('conflict')])).toMatchObject({
      tone: 'warning',
      warnings: [expect.stringContaining('A newer zone') as string],
    })
  })
})

describe('the list of zones', () => {
  const rows = zoneRows(pkarrRich(nowMs).zones)
  const order = (column: SortColumn, isDescending = false) =>
    sortZones(rows, { column, isDescending }).map((zone) => zoneState(zone))

  it('has own zones first, then followed ones', () => {
    const [first, second] = sortZones(rows, { column: 'name', isDescending: false })
    expect([first?.isOwn, second?.isFollowed]).toEqual([true, true])
  })

  it('can have the doubtful ones first', () => {
    expect(order('state').slice(0, 2)).toEqual(['unverified', 'stale'])
  })

  it.each(['age', 'size', 'next', 'source'] as const)('has unknown ones last by %s', (column) => {
    expect(order(column).at(-1)).toBe('failed')
    expect(order(column, true).at(-1)).toBe('failed')
  })

  it.each([
    ['', 6],
    ['unverified', 1],
    ['home 203.0.113.10', 1],
    ['followed', 1],
    ['no such thing', 0],
  ])('is filtered by %j', (query, count) => {
    expect(filterZones(rows, query)).toHaveLength(count)
  })

  it('says what happens next: sent or fetched, whichever is sooner', () => {
    expect(nextMs(pkarrZone(1, 0, { nextRefreshMs: 500, nextRepublishMs: 300 }))).toBe(300)
    const { nextRefreshMs: _next, ...zone } = pkarrZone(1, 0)
    expect(nextMs(zone)).toBeUndefined()
  })
})

describe('rowsOfZone', () => {
  it('has names relative to the key, and data as it is', () => {
    const record = { type: 'CNAME', ttl: 300, rdata: `${key}.` }
    const rows = rowsOfZone({
      key,
      signedAtMs: nowMs,
      records: [
        { ...record, name: key },
        { ...record, name: `www.${key}.` },
      ],
    })
    expect(rows.map(({ name, rdata }) => [name, rdata])).toEqual([
      ['@', `${key}.`],
      ['www', `${key}.`],
    ])
  })

  it('begins with one record at the key itself when nothing is published', () => {
    expect(rowsOfZone({ key, records: [] })).toMatchObject([{ name: '@', rdata: '' }])
    expect(rowsOfZone(undefined)).toHaveLength(1)
  })
})
