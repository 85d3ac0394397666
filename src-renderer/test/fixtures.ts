import type {
  Identity,
  PublishedHost,
  PublishReport,
  RelayHealth,
  Settings,
  Snapshot,
} from '../../src-preload/contract/model.ts'
import { fakeHex, fakeNpub, manyNames, relayUrls, richNames } from './fixture-names.ts'
import { pkarrEmpty, pkarrOffline, pkarrRich } from './fixture-pkarr.ts'
import { mdnsFailed, mdnsRunning, systemView } from './fixture-system.ts'
import {
  ownCertificatesWithErrors,
  richCertificates,
  richOwnCertificates,
  trustFresh,
  trustOff,
  trustOn,
  trustWithErrors,
  wrongNameCertificate,
} from './fixture-trust.ts'

export type Scene =
  | 'rich'
  | 'empty'
  | 'errors'
  | 'offline'
  | 'many'
  | 'fresh-trust'
  | 'first-passphrase'
  | 'locked'
  | 'loading'
  | 'stopped'

const settings: Settings = {
  version: 1,
  resolver: {
    enabled: true,
    proxyPort: 5354,
    splitPort: 5364,
    dohPort: 5380,
    usePortFallback: true,
    upstreams: ['8.8.8.8', '1.1.1.1'],
    privateAddressOwners: [],
  },
  relays: {
    defaults: [...relayUrls],
    indexers: ['wss://purplepag.es'],
    user: [],
    embedded: { enabled: true, port: 7447, lan: false },
  },
  systems: { nip05: false, nns30053: false, dnstr31034: false },
  publish: {
    copyPoc: true,
    copyNodns: true,
    copyNodnsCertificate: false,
    addressServices: ['https://icanhazip.com'],
    stunServers: ['stun.cloudflare.com:3478'],
    addressCheckMinutes: 5,
  },
  trust: { enabled: true, transparent: false, proxyPort: 47_813, systemProxy: true },
  system: { suffixes: ['nostr', 'pkarr', 'key'] },
  mdns: { enabled: true, answerForOthers: false },
  pkarr: {
    enabled: true,
    relays: ['https://pkarr.example.net'],
    dht: { enabled: true, port: 0, bootstrap: ['router.example.net:6881'] },
    follow: [],
    minTtl: 300,
    maxTtl: 86_400,
  },
  ui: { theme: 'system', openAtLogin: false, startHidden: false },
}

export function identity(seed: number, nowMs: number, change: Partial<Identity> = {}): Identity {
  return {
    pubkey: fakeHex(seed) as Identity['pubkey'],
    npub: fakeNpub(seed),
    label: 'Home server',
    createdAtMs: nowMs - 86_400_000 * 12,
    protection: 'os',
    isDefault: seed === 1,
    isLocked: false,
    isBackedUp: true,
    ...change,
  }
}

function relays(nowMs: number): readonly RelayHealth[] {
  const connectedSinceMs = nowMs - 3_900_000
  const base = { origin: 'default', state: 'connected', connectedSinceMs } as const
  return [
    { ...base, url: relayUrls[0], latencyMs: 84, eventsAccepted: 1204, eventsRejected: 0 },
    { ...base, url: relayUrls[1], latencyMs: 131, eventsAccepted: 988, eventsRejected: 3 },
    { ...base, url: relayUrls[2], latencyMs: 62, eventsAccepted: 1377, eventsRejected: 0 },
    {
      url: relayUrls[3],
      origin: 'default',
      state: 'waiting',
      latencyMs: 1840,
      eventsAccepted: 12,
      eventsRejected: 0,
      lastError: 'closed by the relay: 1013 try again later (next try in 40 s)',
    },
    {
      url: 'wss://purplepag.es',
      origin: 'indexer',
      state: 'idle',
      eventsAccepted: 40,
      eventsRejected: 0,
    },
    {
      url: 'ws://127.0.0.1:7447',
      origin: 'embedded',
      state: 'connected',
      latencyMs: 2,
      eventsAccepted: 9,
      eventsRejected: 0,
      connectedSinceMs,
    },
  ]
}

