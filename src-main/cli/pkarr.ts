import type { PkarrPublishReport, PkarrZoneView } from '../../src-preload/contract/pkarr-model.ts'
import type { EngineClient } from '../../src-preload/contract/replies.ts'
import { formatRdata } from '../dns/wire/rdata-text.ts'
import { AppError } from '../env/errors.ts'
import { parseKey } from '../systems/pkarr/key.ts'
import { readZone } from '../systems/pkarr/zone-text.ts'
import { ensureUnlocked, withEngine, type CliContext } from './context.ts'
import { chooseHeldKey, pkarrKeyActions } from './pkarr-keys.ts'
import { runPkarrRelay } from './pkarr-relay.ts'
import { exitCodes, report, reportProblem, type ExitCode } from './terminal.ts'
import { readTextFile } from './text-file.ts'
import { flagOption, oneWord, UsageError, type OptionValues, type Verb } from './verb.ts'

export const pkarrVerb: Verb = {
  name: 'pkarr',
  summary: 'names that are ed25519 keys, on the Mainline DHT and HTTP relays',
  usage: [
    'pkarr resolve KEY [--fresh]                     the newest packet, and who had it',
    'pkarr endpoints NAME                            where the service of a name is reached',
    'pkarr publish KEY FILE                          the whole zone from a zone file (- for input)',
    'pkarr republish [KEY]                           announce own and followed packets again',
    'pkarr follow|unfollow KEY                       keep somebody else’s packet alive',
    'pkarr keys new|import LABEL [--file FILE] [--plain]',
    'pkarr keys list',
    'pkarr keys export KEY [--form hex|z32] [--out FILE] --yes',
    'pkarr keys rename KEY LABEL',
    'pkarr keys remove KEY --yes',
    'pkarr relay [--host ADDRESS] [--port PORT]      an HTTP relay of your own',
  ],
  options: {
    fresh: { type: 'boolean' },
    file: { type: 'string' },
    form: { type: 'string' },
    out: { type: 'string' },
    plain: { type: 'boolean' },
    yes: { type: 'boolean' },
    host: { type: 'string' },
    port: { type: 'string' },
  },
  async run(context, [what, ...rest], values) {
    if (what === 'relay') return runPkarrRelay(context, values)
    const [word, ...more] = rest
    const action = what === 'keys' ? pkarrKeyActions[word ?? ''] : actions[what ?? '']
    if (action === undefined) {
      throw new UsageError(
        what === 'keys'
          ? 'pkarr keys what? new, list, import, export, rename or remove'
          : 'pkarr what? resolve, endpoints, publish, republish, follow, unfollow, keys or relay',
      )
    }
    return withEngine(
      context,
      (client) => action({ context, client, rest: what === 'keys' ? more : rest, values }),
      { allowPlainKeys: flagOption(values, 'plain') },
    )
  },
}

interface Job {
  readonly context: CliContext
  readonly client: EngineClient
  readonly rest: readonly string[]
  readonly values: OptionValues
}

const actions: Readonly<Record<string, (job: Job) => Promise<ExitCode>>> = {
  async resolve({ context, client, rest, values }) {
    const reply = await client.call('pkarr.resolve', {
      key: keyOf(rest),
      policy: flagOption(values, 'fresh') ? 'network-only' : 'cache-first',
    })
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    report(context.terminal, reply.value, describeZone(reply.value))
    return exitCodes.ok
  },

  async endpoints({ context, client, rest }) {
    const reply = await client.call('pkarr.endpoints', { name: oneWord(rest, 'one name') })
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    report(
      context.terminal,
      reply.value,
      reply.value.map(
        ({ target, port, addresses, key }) =>
          `${target} port ${port}  ${addresses.join(' ')}${key === undefined ? '' : `  proves ${key}`}`,
      ),
    )
    return exitCodes.ok
  },

  async publish({ context, client, rest: [text, file, ...extra] }) {
    if (text === undefined || file === undefined || extra.length > 0) {
      throw new UsageError('give the key and a zone file')
    }
    const identity = await chooseHeldKey(client, text)
    const zone = readZone(
      identity.key,
      file === '-' ? await context.terminal.readInput() : await readTextFile(file),
    )
    if (!zone.ok) return reportProblem(context.terminal, zone.error)
    if (identity.isLocked) await ensureUnlocked(context, client)
    const reply = await client.call('pkarr.publish', {
      key: identity.key,
      records: zone.value.map(({ name, ttl, rdata }) => ({
        name,
        ttl,
        type: rdata.type,
        rdata: formatRdata(rdata),
      })),
    })
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    report(context.terminal, reply.value, describeReport(reply.value))
    return exitCodeFor([reply.value])
  },

  async republish({ context, client, rest }) {
    const reply = await client.call(
      'pkarr.republish',
      rest.length === 0 ? {} : { key: keyOf(rest) },
    )
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    report(
      context.terminal,
      reply.value,
      reply.value.length === 0 ? ['nothing to announce'] : reply.value.flatMap(describeReport),
    )
    return exitCodeFor(reply.value)
  },

  follow: (job) => setFollowed(job, true),
  unfollow: (job) => setFollowed(job, false),
}

async function setFollowed({ context, client, rest }: Job, follow: boolean): Promise<ExitCode> {
  const key = keyOf(rest)
  const reply = await client.call('pkarr.follow', { key, follow })
  if (!reply.ok) return reportProblem(context.terminal, reply.error)
  report(context.terminal, { key, follow }, [
    `${follow ? 'following' : 'no longer following'} ${key}`,
  ])
  return exitCodes.ok
}

/** Scripts must notice what nobody took. */
function exitCodeFor(reports: readonly PkarrPublishReport[]): ExitCode {
  const isTaken = ({ delivery }: PkarrPublishReport): boolean =>
    delivery.some(({ state }) => state === 'stored')
  return reports.every(isTaken) ? exitCodes.ok : exitCodes.noNetwork
}

function keyOf(rest: readonly string[]): string {
  const key = parseKey(oneWord(rest, 'one key'))
  if (!key.ok) throw new AppError(key.error)
  return key.value
}

function describeZone(zone: PkarrZoneView): string[] {
  const when = (ms: number | undefined): string =>
    ms === undefined ? 'never' : new Date(ms).toISOString()
  return [
    `${zone.key}${zone.alias === undefined ? '' : ` (${zone.alias})`}`,
    `  signed ${when(zone.signedAtMs)}, last seen ${when(zone.lastSeenMs)}, ${zone.size} of 1000 bytes`,
    `  ${zone.isVerified ? 'signature checked here' : 'UNVERIFIED: nobody checked the signature here'}; from ${zone.source ?? 'nowhere'}: ${zone.carriers.join(', ')}`,
    ...zone.records.map(({ name, ttl, type, rdata }) => `${name} ${ttl} ${type} ${rdata}`),
    ...zone.notes.map((note) => `  ${note}`),
  ]
}

function describeReport(done: PkarrPublishReport): string[] {
  return [
    `${done.key}: ${done.size} of 1000 bytes, signed ${new Date(done.signedAtMs).toISOString()}`,
    ...done.delivery.map(
      ({ carrier, state, nodes, detail }) =>
        `  ${state.padEnd(12)}  ${carrier}${nodes === undefined ? '' : `, ${nodes} nodes`}${detail === undefined ? '' : `: ${detail}`}`,
    ),
    ...done.warnings.map((warning) => `  ${warning}`),
  ]
}
