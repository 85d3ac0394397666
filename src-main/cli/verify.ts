import type { CheckReport } from '../../src-preload/contract/model.ts'
import { readPort } from './cert.ts'
import { withEngine } from './context.ts'
import { exitCodes, report, reportProblem, type ExitCode } from './terminal.ts'
import { UsageError, type Verb } from './verb.ts'

export const verifyVerb: Verb = {
  name: 'verify',
  summary: "check a server's certificate against what its owner signed",
  usage: ['verify NAME[:PORT]   (without a port: 443, then 4443)'],
  async run(context, [target, ...rest]) {
    const [domain = '', portText, ...more] = (target ?? '').split(':')
    if (domain === '' || rest.length > 0 || more.length > 0) {
      throw new UsageError('give one name, and at most one port')
    }
    const place = { domain, ...(portText === undefined ? {} : { port: readPort(portText) }) }
    return withEngine(context, async (client) => {
      const reply = await client.call('certificates.check', place)
      if (!reply.ok) {
        const code = reportProblem(context.terminal, reply.error)
        return reply.error.code === 'certificates.bad-name' ? exitCodes.usage : code
      }
      report(context.terminal, reply.value, [
        ...reply.value.steps.map(
          ({ step, ok, detail }) => `${ok ? 'ok  ' : 'FAIL'}  ${step.padEnd(8)} ${detail}`,
        ),
        `${reply.value.domain}:${reply.value.port} ${reply.value.state}`,
      ])
      return exits[reply.value.exitClass]
    })
  },
}

const exits: Readonly<Record<CheckReport['exitClass'], ExitCode>> = {
  ok: exitCodes.ok,
  failed: exitCodes.failed,
  usage: exitCodes.usage,
  'not-found': exitCodes.notFound,
  network: exitCodes.noNetwork,
}
