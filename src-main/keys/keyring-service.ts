import { chmod, stat } from 'node:fs/promises'
import { nsecEncode } from 'nostr-tools/nip19'
import type { Env, Unsubscribe } from '../env/env.ts'
import { fail, ok, type Result } from '../env/errors.ts'
import type { Health } from '../env/health.ts'
import { hexFromBytes } from '../names/curve-points.ts'
import { encodeNpub } from '../names/npub.ts'
import type { PubkeyHex } from '../names/name.ts'
import { parseBunkerUri } from './bunker-uri.ts'
import { readLabel } from './identity-label.ts'
import { damagedKey, duplicateKey, unknownKey } from './key-problems.ts'
import type { Identity, Keyring, OsSealer } from './keyring.ts'
import { defaultLogN, encryptSecret, passwordBytes } from './ncryptsec.ts'
import { createPassphraseAgent } from './passphrase-agent.ts'
import type { PkarrKeyring } from './pkarr-keyring.ts'
import { createPkarrKeyring } from './pkarr-keyring-service.ts'
import { readPassphraseFile } from './passphrase-file.ts'
import { createRemoteSessions } from './remote-sessions.ts'
import { createRemoteSigner } from './remote-signer.ts'
import { createSealing, type LocalProtection } from './sealing.ts'
import { newSecretKey, publicKeyOf, wipe } from './secret-key.ts'
import { readSecretText } from './secret-text.ts'
import { createSerialQueue } from './serial-queue.ts'
import { signEvent } from './sign-event.ts'
import {
  createVaultFile,
  findEntry,
  undoable,
  type Vault,
  type VaultEntry,
  withChanged,
  withEntry,
  withoutExpired,
  withRemoved,
  withRestored,
} from './vault-file.ts'
import { chooseProtection, createVaultLock } from './vault-lock.ts'

export interface KeyringDeps {
  /** The vault file, `keys.json` in the data folder. */
  readonly path: string
  readonly osSealer?: OsSealer
  /** How new secrets are to be protected. Default: `os` where that is safe, else `passphrase`. */
  readonly preferred?: LocalProtection
  /** Must be set for `preferred: 'plain'`: the user asked for unprotected keys in so many words. */
  readonly allowPlain?: boolean
  /** Opens the vault at start, or sets its passphrase if it has none. */
  readonly passphraseFile?: string
  /** Locks the vault after this long without use. Milliseconds; absent: never. */
  readonly autoLockMs?: number
  /** How long a remote signer may take. Milliseconds, default 60,000: a person may have to approve. */
  readonly remoteTimeoutMs?: number
  /** scrypt cost of the vault; 16 unless a test says otherwise. */
  readonly scryptLogN?: number
  readonly health?: Health
}

const defaultRemoteTimeoutMs = 60_000

/** A Keyring with the PKARR keys that lie in the same vault. */
export interface KeyringWithPkarr extends Keyring {
  readonly pkarr: PkarrKeyring
}

