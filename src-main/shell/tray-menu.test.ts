import { describe, expect, test } from 'vitest'
import type { Identity, NameEntry, RelayHealth } from '../../src-preload/contract/model.ts'
import type { SystemState } from '../../src-preload/contract/system-model.ts'
import { nameEntry, snapshotOf } from './testing/fake-engine.ts'
import { trayView, type TrayFacts, type TrayMenuItem } from './tray-menu.ts'

const identity: Identity = {
  pubkey: 'a'.repeat(64),
  npub: 'npub1',
  label: 'Home',
  createdAtMs: 0,
  protection: 'os',
  isDefault: true,
  isLocked: false,
  isBackedUp: false,
}

const keysWith = (changes: Partial<Identity>) => ({
  ...snapshotOf().keys,
  identities: [{ ...identity, ...changes }],
})

function relay(state: RelayHealth['state']): RelayHealth {
  return { url: 'wss://r', origin: 'default', state, eventsAccepted: 0, eventsRejected: 0 }
}

function entry(name: string, lastAskedMs: number, changes: Partial<NameEntry> = {}): NameEntry {
  return nameEntry({
    id: name,
    name,
    npub: 'npub1',
    records: [{ name, type: 'A', ttl: 300, rdata: '192.0.2.1' }],
    lastAskedMs,
    ...changes,
  })
}

function facts(changes: Partial<TrayFacts> = {}): TrayFacts {
  return {
    engine: 'running',
    snapshot: snapshotOf(),
    predictedEnabled: undefined,
    isPublishing: false,
    ...changes,
  }
}

const off = { ...snapshotOf().resolver, enabled: false }
const fault = {
  code: 'dns.port-in-use',
  message: 'Port 5354 is in use.',
  severity: 'error' as const,
  sinceMs: 0,
}

function labels(items: readonly TrayMenuItem[]): readonly string[] {
  return items.map((item) => (item.kind === 'separator' ? '-' : item.label))
}

function statusOf(given: TrayFacts): string | undefined {
  return labels(trayView(given).menu)[1]
}

function toggleOf(given: TrayFacts) {
  return trayView(given).menu[0]
}

describe('icon', () => {
  test.each([
    ['on', facts(), 'on'],
    ['off', facts({ snapshot: snapshotOf({ resolver: off }) }), 'off'],
    [
      'an error in the health list',
      facts({ snapshot: snapshotOf({ health: [fault] }) }),
      'problem',
    ],
    [
      'a warning is not a problem',
      facts({ snapshot: snapshotOf({ health: [{ ...fault, severity: 'warning' }] }) }),
      'on',
    ],
    [
      'switched off, errors do not matter',
      facts({ snapshot: snapshotOf({ resolver: off, health: [fault] }) }),
      'off',
    ],
    ['starting', facts({ engine: 'starting', snapshot: undefined }), 'off'],
    ['restarting', facts({ engine: 'restarting' }), 'problem'],
    ['failed', facts({ engine: 'failed' }), 'problem'],
    ['just switched off', facts({ predictedEnabled: false }), 'off'],
    [
      'just switched on',
      facts({ snapshot: snapshotOf({ resolver: off }), predictedEnabled: true }),
      'on',
    ],
  ] as const)('%s: %#', (_title, given, icon) => {
    expect(trayView(given).icon).toBe(icon)
  })
})

describe('toggle', () => {
  test.each([
    ['on', facts(), true, true],
    ['off', facts({ snapshot: snapshotOf({ resolver: off }) }), false, true],
    ['predicted off', facts({ predictedEnabled: false }), false, true],
    ['not running', facts({ engine: 'restarting' }), false, false],
    ['running, state not known yet', facts({ snapshot: undefined }), false, false],
  ] as const)('%s', (_title, given, isChecked, isEnabled) => {
    expect(toggleOf(given)).toEqual({
      kind: 'checkbox',
      label: 'Resolve .nostr names',
      isChecked,
      isEnabled,
      action: { type: 'set-enabled', enabled: !isChecked },
    })
  })
})

