import type { ExplainStep, RecordView, ResolveReport } from '../../src-preload/contract/model.ts'
import { extendedErrors } from '../dns/wire/message.ts'
import { decodeNpub } from '../names/npub.ts'
import { withEngine } from './context.ts'
import { exitCodes, report, reportProblem, type ExitCode } from './terminal.ts'
import { flagOption, UsageError, type Verb } from './verb.ts'

export const resolveVerb: Verb = {
  name: 'resolve',
  summary: 'look a name up, and say why the answer may be believed',
  usage: ['resolve NAME [TYPE] [--explain]'],
  options: { explain: { type: 'boolean' } },
  async run(context, [name, type = 'A', ...rest], values) {
    if (name === undefined || rest.length > 0)
      throw new UsageError('give a name and, if wanted, one type')
    return withEngine(context, async (client) => {
      const reply = await client.call('names.resolve', {
        name: fullName(name),
        type: type.toUpperCase(),
      })
      if (!reply.ok) return reportProblem(context.terminal, reply.error)
      report(context.terminal, reply.value, describe(reply.value, flagOption(values, 'explain')))
      return exitCode(reply.value)
    })
  },
}

/** People paste a bare npub; it must not travel to an upstream resolver as a top-level domain. */
function fullName(text: string): string {
  return decodeNpub(text) === undefined ? text : `${text}.nostr`
}

function exitCode(result: ResolveReport): ExitCode {
  if (result.rcode === 'NOERROR') {
    return result.answers.length > 0 ? exitCodes.ok : exitCodes.notFound
  }
  if (result.rcode === 'NXDOMAIN') return exitCodes.notFound
  const isNetwork =
    result.ede?.code === extendedErrors.noReachableAuthority ||
    result.ede?.code === extendedErrors.networkError
  return isNetwork ? exitCodes.noNetwork : exitCodes.failed
}

function describe(result: ResolveReport, explain: boolean): string[] {
  const lines = result.answers.map(recordLine)
  if (lines.length === 0) {
    const reason = result.ede === undefined ? '' : `: ${result.ede.text}`
    lines.push(
      `; ${result.rcode === 'NOERROR' ? `no ${result.type} record` : result.rcode}${reason}`,
    )
  }
  if (explain) {
    lines.push(`; ${result.rcode} in ${Math.round(result.elapsedMs)} ms`)
    for (const step of result.steps) lines.push(...explainStep(step))
  }
  return lines
}

function recordLine(record: RecordView): string {
  return `${record.name}. ${record.ttl} IN ${record.type} ${record.rdata}`
}

function explainStep(step: ExplainStep): string[] {
  const fact = (label: string, value: string | undefined): string[] =>
    value === undefined || value === '' ? [] : [`;   ${label.padEnd(10)} ${value}`]
  return [
    `; ${step.name} ${step.type}: ${step.kind}`,
    ...fact('system', step.system),
    ...fact('format', step.format),
    ...fact('signed by', step.signer),
    ...fact('signed at', step.signedAt === undefined ? undefined : isoTime(step.signedAt)),
    ...fact('valid to', step.validUntil === undefined ? undefined : isoTime(step.validUntil)),
    ...fact('event', step.eventIds?.join(', ')),
    ...fact('relays', step.sources?.join(', ')),
    ...fact('verified', step.verifiedBy),
    ...(step.notes ?? []).flatMap((note) => fact('note', note)),
  ]
}

export function isoTime(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().replace('.000Z', 'Z')
}
