import { describe, expect, it } from 'vitest'
import type { TrustView } from '../../../../src-preload/contract/model.ts'
import {
  certificateEntry,
  ownCertificate,
  trustFresh,
  trustOff,
  trustOn,
  trustWithErrors,
} from '../../../test/fixture-trust.ts'
import { removalReport } from './removal-report.ts'
import { testDomain } from './test-address.ts'
import { missingFor, trustState } from './trust-state.ts'

const nowMs = 1_780_000_000_000
const on = trustOn(nowMs)
const fresh = trustFresh(nowMs)

function withSetting(state: TrustView['systemProxy']['state']): TrustView {
  return { ...on, systemProxy: { state } }
}

describe('trustState', () => {
  it.each([
    ['never switched on', trustOff, nowMs, 'off', 'cannot open'],
    ['nothing installed', fresh, nowMs, 'setup', 'No browser trusts'],
    ['no proxy setting', withSetting('none'), nowMs, 'setup', 'does not send'],
    ['another proxy setting', withSetting('other'), nowMs, 'setup', 'left alone'],
    ['a setting made by hand', withSetting('unsupported'), nowMs, 'on', 'once the automatic proxy'],
    [
      'names that lead here',
      {
        ...withSetting('unsupported'),
        transparent: {
          state: 'listening',
          addresses: ['127.0.0.1'],
          tlsPort: 443,
          redirectsHttp: true,
        },
      },
      nowMs,
      'on',
      'can open https addresses under .nostr.',
    ],
    ['all is well', on, nowMs, 'on', 'Chromium, Chrome, Brave and others can open'],
    ['the port is taken', trustWithErrors(nowMs), nowMs, 'problem', 'pid 2210'],
    [
      'the proxy is off without a reason',
      { ...on, proxy: { ...on.proxy, state: 'off' } },
      nowMs,
      'problem',
      'not running',
    ],
    ['the authority is too old', on, nowMs + 6 * 365 * 86_400_000, 'problem', 'expired'],
  ] as const)('%s', (_, trust, atMs, level, part) => {
    const state = trustState(trust, atMs)
    expect(state.level).toBe(level)
    expect(state.line).toContain(part)
  })
})

describe('missingFor', () => {
  const [chromium, firefox, , system] = on.targets
  it.each([
    ['a browser that has all', chromium, on, []],
    ['one without the authority', firefox, on, ['the authority']],
    ['no setting', chromium, withSetting('none'), ['the proxy setting']],
    ['a setting that cannot be read', chromium, withSetting('unsupported'), []],
    ['programs without a proxy setting', system, withSetting('none'), ['the authority']],
    ['no proxy', chromium, { ...on, proxy: { ...on.proxy, state: 'failed' } }, ['the local proxy']],
  ] as const)('%s', (_, target, trust, missing) => {
    if (target === undefined) throw new Error('not in the fixture')
    expect(missingFor(target, trust)).toEqual(missing)
  })
})

describe('removalReport', () => {
  it('lists what is gone', () => {
    const { removed, left } = removalReport(on, trustOff)
    expect(removed).toEqual([
      'The authority, from Chromium, Chrome, Brave and others',
      'The proxy setting of the system',
      'The authority “Nostr Names (desk) 9f31c2aa” and its keys',
    ])
    expect(left).toEqual([])
  })

  it('lists what is still there', () => {
    const { removed, left } = removalReport(on, { ...on, systemProxy: { state: 'none' } })
    expect(removed).toEqual(['The proxy setting of the system'])
    expect(left).toEqual([
      'Chromium, Chrome, Brave and others still has it',
      'The authority itself is still there',
    ])
  })

  it('never claims a proxy setting of somebody else', () => {
    const before: TrustView = { ...fresh, systemProxy: { state: 'other' } }
    const { removed, left } = removalReport(before, trustOff)
    expect([...removed, ...left].join()).not.toContain('proxy setting')
  })
})

describe('testDomain', () => {
  const seen = [
    certificateEntry({ seed: 5, lastCheckedMs: nowMs - 9000 }, nowMs),
    certificateEntry({ seed: 6, lastCheckedMs: nowMs }, nowMs),
    certificateEntry({ seed: 7, state: 'mismatch', lastCheckedMs: nowMs + 1 }, nowMs),
  ]
  const own = ownCertificate(nowMs)
  it('is the user’s own published server first, then the one that matched last', () => {
    expect(testDomain(seen, [own])).toBe(own.names[0])
    expect(testDomain(seen, [{ ...own, isPublished: false }])).toBe(seen[1]?.domain)
    expect(testDomain(seen.slice(2), [])).toBeUndefined()
  })
})
