import type { EngineClient, Reply } from '../../src-preload/contract/replies.ts'
import type { TrustView } from '../../src-preload/contract/model.ts'
import { consent } from './consent.ts'
import { withEngine, type CliContext } from './context.ts'
import { isoTime } from './resolve.ts'
import { exitCodes, report, reportProblem, type ExitCode } from './terminal.ts'
import { UsageError, type OptionValues, type Verb } from './verb.ts'

export const trustVerb: Verb = {
  name: 'trust',
  summary: 'let browsers and programs of this computer trust pinned servers',
  usage: [
    'trust status',
    'trust on --yes              makes an authority that can only speak for .nostr, starts the proxy',
    'trust off --yes             removes it everywhere and destroys it',
    'trust install TARGET        TARGET from `trust status`',
    'trust remove TARGET',
    'trust system-proxy on|off   point the desktop at the proxy',
    'trust rotate --yes          replaces the authority, in every store that trusts it',
    'trust root                  print the authority (curl --cacert)',
  ],
  options: { yes: { type: 'boolean' } },
  async run(context, [what, ...rest], values) {
    const action = what === undefined ? undefined : actions[what]
    if (action === undefined) {
      throw new UsageError(`trust what? ${Object.keys(actions).join(', ')}`)
    }
    return withEngine(context, (client) => action({ context, client, rest, values }))
  },
}

interface Job {
  readonly context: CliContext
  readonly client: EngineClient
  readonly rest: readonly string[]
  readonly values: OptionValues
}

const actions: Readonly<Record<string, (job: Job) => Promise<ExitCode>>> = {
  async status({ context, client }) {
    const reply = await client.call('state.snapshot', {})
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    return show(context, { ok: true, value: reply.value.trust })
  },
  async on({ context, client, values }) {
    await consent(
      context,
      values,
      'Make a certificate authority on this computer that browsers you choose will trust, for names ending in .nostr only?',
    )
    return show(context, await client.call('trust.enable', {}))
  },
  async off({ context, client, values }) {
    await consent(context, values, 'Remove the authority from every store and destroy it?')
    return show(context, await client.call('trust.disable', {}))
  },
  async install({ context, client, rest }) {
    return show(context, await client.call('trust.install', { targetId: oneTarget(rest) }))
  },
  async remove({ context, client, rest }) {
    return show(context, await client.call('trust.remove', { targetId: oneTarget(rest) }))
  },
  async 'system-proxy'({ context, client, rest: [state] }) {
    if (state !== 'on' && state !== 'off') throw new UsageError('system-proxy on or off')
    return show(context, await client.call('trust.setSystemProxy', { enabled: state === 'on' }))
  },
  async rotate({ context, client, values }) {
    await consent(context, values, 'Replace the authority, in every store that trusts it?')
    return show(context, await client.call('trust.rotate', {}))
  },
  async root({ context, client }) {
    const reply = await client.call('trust.exportRoot', {})
    if (!reply.ok) return reportProblem(context.terminal, reply.error)
    report(context.terminal, reply.value, [reply.value.pem.trimEnd()])
    return exitCodes.ok
  },
}

function oneTarget([target, ...extra]: readonly string[]): string {
  if (target === undefined || extra.length > 0) throw new UsageError('give one target')
  return target
}

function show(context: CliContext, reply: Reply<'trust.enable'>): ExitCode {
  if (!reply.ok) return reportProblem(context.terminal, reply.error)
  report(context.terminal, reply.value, describe(reply.value))
  return exitCodes.ok
}

function describe({ authority, proxy, transparent, targets, systemProxy }: TrustView): string[] {
  if (authority === undefined) return ['HTTPS trust is off']
  return [
    `HTTPS trust is on: ${authority.commonName}, valid to ${isoTime(authority.validTo)}`,
    `  SHA-256       ${authority.rootSha256}`,
    `  proxy         ${proxy.state}${proxy.pacUrl === '' ? '' : ` ${proxy.pacUrl}`}`,
    ...(transparent === undefined || transparent.state === 'off'
      ? []
      : [
          `  transparent   ${transparent.problem ?? `names lead to ${transparent.addresses.join(', ')}`}`,
        ]),
    `  system proxy  ${systemProxy.state}${systemProxy.detail === undefined ? '' : `: ${systemProxy.detail}`}`,
    ...targets.map(
      ({ id, title, state, detail, hint }) =>
        `  ${state.padEnd(12)}  ${title}  (${id})${[detail, hint].flatMap((text) => (text === undefined ? [] : [` ${text}`])).join('')}`,
    ),
  ]
}
