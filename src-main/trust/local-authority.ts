import type { SecureContext } from 'node:tls'
import type { Unsubscribe, UnixSeconds } from '../env/env.ts'
import type { Result } from '../env/errors.ts'
import type { Service } from '../env/service.ts'

/** The name-constrained authority of this computer (specs/tls-trust.md s.5.1). No private parts. */
export interface AuthorityFacts {
  readonly commonName: string
  /** PEM of the root, whose private key no longer exists: what trust stores get. */
  readonly rootPem: string
  readonly rootSha256: string
  readonly issuerPem: string
  readonly validTo: UnixSeconds
  readonly createdAtMs: number
  /** How the issuer's key is kept. */
  readonly protection: 'os' | 'plain'
}

/** Replaced by `activate`: its issuer's key is gone, its root may still be installed. */
export interface RetiringAuthority extends AuthorityFacts {
  /** From this time on the root may be removed from trust stores and the authority destroyed. */
  readonly removeAtMs: number
}

export interface LocalAuthority extends Service {
  current(): AuthorityFacts | undefined
  /** Made by `prepareRotation`, to be installed and then activated; survives a restart. */
  prepared(): AuthorityFacts | undefined
  /** Being replaced: still installed, no longer issuing, removed after 7 days. */
  retiring(): readonly RetiringAuthority[]
  /** Makes root and issuer and throws the root's key away before anything is written. */
  create(hostName: string): Promise<Result<AuthorityFacts>>
  /**
   * Makes a new authority beside the old one; `activate` lets it issue. Asked again before that, it
   * returns the one already made.
   */
  prepareRotation(hostName: string): Promise<Result<AuthorityFacts>>
  activate(rootSha256: string): Promise<Result<void>>
  /** Destroys the issuer's key and forgets the authority. Trust stores are the caller's business. */
  destroy(rootSha256: string): Promise<Result<void>>
  /**
   * A context whose leaf names exactly `name`, valid until `validUntil` at most and 48 h at most.
   * Cached; cheap enough for every connection.
   */
  contextFor(name: string, validUntil: UnixSeconds): Result<SecureContext>
  /** Also when a retiring authority has become due for removal. */
  onChange(listener: () => void): Unsubscribe
}
