import { describe, expect, it } from 'vitest'
import type { Snapshot } from '../../src-preload/contract/model.ts'
import { silentLogger } from '../env/logger.ts'
import { formatMetrics, startMetrics } from './metrics.ts'

const state = {
  resolver: { enabled: true, listeners: [], upstreams: [] },
  counters: { queries: 5, managed: 2, forwarded: 1, cacheHits: 2, refused: 0, failures: 0 },
  relays: [{ url: 'wss://r.example/"x"', state: 'connected', eventsRejected: 3 }],
  names: [{ name: 'npub1visited.nostr' }],
  publish: { hosts: [], running: [], queued: 1 },
  health: [{ severity: 'error' }],
} as unknown as Snapshot

describe('metrics', () => {
  it('is Prometheus text: HELP and TYPE for each metric, labels escaped', () => {
    const text = formatMetrics(state, 1024)
    expect(text).toContain('# TYPE nostr_dns_queries_total counter\nnostr_dns_queries_total 5\n')
    expect(text).toContain('nostr_dns_relay_connected{relay="wss://r.example/\\"x\\""} 1')
    expect(text).toContain('nostr_dns_health_items{severity="error"} 1')
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) nostr_dns_\w+ .+|nostr_dns_\w+(\{.*\})? \d+)$/u)
    }
  })

  it('tells nothing of the names that were looked up', () => {
    expect(formatMetrics(state, 0)).not.toContain('visited')
  })

  it('serves /metrics on loopback and 404 elsewhere', async () => {
    const server = await startMetrics(silentLogger, () => state, 0)
    const base = `http://127.0.0.1:${server.port}`
    const response = await fetch(`${base}/metrics`)
    expect(response.headers.get('content-type')).toContain('version=0.0.4')
    expect(await response.text()).toContain('nostr_dns_enabled 1')
    expect((await fetch(`${base}/`)).status).toBe(404)
    await expect(startMetrics(silentLogger, () => state, server.port)).rejects.toThrow(/in use/)
    await server.stop()
  })
})
