import type { Logger } from '../env/logger.ts'
import { fail, ok, type Result } from '../env/errors.ts'
import { bytesFromHex, hexFromBytes } from '../names/curve-points.ts'
import { damagedKey } from './key-problems.ts'
import type { OsSealer, Protection } from './keyring.ts'
import type { PassphraseAgent } from './passphrase-agent.ts'
import { isSecretKey, wipe } from './secret-key.ts'
import type { Sealed } from './sealed.ts'

export type LocalProtection = Exclude<Protection, 'remote'>

/** Turns secrets into what may lie on the disk, and back. */
export interface Sealing {
  seal(protection: LocalProtection, secret: Uint8Array): Promise<Result<Sealed>>
  /** 32 bytes that pass `isValid`, by default a secret key of secp256k1; the caller wipes them. */
  open(sealed: Sealed, isValid?: (secret: Uint8Array) => boolean): Promise<Result<Uint8Array>>
}

export function createSealing(
  log: Logger,
  agent: PassphraseAgent,
  osSealer: OsSealer | undefined,
): Sealing {
  const withKeychain = async <T>(task: (sealer: OsSealer) => Promise<T>): Promise<Result<T>> => {
    const problem = fail(
      'keys.keychain-unavailable',
      "The operating system's keychain did not open.",
      'Unlock it and try again.',
    )
    if (osSealer === undefined) return problem
    try {
      if (!(await osSealer.isAvailable())) return problem
      return ok(await task(osSealer))
    } catch {
      // The reason is the platform's text about a secret: it is neither shown nor logged.
      log.warn('the keychain refused a request')
      return problem
    }
  }

  return {
    async seal(protection, secret) {
      if (protection === 'plain') return ok({ by: 'plain', hex: hexFromBytes(secret) })
      if (protection === 'passphrase') {
        const sealed = await agent.seal(secret)
        return sealed.ok ? ok({ by: 'passphrase', ncryptsec: sealed.value }) : sealed
      }
      return withKeychain(async (sealer) => {
        const bytes = await sealer.seal(secret)
        // A key is only safe once the keychain has given it back.
        const back = await sealer.open(bytes)
        const isSame = Buffer.from(back).equals(secret)
        wipe(back)
        if (!isSame) throw new Error('the keychain did not return what was sealed')
        return { by: 'os', data: Buffer.from(bytes).toString('base64') }
      })
    },
    async open(sealed, isValid = isSecretKey) {
      const opened = await openAny(sealed)
      if (!opened.ok || (opened.value.length === 32 && isValid(opened.value))) return opened
      wipe(opened.value)
      return damagedKey()
    },
  }

  async function openAny(sealed: Sealed): Promise<Result<Uint8Array>> {
    switch (sealed.by) {
      case 'plain':
        return ok(bytesFromHex(sealed.hex) ?? new Uint8Array())
      case 'os':
        return withKeychain((sealer) => sealer.open(Buffer.from(sealed.data, 'base64')))
      case 'passphrase': {
        const opened = await agent.open(sealed.ncryptsec)
        return opened.ok || opened.error.code === 'keys.locked' ? opened : damagedKey()
      }
    }
  }
}
