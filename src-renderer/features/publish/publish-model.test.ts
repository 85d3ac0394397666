import { describe, expect, it } from 'vitest'
import { faultsNotListed, zoneFaults } from './zone-faults.ts'
import type { AddressReport, PublishedHost } from '../../../src-preload/contract/model.ts'
import { publishReport, sceneSnapshot } from '../../test/fixtures.ts'
import { agreeing, looksLikeAddress, parseAddresses, verdictOf } from './address-input.ts'
import { hostName, hostState, relaysThatTook, shortHostName } from './host-state.ts'
import { readRows } from '../records/record-rows.ts'
import { hostError, hostRules } from './host-rules.ts'

const nowMs = 1_780_000_000_000

const refused = (message: string) => ({ code: 'publish.bad-zone', message })

describe('zoneFaults', () => {
  const zone = '@ A 203.0.113.1\nwww  A here; there\n\n  mail MX ten'

  it('names each line with its reason and what stands there', () => {
    const problem = refused(
      'The zone file cannot be published: line 2: "here" is not an IPv4 address; line 4: "ten" is no number.',
    )
    expect(zoneFaults(problem, zone)).toEqual([
      { line: 2, source: 'www  A here; there', reason: '"here" is not an IPv4 address' },
      { line: 4, source: 'mail MX ten', reason: '"ten" is no number' },
    ])
    expect(faultsNotListed(problem)).toBe(0)
  })

  it('counts what is not listed', () => {
    const problem = refused(
      'The zone file cannot be published: line 1: a; b; line 3: c; and 12 more.',
    )
    expect(zoneFaults(problem, zone).map(({ line, reason }) => [line, reason])).toEqual([
      [1, 'a; b'],
      [3, 'c'],
    ])
    expect(faultsNotListed(problem)).toBe(12)
  })

  it('is empty for other problems', () => {
    expect(zoneFaults({ code: 'keys.locked', message: 'line 1: locked' }, zone)).toEqual([])
  })
})

describe('addresses', () => {
  it.each([
    ['203.0.113.10', true],
    ['2001:db8::10', true],
    ['::1', true],
    ['256.1.1.1', false],
    ['1.2.3', false],
    ['1.2.3.4.', false],
    ['example.com', false],
    ['2001:db8::g', false],
    ['', false],
  ])('%j: %s', (text, is) => expect(looksLikeAddress(text)).toBe(is))

  it('are split at spaces and commas, and the wrong ones named', () => {
    expect(parseAddresses(' 203.0.113.1, ::2  home ')).toEqual({
      addresses: ['203.0.113.1', '::2'],
      bad: ['home'],
    })
  })

  it('are compared with what the sources settled on', () => {
    const report: AddressReport = {
      atMs: 0,
      v4: '203.0.113.1',
      sightings: [
        { source: 'a', method: 'https', family: 4, address: '203.0.113.1' },
        { source: 'b', method: 'stun', family: 4, address: '203.0.113.2' },
        { source: 'c', method: 'https', family: 4, error: 'timed out' },
        { source: 'd', method: 'https', family: 6, address: '2001:db8::1' },
      ],
    }
    expect(report.sightings.map((sighting) => verdictOf(sighting, report))).toEqual([
      'agrees',
      'differs',
      'failed',
      'differs',
    ])
    expect([agreeing(report, 4), agreeing(report, 6)]).toEqual([1, 0])
  })
})

describe('hosts', () => {
  const [host] = sceneSnapshot('rich', nowMs).publish.hosts
  if (host === undefined) throw new Error('fixture has no hosts')
  const { lastPublished: _last, ...unsent } = host
  const expired = publishReport(nowMs, { expiresAt: nowMs / 1000 - 1 })

  it.each<[string, PublishedHost, string]>([
    ['as last sent', host, 'published'],
    ['never sent', unsent, 'never'],
    ['run out', { ...host, lastPublished: expired }, 'expired'],
    [
      'withdrawn, even when run out',
      { ...host, isWithdrawn: true, lastPublished: expired },
      'withdrawn',
    ],
  ])('%s', (_, held, state) => expect(hostState(held, nowMs)).toBe(state))

  it('have names below the npub', () => {
    const npub = 'npub1aaaaaaaaaaaaaaaaaaaaaaa'
    expect(hostName('@', npub)).toBe(`${npub}.nostr`)
    expect(shortHostName('home.lab', npub)).toBe('home.lab.npub1aaa…aaaaaa.nostr')
  })

  it('count the relays that took the main record', () => {
    expect(relaysThatTook(publishReport(nowMs))).toBe(3)
    expect(relaysThatTook(publishReport(nowMs, { copies: [] }))).toBe(0)
  })
})

describe('editing records', () => {
  const row = { key: 0, name: 'www', type: 'A', ttl: '300', rdata: ' 192.0.2.1 ' }

  it('reads rows; an empty name is the host itself', () => {
    expect(readRows([{ ...row, name: '' }], hostRules('www'))).toEqual({
      records: [{ name: 'www', type: 'A', ttl: 300, rdata: '192.0.2.1' }],
    })
    expect(readRows([{ ...row, name: 'a.WWW' }], hostRules('www'))).toMatchObject({
      records: [{ name: 'a.www' }],
    })
  })

  it.each([
    ['no data', { rdata: ' ' }, 'needs data'],
    ['a TTL below 30', { ttl: '5' }, '30 to 3600'],
    ['a TTL that is no number', { ttl: 'x' }, '30 to 3600'],
    ['a name outside the host', { name: 'mail' }, 'end in .www'],
  ])('refuses %s', (_, change, part) => {
    expect(readRows([{ ...row, ...change }], hostRules('www'))).toMatchObject({
      error: expect.stringContaining(part) as string,
    })
  })

  it.each([
    ['@', true],
    ['home.lab', true],
    ['*.lab', true],
    ['a b', false],
    ['Bad host', false],
    ['', false],
    ['taken', false],
  ])('host %j may be used: %s', (host2, is) => {
    expect(hostError(host2, ['taken']) === undefined).toBe(is)
  })
})
