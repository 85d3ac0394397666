import { readFile } from 'node:fs/promises'
import type { Identity } from '../../src-preload/contract/model.ts'
import type { EngineClient } from '../../src-preload/contract/replies.ts'
import { AppError } from '../env/errors.ts'
import { createLogger, type Logger } from '../env/logger.ts'
import { systemClock, systemRandom } from '../env/system-env.ts'
import { connectControl } from '../engine/control-client.ts'
import { controlPath } from '../engine/control-path.ts'
import { startEngine } from '../engine/engine.ts'
import { localClient } from '../engine/local-client.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './verb.ts'

export interface CliContext {
  readonly terminal: Terminal
  readonly dataDir: string
  /** Relays from `--relay`, replacing all configured ones; undefined when none was given. */
  readonly relays: readonly string[] | undefined
  readonly passphraseFile: string | undefined
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal
  readonly version: string
}

/**
 * Runs `work` against the engine of the data folder: the one already running there, else one in
 * this process that serves nothing and ends with the verb.
 */
export async function withEngine<T>(
  context: CliContext,
  work: (client: EngineClient) => Promise<T>,
  options: { readonly allowPlainKeys?: boolean } = {},
): Promise<T> {
  const running = await connectControl(controlPath(context.dataDir))
  if (running !== undefined) {
    try {
      if (context.relays !== undefined) {
        throw new UsageError(
          'an engine is already running for this data folder with relays of its own: leave out --relay, or name another folder with --data-dir',
        )
      }
      if (options.allowPlainKeys === true) {
        throw new UsageError(
          'the engine that runs for this data folder keeps keys in its own way: leave out --plain, or stop it first',
        )
      }
      return await work(running)
    } finally {
      running.close()
    }
  }
  const engine = await startEngine(
    { clock: systemClock, random: systemRandom, log: quietLog(context) },
    {
      dataDir: context.dataDir,
      version: context.version,
      serve: false,
      ...(context.relays === undefined ? {} : { relays: context.relays }),
      ...(options.allowPlainKeys === true ? { plainKeys: true } : {}),
    },
  )
  try {
    return await work(localClient(engine))
  } finally {
    await engine.stop()
  }
}

/** Opens the vault with `--passphrase-file`, if one was given. */
export async function unlockFromFile(context: CliContext, client: EngineClient): Promise<void> {
  if (context.passphraseFile === undefined) return
  const reply = await client.call('keys.unlock', {
    passphrase: await readPassphrase(context.passphraseFile),
  })
  if (!reply.ok) throw new AppError(reply.error)
}

/** First line of `path`, without its line end. */
async function readPassphrase(path: string): Promise<string> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new UsageError(
      `the passphrase file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`,
    )
  }
  const [first = ''] = text.split(/\r?\n/u)
  if (first === '') throw new UsageError('the passphrase file is empty')
  return first
}

function quietLog(context: CliContext): Logger {
  return createLogger(
    (record) => context.terminal.error(`${record.level}: ${record.message}`),
    'error',
    () => systemClock.nowMs(),
  )
}

/** Makes sure that `identity` can sign: keys kept without a passphrase always can. */
export async function ensureUsable(
  context: CliContext,
  client: EngineClient,
  identity: Identity,
): Promise<void> {
  if (identity.isLocked) await ensureUnlocked(context, client)
}

/** Makes sure new secrets can be kept and held ones used: by the passphrase file, else by asking on the terminal. */
export async function ensureUnlocked(context: CliContext, client: EngineClient): Promise<void> {
  const snapshot = await client.call('state.snapshot', {})
  if (!snapshot.ok) throw new AppError(snapshot.error)
  const { vault } = snapshot.value.keys
  if (!vault.needsPassphrase || vault.isUnlocked) return
  if (context.passphraseFile !== undefined) return unlockFromFile(context, client)
  if (!context.terminal.isInteractive) {
    throw new AppError({
      code: 'keys.locked',
      message: 'The key vault is locked.',
      hint: 'Give --passphrase-file FILE, or run this in a terminal to be asked.',
    })
  }
  const isNew = !vault.hasPassphrase
  const passphrase = await context.terminal.ask(
    isNew ? 'Choose a passphrase for the key vault: ' : 'Passphrase of the key vault: ',
    { hidden: true },
  )
  if (isNew) {
    const again = await context.terminal.ask('The same once more: ', { hidden: true })
    if (again !== passphrase) {
      throw new AppError({ code: 'cli.usage-mismatch', message: 'The two passphrases differ.' })
    }
  }
  const reply = await client.call('keys.unlock', { passphrase })
  if (!reply.ok) throw new AppError(reply.error)
}