describe('status line', () => {
  const busy = snapshotOf({
    relays: [relay('connected'), relay('connected'), relay('connecting')],
    names: [entry('a.nostr', 1)],
    publish: { hosts: [], running: [], queued: 2 },
  })

  test.each([
    [facts(), 'On · 0 of 0 relays'],
    [facts({ snapshot: busy }), 'On · 2 of 3 relays · 1 name · 2 waiting to publish'],
    [facts({ snapshot: snapshotOf({ health: [fault] }) }), 'Port 5354 is in use.'],
    [facts({ snapshot: snapshotOf({ resolver: off }) }), 'Off: .nostr names are not answered'],
    [facts({ engine: 'starting', snapshot: undefined }), 'Starting…'],
    [facts({ engine: 'restarting' }), 'Restarting after a fault…'],
    [facts({ engine: 'failed' }), 'Could not start'],
    [
      facts({ engine: 'failed', problem: { code: 'x', message: 'The folder is in use.' } }),
      'The folder is in use.',
    ],
    [facts({ engine: 'stopped' }), 'Stopped'],
  ])('%#: %s', (given, expected) => {
    expect(statusOf(given)).toBe(expected)
    expect(trayView(given).tooltip).toBe(`Nostr DNS\n${expected}`)
  })
})

describe('the operating system’s part', () => {
  const inState = (state: SystemState, changes: Partial<TrayFacts> = {}) =>
    facts({
      snapshot: snapshotOf({ system: { state, suffixes: [] }, relays: [relay('connected')] }),
      ...changes,
    })

  test.each([
    ['unknown', 'Open .nostr names everywhere…', 'On · 1 of 1 relay', 'on'],
    ['off', 'Open .nostr names everywhere…', 'On · 1 of 1 relay', 'on'],
    ['asking', 'Waiting for your permission…', 'On · 1 of 1 relay', 'on'],
    ['on', '.nostr names open everywhere…', 'On everywhere · 1 of 1 relay', 'on'],
    [
      'paused',
      '.nostr names are paused…',
      'Paused: programs cannot open .nostr names at the moment',
      'problem',
    ],
    [
      'not-working',
      '.nostr names do not open everywhere…',
      'Programs cannot open .nostr names: the resolver does not reach us',
      'problem',
    ],
    [
      'changed',
      '.nostr names do not open everywhere…',
      'Somebody edited the resolver’s settings for .nostr names',
      'problem',
    ],
    [
      'conflict',
      '.nostr names do not open everywhere…',
      'Another file is in the way of the resolver’s settings for .nostr names',
      'problem',
    ],
    ['unsupported', 'Where .nostr names open…', 'On · 1 of 1 relay', 'on'],
  ] as const)('%s', (state, label, status, icon) => {
    const view = trayView(inState(state))
    expect(view.menu[2]).toEqual({
      kind: 'action',
      label,
      isEnabled: true,
      // Never more than a look: what needs the administrator starts in the window.
      action: { type: 'open', screen: 'overview' },
    })
    expect(labels(view.menu)[1]).toBe(status)
    expect(view.icon).toBe(icon)
  })

  test('the reason is said where it is known', () => {
    const reason = { code: 'system.vpn', message: 'A VPN takes all names.' }
    const system = { state: 'not-working', suffixes: [], reason } as const
    expect(statusOf(facts({ snapshot: snapshotOf({ system }) }))).toBe('A VPN takes all names.')
  })

  test('switched off by the user, its trouble does not matter', () => {
    const given = facts({
      snapshot: snapshotOf({ resolver: off, system: { state: 'not-working', suffixes: [] } }),
    })
    expect(statusOf(given)).toBe('Off: .nostr names are not answered')
    expect(trayView(given).icon).toBe('off')
  })

  test('without an engine there is nothing to look at', () => {
    expect(trayView(inState('on', { engine: 'restarting' })).menu[2]).toMatchObject({
      isEnabled: false,
    })
  })
})

