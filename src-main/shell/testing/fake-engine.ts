import type { NameEntry, Snapshot } from '../../../src-preload/contract/model.ts'
import { settingsSchema } from '../../../src-preload/contract/settings.ts'
import type { FromEngine, ToEngine } from '../../engine/protocol.ts'
import type { EngineChild } from '../engine-process.ts'

/** One fake engine process; the test plays its part. */
export interface FakeChild extends EngineChild {
  readonly received: readonly ToEngine[]
  readonly isKilled: () => boolean
  say(message: FromEngine): void
  exit(code: number): void
}

/** Hands out fake children in the order they are forked. */
export function createFakeForker(): { fork(): EngineChild; readonly children: FakeChild[] } {
  const children: FakeChild[] = []
  return {
    children,
    fork() {
      const child = createFakeChild(children.length + 1)
      children.push(child)
      return child
    },
  }
}

function createFakeChild(pid: number): FakeChild {
  const received: ToEngine[] = []
  let onMessage: (message: FromEngine) => void = () => undefined
  let onExit: (code: number) => void = () => undefined
  let isKilled = false
  return {
    pid,
    received,
    isKilled: () => isKilled,
    postMessage: (message) => void received.push(message),
    kill() {
      isKilled = true
      onExit(137)
    },
    onMessage(listener) {
      onMessage = listener
    },
    onExit(listener) {
      onExit = listener
    },
    say: (message) => onMessage(message),
    exit: (code) => onExit(code),
  }
}

/** A snapshot of an engine at rest, with `changes` on top. */
export function snapshotOf(changes: Partial<Snapshot> = {}): Snapshot {
  return {
    seq: 1,
    version: '0.1.0',
    startedAtMs: 0,
    resolver: { enabled: true, listeners: [], upstreams: [] },
    counters: {
      queries: 0,
      managed: 0,
      forwarded: 0,
      cacheHits: 0,
      refused: 0,
      failures: 0,
      perSecond: [],
    },
    relays: [],
    names: [],
    petnames: [],
    keyChanges: [],
    publish: { hosts: [], running: [], queued: 0 },
    system: { state: 'off', suffixes: ['nostr', 'pkarr', 'key'] },
    mdns: { state: 'off', interfaces: [], names: [] },
    pkarr: { isEnabled: true, identities: [], canUndoRemove: false, carriers: [], zones: [] },
    trust: {
      proxy: { state: 'off', port: 0, pacUrl: '', connections: 0 },
      targets: [],
      systemProxy: { state: 'none' },
    },
    certificates: [],
    ownCertificates: [],
    keys: {
      identities: [],
      vault: {
        protection: 'passphrase',
        isUnlocked: true,
        needsPassphrase: false,
        hasPassphrase: true,
      },
      canUndoRemove: false,
    },
    settings: settingsSchema.parse({ version: 1 }),
    health: [],
    ...changes,
  }
}

/** A name that was asked for once and has no records, with `changes` on top. */
export function nameEntry(changes: Partial<NameEntry> = {}): NameEntry {
  return {
    id: 'row',
    name: 'row.nostr',
    hosts: [],
    npub: '',
    isOwn: false,
    state: 'ok',
    records: [],
    eventIds: [],
    relays: [],
    lastAskedMs: 0,
    asked: 1,
    notes: [],
    ...changes,
  }
}
