import type { Env, Unsubscribe } from '../env/env.ts'
import { fail, ok, type Result } from '../env/errors.ts'
import { lockedKeys } from './key-problems.ts'
import { decryptSecret, encryptSecret, passwordBytes } from './ncryptsec.ts'
import { newSecretKey, wipe } from './secret-key.ts'
import type { SerialQueue } from './serial-queue.ts'

/**
 * Holds the vault passphrase and the secrets opened with it, in memory and nowhere else, the way
 * ssh-agent does: until it is locked, or has not been used for a while.
 */
export interface PassphraseAgent {
  isUnlocked(): boolean
  /** Takes `passphrase` and returns the verifier to keep: a random key under that passphrase. */
  setUp(passphrase: string): Promise<string>
  /** Takes `passphrase` if it opens `probe`; `keys.wrong-passphrase` says nothing more. */
  unlock(passphrase: string, probe: string): Promise<Result<void>>
  seal(secret: Uint8Array): Promise<Result<string>>
  /** The 32 bytes in `ncryptsec`, whatever they are a key of; the caller wipes them. */
  open(ncryptsec: string): Promise<Result<Uint8Array>>
  /** Overwrites everything held. */
  lock(): void
}

export interface PassphraseAgentOptions {
  readonly queue: SerialQueue
  /** scrypt cost of what is sealed here. */
  readonly logN: number
  /** Locks itself after this long without use. Milliseconds; absent: never. */
  readonly autoLockMs?: number | undefined
  readonly onLock: () => void
}

export function createPassphraseAgent(env: Env, options: PassphraseAgentOptions): PassphraseAgent {
  const { queue, logN, autoLockMs, onLock } = options
  let passphrase: Uint8Array | undefined
  const opened = new Map<string, Uint8Array>()
  let cancelTimer: Unsubscribe | undefined
  let lastUsedMs = 0

  const lock = (): void => {
    cancelTimer?.()
    cancelTimer = undefined
    for (const secret of opened.values()) wipe(secret)
    opened.clear()
    if (passphrase === undefined) return
    wipe(passphrase)
    passphrase = undefined
    onLock()
  }

  /** The passphrase in force, counting this as a use. */
  const use = (): Uint8Array | undefined => {
    if (autoLockMs === undefined || passphrase === undefined) return passphrase
    const now = env.clock.nowMs()
    // Timers stand still while the computer sleeps; the clock does not.
    if (lastUsedMs !== 0 && now - lastUsedMs >= autoLockMs) {
      lock()
      return undefined
    }
    lastUsedMs = now
    cancelTimer?.()
    cancelTimer = env.clock.schedule(autoLockMs, lock)
    return passphrase
  }

  const take = (bytes: Uint8Array): void => {
    if (passphrase !== undefined) wipe(passphrase)
    passphrase = bytes
    lastUsedMs = 0
    use()
  }

  /**
   * Runs `task` with a copy of the passphrase, so that locking meanwhile cannot change it. What it
   * made goes to `keep`, or to `discard` when the vault was locked while scrypt ran.
   */
  const withPassphrase = <T>(
    task: (copy: Uint8Array) => Promise<Result<T>>,
    keep: (value: T) => void,
    discard: (value: T) => void,
  ): Promise<Result<T>> =>
    queue(async () => {
      const held = use()
      if (held === undefined) return lockedKeys()
      const copy = Uint8Array.from(held)
      const result = await task(copy)
      wipe(copy)
      if (!result.ok) return result
      if (passphrase === held) {
        keep(result.value)
        return result
      }
      discard(result.value)
      return lockedKeys()
    })

  const remember = (ncryptsec: string, secret: Uint8Array): void => {
    const stale = opened.get(ncryptsec)
    if (stale !== undefined) wipe(stale)
    opened.set(ncryptsec, Uint8Array.from(secret))
  }

  return {
    isUnlocked: () => passphrase !== undefined,
    setUp: (text) =>
      queue(async () => {
        const bytes = passwordBytes(text)
        const unused = newSecretKey(env.random)
        const verifier = await encryptSecret(env.random, unused, bytes, logN)
        wipe(unused)
        take(bytes)
        return verifier
      }),
    unlock: (text, probe) =>
      queue(async () => {
        const bytes = passwordBytes(text)
        const result = await decryptSecret(probe, bytes)
        if (result.ok) {
          wipe(result.value)
          take(bytes)
          return ok(undefined)
        }
        wipe(bytes)
        if (result.error.code !== 'keys.wrong-password') return result
        return fail('keys.wrong-passphrase', 'The passphrase is wrong.')
      }),
    seal: (secret) =>
      withPassphrase(
        async (bytes) => ok(await encryptSecret(env.random, secret, bytes, logN)),
        () => undefined,
        () => undefined,
      ),
    async open(ncryptsec) {
      const held = opened.get(ncryptsec)
      if (held !== undefined && use() !== undefined) return ok(Uint8Array.from(held))
      return withPassphrase(
        (bytes) => decryptSecret(ncryptsec, bytes, () => true),
        (secret) => remember(ncryptsec, secret),
        wipe,
      )
    },
    lock,
  }
}