describe('publish item', () => {
  const unlocked = snapshotOf({ keys: keysWith({}) })
  test.each([
    ['no identity', facts(), 'Publish my address…', true, { type: 'open', screen: 'publish' }],
    [
      'a locked identity',
      facts({ snapshot: snapshotOf({ keys: keysWith({ isLocked: true }) }) }),
      'Unlock keys to publish…',
      true,
      { type: 'open', screen: 'keys' },
    ],
    [
      'ready',
      facts({ snapshot: unlocked }),
      'Publish my address now',
      true,
      { type: 'publish-address' },
    ],
    [
      'under way',
      facts({ snapshot: unlocked, isPublishing: true }),
      'Publishing my address…',
      false,
      { type: 'publish-address' },
    ],
    [
      'no engine',
      facts({ snapshot: unlocked, engine: 'restarting' }),
      'Publish my address now',
      false,
      { type: 'publish-address' },
    ],
  ] as const)('%s', (_title, given, label, isEnabled, action) => {
    expect(trayView(given).menu[4]).toEqual({ kind: 'action', label, isEnabled, action })
  })
})

describe('recent names', () => {
  function recent(names: readonly NameEntry[]): readonly string[] {
    const item = trayView(facts({ snapshot: snapshotOf({ names }) })).menu[5]
    return item?.kind === 'submenu' ? labels(item.items) : []
  }

  test('says so when there are none', () => {
    expect(recent([])).toEqual(['No name has been asked for yet'])
  })

  test('newest first, at most eight, with what they resolve to', () => {
    const names = Array.from({ length: 10 }, (_, index) => entry(`n${index}.nostr`, index))
    expect(recent(names)).toEqual(
      [9, 8, 7, 6, 5, 4, 3, 2].map((index) => `n${index}.nostr: 192.0.2.1`),
    )
  })

  test.each([
    ['an alias', { alias: 'bob' }, 'bob: 192.0.2.1'],
    ['no address', { records: [] }, 'a.nostr'],
    ['a failure', { state: 'failed' }, 'a.nostr: failed'],
    ['a denial', { state: 'nxdomain' }, 'a.nostr: does not exist'],
  ] as const)('%s', (_title, changes, label) => {
    expect(recent([entry('a.nostr', 1, changes)])).toEqual([label])
  })

  test('a long name keeps both ends', () => {
    const [label = ''] = recent([entry(`npub1${'q'.repeat(50)}xyz123.nostr`, 1, { records: [] })])
    expect(label).toMatch(/^npub1q+…q+xyz123\.nostr$/u)
    expect(label).toHaveLength(44)
  })
})

describe('names to open in the window', () => {
  const npub = `npub1${'q'.repeat(58)}`

  function offered(...names: readonly NameEntry[]) {
    const item = trayView(facts({ snapshot: snapshotOf({ names }) })).menu[6]
    return item?.kind === 'submenu' ? item.items : []
  }

  test('says so when there are none', () => {
    expect(labels(offered())).toEqual(['No name has been asked for yet'])
  })

  test.each([
    ['a name of the key', { name: `www.${npub}.nostr` }, `www.${npub}.nostr`],
    ['a petname', { name: 'bob.nostr', alias: 'bob' }, `${npub}.nostr`],
  ])('%s opens by the key', (_title, changes, address) => {
    const [item] = offered(entry('x', 1, { npub, ...changes }))
    expect(item).toMatchObject({ isEnabled: true, action: { type: 'open-address', address } })
  })

  test('names without a key, or that do not exist, are not offered', () => {
    const others = [
      entry('a', 1, { npub: '' }),
      entry('b', 2, { npub, state: 'nxdomain' }),
      entry('c', 3, { npub, name: 'c.nostr' }),
    ]
    expect(offered(...others)).toHaveLength(1)
  })
})

test('the menu always ends with Open and Quit', () => {
  for (const engine of ['starting', 'running', 'restarting', 'stopped', 'failed'] as const) {
    expect(labels(trayView(facts({ engine, snapshot: undefined })).menu).slice(-3)).toEqual([
      '-',
      'Open Nostr DNS',
      'Quit',
    ])
  }
})
