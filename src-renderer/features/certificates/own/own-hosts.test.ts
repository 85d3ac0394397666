import { describe, expect, it } from 'vitest'
import { ownCertificate } from '../../../test/fixture-trust.ts'
import {
  groupByHost,
  hostTitle,
  newHostError,
  parsePorts,
  validityOf,
  parseDays,
} from './own-hosts.ts'

const nowMs = 1_780_000_000_000
const day = 86_400

describe('groupByHost', () => {
  it('puts the name itself first, and the certificate in use before the next and replaced ones', () => {
    const groups = groupByHost([
      ownCertificate(nowMs, { host: 'www' }),
      ownCertificate(nowMs, { host: 'git', role: 'previous' }),
      ownCertificate(nowMs, { host: 'git', role: 'next' }),
      ownCertificate(nowMs, { host: 'git' }),
      ownCertificate(nowMs),
    ])
    expect(groups.map(({ host }) => host)).toEqual(['@', 'git', 'www'])
    expect(groups[1]?.certificates.map(({ role }) => role)).toEqual(['current', 'next', 'previous'])
    expect(groups[1]?.next?.role).toBe('next')
    expect(groups[0]?.next).toBeUndefined()
  })

  it('keeps the same host of two identities apart', () => {
    const other = ownCertificate(nowMs, { pubkey: 'ff'.repeat(32) })
    expect(groupByHost([ownCertificate(nowMs), other])).toHaveLength(2)
  })

  it('names a host by the first name of its certificate, shortened', () => {
    const [group] = groupByHost([ownCertificate(nowMs, { host: 'www' })])
    if (group === undefined) throw new Error('no group')
    expect(hostTitle(group)).toMatch(/^www\.npub1\S{3}…\S{6}\.nostr$/u)
  })
})

describe('validityOf', () => {
  it.each([
    [15 * day, 'ok', 15],
    [14 * day, 'soon', 14],
    [0.5 * day, 'soon', 0],
    [0, 'expired', 0],
    [-9 * day, 'expired', 0],
  ] as const)('%d s left is %s', (left, state, days) => {
    const held = ownCertificate(nowMs, { validTo: nowMs / 1000 + left })
    expect(validityOf(held, nowMs)).toEqual({ state, days })
  })
})

describe('forms', () => {
  it.each([
    ['443', [443]],
    ['443, 4443  8443', [443, 4443, 8443]],
    ['443 443', [443]],
    ['', undefined],
    ['443 x', undefined],
    ['70000', undefined],
    ['1 2 3 4 5', undefined],
  ])('ports %j', (typed, ports) => expect(parsePorts(typed)).toEqual(ports))

  it.each([
    ['', [], 'Use @'],
    ['*', [], 'Use @'],
    ['a b', [], 'Use @'],
    ['www', ['@', 'www'], 'has a certificate already'],
  ])('refuses host %j beside %j', (host, taken, error) => {
    expect(newHostError(host, taken)).toContain(error)
  })

  it.each([
    ['@', []],
    ['home.lab', ['@']],
  ])('takes host %j beside %j', (host, taken) => {
    expect(newHostError(host, taken)).toBeUndefined()
  })
})

describe('parseDays', () => {
  it.each([
    ['1', 1],
    ['825', 825],
    [' 90 ', 90],
    ['0', undefined],
    ['826', undefined],
    ['1.5', undefined],
    ['', undefined],
  ])('%j is %j', (typed, days) => {
    expect(parseDays(typed)).toBe(days)
  })
})
