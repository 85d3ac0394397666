import type { EngineClient, Reply } from '../../src-preload/contract/replies.ts'
import type { SystemPlan, SystemView } from '../../src-preload/contract/system-model.ts'
import { consent } from './consent.ts'
import { withEngine, type CliContext } from './context.ts'
import { exitCodeOf, exitCodes, report, reportProblem, type ExitCode } from './terminal.ts'
import { flagOption, UsageError, type OptionValues, type Verb } from './verb.ts'

export const systemVerb: Verb = {
  name: 'system',
  summary: 'let every program of this computer open .nostr names, or undo it',
  usage: [
    'system detect               which mechanism this computer has',
    'system status               what is in force, checked with a real query',
    'system install [--dry-run] --yes',
    'system uninstall [--dry-run] --yes',
  ],
  options: { 'dry-run': { type: 'boolean' }, yes: { type: 'boolean' } },
  async run(context, [what, ...extra], values) {
    const action = what === undefined ? undefined : actions[what]
    if (action === undefined || extra.length > 0) {
      throw new UsageError('system what? detect, status, install or uninstall')
    }
    return withEngine(context, (client) => action({ context, client, values }))
  },
}

interface Job {
  readonly context: CliContext
  readonly client: EngineClient
  readonly values: OptionValues
}

const actions: Readonly<Record<string, (job: Job) => Promise<ExitCode>>> = {
  async detect({ context, client }) {
    const plan = await client.call('system.plan', {})
    if (!plan.ok) return reportProblem(context.terminal, plan.error)
    report(context.terminal, plan.value, [`${plan.value.backend}: ${plan.value.title}`])
    return exitCodes.ok
  },
  async status({ context, client }) {
    return show(context, await client.call('system.look', {}))
  },
  async install({ context, client, values }) {
    const plan = await client.call('system.plan', {})
    if (!plan.ok) return reportProblem(context.terminal, plan.error)
    if (flagOption(values, 'dry-run')) {
      report(context.terminal, plan.value, describePlan(plan.value))
      return exitCodes.ok
    }
    if (!context.terminal.json) {
      for (const line of describePlan(plan.value)) context.terminal.line(line)
    }
    await consent(context, values, 'Change this computer as shown?')
    return showChange({ context, client, values }, await client.call('system.install', {}))
  },
  async uninstall({ context, client, values }) {
    if (flagOption(values, 'dry-run')) {
      const view = await client.call('system.look', {})
      if (!view.ok) return reportProblem(context.terminal, view.error)
      const { undo = [] } = view.value
      report(context.terminal, { undo }, undo.length > 0 ? undo : ['nothing of ours is configured'])
      return exitCodes.ok
    }
    await consent(context, values, 'Put the configuration of this computer back?')
    return showChange({ context, client, values }, await client.call('system.uninstall', {}))
  },
}

function show(context: CliContext, reply: Reply<'system.look'>): ExitCode {
  if (!reply.ok) return reportProblem(context.terminal, reply.error)
  report(context.terminal, reply.value, describeSystem(reply.value))
  return exitCodes.ok
}

/** Like `show`; where it did not work, also the command that does it without being asked. */
async function showChange(
  { context, client }: Job,
  reply: Reply<'system.install'>,
): Promise<ExitCode> {
  if (reply.ok) return show(context, reply)
  const { terminal } = context
  const snapshot = await client.call('state.snapshot', {})
  const attempt = snapshot.ok ? snapshot.value.system.lastAttempt : undefined
  const command = attempt?.problem.code === reply.error.code ? attempt.command : undefined
  if (command === undefined) return reportProblem(terminal, reply.error)
  if (terminal.json) {
    terminal.line(JSON.stringify({ error: reply.error, command }))
    return exitCodeOf(reply.error)
  }
  const code = reportProblem(terminal, reply.error)
  for (const line of command.split('\n')) terminal.error(`  ${line}`)
  return code
}

const words: Readonly<Record<SystemView['state'], string>> = {
  unknown: 'not looked at yet',
  off: 'off: only programs that ask this server open .nostr names',
  asking: 'waiting for the administrator',
  on: 'on: every program opens .nostr names',
  paused: 'paused: .nostr names fail until the server runs; other names are unaffected',
  'not-working': 'configured, but a test question did not come back',
  changed: 'configured, but edited or written with other settings since',
  conflict: 'a foreign file stands where ours must be; nothing was touched',
  unsupported: 'not possible here',
}

/** The state of the operating system's configuration in lines a person reads. */
export function describeSystem({
  state,
  title,
  suffixes,
  reason,
  lastAttempt,
}: SystemView): string[] {
  const tried = lastAttempt?.problem
  return [
    `${words[state]}${title === undefined ? '' : ` (${title})`}`,
    ...(state === 'off' || state === 'unsupported'
      ? []
      : [`  suffixes: ${suffixes.map((suffix) => `.${suffix}`).join(' ')}`]),
    ...[reason, tried].flatMap((problem) =>
      problem === undefined
        ? []
        : [`  ${problem.message}${problem.hint === undefined ? '' : ` ${problem.hint}`}`],
    ),
    ...(lastAttempt?.command === undefined ? [] : [`  by hand: ${lastAttempt.command}`]),
  ]
}

function describePlan(plan: SystemPlan): string[] {
  return [
    `${plan.title}: .${plan.suffixes.join(', .')} will be asked at 127.0.0.1 port ${plan.port}`,
    ...plan.files.flatMap(({ path, content }) => [
      `write ${path}`,
      ...content
        .trimEnd()
        .split('\n')
        .map((line) => `    ${line}`),
    ]),
    ...plan.commands.map((command) => `run   ${command}`),
    ...plan.undo.map((command) => `undo  ${command}`),
    ...(plan.consent === undefined ? [] : [plan.consent]),
  ]
}
