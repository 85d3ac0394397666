import type { PkarrIdentity } from '../../src-preload/contract/pkarr-model.ts'
import type { EngineClient } from '../../src-preload/contract/replies.ts'
import { AppError } from '../env/errors.ts'
import { parseKey } from '../systems/pkarr/key.ts'
import { consent } from './consent.ts'
import { ensureUnlocked, type CliContext } from './context.ts'
import { giveSecret, readSecret } from './secret-text.ts'
import { exitCodes, report, reportProblem, type ExitCode } from './terminal.ts'
import { flagOption, oneWord, textOption, UsageError, type OptionValues } from './verb.ts'

interface Job {
  readonly context: CliContext
  readonly client: EngineClient
  readonly rest: readonly string[]
  readonly values: OptionValues
}

/** `pkarr keys …`: ed25519 keys in the same vault as the Nostr keys. */
export const pkarrKeyActions: Readonly<Record<string, (job: Job) => Promise<ExitCode>>> = {
  async new({ context, client, rest, values }) {
    const label = oneWord(rest, 'a label for the new key')
    if (!flagOption(values, 'plain')) await ensureUnlocked(context, client)
    const reply = await client.call('pkarr.create', { label })
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    report(context.terminal, reply.value, [
      `made ${reply.value.label}: ${reply.value.key}`,
      'its name is the key itself; keep a copy of the seed with `nostr-dns pkarr keys export`',
    ])
    return exitCodes.ok
  },

  async list({ context, client }) {
    const identities = await identitiesOf(client)
    report(
      context.terminal,
      identities,
      identities.length > 0 ? identities.map(lineOf) : ['no PKARR keys yet'],
    )
    return exitCodes.ok
  },

  async import({ context, client, rest, values }) {
    const label = oneWord(rest, 'a label for the key')
    if (!flagOption(values, 'plain')) await ensureUnlocked(context, client)
    const reply = await client.call('pkarr.import', {
      text: await readSecret(context, values, 'Seed (64 hex digits or 52 z-base-32 characters): '),
      label,
    })
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    report(context.terminal, reply.value, [`imported ${reply.value.label}: ${reply.value.key}`])
    return exitCodes.ok
  },

  async export({ context, client, rest, values }) {
    const identity = await chooseHeldKey(client, oneWord(rest, 'the key to export'))
    const form = textOption(values, 'form') ?? 'hex'
    if (form !== 'hex' && form !== 'z32') {
      throw new UsageError(`--form must be hex or z32, not "${form}"`)
    }
    await consent(context, values, `Write the seed of ${identity.label} in the clear?`)
    if (identity.isLocked) await ensureUnlocked(context, client)
    const reply = await client.call('pkarr.export', { key: identity.key, form })
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    return giveSecret(context, values, reply.value)
  },

  async rename({ context, client, rest: [text, label, ...extra] }) {
    if (text === undefined || label === undefined || extra.length > 0) {
      throw new UsageError('give the key and its new label')
    }
    const { key } = await chooseHeldKey(client, text)
    const reply = await client.call('pkarr.rename', { key, label })
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    report(context.terminal, reply.value, [`renamed to ${reply.value.label}`])
    return exitCodes.ok
  },

  async remove({ context, client, rest, values }) {
    const identity = await chooseHeldKey(client, oneWord(rest, 'the key to remove'))
    await consent(context, values, `Remove ${identity.label}, ${identity.key}?`)
    const reply = await client.call('pkarr.remove', { key: identity.key })
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    report(context.terminal, identity, [`removed ${identity.label}`])
    return exitCodes.ok
  },
}

/** The key held here that `text` means: its label, the key itself, or a name or URI that ends in it. */
export async function chooseHeldKey(client: EngineClient, text: string): Promise<PkarrIdentity> {
  const identities = await identitiesOf(client)
  const parsed = parseKey(text)
  const found = identities.filter(
    ({ key, label }) => label === text || (parsed.ok && key === parsed.value),
  )
  const [first, ...more] = found
  if (first !== undefined && more.length === 0) return first
  throw new AppError(
    first === undefined
      ? { code: 'keys.unknown', message: `No PKARR key "${text}" is held here.` }
      : { code: 'cli.usage', message: `Several keys are called "${text}": give the key itself.` },
  )
}

async function identitiesOf(client: EngineClient): Promise<readonly PkarrIdentity[]> {
  const reply = await client.call('state.snapshot', {})
  if (!reply.ok) throw new AppError(reply.error)
  return reply.value.pkarr.identities
}

function lineOf(identity: PkarrIdentity): string {
  const marks = [
    identity.protection,
    ...(identity.isLocked ? ['locked'] : []),
    ...(identity.isBackedUp ? [] : ['not backed up']),
  ]
  return `${identity.label}  ${identity.key}  ${marks.join(', ')}`
}
