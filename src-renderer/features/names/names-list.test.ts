import { describe, expect, it } from 'vitest'
import type { NameEntry } from '../../../src-preload/contract/model.ts'
import { nameEntry } from '../../test/fixture-names.ts'
import { relativeName } from '../records/relative-name.ts'
import {
  filterNames,
  recordSummary,
  sortNames,
  ttlRemaining,
  type SortColumn,
} from './names-list.ts'
import { petnameError } from './petname-rule.ts'

const nowMs = 1_780_000_000_000

function entry(change: Partial<NameEntry> & { seed?: number }): NameEntry {
  const { seed = 1, ...rest } = change
  return { ...nameEntry({ seed }, nowMs), ...rest }
}

const record = (type: string, rdata: string, ttl = 300) => ({ name: 'x', type, ttl, rdata })

describe('filterNames', () => {
  const names = [
    entry({ seed: 1, id: 'alice', alias: 'alice', relays: ['wss://nos.lol'] }),
    entry({
      seed: 2,
      id: 'bob',
      records: [record('AAAA', '2001:db8::7')],
      format: 'poc-30000',
      relays: [],
    }),
  ]
  it.each([
    ['', ['alice', 'bob']],
    ['  ALICE ', ['alice']],
    ['2001:db8', ['bob']],
    ['nos.lol', ['alice']],
    ['proof concept', ['bob']],
    ['alice aaaa', []],
    [nameEntry({ seed: 2 }, nowMs).npub.slice(0, 12), ['bob']],
  ])('%j finds %j', (query, ids) => {
    expect(filterNames(names, query).map(({ id }) => id)).toEqual(ids)
  })
})

describe('sortNames', () => {
  const names = [
    entry({ seed: 1, id: 'plain', name: 'npub1zz.nostr', records: [], relays: ['a'] }),
    entry({ seed: 2, id: 'alias', alias: 'zoe', relays: ['a', 'b'], format: 'poc-30000' }),
    entry({ seed: 3, id: 'own', isOwn: true, relays: [], signedAt: nowMs / 1000 - 5 }),
  ]
  const order = (column: SortColumn, isDescending = false): string[] =>
    sortNames(names, { column, isDescending }, nowMs).map(({ id }) => id)

  it.each([
    ['name', false, ['own', 'alias', 'plain']],
    ['name', true, ['plain', 'alias', 'own']],
    ['relays', true, ['alias', 'plain', 'own']],
    ['age', false, ['own', 'alias', 'plain']],
    ['format', false, ['own', 'plain', 'alias']],
    ['format', true, ['alias', 'own', 'plain']],
  ] as const)('by %s, descending %s', (column, isDescending, ids) => {
    expect(order(column, isDescending)).toEqual(ids)
  })

  it('puts rows without a value last in both directions', () => {
    expect(order('ttl').at(-1)).toBe('plain')
    expect(order('ttl', true).at(-1)).toBe('plain')
  })
})

describe('ttlRemaining', () => {
  const seen = { seenAtMs: nowMs - 60_000 }
  it.each([
    [
      'the shortest TTL less the time since',
      { ...seen, records: [record('A', '', 300), record('A', '', 90)] },
      30,
    ],
    ['never less than nothing', { ...seen, records: [record('A', '', 30)] }, 0],
    [
      'not beyond the expiry',
      { ...seen, records: [record('A', '')], validUntil: nowMs / 1000 + 7 },
      7,
    ],
    ['nothing without records', { ...seen, records: [] }, undefined],
  ])('%s', (_, change, seconds) => {
    const { validUntil: _validUntil, ...rest } = entry({})
    expect(ttlRemaining({ ...rest, ...change }, nowMs)).toBe(seconds)
  })
})

describe('records', () => {
  it('are summed up by the address first', () => {
    const records = [record('TXT', 'hi'), record('AAAA', '::1'), record('A', '192.0.2.1')]
    expect(recordSummary(records)).toMatchObject({ first: { type: 'A' }, more: 2 })
    expect(recordSummary([])).toBeUndefined()
  })

  it.each([
    ['npub1x.nostr', '@'],
    ['WWW.npub1x.nostr.', 'www'],
    ['other.example', 'other.example'],
  ])('%s is called %s', (name, relative) => {
    expect(relativeName(name, 'npub1x.nostr')).toBe(relative)
  })
})

describe('petnameError', () => {
  const petnames = [{ label: 'alice', npub: 'a' }]
  it.each(['al ice', 'a.b', 'ALICE', '', 'x'.repeat(64)])('refuses %j', (label) => {
    expect(petnameError(label, 'b', petnames)).toContain('letters')
  })

  it('takes one word', () => {
    expect(petnameError('b-o_b2', 'b', petnames)).toBeUndefined()
  })

  it('refuses a word that leads elsewhere, not one that leads here', () => {
    expect(petnameError('alice', 'b', petnames)).toContain('another key')
    expect(petnameError('alice', 'a', petnames)).toBeUndefined()
  })
})
