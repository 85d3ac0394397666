import type { EngineClient } from '../../src-preload/contract/replies.ts'
import type { Identity, OwnCertificateView } from '../../src-preload/contract/model.ts'
import type { AppError } from '../env/errors.ts'
import { ensureUsable, withEngine, type CliContext } from './context.ts'
import { chooseIdentity } from './identity-choice.ts'
import { describePublication, worstPublication } from './publish.ts'
import { isoTime } from './resolve.ts'
import { exitCodes, report, reportProblem, type ExitCode } from './terminal.ts'
import {
  flagOption,
  listOption,
  textOption,
  UsageError,
  type OptionValues,
  type Verb,
} from './verb.ts'

export const certVerb: Verb = {
  name: 'cert',
  summary: 'make, publish, renew, change and withdraw certificates of your own servers',
  usage: [
    'cert new [HOST] [--name DOMAIN]… [--days N] [--as KEY]',
    'cert publish [HOST] [--port PORT]… [--include-certificate] [--as KEY]',
    'cert renew [HOST] [--as KEY]      same key: what is published stays right',
    'cert rotate [HOST] [--as KEY]     new key, in two steps: rotate, publish, wait, rotate, publish',
    'cert withdraw [HOST] [--as KEY]   says, signed, that the host has no certificate any more',
    'cert show [--as KEY]',
    'cert remove [HOST] --yes [--as KEY]',
  ],
  options: {
    as: { type: 'string' },
    name: { type: 'string', multiple: true },
    days: { type: 'string' },
    port: { type: 'string', multiple: true },
    'include-certificate': { type: 'boolean' },
    yes: { type: 'boolean' },
  },
  async run(context, [what, ...rest], values) {
    const action = what === undefined ? undefined : actions[what]
    if (action === undefined) {
      throw new UsageError('cert what? new, publish, renew, rotate, withdraw, show or remove')
    }
    const [host = '@', ...extra] = rest
    if (extra.length > 0) throw new UsageError('one host at a time')
    return withEngine(context, async (client) => {
      const identity = await chooseIdentity(client, textOption(values, 'as'))
      return action({ context, client, identity, pubkey: identity.pubkey, host, values })
    })
  },
}

interface Job {
  readonly context: CliContext
  readonly client: EngineClient
  readonly identity: Identity
  readonly pubkey: string
  readonly host: string
  readonly values: OptionValues
}

const actions: Readonly<Record<string, (job: Job) => Promise<ExitCode>>> = {
  async new({ context, client, pubkey, host, values }) {
    const names = listOption(values, 'name')
    const days = textOption(values, 'days')
    if (days !== undefined && !/^\d{1,3}$/u.test(days)) {
      throw new UsageError(`--days must be a number of days, not "${days}"`)
    }
    const reply = await client.call('ownCertificates.create', {
      pubkey,
      host,
      ...(names.length > 0 ? { extraNames: [...names] } : {}),
      ...(days === undefined ? {} : { days: Number(days) }),
    })
    return finish(context, reply, 'made')
  },

  async publish({ context, client, identity, pubkey, host, values }) {
    await ensureUsable(context, client, identity)
    const ports = listOption(values, 'port').map(readPort)
    const reply = await client.call('ownCertificates.publish', {
      pubkey,
      host,
      includeCertificate: flagOption(values, 'include-certificate'),
      ...(ports.length > 0 ? { ports } : {}),
    })
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    report(context.terminal, reply.value, describePublication(reply.value))
    return worstPublication([reply.value])
  },

  async renew({ context, client, pubkey, host }) {
    return finish(context, await client.call('ownCertificates.renew', { pubkey, host }), 'renewed')
  },

  async rotate({ context, client, pubkey, host }) {
    const reply = await client.call('ownCertificates.rotate', { pubkey, host })
    if (reply.ok && !context.terminal.json) {
      context.terminal.line(
        reply.value.role === 'next'
          ? 'next: `cert publish`, and once more `cert rotate` when relays had 10 minutes'
          : 'the new key is in use: reload the server, then `cert publish` once more',
      )
    }
    return finish(context, reply, 'key change')
  },

  async withdraw({ context, client, identity, pubkey, host }) {
    await ensureUsable(context, client, identity)
    const reply = await client.call('ownCertificates.withdraw', { pubkey, host })
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    report(context.terminal, reply.value, [
      `${host} has no published certificate any more; visitors of https are told so`,
      ...describePublication(reply.value),
    ])
    return worstPublication([reply.value])
  },

  async show({ context, client, pubkey }) {
    const reply = await client.call('state.snapshot', {})
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    const own = reply.value.ownCertificates.filter((entry) => entry.pubkey === pubkey)
    report(
      context.terminal,
      own,
      own.length > 0 ? own.flatMap((entry) => describe(entry)) : ['no certificates yet'],
    )
    return own.length > 0 ? exitCodes.ok : exitCodes.notFound
  },

  async remove({ context, client, pubkey, host, values }) {
    if (!flagOption(values, 'yes')) throw new UsageError('this needs --yes')
    const before = await client.call('state.snapshot', {})
    if (!before.ok) return reportProblem(context.terminal, before.error)
    const isStillPublished = before.value.ownCertificates.some(
      (entry) => entry.pubkey === pubkey && entry.host === host && entry.isPublished,
    )
    const reply = await client.call('ownCertificates.remove', { pubkey, host })
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    report(context.terminal, { host, isStillPublished }, [
      `removed the certificate of ${host}; its files are kept aside`,
      ...(isStillPublished
        ? [
            'its key is still published: visitors accept only a server that has it;',
            'to take that back as well: `cert withdraw`',
          ]
        : []),
    ])
    return exitCodes.ok
  },
}

function finish(
  context: CliContext,
  reply: { ok: true; value: OwnCertificateView } | { ok: false; error: AppError['problem'] },
  words: string,
): ExitCode {
  if (!reply.ok) return reportProblem(context.terminal, reply.error)
  report(context.terminal, reply.value, [`${words}:`, ...describe(reply.value)])
  return exitCodes.ok
}

function describe(entry: OwnCertificateView): string[] {
  return [
    `${entry.host} (${entry.role}${entry.isPublished ? ', published' : ', not published'})`,
    `  names        ${entry.names.join(', ')}`,
    `  key SHA-256  ${entry.spkiSha256}`,
    `  valid to     ${isoTime(entry.validTo)}`,
    `  certificate  ${entry.certificatePath}`,
    `  key          ${entry.keyPath}`,
  ]
}

export function readPort(text: string): number {
  const port = /^\d{1,5}$/u.test(text) ? Number(text) : 0
  if (port < 1 || port > 65535) throw new UsageError(`"${text}" is not a port number`)
  return port
}
