import { createServer } from 'node:http'
import type { Snapshot } from '../../src-preload/contract/model.ts'
import { AppError } from '../env/errors.ts'
import type { Logger } from '../env/logger.ts'

/**
 * Serves Prometheus text (exposition format 0.0.4) at `http://127.0.0.1:<port>/metrics`. No names
 * that were looked up are in it.
 */
export async function startMetrics(
  log: Logger,
  snapshot: () => Snapshot,
  port: number,
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('metrics are at /metrics\n')
      return
    }
    response
      .writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
      .end(formatMetrics(snapshot(), process.memoryUsage().rss))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new AppError({
              code: 'metrics.port-in-use',
              message: `Port ${port} is in use, so metrics cannot be served there.`,
              hint: 'Choose another with --metrics-port.',
            })
          : error,
      )
    })
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  log.info('metrics listening', { address: `127.0.0.1:${bound}` })
  return {
    port: bound,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

export function formatMetrics(state: Snapshot, residentBytes: number): string {
  const { counters } = state
  const lines: string[] = []
  const metric = (
    name: string,
    type: 'counter' | 'gauge',
    help: string,
    samples: readonly (readonly [labels: string, value: number])[],
  ): void => {
    lines.push(`# HELP nostr_dns_${name} ${help}`, `# TYPE nostr_dns_${name} ${type}`)
    for (const [labels, value] of samples) lines.push(`nostr_dns_${name}${labels} ${value}`)
  }
  metric('queries_total', 'counter', 'DNS queries received.', [['', counters.queries]])
  metric('cache_hits_total', 'counter', 'Queries answered from the cache.', [
    ['', counters.cacheHits],
  ])
  metric('queries_by_kind_total', 'counter', 'Queries by what became of them.', [
    ['{kind="managed"}', counters.managed],
    ['{kind="forwarded"}', counters.forwarded],
    ['{kind="refused"}', counters.refused],
  ])
  metric('failures_total', 'counter', 'Queries answered with SERVFAIL.', [['', counters.failures]])
  metric('enabled', 'gauge', '1 while .nostr names are answered.', [
    ['', state.resolver.enabled ? 1 : 0],
  ])
  metric(
    'relay_connected',
    'gauge',
    '1 while the relay is connected.',
    state.relays.map((relay) => [
      `{relay="${escapeLabel(relay.url)}"}`,
      relay.state === 'connected' ? 1 : 0,
    ]),
  )
  metric(
    'relay_events_rejected_total',
    'counter',
    'Events refused: bad id or signature, wrong author or kind, too large or from the future.',
    state.relays.map((relay) => [`{relay="${escapeLabel(relay.url)}"}`, relay.eventsRejected]),
  )
  metric('publish_queue', 'gauge', 'Events waiting for a relay.', [['', state.publish.queued]])
  metric('health_items', 'gauge', 'Conditions the owner should look at.', [
    ['{severity="error"}', state.health.filter((item) => item.severity === 'error').length],
    ['{severity="warning"}', state.health.filter((item) => item.severity === 'warning').length],
  ])
  metric('resident_memory_bytes', 'gauge', 'Resident memory of the process.', [['', residentBytes]])
  return `${lines.join('\n')}\n`
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
