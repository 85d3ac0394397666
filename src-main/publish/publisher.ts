import type { Problem, Result } from '../env/errors.ts'
import type { Service } from '../env/service.ts'
import type { Unsubscribe, UnixSeconds } from '../env/env.ts'
import type { PubkeyHex } from '../names/name.ts'
import type { PublishOutcome } from '../relays/relay-service.ts'

export interface AddressSighting {
  /** Service host name, `stun:host`, or interface name. */
  readonly source: string
  readonly method: 'https' | 'stun' | 'interface'
  readonly family: 4 | 6
  readonly address?: string
  readonly error?: string
}

/** What this computer's public address seems to be, and who says so. */
export interface AddressReport {
  readonly sightings: readonly AddressSighting[]
  /** Set when two independent sources agree (or, v6, one source and a global interface address). */
  readonly v4?: string
  readonly v6?: string
  readonly atMs: number
}

/** One record as its owner edits it: zone-file fields, name relative to the apex (`@`, `www`, `*.lab`). */
export interface ZoneRecord {
  readonly name: string
  readonly type: string
  /** Seconds, 30..3600. */
  readonly ttl: number
  /** Zone-file rdata text. */
  readonly rdata: string
}

/** The records one host of one identity publishes together: one canonical event. */
export interface PublishedHost {
  readonly pubkey: PubkeyHex
  /** `@` or a relative name such as `home.lab`: the `d` tag is `dns:<host>`. */
  readonly host: string
  readonly records: readonly ZoneRecord[]
  /** Re-detect this computer's address and publish it when it changes. */
  readonly followsAddress: boolean
  /** `dynamic` 1 d, `normal` 7 d, `fixed` 30 d of validity. */
  readonly lifetime: 'dynamic' | 'normal' | 'fixed'
  readonly isWithdrawn: boolean
  readonly lastPublished?: PublishReport
  readonly nextHeartbeatAt?: UnixSeconds
}

export interface CopyReport {
  readonly format: 'canonical' | 'nodns-11111' | 'nodns-30003' | 'poc-30000' | 'poc-30001'
  readonly kind: number
  readonly eventId?: string
  /** `skipped`: switched off. `guarded`: the slot holds something that is not ours; see `problem`. */
  readonly state: 'published' | 'queued' | 'skipped' | 'guarded' | 'failed'
  readonly problem?: Problem
  readonly relays: readonly PublishOutcome[]
}

export interface PublishReport {
  readonly pubkey: PubkeyHex
  readonly host: string
  readonly atMs: number
  readonly expiresAt: UnixSeconds
  readonly copies: readonly CopyReport[]
  /** `published`: two relays or more took the canonical event; `partial`: one; `queued`: none yet. */
  readonly state: 'published' | 'partial' | 'queued' | 'failed'
  readonly problem?: Problem
  /** Facts worth knowing that stopped nothing, such as a private address only few will see. */
  readonly notices?: readonly Problem[]
}

/** A certificate of the user's own server, whose key is to be pinned. */
export interface CertificateToPublish {
  /** SHA-256 of the DER SubjectPublicKeyInfo, 64 lower-case hex digits. */
  readonly spkiSha256: string
  /** The certificate as the server shows it: DER, base64. */
  readonly der: string
}

export interface Publisher extends Service {
  hosts(): readonly PublishedHost[]
  /** Publications under way, newest progress. */
  running(): readonly PublishReport[]
  /** Signed events that fewer than two relays hold and that are still being offered to relays. */
  queued(): number
  detectAddress(signal: AbortSignal): Promise<AddressReport>
  lastAddress(): AddressReport | undefined
  /**
   * Publishes `addresses` (or the detected ones when absent) for `host` of `pubkey`, keeping its
   * other records. `follow`, true unless given, holds for detected addresses only.
   */
  publishAddress(
    pubkey: PubkeyHex,
    options: {
      host?: string
      addresses?: readonly string[]
      follow?: boolean
      signal: AbortSignal
    },
  ): Promise<Result<PublishReport>>
  /** Replaces the records of `host`. */
  publishRecords(
    pubkey: PubkeyHex,
    host: string,
    records: readonly ZoneRecord[],
    options: { lifetime?: PublishedHost['lifetime']; signal: AbortSignal },
  ): Promise<Result<PublishReport>>
  /**
   * Publishes a whole zone file: records at or below a host that has an entry of its own go to that
   * host, all others to `@`. Hosts the file does not name stay as they are.
   */
  publishZone(
    pubkey: PubkeyHex,
    text: string,
    options: { lifetime?: PublishedHost['lifetime']; signal: AbortSignal },
  ): Promise<Result<readonly PublishReport[]>>
  /**
   * Pins the keys of `certificates` (the one in use first, then the next) for TCP `ports` of `host`,
   * in the event that speaks for it, and updates the copies that carry the certificate. Everything
   * else published there stays; none takes the pins of these ports away. A key pinned before and
   * left out now stays pinned for another 10 minutes, unless the others have been published as long
   * or `revoke` says that it is in wrong hands; the report's notices say so. `includeDer`, false
   * unless given, puts the whole certificates into the event too.
   */
  publishCertificate(
    pubkey: PubkeyHex,
    host: string,
    certificates: readonly CertificateToPublish[],
    options: {
      readonly ports: readonly number[]
      readonly includeDer?: boolean
      readonly revoke?: boolean
      readonly signal: AbortSignal
    },
  ): Promise<Result<PublishReport>>
  /**
   * Takes the pins of every port of `host` out of the event that speaks for it, at once, which tells
   * visitors that it has no TLS, and empties the copies that carry a certificate. What else is
   * published there stays; fails with `publish.no-records` when that is nothing.
   */
  withdrawCertificate(
    pubkey: PubkeyHex,
    host: string,
    signal: AbortSignal,
  ): Promise<Result<PublishReport>>
  /** Publishes a tombstone: the owner says the name does not exist. The records stay for undo. */
  withdraw(pubkey: PubkeyHex, host: string, signal: AbortSignal): Promise<Result<PublishReport>>
  undoWithdraw(pubkey: PubkeyHex, host: string, signal: AbortSignal): Promise<Result<PublishReport>>
  /** Every host again, now (heartbeat by hand, network back, address changed). */
  republish(signal: AbortSignal): Promise<readonly PublishReport[]>
  onChange(listener: () => void): Unsubscribe
  /** Per-relay progress while a publication runs. */
  onProgress(listener: (report: PublishReport) => void): Unsubscribe
}
