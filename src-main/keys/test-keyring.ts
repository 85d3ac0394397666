/** Test support: an Env whose clock stands still until told, and which keeps every log line. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock, Env } from '../env/env.ts'
import { createHealth, type Health } from '../env/health.ts'
import type { Logger, LogFields } from '../env/logger.ts'
import { systemRandom } from '../env/system-env.ts'
import type { Result } from '../env/errors.ts'
import { createKeyring, type KeyringDeps, type KeyringWithPkarr } from './keyring-service.ts'
import type { OsSealer } from './keyring.ts'

export interface ManualClock extends Clock {
  /** Moves time on and runs what has become due. */
  advance(ms: number): void
  /** Moves time on as a sleeping computer does: timers notice nothing. */
  sleep(ms: number): void
  /** Timers that have neither run nor been cancelled. */
  pending(): number
}

export function createManualClock(startMs = Date.UTC(2026, 0, 1)): ManualClock {
  let now = startMs
  const timers = new Set<{ readonly dueMs: number; readonly task: () => void }>()
  return {
    nowMs: () => now,
    schedule(delayMs, task) {
      const timer = { dueMs: now + delayMs, task }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    advance(ms) {
      now += ms
      for (const timer of timers) {
        if (timer.dueMs > now) continue
        timers.delete(timer)
        timer.task()
      }
    },
    sleep(ms) {
      now += ms
    },
    pending: () => timers.size,
  }
}

export interface TestEnv extends Env {
  readonly clock: ManualClock
  /** Every log line, with nothing redacted: what services say must be clean by itself. */
  readonly lines: readonly string[]
}

export function createTestEnv(): TestEnv {
  const lines: string[] = []
  const write = (message: string, fields: LogFields = {}): void => {
    lines.push(`${message} ${JSON.stringify(fields)}`)
  }
  const log: Logger = { debug: write, info: write, warn: write, error: write, child: () => log }
  return { clock: createManualClock(), random: systemRandom, log, lines }
}

export interface TestKeyring {
  readonly keyring: KeyringWithPkarr
  readonly env: TestEnv
  readonly health: Health
  readonly path: string
}

/** The cheapest scrypt, so that tests test the vault and not the computer. */
export const cheapLogN = 4

export function newKeyring(folder: string, deps: Partial<KeyringDeps> = {}): TestKeyring {
  const env = createTestEnv()
  const health = createHealth(() => env.clock.nowMs())
  const path = join(folder, 'keys.json')
  const keyring = createKeyring(env, { path, health, scryptLogN: cheapLogN, ...deps })
  return { keyring, env, health, path }
}

export async function startKeyring(
  folder: string,
  deps: Partial<KeyringDeps> = {},
): Promise<TestKeyring> {
  const made = newKeyring(folder, deps)
  await made.keyring.start()
  return made
}

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'nostr-dns-keys-'))
}

/** A keychain that turns every bit around: enough to see whether it was used. */
export function createFakeKeychain(isAvailable = true): OsSealer {
  const turn = (bytes: Uint8Array): Promise<Uint8Array> =>
    Promise.resolve(bytes.map((byte) => byte ^ 0xff))
  return { isAvailable: () => Promise.resolve(isAvailable), seal: turn, open: turn }
}

/** The value of a Result that must be a success. */
export function expectOk<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`)
  return result.value
}

/** The code of a Result that must be a failure. */
export function codeOf(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.error.code
}
