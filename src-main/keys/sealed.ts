import { z } from 'zod'

/** A secret as it lies on the disk. What is inside is looked at when it is opened, entry by entry. */
export const sealedSchema = z.discriminatedUnion('by', [
  /** Base64 of what the operating system's keychain returned. */
  z.strictObject({ by: z.literal('os'), data: z.string().min(1) }),
  /** NIP-49 under the vault passphrase. */
  z.strictObject({ by: z.literal('passphrase'), ncryptsec: z.string().min(1) }),
  /** 64 hex digits, readable by whoever can read the file. */
  z.strictObject({ by: z.literal('plain'), hex: z.string().min(1) }),
])

export type Sealed = z.output<typeof sealedSchema>

/** How long a removed key can be brought back. 30 days. */
export const undoMs = 30 * 24 * 60 * 60 * 1000

/** `removed` while it can still be undone. */
export function withinUndo<T extends { readonly removedAtMs: number }>(
  removed: T | undefined,
  nowMs: number,
): T | undefined {
  return removed !== undefined && nowMs - removed.removedAtMs < undoMs ? removed : undefined
}
