import { describe, expect, it } from 'vitest'
import type { Resolution } from '../systems/name-system.ts'
import { createNamesTable, type NameObservation, type ZoneView } from './names-table.ts'

const provenance = {
  system: 'nostr',
  format: 'canonical',
  owner: 'nostr:a',
  eventIds: ['e1'],
  signer: 'npub1a',
  sources: ['ws://one'],
  seenAtMs: 9,
  verifiedBy: 'event id and signature (NIP-01)',
}
const answer: Resolution = {
  kind: 'answer',
  rrset: [
    { name: 'npub1a.nostr', class: 1, ttl: 60, rdata: { type: 'A', address: '203.0.113.1' } },
  ],
  validUntil: 100,
  provenance,
}
const soa = {
  name: 'nostr',
  class: 1,
  ttl: 60,
  rdata: {
    type: 'SOA',
    mname: 'nostr',
    rname: 'nostr',
    serial: 1,
    refresh: 1,
    retry: 1,
    expire: 1,
    minimum: 60,
  },
} as const

function setUp(zones: Record<string, ZoneView> = {}) {
  let now = 1000
  const changed: string[] = []
  const table = createNamesTable(
    { nowMs: () => now++, schedule: () => () => undefined },
    {
      zoneOf: (owner) => zones[owner],
      aliasOf: (npub) => (npub === 'npub1a' ? 'alice' : undefined),
      isOwn: (npub) => npub === 'npub1own',
      onChange: (id) => changed.push(id),
    },
  )
  const observe = (resolution: Resolution, more: Partial<NameObservation> = {}): void =>
    table.observe({
      owner: 'nostr:a',
      apex: 'npub1a.nostr',
      host: '@',
      npub: 'npub1a',
      resolution,
      ...more,
    })
  return { table, observe, changed }
}

describe('createNamesTable', () => {
  it('shows an answer with its provenance', () => {
    const { table, observe } = setUp()
    observe(answer)
    expect(table.list()).toMatchObject([
      {
        id: 'nostr:a',
        name: 'npub1a.nostr',
        alias: 'alice',
        state: 'ok',
        records: [{ name: 'npub1a.nostr', type: 'A', ttl: 60, rdata: '203.0.113.1' }],
        eventIds: ['e1'],
        relays: ['ws://one'],
        asked: 1,
      },
    ])
  })

  it('keeps one row per owner, with the hosts asked for', () => {
    const { table, observe } = setUp()
    observe(answer)
    observe(answer, { host: 'www' })
    observe(answer, { host: 'www' })
    expect(table.list()).toMatchObject([{ hosts: ['@', 'www'], asked: 3 }])
  })

  it('prefers the whole zone to the one RRset that was asked for', () => {
    const zone: ZoneView = {
      state: 'ok',
      records: [{ name: '@', type: 'MX', ttl: 1, rdata: '10 x' }],
      eventIds: ['z'],
      relays: [],
      notes: ['n'],
    }
    const { table, observe } = setUp({ 'nostr:a': zone })
    observe(answer)
    expect(table.get('nostr:a')).toMatchObject({ state: 'ok', eventIds: ['z'], notes: ['n'] })
  })

  it.each([
    ['a failure', { kind: 'failure', ede: { code: 22, text: 'no relay' } }, 'failed'],
    ['a denial', { kind: 'nxdomain', soa, provenance, validUntil: 9 }, 'nxdomain'],
    ['no data', { kind: 'nodata', soa, provenance, validUntil: 9 }, 'empty'],
  ] as const)('shows %s as it is', (_what, resolution, state) => {
    const { table, observe } = setUp()
    observe(resolution)
    expect(table.get('nostr:a')?.state).toBe(state)
  })

  it('clears a failure when the next answer comes', () => {
    const { table, observe } = setUp()
    observe({ kind: 'failure', ede: { code: 22, text: 'no relay' } })
    expect(table.get('nostr:a')?.failure).toBe('no relay')
    observe(answer)
    expect(table.get('nostr:a')).not.toHaveProperty('failure')
  })

  it('does not call a whole name missing because one host is', () => {
    const { table, observe } = setUp()
    observe(answer)
    observe({ kind: 'nxdomain', soa, provenance, validUntil: 9 }, { host: 'nope' })
    expect(table.get('nostr:a')?.state).toBe('ok')
  })

  it('counts answers that came from the cache, for names in the table only', () => {
    const { table, observe } = setUp()
    observe(answer)
    table.addHits([
      { owner: 'nostr:a', hits: 4, lastHit: 50 },
      { owner: 'nostr:b', hits: 1, lastHit: 50 },
    ])
    expect(table.list()).toMatchObject([{ id: 'nostr:a', asked: 5, lastAskedMs: 50_000 }])
  })

  it('holds 1,000 rows: the one asked longest ago goes first', () => {
    const { table, observe, changed } = setUp()
    for (let i = 0; i <= 1000; i++) observe(answer, { owner: `nostr:${i}` })
    expect(table.list()).toHaveLength(1000)
    expect(table.get('nostr:0')).toBeUndefined()
    expect(changed.filter((id) => id === 'nostr:0')).toHaveLength(2)
  })

  it('comes back after a restart and can be forgotten', () => {
    const first = setUp()
    first.observe(answer)
    const second = setUp()
    second.table.restore(first.table.save())
    expect(second.table.list()).toMatchObject([{ id: 'nostr:a', npub: 'npub1a', asked: 1 }])
    expect(second.table.forget('nostr:a')).toBe(true)
    expect(second.table.forget('nostr:a')).toBe(false)
    expect(second.table.list()).toEqual([])
  })
})
