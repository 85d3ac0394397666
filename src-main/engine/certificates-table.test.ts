import { describe, expect, it } from 'vitest'
import { parseName } from '../names/parse-name.ts'
import type { Pin, PinnedName } from '../trust/pin-policy.ts'
import type { TlsObservation } from '../trust/terminator.ts'
import { createCertificatesTable } from './certificates-table.ts'

const domain = 'npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg.nostr'
const name = parseName(domain) as PinnedName

const pin = (value: string): Pin => ({
  kind: 'spki',
  value,
  strength: 'pin',
  format: 'canonical',
  eventId: 'e',
  signedAt: 1,
  validUntil: 99,
})
const served = (key: string, certificate = key): NonNullable<TlsObservation['served']> => ({
  der: `der-${certificate}`,
  certificateSha256: certificate,
  spkiSha256: key,
  subject: '',
  names: [domain],
  validFrom: 1,
  validTo: 99,
})

function observation(changes: Partial<TlsObservation> = {}): TlsObservation {
  return {
    name,
    domain,
    port: 443,
    atMs: 1000,
    decision: { kind: 'pinned', pins: [pin('a')], isFromCache: false, validUntil: 99 },
    served: served('a'),
    judgement: { ok: true, pin: pin('a') },
    outcome: 'allowed',
    ...changes,
  }
}

const setUp = (): ReturnType<typeof createCertificatesTable> =>
  createCertificatesTable(() => undefined)

describe('createCertificatesTable', () => {
  it.each([
    ['match', {}],
    [
      'mismatch',
      { outcome: 'blocked', judgement: { ok: false, reason: 'mismatch', expected: [pin('a')] } },
    ],
    [
      'expired',
      { outcome: 'blocked', judgement: { ok: false, reason: 'expired-pin', expected: [] } },
    ],
    ['no-certificate', { outcome: 'blocked', decision: { kind: 'no-certificate', reason: 'x' } }],
    ['cannot-check', { outcome: 'blocked', decision: { kind: 'cannot-check', reason: 'x' } }],
  ] as const)('shows %s', (state, changes) => {
    const table = setUp()
    table.observe(observation(changes as Partial<TlsObservation>))
    expect(table.list()).toMatchObject([{ id: `${domain}:443`, state }])
  })

  it('writes history when the owner or the server changes something, and only then', () => {
    const table = setUp()
    table.observe(observation())
    table.observe(observation({ atMs: 2000 }))
    table.observe(observation({ atMs: 3000, served: served('a', 'renewed') }))
    table.observe(
      observation({
        atMs: 4000,
        served: served('b'),
        outcome: 'blocked',
        judgement: { ok: false, reason: 'mismatch', expected: [pin('a')] },
      }),
    )
    expect(table.list()[0]?.history.map(({ what }) => what)).toEqual([
      'the server showed another key',
      'now: mismatch',
      'the server showed a new certificate of the same key',
      'first seen',
      'now: match',
    ])
    expect(table.list()[0]).toMatchObject({ firstSeenMs: 1000, lastCheckedMs: 4000 })
  })

  it('keeps the certificate itself out of the rows people see', () => {
    const table = setUp()
    table.observe(observation())
    expect(JSON.stringify(table.list())).not.toContain('der-a')
    expect(table.der(`${domain}:443`)).toBe('der-a')
  })

  it('keeps little of what is huge', () => {
    const table = setUp()
    const huge = {
      ...served('a'),
      der: 'A'.repeat(80_000),
      names: Array.from({ length: 5_000 }, (_, index) => `${index}.`.padEnd(60_000, 'x')),
    }
    const pins = Array.from({ length: 500 }, (_, index) => pin(String(index)))
    const decision = { kind: 'pinned', pins, isFromCache: false, validUntil: 99 } as const
    for (let port = 1; port <= 10; port++) {
      table.observe(observation({ port, served: huge, decision }))
    }
    expect(JSON.stringify(table.save()).length).toBeLessThan(10 * 20_000)
    expect(table.list()[0]?.served?.names[0]).toMatch(/^0\.x+$/u)
    expect(table.der(`${domain}:1`)).toBeUndefined()
  })

  it('comes back after a restart, can be forgotten, and holds 500 rows', () => {
    const first = setUp()
    for (let port = 1; port <= 501; port++) first.observe(observation({ port, atMs: port }))
    const second = setUp()
    second.restore(first.save())
    expect(second.list()).toHaveLength(500)
    expect(second.list().at(-1)?.port).toBe(2)
    expect(second.forget(`${domain}:2`)).toBe(true)
    expect(second.forget(`${domain}:2`)).toBe(false)
  })
})
