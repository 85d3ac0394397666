/** PKARR keys as the vault file holds them. Pure. */
import { z } from 'zod'
import { sealedSchema, withinUndo } from './sealed.ts'

const entry = z.strictObject({
  /** The public key, z-base-32. */
  key: z.string().regex(/^[ybndrfg8ejkmcpqxot1uwisza345h769]{52}$/u),
  label: z.string().min(1).max(64),
  createdAtMs: z.number().int().nonnegative(),
  isBackedUp: z.boolean(),
  /** The 32-byte seed of the key (RFC 8032 s.5.1.5). */
  sealed: sealedSchema,
})

export const pkarrVaultSchema = z.strictObject({
  identities: z.array(entry).max(1000),
  /** The key removed last, for undo. */
  removed: z.strictObject({ entry, removedAtMs: z.number().int().nonnegative() }).optional(),
})

export type PkarrEntry = z.output<typeof entry>
export type PkarrVault = z.output<typeof pkarrVaultSchema>

export function findPkarr(vault: PkarrVault, key: string): PkarrEntry | undefined {
  return vault.identities.find((held) => held.key === key)
}

/** `vault` with `added` last. */
export function withPkarr(vault: PkarrVault, added: PkarrEntry): PkarrVault {
  const identities = [...vault.identities, added]
  // Undoing the removal would hold the same key twice.
  return vault.removed === undefined || vault.removed.entry.key === added.key
    ? { identities }
    : { identities, removed: vault.removed }
}

/** `vault` with `change` applied to `key`. */
export function withPkarrChanged(
  vault: PkarrVault,
  key: string,
  change: Partial<Pick<PkarrEntry, 'label' | 'isBackedUp'>>,
): PkarrVault {
  const identities = vault.identities.map((held) =>
    held.key === key ? { ...held, ...change } : held,
  )
  return { ...vault, identities }
}

/** `vault` with `gone` moved to the place for undo. */
export function withPkarrRemoved(vault: PkarrVault, gone: PkarrEntry, nowMs: number): PkarrVault {
  return {
    identities: vault.identities.filter((held) => held.key !== gone.key),
    removed: { entry: gone, removedAtMs: nowMs },
  }
}

/** `vault` without a removed key whose time for undo is over; itself when there is none. */
export function withoutExpiredPkarr(vault: PkarrVault, nowMs: number): PkarrVault {
  const isCurrent = withinUndo(vault.removed, nowMs) === vault.removed
  return isCurrent ? vault : { identities: vault.identities }
}
