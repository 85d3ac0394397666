/**
 * What every front end sees of the engine: one snapshot, then numbered deltas (DESIGN s.10).
 * Types only: the renderer and the preload script import nothing that runs.
 */
import type { HealthItem } from '../../src-main/env/health.ts'
import type { Identity, Protection } from '../../src-main/keys/keyring.ts'
import type {
  AddressReport,
  PublishedHost,
  PublishReport,
} from '../../src-main/publish/publisher.ts'
import type { RelayHealth } from '../../src-main/relays/relay-service.ts'
import type { PkarrView } from './pkarr-model.ts'
import type { MdnsView, SystemView } from './system-model.ts'
import type { Settings } from './settings.ts'

export type {
  HealthItem,
  Identity,
  Protection,
  AddressReport,
  PublishedHost,
  PublishReport,
  RelayHealth,
  Settings,
}

export interface ListenerStatus {
  readonly id: 'proxy' | 'split' | 'doh'
  readonly protocols: readonly ('udp' | 'tcp' | 'https' | 'http')[]
  readonly addresses: readonly string[]
  readonly port: number
  /** The port asked for in settings, when another one had to be taken. */
  readonly wantedPort: number
  readonly state: 'listening' | 'off' | 'failed'
  readonly problem?: string
  /** `batched` (recvmmsg) or `portable` (node:dgram). */
  readonly engine?: 'batched' | 'portable'
}

export interface UpstreamStatus {
  readonly address: string
  readonly state: 'ok' | 'failing' | 'unused'
  readonly latencyMs?: number
  readonly lastError?: string
}

export interface Counters {
  readonly queries: number
  readonly managed: number
  readonly forwarded: number
  readonly cacheHits: number
  readonly refused: number
  readonly failures: number
  /** Queries answered in each of the last 60 seconds, oldest first. */
  readonly perSecond: readonly number[]
}

/** One record as shown to people. */
export interface RecordView {
  readonly name: string
  readonly type: string
  readonly ttl: number
  readonly rdata: string
}

/** One owner name in the Names table. */
export interface NameEntry {
  /** Stable id: the owner key. */
  readonly id: string
  /** The name as first asked for, lower-case. */
  readonly name: string
  /** Hosts below the owner that were asked for. */
  readonly hosts: readonly string[]
  readonly npub: string
  /** Petname, NIP-05 or the user's own identity label, if any. */
  readonly alias?: string
  readonly isOwn: boolean
  readonly state: 'ok' | 'empty' | 'nxdomain' | 'failed' | 'resolving'
  readonly records: readonly RecordView[]
  readonly format?: string
  readonly eventIds: readonly string[]
  readonly relays: readonly string[]
  /** Unix seconds. */
  readonly signedAt?: number
  readonly validUntil?: number
  readonly seenAtMs?: number
  readonly lastAskedMs: number
  readonly asked: number
  readonly notes: readonly string[]
  /** RFC 8914 text when `state` is `failed`. */
  readonly failure?: string
}

export interface VaultView {
  readonly protection: Exclude<Protection, 'remote'>
  readonly isUnlocked: boolean
  readonly needsPassphrase: boolean
  readonly hasPassphrase: boolean
}

export interface Petname {
  readonly label: string
  readonly npub: string
}

/** One pin as shown to people. */
export interface PinView {
  readonly kind: 'spki' | 'certificate'
  readonly value: string
  readonly strength: 'pin' | 'hint'
  readonly format: string
  readonly eventId: string
  readonly signedAt: number
  readonly validUntil: number
}

/** The certificate of one name and port: what its owner pinned and what its server showed. */
export interface CertificateEntry {
  /** `<domain>:<port>`. */
  readonly id: string
  readonly domain: string
  readonly port: number
  readonly npub: string
  readonly state:
    | 'match'
    | 'mismatch'
    | 'no-certificate'
    | 'expired'
    | 'cannot-check'
    | 'unreachable'
    | 'unchecked'
  readonly detail?: string
  readonly pins: readonly PinView[]
  readonly served?: {
    readonly subject: string
    readonly names: readonly string[]
    readonly spkiSha256: string
    readonly certificateSha256: string
    readonly validFrom: number
    readonly validTo: number
  }
  readonly firstSeenMs: number
  readonly lastCheckedMs: number
  /** Newest first, at most 50. */
  readonly history: readonly { readonly atMs: number; readonly what: string }[]
}

/** One trust store or browser, and whether it trusts this computer's authority. */
export interface TrustTargetView {
  readonly id: string
  readonly title: string
  readonly kind: 'chromium' | 'firefox' | 'system'
  readonly isPrivileged: boolean
  readonly state: 'installed' | 'missing' | 'conflict' | 'unavailable'
  readonly detail?: string
  readonly hint?: string
}

