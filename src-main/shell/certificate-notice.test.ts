import { expect, test } from 'vitest'
import type { CertificateEntry } from '../../src-preload/contract/model.ts'
import { createCertificateWatch } from './certificate-notice.ts'

function entry(id: string, state: CertificateEntry['state']): CertificateEntry {
  return {
    id,
    domain: `${id}.nostr`,
    port: 443,
    npub: 'npub1',
    state,
    pins: [],
    firstSeenMs: 0,
    lastCheckedMs: 0,
    history: [],
  }
}

/** How many notices each table in turn is worth. */
function counts(...tables: readonly (readonly CertificateEntry[])[]): readonly number[] {
  const watch = createCertificateWatch(() => 0)
  return tables.map((table) => watch(table).length)
}

const match = entry('a', 'match')
const mismatch = entry('a', 'mismatch')

test.each([
  ['turns wrong', [[match], [mismatch]], [0, 1]],
  ['is new and wrong', [[], [mismatch]], [0, 1]],
  ['was wrong at start', [[mismatch], [entry('a', 'mismatch')]], [0, 0]],
  ['stays wrong', [[match], [mismatch], [entry('a', 'mismatch')]], [0, 1, 0]],
  ['turns wrong again', [[match], [mismatch], [match], [mismatch]], [0, 1, 0, 1]],
  ['cannot be checked', [[match], [entry('a', 'cannot-check')]], [0, 0]],
  ['goes away', [[mismatch], []], [0, 0]],
  ['is one of two', [[], [mismatch, entry('b', 'mismatch')]], [0, 2]],
  ['is one of many', [[], ['a', 'b', 'c', 'd'].map((id) => entry(id, 'mismatch'))], [0, 1]],
])('a certificate that %s', (_title, tables, expected) => {
  expect(counts(...tables)).toEqual(expected)
})

test('the notice names the server, shortened from the middle', () => {
  const watch = createCertificateWatch(() => 0)
  watch([])
  const [notice] = watch([entry(`npub1${'x'.repeat(58)}`, 'mismatch')])
  expect(notice?.body).toMatch(/^npub1x+…x+\.nostr shows/u)
})

test('a page that leads to hundreds of wrong servers is worth four notices in ten minutes', () => {
  let now = 1_000_000
  const watch = createCertificateWatch(() => now)
  const seen: CertificateEntry[] = []
  watch(seen)
  const visit = (from: number, to: number): readonly string[] => {
    const titles: string[] = []
    for (let host = from; host < to; host++) {
      seen.push(entry(`host${host}`, 'mismatch'))
      titles.push(...watch([...seen]).map(({ title }) => title))
    }
    return titles
  }
  const one = 'Wrong certificate'
  expect(visit(0, 300)).toEqual([one, one, one, 'Wrong certificates'])
  now += 599_000
  expect(visit(300, 310)).toEqual([])
  now += 1_000
  expect(visit(310, 311)).toEqual([one])
})