export function publishReport(nowMs: number, change: Partial<PublishReport> = {}): PublishReport {
  const at = (index: number) => relayUrls[index] ?? relayUrls[0]
  return {
    pubkey: fakeHex(1) as PublishReport['pubkey'],
    host: '@',
    atMs: nowMs - 900_000,
    expiresAt: Math.floor(nowMs / 1000) + 85_500,
    state: 'published',
    copies: [
      {
        format: 'canonical',
        kind: 31111,
        eventId: fakeHex(501),
        state: 'published',
        relays: [
          { url: at(0), outcome: 'ok', elapsedMs: 120 },
          { url: at(1), outcome: 'ok', elapsedMs: 201 },
          { url: at(2), outcome: 'ok', elapsedMs: 95 },
          {
            url: at(3),
            outcome: 'refused',
            detail: 'blocked: pay first',
            elapsedMs: 180,
          },
          { url: at(4), outcome: 'timeout', elapsedMs: 5000 },
        ],
      },
      {
        format: 'nodns-11111',
        kind: 11111,
        eventId: fakeHex(502),
        state: 'published',
        relays: [{ url: at(0), outcome: 'ok', elapsedMs: 140 }],
      },
      {
        format: 'poc-30000',
        kind: 30000,
        state: 'guarded',
        problem: {
          code: 'publish.slot-foreign',
          message: 'Your relays hold a follow list in this place, so it was left alone.',
        },
        relays: [],
      },
    ],
    ...change,
  }
}

function hosts(nowMs: number): readonly PublishedHost[] {
  const pubkey = fakeHex(1) as PublishedHost['pubkey']
  return [
    {
      pubkey,
      host: '@',
      records: [
        { name: '@', type: 'A', ttl: 300, rdata: '203.0.113.10' },
        { name: '@', type: 'AAAA', ttl: 300, rdata: '2001:db8:4a2:9f00::10' },
        { name: '_443._tcp', type: 'TLSA', ttl: 300, rdata: `3 1 1 ${fakeHex(77)}` },
      ],
      followsAddress: true,
      lifetime: 'dynamic',
      isWithdrawn: false,
      lastPublished: publishReport(nowMs),
      nextHeartbeatAt: Math.floor(nowMs / 1000) + 71_000,
    },
    {
      pubkey,
      host: 'www',
      records: [{ name: 'www', type: 'CNAME', ttl: 300, rdata: '@' }],
      followsAddress: false,
      lifetime: 'normal',
      isWithdrawn: false,
      lastPublished: publishReport(nowMs, { host: 'www', state: 'partial' }),
      nextHeartbeatAt: Math.floor(nowMs / 1000) + 30_000,
    },
    {
      pubkey,
      host: 'old-laptop',
      records: [{ name: 'old-laptop', type: 'A', ttl: 60, rdata: '198.51.100.7' }],
      followsAddress: false,
      lifetime: 'dynamic',
      isWithdrawn: true,
      lastPublished: publishReport(nowMs, { host: 'old-laptop', atMs: nowMs - 86_400_000 }),
    },
  ]
}

const perSecond = Array.from({ length: 60 }, (_, second) =>
  Math.max(0, Math.round(9 + 7 * Math.sin(second / 5) + 5 * Math.sin(second * 1.7))),
)

