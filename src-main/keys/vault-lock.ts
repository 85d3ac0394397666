import { AppError, fail, ok, type Result } from '../env/errors.ts'
import type { JsonDocument } from '../store/json-document.ts'
import { lockedKeys } from './key-problems.ts'
import type { OsSealer } from './keyring.ts'
import { readNcryptsec } from './ncryptsec.ts'
import type { PassphraseAgent } from './passphrase-agent.ts'
import type { LocalProtection } from './sealing.ts'
import { createSerialQueue } from './serial-queue.ts'
import type { Vault } from './vault-file.ts'

/** How new secrets are protected, and whether that works now. */
export interface VaultLock {
  readonly protection: LocalProtection
  isUnlocked(): boolean
  /** `keys.passphrase-needed` before there is one, `keys.locked` while it is not entered. */
  /** Whether a passphrase was set, so that it must be entered and not chosen. */
  hasPassphrase(): boolean
  readyToSeal(): Result<void>
  /** Opens the vault with its passphrase, or gives it this one if it has none yet. */
  unlock(passphrase: string): Promise<Result<void>>
}

export function createVaultLock(
  protection: LocalProtection,
  file: JsonDocument<Vault>,
  agent: PassphraseAgent,
): VaultLock {
  const queue = createSerialQueue()

  const setUp = async (passphrase: string): Promise<Result<void>> => {
    if (protection !== 'passphrase') {
      return fail('keys.no-passphrase', 'The keys kept here are not protected by a passphrase.')
    }
    const verifier = await agent.setUp(passphrase)
    let meanwhile: string | undefined
    const saved = await file.update((vault) => {
      meanwhile = probeOf(vault)
      return meanwhile === undefined ? ok({ ...vault, verifier }) : lockedKeys()
    })
    if (saved.ok) return ok(undefined)
    agent.lock()
    // Another process has set a passphrase: then this one is only tried.
    return meanwhile === undefined ? saved : agent.unlock(passphrase, meanwhile)
  }

  const isUnlocked = (): boolean => protection !== 'passphrase' || agent.isUnlocked()

  return {
    protection,
    isUnlocked,
    hasPassphrase: () => probeOf(file.get()) !== undefined,
    readyToSeal() {
      if (isUnlocked()) return ok(undefined)
      if (probeOf(file.get()) !== undefined) return lockedKeys()
      return fail(
        'keys.passphrase-needed',
        'The vault has no passphrase yet.',
        'Set one first; it protects all keys kept here.',
      )
    },
    unlock: (passphrase) =>
      queue(async () => {
        if (passphrase.trim() === '') {
          return fail('keys.empty-passphrase', 'The passphrase is empty.')
        }
        const probe = probeOf(file.get())
        return probe === undefined ? setUp(passphrase) : agent.unlock(passphrase, probe)
      }),
  }
}

/**
 * `preferred`, or by default the keychain where it is a real one. Without that a passphrase is
 * needed: keys are never left unprotected unless that was asked for in so many words.
 */
export async function chooseProtection(
  preferred: LocalProtection | undefined,
  allowPlain: boolean,
  osSealer: OsSealer | undefined,
): Promise<LocalProtection> {
  if (preferred === 'plain' && !allowPlain) {
    throw new AppError({
      code: 'keys.plain-not-allowed',
      message: 'Keys are not kept unprotected unless that is asked for.',
      hint: 'Use a passphrase, or allow plain keys explicitly.',
    })
  }
  if (preferred === 'plain' || preferred === 'passphrase') return preferred
  const isSafe = (await osSealer?.isAvailable().catch(() => false)) ?? false
  return isSafe ? 'os' : 'passphrase'
}

/** Text that only the right passphrase opens, if the vault has one. */
function probeOf(vault: Vault): string | undefined {
  const sealed = [...vault.identities, ...vault.pkarr.identities].map((entry) => entry.sealed)
  const texts = sealed.flatMap((held) => (held.by === 'passphrase' ? [held.ncryptsec] : []))
  const probes = vault.verifier === undefined ? texts : [vault.verifier, ...texts]
  return probes.find((text) => readNcryptsec(text).ok) ?? probes[0]
}
