import type { Unsubscribe, UnixSeconds } from '../env/env.ts'
import type { Result } from '../env/errors.ts'
import type { Service } from '../env/service.ts'
import type { PubkeyHex } from '../names/name.ts'

/** A certificate this computer made for one host of one of its identities. */
export interface OwnCertificate {
  readonly pubkey: PubkeyHex
  /** `@` or a relative host. */
  readonly host: string
  /** Subject alternative names. */
  readonly names: readonly string[]
  readonly spkiSha256: string
  readonly certificateSha256: string
  readonly validFrom: UnixSeconds
  readonly validTo: UnixSeconds
  /** PEM file of the certificate; the key file beside it (0600) is `keyPath`. */
  readonly certificatePath: string
  readonly keyPath: string
  /** During a key change both are published: the key in use, then the next one. */
  readonly role: 'current' | 'next' | 'previous'
}

/** Keys and self-signed certificates of the user's own servers (specs/nostr-dns.md s.4.8). */
export interface OwnerCertificates extends Service {
  list(): readonly OwnCertificate[]
  /** A new P-256 key and certificate; `certificates.exists` when the host has one already. */
  create(
    pubkey: PubkeyHex,
    host: string,
    options: { readonly extraNames?: readonly string[]; readonly days?: number },
  ): Promise<Result<OwnCertificate>>
  /** A new certificate for the same key: pins stay valid. */
  renew(pubkey: PubkeyHex, host: string): Promise<Result<OwnCertificate>>
  /**
   * Key change in two steps: the first call makes the next key, to be published beside the current
   * one; the second, once relays had time, makes it the current one.
   */
  rotate(pubkey: PubkeyHex, host: string): Promise<Result<OwnCertificate>>
  remove(pubkey: PubkeyHex, host: string): Promise<Result<void>>
  onChange(listener: () => void): Unsubscribe
}
