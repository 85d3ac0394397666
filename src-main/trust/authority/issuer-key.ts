import { createPrivateKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { fail, ok, type Result } from '../../env/errors.ts'
import type { OsSealer } from '../../keys/keyring.ts'

/** The issuer's private key (PKCS #8) as it lies on the disk. */
export const sealedKeySchema = z.discriminatedUnion('by', [
  /** Base64 of what the operating system's keychain returned. */
  z.strictObject({ by: z.literal('os'), data: z.string().min(1) }),
  /** Base64 of the key itself: in a file of mode 0600. */
  z.strictObject({ by: z.literal('plain'), pkcs8: z.string().min(1) }),
])

export type SealedKey = z.output<typeof sealedKeySchema>

/** Seals `key` by the keychain where there is one, else stores it as it is. */
export async function sealIssuerKey(
  key: KeyObject,
  sealer: OsSealer | undefined,
): Promise<Result<SealedKey>> {
  const plain = key.export({ type: 'pkcs8', format: 'der' })
  try {
    if (sealer === undefined || !(await sealer.isAvailable())) {
      return ok({ by: 'plain', pkcs8: plain.toString('base64') })
    }
    const sealed = await sealer.seal(plain)
    // A key is only safe once the keychain has given it back.
    const back = await sealer.open(sealed)
    const isSame = Buffer.from(back).equals(plain)
    back.fill(0)
    if (!isSame) return keychainClosed()
    return ok({ by: 'os', data: Buffer.from(sealed).toString('base64') })
  } catch {
    // The reason is the platform's text about a secret: it is neither shown nor logged.
    return keychainClosed()
  } finally {
    plain.fill(0)
  }
}

export async function openIssuerKey(
  sealed: SealedKey,
  sealer: OsSealer | undefined,
): Promise<Result<KeyObject>> {
  const opened =
    sealed.by === 'plain'
      ? ok(Buffer.from(sealed.pkcs8, 'base64'))
      : await unseal(sealed.data, sealer)
  if (!opened.ok) return opened
  try {
    return ok(createPrivateKey({ key: opened.value, format: 'der', type: 'pkcs8' }))
  } catch {
    return fail(
      'authority.damaged-key',
      'The key that signs for .nostr on this computer is damaged.',
      'Make a new authority: remove HTTPS trust and set it up again.',
    )
  } finally {
    opened.value.fill(0)
  }
}

async function unseal(data: string, sealer: OsSealer | undefined): Promise<Result<Buffer>> {
  try {
    if (sealer === undefined || !(await sealer.isAvailable())) return keychainClosed()
    return ok(Buffer.from(await sealer.open(Buffer.from(data, 'base64'))))
  } catch {
    return keychainClosed()
  }
}

function keychainClosed(): { ok: false; error: { code: string; message: string; hint?: string } } {
  return fail(
    'authority.keychain-unavailable',
    "The operating system's keychain, which guards the key for .nostr HTTPS, did not open.",
    'Unlock it; the key is tried again every half minute.',
  )
}
