import type { PkarrIdentity } from '../../src-preload/contract/pkarr-model.ts'
import type { Env, Unsubscribe } from '../env/env.ts'
import { fail, ok, type Result } from '../env/errors.ts'
import type { JsonDocument } from '../store/json-document.ts'
import { formatSeed, pkarrKeyOf, readSeed, signWithSeed } from './ed25519-seed.ts'
import { readLabel } from './identity-label.ts'
import { damagedKey, duplicateKey, unknownKey } from './key-problems.ts'
import type { PkarrKeyring } from './pkarr-keyring.ts'
import {
  findPkarr,
  type PkarrEntry,
  type PkarrVault,
  withPkarr,
  withPkarrChanged,
  withPkarrRemoved,
} from './pkarr-vault.ts'
import { withinUndo } from './sealed.ts'
import type { Sealing } from './sealing.ts'
import { wipe } from './secret-key.ts'
import { type Vault, withoutExpired } from './vault-file.ts'
import type { VaultLock } from './vault-lock.ts'

export interface PkarrKeyringDeps {
  readonly file: JsonDocument<Vault>
  readonly sealing: Sealing
  /** The lock in force: it is known only once the vault has started. */
  readonly lock: () => VaultLock
  /** False while secrets under the passphrase cannot be opened. */
  readonly isUnlocked: () => boolean
  readonly onChange: (listener: () => void) => Unsubscribe
}

/** The PKARR keys of the vault that `createKeyring` opens, starts and locks. */
export function createPkarrKeyring(env: Env, deps: PkarrKeyringDeps): PkarrKeyring {
  const { file, sealing, lock } = deps
  const log = env.log.child('keys')

  const identityOf = (entry: PkarrEntry): PkarrIdentity => ({
    key: entry.key,
    label: entry.label,
    createdAtMs: entry.createdAtMs,
    protection: entry.sealed.by,
    isLocked: entry.sealed.by === 'passphrase' && !deps.isUnlocked(),
    isBackedUp: entry.isBackedUp,
  })

  const held = (): PkarrVault => file.get().pkarr

  /** Changes the PKARR part of the vault, and returns `key` as it is then. */
  const change = async (
    key: string,
    alter: (vault: PkarrVault) => Result<PkarrVault>,
  ): Promise<Result<PkarrIdentity>> => {
    const done = await file.update((whole) => {
      const vault = withoutExpired(whole, env.clock.nowMs())
      const altered = alter(vault.pkarr)
      return altered.ok ? ok({ ...vault, pkarr: altered.value }) : altered
    })
    if (!done.ok) return done
    const entry = findPkarr(done.value.pkarr, key)
    return entry === undefined ? unknownKey() : ok(identityOf(entry))
  }

  const changeKnown = (
    key: string,
    facts: Partial<Pick<PkarrEntry, 'label' | 'isBackedUp'>>,
  ): Promise<Result<PkarrIdentity>> =>
    change(key, (vault) =>
      findPkarr(vault, key) === undefined ? unknownKey() : ok(withPkarrChanged(vault, key, facts)),
    )

  /** Seals the seed that `make` gives and keeps it; the bytes are wiped. */
  const add = async (
    label: string,
    isBackedUp: boolean,
    make: () => Result<Uint8Array>,
  ): Promise<Result<PkarrIdentity>> => {
    const named = readLabel(label)
    if (!named.ok) return named
    const ready = lock().readyToSeal()
    if (!ready.ok) return ready
    const seed = make()
    if (!seed.ok) return seed
    try {
      const key = pkarrKeyOf(seed.value)
      const known = findPkarr(held(), key)
      if (known !== undefined) return duplicateKey(known)
      const sealed = await sealing.seal(lock().protection, seed.value)
      if (!sealed.ok) return sealed
      const entry: PkarrEntry = {
        key,
        label: named.value,
        createdAtMs: env.clock.nowMs(),
        isBackedUp,
        sealed: sealed.value,
      }
      return await change(key, (vault) => {
        const other = findPkarr(vault, key)
        return other === undefined ? ok(withPkarr(vault, entry)) : duplicateKey(other)
      })
    } finally {
      wipe(seed.value)
    }
  }

  /** Runs `use` with the seed of `key`; the bytes are wiped when it returns. */
  const withSeed = async <T>(key: string, use: (seed: Uint8Array) => T): Promise<Result<T>> => {
    const entry = findPkarr(held(), key)
    if (entry === undefined) return unknownKey()
    // Every 32 bytes are a seed; whether they are the right ones shows in the public key.
    const seed = await sealing.open(entry.sealed, () => true)
    if (!seed.ok) return seed
    try {
      if (pkarrKeyOf(seed.value) !== key) return damagedKey()
      return ok(use(seed.value))
    } finally {
      wipe(seed.value)
    }
  }

  return {
    list: () => held().identities.map(identityOf),
    create: (label) => add(label, false, () => ok(env.random.bytes(32))),
    importSeed: (text, { label }) => add(label, true, () => readSeed(text)),
    async exportSeed(key, form) {
      const text = await withSeed(key, (seed) => formatSeed(seed, form))
      if (!text.ok) return text
      const noted = await changeKnown(key, { isBackedUp: true })
      // The export itself succeeded: a full disk is the worst moment to withhold a backup.
      if (!noted.ok) log.warn('the export could not be noted', { code: noted.error.code })
      return text
    },
    async rename(key, label) {
      const named = readLabel(label)
      return named.ok ? changeKnown(key, { label: named.value }) : named
    },
    async remove(key) {
      const done = await file.update((vault) => {
        const entry = findPkarr(vault.pkarr, key)
        if (entry === undefined) return unknownKey()
        return ok({ ...vault, pkarr: withPkarrRemoved(vault.pkarr, entry, env.clock.nowMs()) })
      })
      return done.ok ? ok(undefined) : done
    },
    async undoRemove() {
      const nothing = fail('keys.nothing-to-undo', 'There is no removed key to bring back.')
      const nowMs = env.clock.nowMs()
      const removed = withinUndo(held().removed, nowMs)
      if (removed === undefined) return nothing
      return change(removed.entry.key, (vault) => {
        const still = withinUndo(vault.removed, nowMs)
        return still === undefined ? nothing : ok(withPkarr(vault, still.entry))
      })
    },
    canUndoRemove: () => withinUndo(held().removed, env.clock.nowMs()) !== undefined,
    sign: (key, message) => withSeed(key, (seed) => signWithSeed(seed, message)),
    onChange: deps.onChange,
  }
}
