import { z } from 'zod'
import type { Env } from '../env/env.ts'
import type { Health } from '../env/health.ts'
import { createJsonDocument, type JsonDocument } from '../store/json-document.ts'
import type { Migrations } from '../store/migrate.ts'
import type { PubkeyHex } from '../names/name.ts'
import { pkarrVaultSchema, withoutExpiredPkarr } from './pkarr-vault.ts'
import { sealedSchema, withinUndo } from './sealed.ts'

const pubkey = z.string().regex(/^[0-9a-f]{64}$/u)

const entry = z.strictObject({
  pubkey,
  label: z.string().min(1).max(64),
  createdAtMs: z.number().int().nonnegative(),
  isBackedUp: z.boolean(),
  /** The secret key; with `remote`, the client key of the NIP-46 session. */
  sealed: sealedSchema,
  /** A NIP-46 signer that holds the secret key. */
  remote: z.strictObject({ signer: pubkey, relays: z.array(z.string()).min(1).max(16) }).optional(),
})

const vaultSchema = z.strictObject({
  version: z.literal(2),
  /** An unused key under the vault passphrase, to check the passphrase against. */
  verifier: z.string().min(1).optional(),
  defaultPubkey: pubkey.optional(),
  identities: z.array(entry).max(1000),
  /** The identity removed last, for undo. */
  removed: z
    .strictObject({
      entry,
      removedAtMs: z.number().int().nonnegative(),
      wasDefault: z.boolean(),
    })
    .optional(),
  pkarr: pkarrVaultSchema,
})

export type VaultEntry = z.output<typeof entry>
export type Vault = z.output<typeof vaultSchema>

/**
 * Version 2 added the PKARR keys: a program that does not know them must not take the file for a
 * damaged one.
 */
const vaultMigrations: Migrations = {
  1: (fields) => ({ ...fields, pkarr: { identities: [] } }),
}

/** The file of all identities, `keys.json`. */
export function createVaultFile(
  env: Env,
  path: string,
  health: Health | undefined,
): JsonDocument<Vault> {
  return createJsonDocument<Vault>(env, {
    path,
    code: 'keys',
    title: 'The keys',
    schema: vaultSchema,
    version: 2,
    migrations: vaultMigrations,
    initial: { version: 2, identities: [], pkarr: { identities: [] } },
    health,
  })
}

export function findEntry(vault: Vault, wanted: PubkeyHex): VaultEntry | undefined {
  return vault.identities.find((held) => held.pubkey === wanted)
}

/** `vault` with `added` last; the first identity becomes the default one. */
export function withEntry(vault: Vault, added: VaultEntry): Vault {
  const { removed, ...rest } = vault
  return {
    ...rest,
    identities: [...vault.identities, added],
    defaultPubkey: vault.defaultPubkey ?? added.pubkey,
    // Undoing the removal would hold the same key twice.
    ...(removed === undefined || removed.entry.pubkey === added.pubkey ? {} : { removed }),
  }
}

/** `vault` with `change` applied to the identity `wanted`. */
export function withChanged(
  vault: Vault,
  wanted: PubkeyHex,
  change: Partial<Pick<VaultEntry, 'label' | 'isBackedUp'>>,
): Vault {
  const identities = vault.identities.map((held) =>
    held.pubkey === wanted ? { ...held, ...change } : held,
  )
  return { ...vault, identities }
}

/** `vault` with `gone` moved to the place for undo; the oldest one left becomes the default. */
export function withRemoved(vault: Vault, gone: VaultEntry, nowMs: number): Vault {
  const { defaultPubkey, ...rest } = vault
  const identities = vault.identities.filter((held) => held.pubkey !== gone.pubkey)
  const wasDefault = defaultPubkey === gone.pubkey
  const next = wasDefault ? identities[0]?.pubkey : defaultPubkey
  return {
    ...rest,
    identities,
    ...(next === undefined ? {} : { defaultPubkey: next }),
    removed: { entry: gone, removedAtMs: nowMs, wasDefault },
  }
}

/** The removal that can still be undone. */
export function undoable(vault: Vault, nowMs: number): Vault['removed'] {
  return withinUndo(vault.removed, nowMs)
}

/** `vault` with the last removal undone. */
export function withRestored(vault: Vault, removed: NonNullable<Vault['removed']>): Vault {
  const { entry: restored, wasDefault } = removed
  const { removed: _, ...rest } = vault
  const back = withEntry(rest, restored)
  return wasDefault ? { ...back, defaultPubkey: restored.pubkey } : back
}

/** `vault` without removed keys whose time for undo is over; itself when there are none. */
export function withoutExpired(vault: Vault, nowMs: number): Vault {
  const pkarr = withoutExpiredPkarr(vault.pkarr, nowMs)
  const isCurrent = undoable(vault, nowMs) === vault.removed
  if (isCurrent) return pkarr === vault.pkarr ? vault : { ...vault, pkarr }
  const { removed: _, ...rest } = vault
  return { ...rest, pkarr }
}
