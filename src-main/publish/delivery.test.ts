import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocketServer } from 'ws'
import type { PublishReport } from './publisher.ts'
import { startBench, startRelay } from './testing/publish-bench.ts'
import { canonical, valueOf, codeOf, copyOf, passTimeUntil } from './testing/publish-checks.ts'

/** A relay that holds nothing and takes nothing. */
async function startRefusingRelay(reason: string): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const [type, subject] = JSON.parse(data.toString('utf8')) as [string, { id: string }]
      const answer = type === 'REQ' ? ['EOSE', subject] : ['OK', subject.id, false, reason]
      socket.send(JSON.stringify(answer))
    })
  })
  await once(server, 'listening')
  onTestFinished(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('results of relays', () => {
  test('one taker is partial, in the order the relays answered, with the reasons', async () => {
    const bench = await startBench({ relays: 1 })
    bench.relays.urls.unshift('ws://127.0.0.1:1')
    const seen: PublishReport[] = []
    bench.publisher.onProgress((report) => seen.push(report))
    const report = valueOf(
      await bench.publisher.publishAddress(bench.pubkey, { signal: bench.signal }),
    )
    expect(report.state).toBe('partial')
    expect(copyOf(report, 'canonical')?.relays).toMatchObject([
      { url: 'ws://127.0.0.1:1', outcome: 'unreachable' },
      { url: bench.relays.urls[1], outcome: 'ok' },
    ])
    const counts = seen.map((step) => copyOf(step, 'canonical')?.relays.length ?? 0)
    expect(counts).toEqual(counts.toSorted((a, b) => a - b))
    expect(counts).toContain(0)
    expect(bench.publisher.running()).toEqual([])
    expect(bench.publisher.queued()).toBe(1)
  })

  test('the relay inside the program alone does not make it published', async () => {
    const bench = await startBench({ relays: 1 })
    bench.relays.embedded.add(bench.relays.urls[0] ?? '')
    bench.relays.urls.push('ws://127.0.0.1:1')
    const report = valueOf(
      await bench.publisher.publishAddress(bench.pubkey, { signal: bench.signal }),
    )
    expect(report.state).toBe('queued')
  })

  test('refused by every relay is failed, with what each said', async () => {
    const bench = await startBench({ relays: 0 })
    const url = await startRefusingRelay('blocked: not on the list')
    bench.relays.urls.push(url)
    const report = valueOf(
      await bench.publisher.publishAddress(bench.pubkey, { signal: bench.signal }),
    )
    expect(report).toMatchObject({
      state: 'failed',
      problem: {
        code: 'publish.refused',
        message: expect.stringContaining(`${url} (blocked: not on the list)`),
      },
    })
    expect(bench.publisher.queued()).toBe(0)
  })

  test('without any relay the event waits, and goes out when one comes up', async () => {
    const bench = await startBench({ relays: 0 })
    bench.relays.urls.push('ws://127.0.0.1:1')
    const report = valueOf(
      await bench.publisher.publishAddress(bench.pubkey, { signal: bench.signal }),
    )
    expect(report.state).toBe('queued')
    expect(copyOf(report, 'poc-30000')).toMatchObject({
      state: 'queued',
      problem: { code: 'publish.guard-unreached' },
    })
    expect(bench.health.list().map(({ code }) => code)).toContain('publish.queued')

    const relay = await startRelay(bench.env)
    bench.relays.urls.splice(0, 1, relay.url())
    bench.clock.advance(3_000)
    bench.relays.setConnected([relay.url()])
    await expect.poll(() => bench.at(relay.url(), canonical)).toHaveLength(1)
    await expect.poll(() => bench.at(relay.url(), 30_000)).toHaveLength(1)
    await expect.poll(() => bench.publisher.hosts()[0]?.lastPublished?.state).toBe('partial')
    await expect.poll(() => bench.health.list()).toEqual([])
  })

  test('a waiting event is tried again by time, and an older version never is', async () => {
    const bench = await startBench({ relays: 0 })
    const { publisher, pubkey, signal } = bench
    bench.relays.urls.push('ws://127.0.0.1:1')
    const publish = (address: string): Promise<unknown> =>
      publisher.publishAddress(pubkey, { addresses: [address], signal })
    await publish('203.0.113.1')
    await publish('203.0.113.2')
    expect(publisher.queued()).toBe(1)
    const relay = await startRelay(bench.env)
    bench.relays.urls.splice(0, 1, relay.url())
    bench.relays.sent.length = 0
    await passTimeUntil(bench, relay.url())
    const offered = bench.relays.sent.filter(({ event }) => event.kind === canonical)
    expect(new Set(offered.map(({ event }) => event.tags[1]?.[4]))).toEqual(
      new Set(['203.0.113.2']),
    )
  })

  test('the queue outlives the program', async () => {
    const bench = await startBench({ relays: 0 })
    bench.relays.urls.push('ws://127.0.0.1:1')
    valueOf(await bench.publisher.publishAddress(bench.pubkey, { signal: bench.signal }))
    await bench.publisher.stop()
    const relay = await startRelay(bench.env)
    bench.relays.urls.splice(0, 1, relay.url())
    const again = await bench.restarted()
    expect(again.queued()).toBe(1)
    await passTimeUntil(bench, relay.url())
  })
})

describe('cancelling', () => {
  test('before signing changes nothing', async () => {
    const bench = await startBench()
    const result = await bench.publisher.publishAddress(bench.pubkey, {
      addresses: ['203.0.113.10'],
      signal: AbortSignal.abort(),
    })
    expect(codeOf(result)).toBe('publish.cancelled')
    expect(bench.publisher.hosts()).toEqual([])
    expect(bench.relays.sent).toEqual([])
  })

  test('while relays answer leaves the event in the queue', async () => {
    const bench = await startBench({ relays: 1 })
    const controller = new AbortController()
    bench.publisher.onProgress(() => controller.abort())
    const report = valueOf(
      await bench.publisher.publishAddress(bench.pubkey, {
        addresses: ['203.0.113.10'],
        signal: controller.signal,
      }),
    )
    expect(report.state).toBe('queued')
    expect(bench.publisher.queued()).toBe(1)
    await passTimeUntil(bench, bench.relays.urls[0] ?? '')
  })
})
