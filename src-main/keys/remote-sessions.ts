import type { Event, EventTemplate } from 'nostr-tools/pure'
import type { Env } from '../env/env.ts'
import type { Result } from '../env/errors.ts'
import type { PubkeyHex } from '../names/name.ts'
import { lockedKeys } from './key-problems.ts'
import { createRemoteSigner, type RemoteSigner } from './remote-signer.ts'
import type { Sealing } from './sealing.ts'
import { createSerialQueue, type SerialQueue } from './serial-queue.ts'
import type { VaultEntry } from './vault-file.ts'

/** The open sessions with remote signers: made at first use, kept until they fail or are closed. */
export interface RemoteSessions {
  sign(entry: VaultEntry, template: EventTemplate): Promise<Result<Event>>
  close(pubkey: PubkeyHex): void
  closeAll(): void
}

/** Problems after which the next request begins with a new connection. */
const fatal: readonly string[] = ['keys.remote-timeout', 'keys.remote-unreachable']

export function createRemoteSessions(
  env: Env,
  sealing: Sealing,
  timeoutMs: number,
): RemoteSessions {
  const sessions = new Map<PubkeyHex, RemoteSigner>()
  const queues = new Map<PubkeyHex, SerialQueue>()
  /** Counts `closeAll` calls: a session must not appear after the vault was locked. */
  let era = 0

  const close = (pubkey: PubkeyHex): void => {
    sessions.get(pubkey)?.close()
    sessions.delete(pubkey)
  }

  const open = async (entry: VaultEntry): Promise<Result<RemoteSigner>> => {
    const held = sessions.get(entry.pubkey)
    if (held !== undefined) return { ok: true, value: held }
    if (entry.remote === undefined) throw new Error('not a remote identity')
    const before = era
    const secret = await sealing.open(entry.sealed)
    if (!secret.ok) return secret
    const session = createRemoteSigner(env, entry.remote, secret.value, timeoutMs)
    if (era !== before) {
      session.close()
      return lockedKeys()
    }
    sessions.set(entry.pubkey, session)
    return { ok: true, value: session }
  }

  return {
    async sign(entry, template) {
      const { pubkey } = entry
      const queue = queues.get(pubkey) ?? createSerialQueue()
      queues.set(pubkey, queue)
      const session = await queue(() => open(entry))
      if (!session.ok) return session
      const signed = await session.value.sign(pubkey, template)
      if (!signed.ok && fatal.includes(signed.error.code)) {
        if (sessions.get(pubkey) === session.value) close(pubkey)
      }
      return signed
    },
    close,
    closeAll() {
      era++
      for (const pubkey of sessions.keys()) close(pubkey)
    },
  }
}
