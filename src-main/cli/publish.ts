import type { EngineClient } from '../../src-preload/contract/replies.ts'
import type { PublishReport } from '../../src-preload/contract/model.ts'
import { AppError } from '../env/errors.ts'
import type { ZoneRecord } from '../publish/publisher.ts'
import { ensureUsable, withEngine, type CliContext } from './context.ts'
import { chooseIdentity } from './identity-choice.ts'
import { isoTime } from './resolve.ts'
import { exitCodes, report, reportProblem, type ExitCode } from './terminal.ts'
import { readTextFile } from './text-file.ts'
import { flagOption, textOption, UsageError, type OptionValues, type Verb } from './verb.ts'

export const publishVerb: Verb = {
  name: 'publish',
  summary: 'publish addresses and records as signed events, or withdraw them',
  usage: [
    'publish ip [ADDR…] [--host HOST] [--as KEY] [--no-follow]',
    'publish record NAME TYPE RDATA… [--ttl SECONDS] [--add] [--host HOST] [--as KEY]',
    'publish record --remove NAME TYPE [--host HOST] [--as KEY]',
    'publish zone FILE|- [--as KEY]',
    'publish withdraw [HOST] [--as KEY]',
  ],
  options: {
    as: { type: 'string' },
    host: { type: 'string' },
    ttl: { type: 'string' },
    add: { type: 'boolean' },
    remove: { type: 'boolean' },
    'no-follow': { type: 'boolean' },
  },
  async run(context, [what, ...rest], values) {
    const action = what === undefined ? undefined : actions[what]
    if (action === undefined) throw new UsageError('publish what? ip, record, zone or withdraw')
    return withEngine(context, async (client) => {
      const identity = await chooseIdentity(client, textOption(values, 'as'))
      await ensureUsable(context, client, identity)
      return action({ context, client, pubkey: identity.pubkey, rest, values })
    })
  },
}

interface Job {
  readonly context: CliContext
  readonly client: EngineClient
  readonly pubkey: string
  readonly rest: readonly string[]
  readonly values: OptionValues
}

const actions: Readonly<Record<string, (job: Job) => Promise<ExitCode>>> = {
  async ip({ context, client, pubkey, rest, values }) {
    const reply = await client.call('publish.address', {
      pubkey,
      host: textOption(values, 'host') ?? '@',
      follow: !flagOption(values, 'no-follow') && rest.length === 0,
      ...(rest.length > 0 ? { addresses: [...rest] } : {}),
    })
    return finish(context, reply)
  },

  async record({ context, client, pubkey, rest, values }) {
    const [name, type, ...rdata] = rest
    if (name === undefined || type === undefined) throw new UsageError('give NAME and TYPE')
    const host = textOption(values, 'host') ?? '@'
    const held = await recordsOf(client, pubkey, host)
    const isSame = (record: ZoneRecord): boolean =>
      record.name === name.toLowerCase() && record.type === type.toUpperCase()
    if (flagOption(values, 'remove')) {
      if (!held.some(isSame)) {
        throw new AppError({
          code: 'publish.not-found',
          message: `${host} has no ${type.toUpperCase()} record at ${name}.`,
        })
      }
      return finish(
        context,
        await client.call('publish.records', {
          pubkey,
          host,
          records: held.filter((record) => !isSame(record)),
        }),
      )
    }
    if (rdata.length === 0) throw new UsageError('give the data of the record after its type')
    const record: ZoneRecord = {
      name: name.toLowerCase(),
      type: type.toUpperCase(),
      ttl: readTtl(values),
      rdata: rdata.join(' '),
    }
    const kept = flagOption(values, 'add') ? held : held.filter((other) => !isSame(other))
    return finish(
      context,
      await client.call('publish.records', {
        pubkey,
        host,
        records: [...kept, record],
      }),
    )
  },

  async zone({ context, client, pubkey, rest }) {
    const [file, ...extra] = rest
    if (file === undefined || extra.length > 0) throw new UsageError('give one zone file, or -')
    const text = file === '-' ? await context.terminal.readInput() : await readTextFile(file)
    const reply = await client.call('publish.zone', { pubkey, text })
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    report(context.terminal, reply.value, reply.value.flatMap(describePublication))
    return worstPublication(reply.value)
  },

  async withdraw({ context, client, pubkey, rest }) {
    const [host = '@', ...extra] = rest
    if (extra.length > 0) throw new UsageError('withdraw one host at a time')
    return finish(context, await client.call('publish.withdraw', { pubkey, host }))
  },
}

async function recordsOf(
  client: EngineClient,
  pubkey: string,
  host: string,
): Promise<readonly ZoneRecord[]> {
  const reply = await client.call('state.snapshot', {})
  if (!reply.ok) throw new AppError(reply.error)
  const found = reply.value.publish.hosts.find(
    (entry) => entry.pubkey === pubkey && entry.host === host,
  )
  return found?.records ?? []
}

function readTtl(values: OptionValues): number {
  const text = textOption(values, 'ttl') ?? '300'
  if (!/^\d{1,5}$/u.test(text)) throw new UsageError(`--ttl must be seconds, not "${text}"`)
  return Number(text)
}

function finish(
  context: CliContext,
  reply: { ok: true; value: PublishReport } | { ok: false; error: AppError['problem'] },
): ExitCode {
  if (!reply.ok) return reportProblem(context.terminal, reply.error)
  report(context.terminal, reply.value, describePublication(reply.value))
  return worstPublication([reply.value])
}

export function worstPublication(reports: readonly PublishReport[]): ExitCode {
  if (reports.some((entry) => entry.state === 'failed')) return exitCodes.failed
  return reports.some((entry) => entry.state === 'queued') ? exitCodes.noNetwork : exitCodes.ok
}

export function describePublication(entry: PublishReport): string[] {
  const head = {
    published: 'published',
    partial: 'published to one relay only',
    queued: 'saved here; no relay could be reached, it will be sent as soon as one can',
    failed: `failed${entry.problem === undefined ? '' : `: ${entry.problem.message}`}`,
  }[entry.state]
  const lines = [`${entry.host}: ${head} (valid to ${isoTime(entry.expiresAt)})`]
  for (const notice of entry.notices ?? []) lines.push(`  note: ${notice.message}`)
  for (const copy of entry.copies) {
    lines.push(
      `  ${copy.format.padEnd(12)} ${copy.state}${copy.problem === undefined ? '' : `: ${copy.problem.message}`}`,
    )
    for (const relay of copy.relays) {
      const detail = relay.detail === undefined || relay.detail === '' ? '' : ` (${relay.detail})`
      lines.push(`    ${relay.url} ${relay.outcome}${detail}`)
    }
  }
  return lines
}
