import { withEngine } from './context.ts'
import { exitCodes, report, reportProblem } from './terminal.ts'
import { UsageError, type Verb } from './verb.ts'

export const petnameVerb: Verb = {
  name: 'petname',
  summary: 'your own short names for npubs (alice.nostr)',
  usage: ['petname set LABEL NPUB', 'petname remove LABEL', 'petname list'],
  async run(context, [what, label, npub]) {
    return withEngine(context, async (client) => {
      if (what === 'list') {
        const reply = await client.call('state.snapshot', {})
        if (!reply.ok) return reportProblem(context.terminal, reply.error)
        const { petnames } = reply.value
        report(
          context.terminal,
          petnames,
          petnames.length > 0
            ? petnames.map((entry) => `${entry.label}.nostr  ${entry.npub}`)
            : ['no petnames yet'],
        )
        return exitCodes.ok
      }
      if (what === 'set' && label !== undefined && npub !== undefined) {
        const reply = await client.call('petnames.set', { label, npub })
        if (!reply.ok) return reportProblem(context.terminal, reply.error)
        report(context.terminal, { label, npub }, [`${label}.nostr is now ${npub}.nostr`])
        return exitCodes.ok
      }
      if (what === 'remove' && label !== undefined) {
        const reply = await client.call('petnames.remove', { label })
        if (!reply.ok) return reportProblem(context.terminal, reply.error)
        report(context.terminal, { label }, [`${label}.nostr is forgotten`])
        return exitCodes.ok
      }
      throw new UsageError('petname what? set LABEL NPUB, remove LABEL or list')
    })
  },
}