function rich(nowMs: number): Snapshot {
  const both = ['127.0.0.1', '::1']
  const protocols = ['udp', 'tcp'] as const
  return {
    seq: 10,
    version: '0.1.0',
    startedAtMs: nowMs - 4_000_000,
    resolver: {
      enabled: true,
      listeners: [
        {
          id: 'proxy',
          protocols,
          addresses: both,
          port: 5355,
          wantedPort: 5354,
          state: 'listening',
          engine: 'batched',
        },
        {
          id: 'split',
          protocols,
          addresses: both,
          port: 5364,
          wantedPort: 5364,
          state: 'listening',
          engine: 'portable',
        },
        {
          id: 'doh',
          protocols: ['http'],
          addresses: ['127.0.0.1'],
          port: 5380,
          wantedPort: 5380,
          state: 'listening',
        },
      ],
      upstreams: [
        { address: '8.8.8.8', state: 'ok', latencyMs: 14 },
        { address: '1.1.1.1', state: 'unused' },
      ],
    },
    counters: {
      queries: 48_213,
      managed: 1930,
      forwarded: 46_280,
      cacheHits: 41_002,
      refused: 12,
      failures: 3,
      perSecond,
    },
    relays: relays(nowMs),
    names: richNames(nowMs),
    keyChanges: [],
    petnames: [
      { label: 'alice', npub: fakeNpub(2) },
      { label: 'pixel-garden', npub: fakeNpub(10) },
    ],
    publish: {
      hosts: hosts(nowMs),
      address: {
        atMs: nowMs - 120_000,
        v4: '203.0.113.10',
        v6: '2001:db8:4a2:9f00::10',
        sightings: [
          { source: 'api64.ipify.org', method: 'https', family: 4, address: '203.0.113.10' },
          { source: 'icanhazip.com', method: 'https', family: 4, address: '203.0.113.10' },
          { source: 'stun.cloudflare.com', method: 'stun', family: 4, address: '203.0.113.10' },
          { source: 'ifconfig.co', method: 'https', family: 4, error: 'timed out after 5 s' },
          { source: 'checkip.amazonaws.com', method: 'https', family: 4, address: '198.51.100.99' },
          {
            source: 'api64.ipify.org',
            method: 'https',
            family: 6,
            address: '2001:db8:4a2:9f00::10',
          },
          { source: 'wlan0', method: 'interface', family: 6, address: '2001:db8:4a2:9f00::10' },
        ],
      },
      running: [],
      queued: 0,
    },
    trust: trustOn(nowMs),
    certificates: richCertificates(nowMs),
    ownCertificates: richOwnCertificates(nowMs),
    keys: {
      identities: [
        identity(1, nowMs),
        identity(21, nowMs, { label: 'Blog', isBackedUp: false, protection: 'passphrase' }),
        identity(22, nowMs, { label: 'Signer on my phone', protection: 'remote' }),
      ],
      vault: { protection: 'os', isUnlocked: true, needsPassphrase: false, hasPassphrase: false },
      canUndoRemove: false,
    },
    system: systemView('off'),
    mdns: mdnsRunning,
    pkarr: pkarrRich(nowMs),
    settings,
    health: [],
  }
}

function empty(nowMs: number): Snapshot {
  const full = rich(nowMs)
  const none = { queries: 0, managed: 0, forwarded: 0, cacheHits: 0, refused: 0, failures: 0 }
  return {
    ...full,
    seq: 0,
    startedAtMs: nowMs - 20_000,
    counters: { ...none, perSecond: perSecond.map(() => 0) },
    resolver: {
      ...full.resolver,
      upstreams: full.resolver.upstreams.map(({ address }) => ({ address, state: 'unused' })),
    },
    relays: [],
    names: [],
    petnames: [],
    keyChanges: [],
    publish: { hosts: [], running: [], queued: 0 },
    trust: trustOff,
    system: systemView('unsupported'),
    pkarr: pkarrEmpty,
    mdns: { state: 'off', interfaces: [], names: [] },
    certificates: [],
    ownCertificates: [],
    keys: { ...full.keys, identities: [] },
  }
}

