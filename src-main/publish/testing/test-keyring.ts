import { finalizeEvent, generateSecretKey, getPublicKey, type Event } from 'nostr-tools/pure'
import { fail, ok } from '../../env/errors.ts'
import type { Keyring } from '../../keys/keyring.ts'
import { encodeNpub } from '../../names/npub.ts'

/** The `now` of the event fixtures: 2026-05-28. */
export const startSeconds = 1_780_003_600

export interface TestKeyring extends Keyring {
  readonly secret: Uint8Array
  readonly pubkey: string
  setLocked(isLocked: boolean): void
  /** An event of this key that publishing did not make. */
  author(kind: number, tags: string[][], content?: string, createdAt?: number): Event
}

/** A keyring of one key that can be locked and unlocked without a passphrase. */
export function createTestKeyring(secret = generateSecretKey()): TestKeyring {
  const pubkey = getPublicKey(secret)
  const listeners = new Set<() => void>()
  let isLocked = false
  const absent = (): never => {
    throw new Error('not for publishing')
  }
  const identity = (): ReturnType<Keyring['list']>[number] => ({
    pubkey,
    npub: encodeNpub(pubkey),
    label: 'home',
    createdAtMs: 0,
    protection: 'plain',
    isDefault: true,
    isLocked,
    isBackedUp: false,
  })
  return {
    secret,
    pubkey,
    setLocked(now) {
      isLocked = now
      for (const listener of listeners) listener()
    },
    author: (kind, tags, content = '', createdAt = startSeconds - 1000) =>
      finalizeEvent({ kind, tags, content, created_at: createdAt }, secret),
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    list: () => [identity()],
    default: identity,
    vault: absent,
    create: absent,
    importSecret: absent,
    importRemote: absent,
    exportSecret: absent,
    rename: absent,
    setDefault: absent,
    remove: absent,
    undoRemove: absent,
    canUndoRemove: () => false,
    unlock: absent,
    lock: absent,
    sign: (owner, template) =>
      Promise.resolve(
        isLocked || owner !== pubkey
          ? fail('keys.locked', 'The key is locked.')
          : ok(finalizeEvent({ ...template }, secret)),
      ),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