/** The user's identities: `Keyring` over one vault file (DESIGN s.7). */
export function createKeyring(env: Env, deps: KeyringDeps): KeyringWithPkarr {
  const log = env.log.child('keys')
  const logN = deps.scryptLogN ?? defaultLogN
  const file = createVaultFile(env, deps.path, deps.health)
  const listeners = new Set<() => void>()
  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  file.onChange(changed)
  /** scrypt takes 64 MiB and a core: one at a time, which also slows guessing down. */
  const queue = createSerialQueue()
  const agent = createPassphraseAgent(env, {
    queue,
    logN,
    autoLockMs: deps.autoLockMs,
    onLock: () => {
      sessions.closeAll()
      changed()
    },
  })
  const sealing = createSealing(log, agent, deps.osSealer)
  const sessions = createRemoteSessions(
    env,
    sealing,
    deps.remoteTimeoutMs ?? defaultRemoteTimeoutMs,
  )
  let lock = createVaultLock('passphrase', file, agent)
  const onChange = (listener: () => void): Unsubscribe => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  const pkarr = createPkarrKeyring(env, {
    file,
    sealing,
    lock: () => lock,
    isUnlocked: () => agent.isUnlocked(),
    onChange,
  })

  const identityOf = (vault: Vault, entry: VaultEntry): Identity => ({
    pubkey: entry.pubkey,
    npub: encodeNpub(entry.pubkey),
    label: entry.label,
    createdAtMs: entry.createdAtMs,
    protection: entry.remote === undefined ? entry.sealed.by : 'remote',
    isDefault: vault.defaultPubkey === entry.pubkey,
    isLocked: entry.sealed.by === 'passphrase' && !agent.isUnlocked(),
    isBackedUp: entry.isBackedUp,
  })

  /** Changes the vault and returns the identity `pubkey` as it is then. */
  const change = async (
    pubkey: PubkeyHex,
    alter: (vault: Vault) => Result<Vault>,
  ): Promise<Result<Identity>> => {
    const done = await file.update((vault) => alter(withoutExpired(vault, env.clock.nowMs())))
    if (!done.ok) return done
    const entry = findEntry(done.value, pubkey)
    return entry === undefined ? unknownKey() : ok(identityOf(done.value, entry))
  }

  const changeKnown = (
    pubkey: PubkeyHex,
    alter: (vault: Vault) => Vault,
  ): Promise<Result<Identity>> =>
    change(pubkey, (vault) =>
      findEntry(vault, pubkey) === undefined ? unknownKey() : ok(alter(vault)),
    )

  /** Seals `secret` and keeps it; the caller wipes it. */
  const add = async (
    secret: Uint8Array,
    facts: Pick<VaultEntry, 'pubkey' | 'label' | 'isBackedUp' | 'remote'>,
  ): Promise<Result<Identity>> => {
    const sealed = await sealing.seal(lock.protection, secret)
    if (!sealed.ok) return sealed
    const entry: VaultEntry = {
      ...facts,
      createdAtMs: env.clock.nowMs(),
      sealed: sealed.value,
    }
    return change(facts.pubkey, (vault) => {
      const held = findEntry(vault, facts.pubkey)
      return held === undefined ? ok(withEntry(vault, entry)) : duplicateKey(held)
    })
  }

  /** Runs `use` with the secret of a local identity; the bytes are wiped when it returns. */
  const withSecret = async <T>(
    entry: VaultEntry,
    use: (secret: Uint8Array) => T | Promise<T>,
  ): Promise<Result<T>> => {
    const secret = await sealing.open(entry.sealed)
    if (!secret.ok) return secret
    try {
      if (publicKeyOf(secret.value) !== entry.pubkey) return damagedKey()
      return ok(await use(secret.value))
    } finally {
      wipe(secret.value)
    }
  }

  const encryptUnder = (password: string, secret: Uint8Array): Promise<string> =>
    queue(async () => {
      const bytes = passwordBytes(password)
      try {
        return await encryptSecret(env.random, secret, bytes, logN)
      } finally {
        wipe(bytes)
      }
    })

  const unlock = async (passphrase: string): Promise<Result<void>> => {
    const opened = await lock.unlock(passphrase)
    if (opened.ok) {
      deps.health?.clear('keys.vault')
      changed()
    }
    return opened
  }

  const unlockFromFile = async (path: string): Promise<void> => {
    const read = await readPassphraseFile(log, path)
    const opened = read.ok ? await unlock(read.value) : read
    if (opened.ok) return
    log.error(opened.error.message, { code: opened.error.code })
    deps.health?.raise('keys.vault', 'error', opened.error)
  }

  return {
    async start() {
      const { preferred, allowPlain = false, osSealer } = deps
      const protection = await chooseProtection(preferred, allowPlain, osSealer)
      lock = createVaultLock(protection, file, agent)
      await closeToOthers(deps.path)
      await file.start()
      if (withoutExpired(file.get(), env.clock.nowMs()) !== file.get()) {
        await file.update((vault) => ok(withoutExpired(vault, env.clock.nowMs())))
      }
      if (deps.passphraseFile !== undefined) await unlockFromFile(deps.passphraseFile)
    },
    async stop() {
      sessions.closeAll()
      agent.lock()
      await file.stop()
    },
    list: () => file.get().identities.map((entry) => identityOf(file.get(), entry)),
    default() {
      const vault = file.get()
      const entry = findEntry(vault, vault.defaultPubkey ?? '')
      return entry === undefined ? undefined : identityOf(vault, entry)
    },
    vault() {
      const isUnlocked = lock.isUnlocked()
      return {
        protection: lock.protection,
        isUnlocked,
        needsPassphrase: !isUnlocked,
        hasPassphrase: lock.hasPassphrase(),
      }
    },
    async create(label) {
      const named = readLabel(label)
      if (!named.ok) return named
      const ready = lock.readyToSeal()
      if (!ready.ok) return ready
      const secret = newSecretKey(env.random)
      try {
        const pubkey = publicKeyOf(secret)
        return await add(secret, { pubkey, label: named.value, isBackedUp: false })
      } finally {
        wipe(secret)
      }
    },
    async importSecret(text, options) {
      const named = readLabel(options.label)
      if (!named.ok) return named
      const ready = lock.readyToSeal()
      if (!ready.ok) return ready
      const secret = await queue(() => readSecretText(text, options.password))
      if (!secret.ok) return secret
      try {
        const pubkey = publicKeyOf(secret.value)
        const held = findEntry(file.get(), pubkey)
        if (held !== undefined) return duplicateKey(held)
        return await add(secret.value, { pubkey, label: named.value, isBackedUp: true })
      } finally {
        wipe(secret.value)
      }
    },
    async importRemote(uri, options) {
      const named = readLabel(options.label)
      if (!named.ok) return named
      const bunker = parseBunkerUri(uri)
      if (!bunker.ok) return bunker
      const ready = lock.readyToSeal()
      if (!ready.ok) return ready
      const clientSecret = newSecretKey(env.random)
      const session = createRemoteSigner(
        env,
        bunker.value,
        Uint8Array.from(clientSecret),
        deps.remoteTimeoutMs ?? defaultRemoteTimeoutMs,
      )
      try {
        const connected = await session.connect()
        if (!connected.ok) return connected
        const pubkey = await session.publicKey()
        if (!pubkey.ok) return pubkey
        const { signer, relays } = bunker.value
        return await add(clientSecret, {
          pubkey: pubkey.value,
          label: named.value,
          isBackedUp: true,
          remote: { signer, relays: [...relays] },
        })
      } finally {
        session.close()
        wipe(clientSecret)
      }
    },
    async exportSecret(pubkey, form, password) {
      const entry = findEntry(file.get(), pubkey)
      if (entry === undefined) return unknownKey()
      if (entry.remote !== undefined) {
        return fail(
          'keys.remote-no-secret',
          'The secret of this identity is in a remote signer, not here.',
          'Export it there.',
        )
      }
      if (form === 'ncryptsec' && (password ?? '') === '') {
        return fail('keys.password-needed', 'An encrypted export (ncryptsec) needs a password.')
      }
      const text = await withSecret(entry, (secret) => {
        if (form === 'hex') return hexFromBytes(secret)
        if (form === 'nsec') return nsecEncode(secret)
        return encryptUnder(password ?? '', secret)
      })
      if (!text.ok) return text
      const noted = await changeKnown(pubkey, (vault) =>
        withChanged(vault, pubkey, { isBackedUp: true }),
      )
      // The export itself succeeded: a full disk is the worst moment to withhold a backup.
      if (!noted.ok) log.warn('the export could not be noted', { code: noted.error.code })
      return text
    },
    async rename(pubkey, label) {
      const named = readLabel(label)
      if (!named.ok) return named
      return changeKnown(pubkey, (vault) => withChanged(vault, pubkey, { label: named.value }))
    },
    setDefault: (pubkey) => changeKnown(pubkey, (vault) => ({ ...vault, defaultPubkey: pubkey })),
    async remove(pubkey) {
      const done = await file.update((vault) => {
        const entry = findEntry(vault, pubkey)
        return entry === undefined ? unknownKey() : ok(withRemoved(vault, entry, env.clock.nowMs()))
      })
      if (!done.ok) return done
      sessions.close(pubkey)
      return ok(undefined)
    },
    async undoRemove() {
      const nowMs = env.clock.nowMs()
      const nothing = fail('keys.nothing-to-undo', 'There is no removed identity to bring back.')
      const removed = undoable(file.get(), nowMs)
      if (removed === undefined) return nothing
      return change(removed.entry.pubkey, (vault) => {
        const still = undoable(vault, nowMs)
        return still === undefined ? nothing : ok(withRestored(vault, still))
      })
    },
    canUndoRemove: () => undoable(file.get(), env.clock.nowMs()) !== undefined,
    unlock,
    lock: () => agent.lock(),
    async sign(pubkey, template) {
      const entry = findEntry(file.get(), pubkey)
      if (entry === undefined) return unknownKey()
      if (entry.remote !== undefined) return sessions.sign(entry, template)
      return withSecret(entry, (secret) => signEvent(template, secret))
    },
    onChange,
    pkarr,
  }
}

/** A vault file copied by hand may have become readable for everyone. */
async function closeToOthers(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const mode = await stat(path).then(
    (found) => found.mode,
    () => 0,
  )
  if ((mode & 0o077) !== 0) await chmod(path, 0o600).catch(() => undefined)
}
