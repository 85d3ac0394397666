import type { Snapshot } from '../../src-preload/contract/model.ts'
import { connectControl } from '../engine/control-client.ts'
import { controlPath } from '../engine/control-path.ts'
import { exitCodes, report, reportProblem } from './terminal.ts'
import type { Verb } from './verb.ts'

export const statusVerb: Verb = {
  name: 'status',
  summary: 'what the running engine is doing',
  usage: ['status'],
  async run(context) {
    const client = await connectControl(controlPath(context.dataDir))
    if (client === undefined) {
      return reportProblem(context.terminal, {
        code: 'engine.not-found',
        message: 'No engine is running for this data folder.',
        hint: 'Start the app, or `nostr-dns serve`.',
      })
    }
    try {
      const reply = await client.call('state.snapshot', {})
      if (!reply.ok) return reportProblem(context.terminal, reply.error)
      report(context.terminal, reply.value, describe(reply.value))
      return exitCodes.ok
    } finally {
      client.close()
    }
  },
}

function describe(state: Snapshot): string[] {
  const { counters } = state
  return [
    `.nostr resolution is ${state.resolver.enabled ? 'on' : 'off'} (version ${state.version})`,
    ...state.resolver.listeners.map((listener) => {
      const where = listener.addresses
        .map((address) => `${address} port ${listener.port}`)
        .join(', ')
      return `  ${listener.id.padEnd(6)} ${listener.state}${where === '' ? '' : ` on ${where}`}${listener.problem === undefined ? '' : `: ${listener.problem}`}`
    }),
    'relays',
    ...state.relays.map(
      (relay) =>
        `  ${relay.url} ${relay.state}${relay.lastError === undefined ? '' : `: ${relay.lastError}`}`,
    ),
    `queries ${counters.queries}: ${counters.managed} managed, ${counters.forwarded} forwarded, ${counters.cacheHits} from cache, ${counters.failures} failed`,
    `publishing ${state.publish.hosts.length} host(s), ${state.publish.queued} event(s) waiting for a relay`,
    ...state.health.map(
      (item) =>
        `${item.severity}: ${item.message}${item.hint === undefined ? '' : ` ${item.hint}`}`,
    ),
  ]
}
