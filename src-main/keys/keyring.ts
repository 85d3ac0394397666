import type { Event, EventTemplate } from 'nostr-tools/pure'
import type { Result } from '../env/errors.ts'
import type { Service } from '../env/service.ts'
import type { Unsubscribe } from '../env/env.ts'
import type { PubkeyHex } from '../names/name.ts'

/** How the secret of an identity is kept. `remote` has no local secret at all (NIP-46). */
export type Protection = 'os' | 'passphrase' | 'plain' | 'remote'

/** Public facts of an identity; safe to show anywhere. */
export interface Identity {
  readonly pubkey: PubkeyHex
  readonly npub: string
  /** The user's own word for it. */
  readonly label: string
  readonly createdAtMs: number
  readonly protection: Protection
  readonly isDefault: boolean
  /** True while the secret cannot be used without a passphrase. */
  readonly isLocked: boolean
  /** True once exported or imported: the user holds a copy elsewhere. */
  readonly isBackedUp: boolean
}

export type SecretForm = 'nsec' | 'hex' | 'ncryptsec' | 'mnemonic'

/** Wraps secret bytes with the operating system's keychain; in Electron the shell does it. */
export interface OsSealer {
  /** False when the platform only offers `basic_text`: then it must not be used. */
  isAvailable(): Promise<boolean>
  seal(plain: Uint8Array): Promise<Uint8Array>
  open(sealed: Uint8Array): Promise<Uint8Array>
}

export interface Keyring extends Service {
  list(): readonly Identity[]
  default(): Identity | undefined
  /** How new secrets will be protected now, and whether a passphrase must be set or entered first. */
  vault(): {
    readonly protection: Exclude<Protection, 'remote'>
    readonly isUnlocked: boolean
    readonly needsPassphrase: boolean
    /** A passphrase was set: it must be entered, not chosen. */
    readonly hasPassphrase: boolean
  }
  create(label: string): Promise<Result<Identity>>
  /**
   * Reads nsec, 64-hex, ncryptsec (with `password`) or NIP-06 words. A key already held is
   * `keys.duplicate`.
   */
  importSecret(
    text: string,
    options: { label: string; password?: string },
  ): Promise<Result<Identity>>
  /** A NIP-46 `bunker://` signer. */
  importRemote(uri: string, options: { label: string }): Promise<Result<Identity>>
  /** The secret as text. `ncryptsec` needs `password`. Callers must have the user's confirmation. */
  exportSecret(
    pubkey: PubkeyHex,
    form: 'nsec' | 'hex' | 'ncryptsec',
    password?: string,
  ): Promise<Result<string>>
  rename(pubkey: PubkeyHex, label: string): Promise<Result<Identity>>
  setDefault(pubkey: PubkeyHex): Promise<Result<Identity>>
  /** Keeps the sealed secret aside for undo until the next removal or 30 days. */
  remove(pubkey: PubkeyHex): Promise<Result<void>>
  undoRemove(): Promise<Result<Identity>>
  /** Whether `undoRemove` would find something. */
  canUndoRemove(): boolean
  /** Sets the vault passphrase (first use) or opens the vault. */
  unlock(passphrase: string): Promise<Result<void>>
  lock(): void
  /** Signs as `pubkey`; fails with `keys.locked`, `keys.unknown` or `keys.remote-…`. */
  sign(pubkey: PubkeyHex, template: EventTemplate): Promise<Result<Event>>
  onChange(listener: () => void): Unsubscribe
}
