import { describe, expect, it } from 'vitest'
import type { SystemState } from '../../../src-preload/contract/system-model.ts'
import { ownPaths } from './backend-files.ts'
import type { InstalledFiles } from './installed.ts'
import { canarySuffix, judgeView, type Findings } from './judge-view.ts'
import type { LinuxFacts } from './system-facts.ts'
import { planSystem } from './system-plan.ts'

const wish = { port: 5364, suffixes: ['nostr', 'pkarr', 'key'] }
const facts: LinuxFacts = {
  platform: 'linux',
  isNixos: false,
  active: { resolved: true, networkManager: false, dnsmasq: false },
  systemdVersion: 257,
  resolvConf: 'nameserver 127.0.0.53\n',
  resolvedDnssec: 'Global: no\n',
  resolvedConf: [],
  networkManagerConf: [],
  hasNetworkManager: false,
  hasNscd: false,
  hasOtherAnchors: false,
}
const absent: InstalledFiles = { installed: { kind: 'absent' }, ours: [], foreign: [] }
const ours = (change: Partial<typeof wish> = {}): InstalledFiles => ({
  installed: { kind: 'ours', backend: 'own-link', wish: { ...wish, ...change } },
  ours: [ownPaths.unit],
  foreign: [],
})
const plain: LinuxFacts = {
  ...facts,
  active: { ...facts.active, resolved: false },
  resolvConf: 'nameserver 192.0.2.1\n',
}

function findings(change: Partial<Omit<Findings, 'plan'>> = {}): Findings {
  const base = { facts, wish, files: ours(), listeningPort: 5364, isEnabled: true, ...change }
  return { ...base, plan: planSystem(base.facts, base.wish) }
}

/** Every state of s.6, and why (R14: nothing is `on` without a canary that came back). */
const table: readonly [string, Findings, SystemState, string?][] = [
  ['nothing there', findings({ files: absent }), 'off'],
  ['not possible', findings({ files: absent, facts: plain }), 'unsupported', 'system.plain'],
  [
    'a foreign file in the way',
    findings({ files: { ...absent, foreign: [ownPaths.unit] } }),
    'conflict',
    'system.conflict',
  ],
  [
    'a foreign file where another mechanism would write',
    findings({ files: { ...absent, foreign: [ownPaths.dnsmasq] } }),
    'off',
  ],
  [
    'edited',
    findings({ files: { ...ours(), installed: { kind: 'edited', where: ownPaths.unit } } }),
    'changed',
    'system.edited',
  ],
  ['another port', findings({ files: ours({ port: 5365 }) }), 'changed', 'system.other-settings'],
  [
    'other suffixes',
    findings({ files: ours({ suffixes: ['nostr'] }), canary: 'came-back' }),
    'changed',
    'system.other-settings',
  ],
  [
    'the same suffixes in another order',
    findings({ files: ours({ suffixes: ['key', 'nostr', 'pkarr'] }), canary: 'came-back' }),
    'on',
  ],
  ['no listener', findings({ listeningPort: undefined }), 'paused', 'system.not-listening'],
  ['all well', findings({ canary: 'came-back' }), 'on'],
  [
    'switched off',
    findings({ canary: 'came-back', isEnabled: false }),
    'paused',
    'system.switched-off',
  ],
  [
    'switched off and broken',
    findings({ canary: 'not-asked', isEnabled: false }),
    'not-working',
    'system.not-asked',
  ],
  ['no canary at all', findings(), 'not-working', 'system.not-asked'],
  ['not asked', findings({ canary: 'not-asked' }), 'not-working', 'system.not-asked'],
  ['answer lost', findings({ canary: 'answer-lost' }), 'not-working', 'system.answer-lost'],
  [
    'another server',
    findings({ canary: 'foreign-answer' }),
    'not-working',
    'system.foreign-answer',
  ],
  [
    'a system that changed since',
    findings({ canary: 'not-asked', facts: plain }),
    'not-working',
    'system.plain',
  ],
  [
    'a policy of the organisation',
    findings({
      facts: { platform: 'win32', hasPolicyRules: true },
      files: {
        ...absent,
        installed: { kind: 'ours', backend: 'nrpt', wish: { ...wish, port: 53 } },
      },
      listeningPort: 53,
      canary: 'not-asked',
    }),
    'not-working',
    'system.masked-by-policy',
  ],
  [
    'Windows without port 53',
    findings({
      facts: { platform: 'win32', hasPolicyRules: false },
      files: {
        ...absent,
        installed: { kind: 'ours', backend: 'nrpt', wish: { ...wish, port: 53 } },
      },
    }),
    'paused',
    'system.not-listening',
  ],
]

describe('judgeView', () => {
  it.each<[string, Findings, SystemState, string?]>([...table])(
    '%s: %s',
    (_what, found, state, code) => {
      const view = judgeView(found)
      expect([view.state, view.reason?.code]).toEqual([state, code])
      expect(view.plan !== undefined).toBe(found.plan.ok)
      // Every reason comes with a next step.
      expect(view.reason === undefined || view.reason.hint !== undefined).toBe(true)
    },
  )

  it('names the mechanism in force, not the one that would be chosen now', () => {
    const upgraded = findings({ facts: { ...facts, systemdVersion: 258 }, canary: 'came-back' })
    expect(judgeView(upgraded)).toMatchObject({
      state: 'on',
      title: 'systemd 258, own link',
      plan: { backend: 'dns-delegate' },
    })
  })

  it('names the file in the way', () => {
    const view = judgeView(findings({ files: { ...absent, foreign: [ownPaths.unit] } }))
    expect(view.reason?.message).toContain(ownPaths.unit)
  })
})

it.each([
  ['as configured', findings(), 'nostr'],
  ['on another port', findings({ listeningPort: 5365 }), undefined],
  ['not listening', findings({ listeningPort: undefined }), undefined],
  ['nothing configured', findings({ files: absent }), undefined],
])('a canary goes below a suffix that is led here: %s', (_what, found, expected) => {
  expect(canarySuffix(found)).toBe(expected)
})
