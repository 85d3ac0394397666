import { describe, expect, it } from 'vitest'
import type { SystemState } from '../../../src-preload/contract/system-model.ts'
import { text } from '../../text/catalogue.ts'
import { manualSteps } from './manual-steps.ts'
import { systemSituation, type SystemAction } from './system-state.ts'

const suffixes = ['nostr', 'key']
const idle = { isChanging: false, isAnswering: true }

describe('systemSituation', () => {
  it.each<[SystemState, string, readonly SystemAction[]]>([
    ['unknown', 'This computer: not looked at yet', ['check']],
    ['off', 'This computer: off', ['turnOn', 'check']],
    ['asking', 'This computer: waiting for your permission', []],
    ['on', 'This computer: on', ['check', 'undo']],
    ['paused', 'This computer: paused', ['check', 'undo']],
    ['not-working', 'This computer: installed, but not working', ['check', 'undo']],
    ['changed', 'This computer: changed by someone', ['rewrite', 'check', 'undo']],
    ['conflict', 'This computer: something else is in the way', ['check']],
    ['unsupported', 'This computer: not possible here', ['check']],
  ])('%s: %s', (state, title, actions) => {
    const situation = systemSituation({ state, suffixes }, idle)
    expect([situation.title, situation.actions]).toEqual([title, actions])
    expect(situation.line).not.toBe('')
  })

  it.each(Object.keys(text.system.states) as SystemState[])(
    'says “on” in state %s only if it is on',
    (state) => {
      const { title, tone } = systemSituation({ state, suffixes, title: 'dnsmasq' }, idle)
      expect([/: on$/u.test(title), tone === 'ok']).toEqual([state === 'on', state === 'on'])
    },
  )

  it('names the mechanism when it is on', () => {
    const { line } = systemSituation({ state: 'on', suffixes, title: 'systemd 257' }, idle)
    expect(line).toContain('opens .nostr and .key names')
    expect(line).toContain('By systemd 257.')
  })

  it('offers to answer names again when that is what is paused', () => {
    const { actions } = systemSituation(
      { state: 'paused', suffixes },
      { isChanging: false, isAnswering: false },
    )
    expect(actions[0]).toBe('restart')
  })

  it.each<SystemState>(['on', 'off', 'changed'])(
    'no longer claims %s while a change is under way',
    (state) => {
      const situation = systemSituation({ state, suffixes }, { ...idle, isChanging: true })
      expect(situation).toMatchObject({ state: 'asking', actions: [] })
    },
  )
})

describe('manualSteps', () => {
  it.each([
    ['linux', 'server=/nostr/127.0.0.1#5364\nserver=/key/127.0.0.1#5364'],
    ['linux', '"/key/127.0.0.1#5364"'],
    ['linux', '  domain-insecure: "nostr"\n  domain-insecure: "key"\nstub-zone:\n  name: "nostr"'],
    ['darwin', `printf 'nameserver 127.0.0.1\\nport 5364\\n' | sudo tee /etc/resolver/key`],
    ['win32', "Add-DnsClientNrptRule -Namespace '.nostr','.key' -NameServers '127.0.0.1'"],
  ] as const)('on %s: %s', (platform, lines) => {
    const steps = manualSteps(platform, suffixes, 5364)
    expect(steps.map((step) => step.lines).join('\n\n')).toContain(lines)
  })
})

describe('troubleshooting', () => {
  const idsOn = (platform: 'linux' | 'darwin' | 'win32') =>
    text.troubleshooting.on(platform).map(({ id }) => id)

  it.each([
    ['linux', 'containers', 'port-53'],
    ['darwin', 'ip-tracking', 'policy'],
    ['win32', 'port-53', 'ip-tracking'],
  ] as const)('tells %s about %s and not about %s', (platform, told, other) => {
    expect(idsOn(platform)).toEqual(expect.arrayContaining(['search', 'secure-dns', 'vpn', told]))
    expect(idsOn(platform)).not.toContain(other)
  })
})
