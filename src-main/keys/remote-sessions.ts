import type { Event, EventTemplate } from 'nostr-tools/pure'
import type { Env, Unsubscribe } from '../env/env.ts'
import { ok, type Result } from '../env/errors.ts'
import type { PubkeyHex } from '../names/name.ts'
import { lockedKeys } from './key-problems.ts'
import { createRemoteSigner, type RemoteSigner } from './remote-signer.ts'
import type { Sealing } from './sealing.ts'
import { createSerialQueue, type SerialQueue } from './serial-queue.ts'
import type { VaultEntry } from './vault-file.ts'

/** The open sessions with remote signers: made at first use, closed when they fail or idle. */
export interface RemoteSessions {
  sign(entry: VaultEntry, template: EventTemplate): Promise<Result<Event>>
  close(pubkey: PubkeyHex): void
  closeAll(): void
}

interface Session {
  readonly signer: RemoteSigner
  /** Requests waiting for their answer. */
  running: number
  lastUsedMs: number
  cancelIdle: Unsubscribe
}

/** Problems after which the next request begins with a new connection. */
const fatal: readonly string[] = ['keys.remote-timeout', 'keys.remote-unreachable']

/** A connection unused for longer may be dead without anyone having said so. Milliseconds. */
const idleMs = 60_000

export function createRemoteSessions(
  env: Env,
  sealing: Sealing,
  timeoutMs: number,
): RemoteSessions {
  const sessions = new Map<PubkeyHex, Session>()
  const queues = new Map<PubkeyHex, SerialQueue>()
  /** Counts `closeAll` calls: a session must not appear after the vault was locked. */
  let era = 0

  const close = (pubkey: PubkeyHex): void => {
    const session = sessions.get(pubkey)
    sessions.delete(pubkey)
    session?.cancelIdle()
    session?.signer.close()
  }

  /** Whether the connection can still be expected to work: timers stand still during a sleep. */
  const isFresh = (session: Session): boolean =>
    session.running > 0 || env.clock.nowMs() - session.lastUsedMs < idleMs

  const open = async (entry: VaultEntry): Promise<Result<Session>> => {
    const held = sessions.get(entry.pubkey)
    if (held !== undefined && isFresh(held)) return ok(held)
    close(entry.pubkey)
    if (entry.remote === undefined) throw new Error('not a remote identity')
    const before = era
    const secret = await sealing.open(entry.sealed)
    if (!secret.ok) return secret
    const signer = createRemoteSigner(env, entry.remote, secret.value, timeoutMs)
    if (era !== before) {
      signer.close()
      return lockedKeys()
    }
    const session = {
      signer,
      running: 0,
      lastUsedMs: env.clock.nowMs(),
      cancelIdle: () => undefined,
    }
    sessions.set(entry.pubkey, session)
    return ok(session)
  }

  return {
    async sign(entry, template) {
      const { pubkey } = entry
      const queue = queues.get(pubkey) ?? createSerialQueue()
      queues.set(pubkey, queue)
      const opened = await queue(() => open(entry))
      if (!opened.ok) return opened
      const session = opened.value
      session.cancelIdle()
      session.running++
      const signed = await session.signer.sign(pubkey, template)
      session.running--
      session.lastUsedMs = env.clock.nowMs()
      if (sessions.get(pubkey) !== session) return signed
      if (!signed.ok && fatal.includes(signed.error.code)) close(pubkey)
      else if (session.running === 0) {
        session.cancelIdle = env.clock.schedule(idleMs, () => close(pubkey))
      }
      return signed
    },
    close,
    closeAll() {
      era++
      for (const pubkey of [...sessions.keys()]) close(pubkey)
    },
  }
}