export interface TrustView {
  /** Absent until HTTPS trust was switched on. */
  readonly authority?: {
    readonly commonName: string
    readonly rootSha256: string
    readonly validTo: number
    readonly createdAtMs: number
    readonly protection: 'os' | 'plain'
  }
  readonly proxy: {
    readonly state: 'listening' | 'off' | 'failed'
    readonly port: number
    readonly pacUrl: string
    readonly connections: number
    readonly problem?: string
  }
  /** The opt-in mode for programs that know no proxy; absent while HTTPS trust is off. */
  readonly transparent?: {
    readonly state: 'listening' | 'off' | 'failed'
    /** Where names with pins lead meanwhile. */
    readonly addresses: readonly string[]
    readonly problem?: string
  }
  readonly targets: readonly TrustTargetView[]
  readonly systemProxy: {
    readonly state: 'ours' | 'none' | 'other' | 'unsupported'
    readonly detail?: string
    /** PAC text to merge by hand when somebody else's setting is in place. */
    readonly merge?: string
  }
}

/** A certificate made here for the user's own server. */
export interface OwnCertificateView {
  readonly pubkey: string
  readonly host: string
  readonly names: readonly string[]
  readonly spkiSha256: string
  readonly validFrom: number
  readonly validTo: number
  readonly certificatePath: string
  readonly keyPath: string
  readonly role: 'current' | 'next' | 'previous'
  /** Whether the newest published event of that host pins it. */
  readonly isPublished: boolean
}

/** One step of checking a server's certificate, in plain words. */
export interface CheckStep {
  readonly step: string
  readonly ok: boolean
  readonly detail: string
}

/** The answer to `certificates.check`. */
export interface CheckReport {
  readonly domain: string
  readonly port: number
  readonly state: CertificateEntry['state']
  readonly exitClass: 'ok' | 'failed' | 'usage' | 'not-found' | 'network'
  readonly steps: readonly CheckStep[]
}

/** A domain names another key than before; its names fail until the user decides. */
export interface KeyChange {
  /** `bob@example.com`. */
  readonly identifier: string
  readonly knownNpub: string
  readonly newNpub: string
}

export interface Snapshot {
  /** Number of the newest delta this snapshot includes. */
  readonly seq: number
  readonly version: string
  readonly startedAtMs: number
  readonly resolver: {
    readonly enabled: boolean
    readonly listeners: readonly ListenerStatus[]
    readonly upstreams: readonly UpstreamStatus[]
  }
  readonly counters: Counters
  readonly relays: readonly RelayHealth[]
  readonly names: readonly NameEntry[]
  readonly petnames: readonly Petname[]
  readonly keyChanges: readonly KeyChange[]
  readonly publish: {
    readonly hosts: readonly PublishedHost[]
    readonly address?: AddressReport
    /** Publications running now, newest progress. */
    readonly running: readonly PublishReport[]
    readonly queued: number
  }
  readonly trust: TrustView
  readonly certificates: readonly CertificateEntry[]
  readonly ownCertificates: readonly OwnCertificateView[]
  readonly keys: {
    readonly identities: readonly Identity[]
    readonly vault: VaultView
    readonly canUndoRemove: boolean
  }
  readonly system: SystemView
  readonly mdns: MdnsView
  readonly pkarr: PkarrView
  readonly settings: Settings
  readonly health: readonly HealthItem[]
}

/** Replaced top-level slices, and the Names table row by row. A gap in `seq` asks for a snapshot. */
export interface Delta {
  readonly seq: number
  readonly slices: Partial<Omit<Snapshot, 'seq' | 'names' | 'version' | 'startedAtMs'>>
  readonly names?: { readonly upsert: readonly NameEntry[]; readonly remove: readonly string[] }
}

export interface ExplainStep {
  readonly name: string
  readonly type: string
  readonly kind: 'answer' | 'alias' | 'nodata' | 'nxdomain' | 'failure' | 'forwarded'
  readonly records: readonly RecordView[]
  readonly system?: string
  readonly format?: string
  readonly signer?: string
  readonly eventIds?: readonly string[]
  readonly sources?: readonly string[]
  readonly signedAt?: number
  readonly validUntil?: number
  readonly verifiedBy?: string
  readonly notes?: readonly string[]
}

/** The answer to `names.resolve`: DNS result plus why it may be believed. */
export interface ResolveReport {
  readonly name: string
  readonly type: string
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED`. */
  readonly rcode: string
  readonly answers: readonly RecordView[]
  readonly ede?: { readonly code: number; readonly text: string }
  /** Private addresses its owner signed, kept back because the owner is a stranger. */
  readonly withheld?: readonly string[]
  readonly steps: readonly ExplainStep[]
  readonly elapsedMs: number
}
