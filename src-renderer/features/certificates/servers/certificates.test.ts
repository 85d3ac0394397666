import { describe, expect, it } from 'vitest'
import type { CertificateEntry } from '../../../../src-preload/contract/model.ts'
import { fakeHex } from '../../../test/fixture-names.ts'
import { certificateEntry, pinView, wrongNameCertificate } from '../../../test/fixture-trust.ts'
import {
  filterCertificates,
  mismatches,
  serverName,
  sortCertificates,
  strengthOf,
  type SortColumn,
} from './certificate-list.ts'
import { parseCheckTarget } from './check-target.ts'
import { compareHashes, isOtherName } from './comparison.ts'
import { historyText } from './history-text.ts'

const nowMs = 1_780_000_000_000
const now = nowMs / 1000

function entry(change: Partial<CertificateEntry> & { seed?: number }): CertificateEntry {
  const { seed = 2, ...rest } = change
  return { ...certificateEntry({ seed }, nowMs), ...rest }
}

const hint = pinView(nowMs, { strength: 'hint', format: 'poc-30001' })

describe('the list', () => {
  const entries = [
    entry({ seed: 2, id: 'fine', lastCheckedMs: nowMs - 1000 }),
    entry({ seed: 3, id: 'older', lastCheckedMs: nowMs - 9000, pins: [hint] }),
    entry({ seed: 4, id: 'wrong', state: 'mismatch', port: 8443, lastCheckedMs: nowMs - 5000 }),
    entry({ seed: 5, id: 'none', state: 'no-certificate', pins: [], lastCheckedMs: nowMs - 20 }),
  ]
  const order = (column: SortColumn, isDescending = false): readonly string[] =>
    sortCertificates(entries, { column, isDescending }).map(({ id }) => id)

  it.each([
    ['state', false, ['wrong', 'none', 'fine', 'older']],
    ['state', true, ['fine', 'older', 'none', 'wrong']],
    ['checked', false, ['none', 'fine', 'wrong', 'older']],
    ['strength', false, ['fine', 'wrong', 'older', 'none']],
    ['port', true, ['wrong', 'none', 'fine', 'older']],
  ] as const)('is sorted by %s, descending %s', (column, isDescending, ids) => {
    expect(order(column, isDescending)).toEqual(ids)
  })

  it.each([
    ['', ['fine', 'older', 'wrong', 'none']],
    ['mismatch', ['wrong']],
    [':8443', ['wrong']],
    [fakeHex(602).slice(0, 12).toUpperCase(), ['fine']],
    ['mismatch nonsense', []],
  ])('filtered by %j', (query, ids) => {
    expect(filterCertificates(entries, query).map(({ id }) => id)).toEqual(ids)
  })

  it('knows what needs attention and how firmly the owner vouches', () => {
    expect(mismatches(entries).map(({ id }) => id)).toEqual(['wrong'])
    expect(entries.map(strengthOf)).toEqual(['pin', 'hint', 'pin', undefined])
  })

  it('names the port only when it is not that of https', () => {
    expect(serverName({ domain: 'a.nostr', port: 443 })).toBe('a.nostr')
    expect(serverName({ domain: 'a.nostr', port: 4443 })).toBe('a.nostr:4443')
  })
})

describe('compareHashes', () => {
  const key = (seed: number, change = {}): ReturnType<typeof pinView> =>
    pinView(nowMs, { value: fakeHex(seed), ...change })
  const ranOut = { validUntil: now - 1 }

  it.each([
    ['one equal', [key(602)], 'equal', ['equal']],
    ['old and new during a change', [key(602), key(7)], 'equal', ['equal', 'other']],
    ['none equal', [key(7), key(8)], 'different', ['different', 'different']],
    ['the equal one ran out', [key(602, ranOut)], 'expired', ['expired']],
    ['only another is valid', [key(602, ranOut), key(7)], 'expired', ['expired', 'different']],
  ] as const)('%s', (_, pins, verdict, marks) => {
    const [comparison, ...more] = compareHashes(entry({ pins }), nowMs)
    expect(more).toEqual([])
    expect(comparison).toMatchObject({ kind: 'spki', verdict, shown: fakeHex(602) })
    expect(comparison?.pins.map(({ mark }) => mark)).toEqual(marks)
  })

  it('compares whole certificates with the hash of the whole certificate', () => {
    const pins = [key(1602, { kind: 'certificate' }), key(602)]
    expect(compareHashes(entry({ pins }), nowMs)).toMatchObject([
      { kind: 'spki', verdict: 'equal', shown: fakeHex(602) },
      { kind: 'certificate', verdict: 'equal', shown: fakeHex(1602) },
    ])
  })

  it('says that nothing was shown', () => {
    const { served: _served, ...unseen } = entry({})
    expect(compareHashes(unseen, nowMs)).toMatchObject([
      { verdict: 'unknown', shown: undefined, pins: [{ mark: 'unknown' }] },
    ])
    expect(compareHashes(entry({ pins: [] }), nowMs)).toEqual([])
  })

  it('tells a certificate for another name from another certificate', () => {
    expect(isOtherName(wrongNameCertificate(nowMs), nowMs)).toBe(true)
    expect(isOtherName(entry({ state: 'mismatch', pins: [key(7)] }), nowMs)).toBe(false)
    expect(isOtherName(entry({}), nowMs)).toBe(false)
  })
})

describe('parseCheckTarget', () => {
  it.each([
    ['NPUB1x.nostr', '', { domain: 'npub1x.nostr' }],
    [' www.npub1x.nostr. ', '', { domain: 'www.npub1x.nostr' }],
    ['npub1x.nostr:4443', '', { domain: 'npub1x.nostr', port: 4443 }],
    ['npub1x.nostr:4443', '8443', { domain: 'npub1x.nostr', port: 8443 }],
    ['https://npub1x.nostr/a?b#c', '', { domain: 'npub1x.nostr' }],
    ['https://npub1x.nostr:444/', '', { domain: 'npub1x.nostr', port: 444 }],
  ])('%j with port %j', (typed, port, target) => {
    expect(parseCheckTarget(typed, port)).toEqual(target)
  })

  it.each([
    ['', ''],
    ['   ', '443'],
    ['two words', ''],
    ['npub1x.nostr', '0'],
    ['npub1x.nostr', '65536'],
    ['npub1x.nostr', '4e2'],
    ['npub1x.nostr:99999', ''],
  ])('refuses %j with port %j', (typed, port) => {
    expect(parseCheckTarget(typed, port)).toHaveProperty('error')
  })

  it('knows a secret key when it sees one', () => {
    expect(parseCheckTarget('https://NSEC1abc.nostr', '')).toMatchObject({ isSecret: true })
  })
})

describe('historyText', () => {
  it.each([
    ['first seen', 'First seen'],
    ['now: mismatch', 'Now: Mismatch'],
    ['now: something new', 'Now: something new'],
    ['a line of a newer engine', 'a line of a newer engine'],
  ])('%j is shown as %j', (what, shown) => expect(historyText(what)).toBe(shown))
})
