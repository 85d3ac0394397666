import { describe, expect, it } from 'vitest'
import type { RelayHealth, Snapshot } from '../../../src-preload/contract/model.ts'
import { sceneSnapshot } from '../../test/fixtures.ts'
import { isOffline, resolutionState } from './resolution-state.ts'

const rich = sceneSnapshot('rich', 1_780_000_000_000)

function withListeners(state: 'failed' | 'off'): Snapshot {
  const listeners = rich.resolver.listeners.map((listener) => ({ ...listener, state }))
  return { ...rich, resolver: { ...rich.resolver, listeners } }
}

describe('resolutionState', () => {
  it.each([
    ['no snapshot yet', undefined, 'running', 'starting', 'not known yet'],
    ['the engine starts', undefined, 'starting', 'starting', 'not known yet'],
    ['the engine restarts', rich, 'restarting', 'starting', 'for a moment'],
    ['the engine failed', undefined, 'failed', 'unavailable', 'No names'],
    [
      'switched off',
      { ...rich, resolver: { ...rich.resolver, enabled: false } },
      'running',
      'off',
      'not answered',
    ],
    ['all is well', rich, 'running', 'on', '127.0.0.1, port 5355'],
    ['one port failed', sceneSnapshot('errors', 0), 'running', 'problem', '“.nostr only”'],
    ['every port failed', withListeners('failed'), 'running', 'problem', 'None of the DNS ports'],
    ['every port is off', withListeners('off'), 'running', 'problem', 'None of the DNS ports'],
    ['no relay answers', sceneSnapshot('offline', 0), 'running', 'problem', 'No relay'],
  ] as const)('%s', (_, snapshot, engine, level, part) => {
    const state = resolutionState(snapshot, engine)
    expect(state.level).toBe(level)
    expect(state.line).toContain(part)
  })
})

describe('isOffline', () => {
  const relay = (change: Partial<RelayHealth>): RelayHealth => ({
    url: 'wss://a.example',
    origin: 'default',
    state: 'waiting',
    eventsAccepted: 0,
    eventsRejected: 0,
    ...change,
  })
  it.each([
    ['nothing tried', [], false],
    ['only idle ones', [relay({ state: 'idle' })], false],
    ['still connecting for the first time', [relay({ state: 'connecting' })], false],
    ['all failed', [relay({ lastError: 'refused' }), relay({ state: 'idle' })], true],
    ['one connected', [relay({ lastError: 'refused' }), relay({ state: 'connected' })], false],
    [
      'only the built-in one connected',
      [relay({ lastError: 'refused' }), relay({ origin: 'embedded', state: 'connected' })],
      true,
    ],
  ])('%s', (_, relays, offline) => expect(isOffline(relays)).toBe(offline))
})
