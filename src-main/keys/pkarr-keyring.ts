import type { PkarrIdentity } from '../../src-preload/contract/pkarr-model.ts'
import type { Unsubscribe } from '../env/env.ts'
import type { Result } from '../env/errors.ts'

/** The user's ed25519 keys, in the same vault and under the same protection as the Nostr keys. */
export interface PkarrKeyring {
  list(): readonly PkarrIdentity[]
  create(label: string): Promise<Result<PkarrIdentity>>
  /** A seed as 64 hex digits or 52 z-base-32 characters; a key already held is `keys.duplicate`. */
  importSeed(text: string, options: { readonly label: string }): Promise<Result<PkarrIdentity>>
  /** The seed as text. Callers must have the user's confirmation. */
  exportSeed(key: string, form: 'hex' | 'z32'): Promise<Result<string>>
  rename(key: string, label: string): Promise<Result<PkarrIdentity>>
  /** Keeps the sealed seed aside for undo until the next removal or 30 days. */
  remove(key: string): Promise<Result<void>>
  undoRemove(): Promise<Result<PkarrIdentity>>
  canUndoRemove(): boolean
  /** Ed25519 over `message` (RFC 8032, no prehash): 64 bytes. Fails with `keys.locked`, `keys.unknown`. */
  sign(key: string, message: Uint8Array): Promise<Result<Uint8Array>>
  onChange(listener: () => void): Unsubscribe
}
