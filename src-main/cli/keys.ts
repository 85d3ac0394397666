import type { EngineClient } from '../../src-preload/contract/replies.ts'
import type { Identity } from '../../src-preload/contract/model.ts'
import type { AppError } from '../env/errors.ts'
import { consent } from './consent.ts'
import { ensureUnlocked, ensureUsable, withEngine, type CliContext } from './context.ts'
import { chooseIdentity } from './identity-choice.ts'
import { giveSecret, readSecret } from './secret-text.ts'
import { exitCodes, report, reportProblem, type ExitCode } from './terminal.ts'
import { readTextFile } from './text-file.ts'
import {
  flagOption,
  oneWord,
  textOption,
  UsageError,
  type OptionValues,
  type Verb,
} from './verb.ts'

export const keysVerb: Verb = {
  name: 'keys',
  summary: 'make, list, import, export and choose keys',
  usage: [
    'keys new LABEL [--plain]',
    'keys list',
    'keys import LABEL [--file FILE] [--password-file FILE] [--plain]   (secret from FILE or standard input)',
    'keys export KEY [--form nsec|hex|ncryptsec] [--password-file FILE] [--out FILE] --yes',
    'keys default KEY',
    'keys rename KEY LABEL',
    'keys remove KEY --yes',
    'keys unlock',
    'keys lock',
  ],
  options: {
    file: { type: 'string' },
    form: { type: 'string' },
    out: { type: 'string' },
    'password-file': { type: 'string' },
    plain: { type: 'boolean' },
    yes: { type: 'boolean' },
  },
  async run(context, [what, ...rest], values) {
    const action = what === undefined ? undefined : actions[what]
    if (action === undefined) {
      throw new UsageError(
        'keys what? new, list, import, export, default, rename, remove, unlock or lock',
      )
    }
    return withEngine(context, (client) => action({ context, client, rest, values }), {
      allowPlainKeys: flagOption(values, 'plain'),
    })
  },
}

interface Job {
  readonly context: CliContext
  readonly client: EngineClient
  readonly rest: readonly string[]
  readonly values: OptionValues
}

const actions: Readonly<Record<string, (job: Job) => Promise<ExitCode>>> = {
  async new({ context, client, rest, values }) {
    const label = oneWord(rest, 'a label for the new key')
    if (!flagOption(values, 'plain')) await ensureUnlocked(context, client)
    const reply = await client.call('keys.create', { label })
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    report(context.terminal, reply.value, [
      `made ${reply.value.label}: ${reply.value.npub}`,
      `its name is ${reply.value.npub}.nostr; keep a copy with \`nostr-dns keys export\``,
    ])
    return exitCodes.ok
  },

  async list({ context, client }) {
    const reply = await client.call('state.snapshot', {})
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    const { identities } = reply.value.keys
    report(
      context.terminal,
      identities,
      identities.length > 0 ? identities.map(identityLine) : ['no keys yet'],
    )
    return exitCodes.ok
  },

  async import({ context, client, rest, values }) {
    const label = oneWord(rest, 'a label for the key')
    if (!flagOption(values, 'plain')) await ensureUnlocked(context, client)
    const secret = await readSecret(
      context,
      values,
      'Secret key (nsec, hex, ncryptsec, seed words or bunker://): ',
    )
    const password = await readPassword(values)
    const reply = secret.trim().startsWith('bunker://')
      ? await client.call('keys.importRemote', { uri: secret.trim(), label })
      : await client.call('keys.import', {
          text: secret,
          label,
          ...(password === undefined ? {} : { password }),
        })
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    report(context.terminal, reply.value, [`imported ${reply.value.label}: ${reply.value.npub}`])
    return exitCodes.ok
  },

  async export({ context, client, rest, values }) {
    const identity = await chooseIdentity(client, oneWord(rest, 'the key to export'))
    const form = textOption(values, 'form') ?? 'ncryptsec'
    if (form !== 'nsec' && form !== 'hex' && form !== 'ncryptsec') {
      throw new UsageError(`--form must be nsec, hex or ncryptsec, not "${form}"`)
    }
    if (form !== 'ncryptsec') {
      await consent(context, values, `Write the secret key of ${identity.label} in the clear?`)
    }
    await ensureUsable(context, client, identity)
    const password = await readPassword(values)
    if (form === 'ncryptsec' && password === undefined) {
      throw new UsageError('an ncryptsec needs --password-file FILE')
    }
    const reply = await client.call('keys.export', {
      pubkey: identity.pubkey,
      form,
      ...(password === undefined ? {} : { password }),
    })
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    return giveSecret(context, values, reply.value)
  },

  async default({ context, client, rest }) {
    const { pubkey } = await chooseIdentity(client, oneWord(rest, 'the key to use by default'))
    return changed(context, 'default is now', await client.call('keys.setDefault', { pubkey }))
  },

  async rename({ context, client, rest: [key, label, ...extra] }) {
    if (key === undefined || label === undefined || extra.length > 0) {
      throw new UsageError('give the key and its new label')
    }
    const { pubkey } = await chooseIdentity(client, key)
    return changed(context, 'renamed to', await client.call('keys.rename', { pubkey, label }))
  },

  async remove({ context, client, rest, values }) {
    const identity = await chooseIdentity(client, oneWord(rest, 'the key to remove'))
    await consent(context, values, `Remove ${identity.label}, ${identity.npub}?`)
    const reply = await client.call('keys.remove', { pubkey: identity.pubkey })
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    report(context.terminal, identity, [`removed ${identity.label}`])
    return exitCodes.ok
  },

  async unlock({ context, client }) {
    await ensureUnlocked(context, client)
    report(context.terminal, { unlocked: true }, ['the key vault is unlocked'])
    return exitCodes.ok
  },

  async lock({ context, client }) {
    const reply = await client.call('keys.lock', {})
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    report(context.terminal, { unlocked: false }, ['the key vault is locked'])
    return exitCodes.ok
  },
}

function changed(
  context: CliContext,
  words: string,
  reply: { ok: true; value: Identity } | { ok: false; error: AppError['problem'] },
): ExitCode {
  if (!reply.ok) return reportProblem(context.terminal, reply.error)
  report(context.terminal, reply.value, [`${words} ${reply.value.label}`])
  return exitCodes.ok
}

function identityLine(identity: Identity): string {
  const marks = [
    identity.protection,
    ...(identity.isDefault ? ['default'] : []),
    ...(identity.isLocked ? ['locked'] : []),
    ...(identity.isBackedUp ? [] : ['not backed up']),
  ]
  return `${identity.label}  ${identity.npub}  ${marks.join(', ')}`
}

async function readPassword(values: OptionValues): Promise<string | undefined> {
  const file = textOption(values, 'password-file')
  if (file === undefined) return undefined
  return (await readTextFile(file)).split(/\r?\n/u)[0]
}
