import type { Unsubscribe, UnixSeconds } from '../env/env.ts'
import type { Service } from '../env/service.ts'
import type { Name, PubkeyHex } from '../names/name.ts'

/** A name whose owner is a key: the only kind that pins exist for. */
export type PinnedName = Extract<Name, { kind: 'nostr' }>

/** Where a pin was read (rows of the compatibility matrix), or the staple the server showed. */
export type PinFormat = 'canonical' | 'nodns-30003' | 'poc-30001' | 'staple' | 'nostr-key'

/** What the owner's key vouches for. `value` is 64 lower-case hex digits. */
export interface Pin {
  /**
   * `spki`: SHA-256 of the DER SubjectPublicKeyInfo (TLSA 3 1 1). `certificate`: SHA-256 of the whole
   * DER certificate (compatibility formats).
   */
  readonly kind: 'spki' | 'certificate'
  readonly value: string
  /** A hint comes from a compatibility format and is shown as weaker. */
  readonly strength: 'pin' | 'hint'
  readonly format: PinFormat
  readonly eventId: string
  readonly signedAt: UnixSeconds
  /** The pin counts no more from this time on. */
  readonly validUntil: UnixSeconds
}

/** What is known about the certificate of one name and port, before any connection. */
export type PinDecision =
  | {
      readonly kind: 'pinned'
      readonly pins: readonly Pin[]
      /** Relays could not be asked; the newest pins held are used (at most 7 days). */
      readonly isFromCache: boolean
      /** Connections made under this decision must end at this time. */
      readonly validUntil: UnixSeconds
    }
  /** The owner, or two relays, say there is none; never a reason to fall back to anything. */
  | { readonly kind: 'no-certificate'; readonly reason: string }
  | { readonly kind: 'expired'; readonly expiredAt: UnixSeconds; readonly eventId: string }
  | { readonly kind: 'cannot-check'; readonly reason: string }

export interface PinPolicy extends Service {
  /** Pins of `name` for TCP `port`. Never throws for anything a relay or an owner can do. */
  decide(name: PinnedName, port: number, signal: AbortSignal): Promise<PinDecision>
  /** What was decided last, without asking anybody; undefined when never asked. */
  lastDecision(name: PinnedName, port: number): PinDecision | undefined
  /** The owner's pins changed or expired: live connections must be judged again. */
  onChange(listener: (owner: PubkeyHex) => void): Unsubscribe
}

/** A certificate as a server presented it. */
export interface ServedCertificate {
  /** DER, base64. */
  readonly der: string
  readonly certificateSha256: string
  readonly spkiSha256: string
  readonly subject: string
  readonly names: readonly string[]
  readonly validFrom: UnixSeconds
  readonly validTo: UnixSeconds
}

export type Judgement =
  | { readonly ok: true; readonly pin: Pin }
  | {
      readonly ok: false
      readonly reason: 'mismatch' | 'wrong-name' | 'expired-pin'
      readonly expected: readonly Pin[]
    }