function errors(nowMs: number): Snapshot {
  const full = rich(nowMs)
  return {
    ...full,
    keyChanges: [{ identifier: 'bob@example.com', knownNpub: fakeNpub(3), newNpub: fakeNpub(66) }],
    resolver: {
      ...full.resolver,
      listeners: full.resolver.listeners.map((listener) =>
        listener.id === 'split'
          ? {
              ...listener,
              state: 'failed',
              problem: 'Port 5364 is in use by systemd-resolved (pid 412).',
            }
          : listener,
      ),
      upstreams: [
        {
          address: '8.8.8.8',
          state: 'failing',
          latencyMs: 2200,
          lastError: 'no answer in 2 s, 14 times in a row',
        },
        { address: 'https://dns.example.net/dns-query', state: 'ok', latencyMs: 38 },
      ],
    },
    system: systemView('not-working'),
    pkarr: {
      ...pkarrOffline(nowMs),
      isEnabled: false,
      carriers: [{ id: 'dht', kind: 'dht', state: 'off', nodes: 0 }],
    },
    mdns: mdnsFailed,
    trust: trustWithErrors(nowMs),
    certificates: [wrongNameCertificate(nowMs), ...full.certificates],
    ownCertificates: ownCertificatesWithErrors(nowMs),
    health: [
      {
        code: 'dns.port-in-use',
        severity: 'error',
        message:
          'Port 5364 is in use by systemd-resolved (pid 412), so .nostr-only questions fail.',
        hint: 'Stop that program or choose another port in the settings file.',
        sinceMs: nowMs - 240_000,
      },
      {
        code: 'publish.slot-foreign',
        severity: 'warning',
        message:
          'A compatibility copy was not written: your relays hold a follow list in its place.',
        hint: 'Your list was left as it is. The main record was published.',
        sinceMs: nowMs - 900_000,
      },
    ],
  }
}

function offline(nowMs: number): Snapshot {
  const full = rich(nowMs)
  return {
    ...full,
    relays: full.relays.map(({ latencyMs: _latency, connectedSinceMs: _since, ...relay }) =>
      relay.origin === 'embedded'
        ? { ...relay, state: 'connected' }
        : { ...relay, state: 'waiting', lastError: 'getaddrinfo EAI_AGAIN' },
    ),
    publish: { hosts: full.publish.hosts, running: [], queued: 2 },
    pkarr: pkarrOffline(nowMs),
    health: [
      {
        code: 'relays.offline',
        severity: 'warning',
        message: 'No relay can be reached.',
        hint: 'Names seen before still answer. Publications wait and go out by themselves.',
        sinceMs: nowMs - 60_000,
      },
    ],
  }
}

/** The whole state of an engine in one of a few typical situations. */
export function sceneSnapshot(scene: Scene, nowMs: number): Snapshot {
  switch (scene) {
    case 'rich':
    case 'loading':
    case 'stopped':
      return rich(nowMs)
    case 'empty':
      return empty(nowMs)
    case 'errors':
      return errors(nowMs)
    case 'offline':
      return offline(nowMs)
    case 'many':
      return { ...rich(nowMs), names: manyNames(1000, nowMs) }
    case 'fresh-trust':
      return { ...rich(nowMs), trust: trustFresh(nowMs), certificates: [], ownCertificates: [] }
    case 'first-passphrase':
      return {
        ...empty(nowMs),
        keys: {
          identities: [],
          canUndoRemove: false,
          vault: {
            protection: 'passphrase',
            isUnlocked: false,
            needsPassphrase: true,
            hasPassphrase: false,
          },
        },
      }
    case 'locked': {
      const full = rich(nowMs)
      return {
        ...full,
        pkarr: {
          ...full.pkarr,
          canUndoRemove: true,
          identities: full.pkarr.identities.map((held) => ({
            ...held,
            protection: 'passphrase',
            isLocked: true,
          })),
        },
        keys: {
          identities: full.keys.identities.map((held) => ({
            ...held,
            protection: 'passphrase',
            isLocked: true,
          })),
          canUndoRemove: true,
          vault: {
            protection: 'passphrase',
            isUnlocked: false,
            needsPassphrase: true,
            hasPassphrase: true,
          },
        },
      }
    }
  }
}
