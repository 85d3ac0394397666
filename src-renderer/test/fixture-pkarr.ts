import type {
  PkarrDeliveryView,
  PkarrIdentity,
  PkarrView,
  PkarrZoneView,
} from '../../src-preload/contract/pkarr-model.ts'
import { fakePkarrKey } from './fixture-names.ts'

export function pkarrIdentity(
  seed: number,
  nowMs: number,
  change: Partial<PkarrIdentity> = {},
): PkarrIdentity {
  return {
    key: fakePkarrKey(seed),
    label: 'Pkarr home',
    createdAtMs: nowMs - 86_400_000 * 4,
    protection: 'os',
    isLocked: false,
    isBackedUp: true,
    ...change,
  }
}

export const pkarrRelays = ['https://pkarr.example.net', 'https://relay.example.org'] as const

/** A packet that 17 nodes and one relay took, while the other asked to wait. */
export const delivered: readonly PkarrDeliveryView[] = [
  { carrier: 'dht', kind: 'dht', state: 'stored', nodes: 17 },
  { carrier: pkarrRelays[0], kind: 'relay', state: 'stored', detail: '204' },
  { carrier: pkarrRelays[1], kind: 'relay', state: 'rate-limited', detail: '429' },
]

export function pkarrZone(
  seed: number,
  nowMs: number,
  change: Partial<PkarrZoneView> = {},
): PkarrZoneView {
  const key = change.key ?? fakePkarrKey(seed)
  return {
    key,
    isOwn: false,
    isFollowed: false,
    records: [
      { name: '@', type: 'A', ttl: 300, rdata: '203.0.113.40' },
      { name: '_pubky', type: 'HTTPS', ttl: 3600, rdata: `0 ${fakePkarrKey(90)}.` },
    ],
    size: 185,
    signedAtMs: nowMs - 5_400_000,
    lastSeenMs: nowMs - 120_000,
    source: 'dht',
    carriers: ['dht', pkarrRelays[0]],
    isVerified: true,
    isExpired: false,
    nextRefreshMs: nowMs + 180_000,
    notes: [],
    ...change,
  }
}

/** Own, followed and seen zones in every standing. */
export function pkarrRich(nowMs: number): PkarrView {
  const own = fakePkarrKey(7)
  return {
    isEnabled: true,
    canUndoRemove: false,
    identities: [
      pkarrIdentity(7, nowMs),
      pkarrIdentity(8, nowMs, { label: 'Notes', isBackedUp: false }),
    ],
    carriers: [
      { id: 'dht', kind: 'dht', state: 'ok', latencyMs: 210, nodes: 148 },
      { id: pkarrRelays[0], kind: 'relay', state: 'ok', latencyMs: 64 },
      {
        id: pkarrRelays[1],
        kind: 'relay',
        state: 'failing',
        lastError: '429: asked to wait for 40 s',
      },
    ],
    zones: [
      pkarrZone(7, nowMs, {
        alias: 'Pkarr home',
        isOwn: true,
        size: 342,
        records: [
          { name: '@', type: 'A', ttl: 300, rdata: '203.0.113.10' },
          { name: 'www', type: 'CNAME', ttl: 60, rdata: `${own}.` },
          { name: '_text', type: 'TXT', ttl: 300, rdata: '"hello=pkarr"' },
        ],
        nextRepublishMs: nowMs + 2_900_000,
        delivery: { atMs: nowMs - 700_000, results: delivered },
      }),
      pkarrZone(11, nowMs, { isFollowed: true, source: 'relay', nextRepublishMs: nowMs + 900_000 }),
      pkarrZone(12, nowMs, {
        source: 'doh',
        isVerified: false,
        carriers: ['https://dns.example.net/dns-query'],
      }),
      pkarrZone(13, nowMs, {
        source: 'cache',
        isExpired: true,
        lastSeenMs: nowMs - 90_000_000,
        signedAtMs: nowMs - 200_000_000,
        failure: 'No carrier answered in time.',
      }),
      pkarrZone(14, nowMs, { records: [], size: 12 }),
      pkarrNothing(15),
    ],
  }
}

/** A key nobody has a zone of. */
function pkarrNothing(seed: number): PkarrZoneView {
  return {
    key: fakePkarrKey(seed),
    isOwn: false,
    isFollowed: false,
    records: [],
    size: 0,
    carriers: [],
    isVerified: false,
    isExpired: false,
    notes: [],
    failure: 'No relay and no DHT node has a zone of this key.',
  }
}

export const pkarrEmpty: PkarrView = {
  isEnabled: true,
  canUndoRemove: false,
  identities: [],
  zones: [],
  carriers: [
    { id: 'dht', kind: 'dht', state: 'ok', nodes: 0 },
    { id: pkarrRelays[0], kind: 'relay', state: 'unused' },
  ],
}

/** Nothing can be reached. */
export function pkarrOffline(nowMs: number): PkarrView {
  const full = pkarrRich(nowMs)
  return {
    ...full,
    carriers: full.carriers.map(({ id, kind }) => ({
      id,
      kind,
      state: 'failing',
      lastError: kind === 'dht' ? 'no node answered' : 'getaddrinfo EAI_AGAIN',
    })),
  }
}
