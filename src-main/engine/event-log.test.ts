import { describe, expect, it } from 'vitest'
import { createHealth } from '../env/health.ts'
import { createLogger, type LogRecord } from '../env/logger.ts'
import type { PublishedHost } from '../publish/publisher.ts'
import type { RelayHealth } from '../relays/relay-service.ts'
import { logEvents } from './event-log.ts'

function setUp() {
  const records: LogRecord[] = []
  const log = createLogger(
    (record) => records.push(record),
    'info',
    () => 0,
  )
  const health = createHealth(() => 0)
  let relayList: RelayHealth[] = []
  let hosts: PublishedHost[] = []
  let relaysChanged = (): void => undefined
  let publisherChanged = (): void => undefined
  const stop = logEvents(log, {
    health,
    relays: {
      health: () => relayList,
      onHealthChange(listener) {
        relaysChanged = listener
        return () => (relaysChanged = () => undefined)
      },
    },
    publisher: {
      hosts: () => hosts,
      onChange(listener) {
        publisherChanged = listener
        return () => (publisherChanged = () => undefined)
      },
    },
  })
  return {
    lines: () => records.map(({ level, message }) => `${level} ${message}`),
    health,
    relay(state: RelayHealth['state']) {
      relayList = [{ url: 'ws://r', origin: 'user', state, eventsAccepted: 0, eventsRejected: 0 }]
      relaysChanged()
    },
    publish(atMs: number) {
      hosts = [{ pubkey: 'p', host: '@', lastPublished: { atMs, state: 'published' } }] as never
      publisherChanged()
    },
    stop,
  }
}

describe('logEvents', () => {
  it('writes one line when a condition begins and one when it ends', () => {
    const { lines, health } = setUp()
    health.raise('x', 'warning', { code: 'a.b', message: 'It broke.' })
    health.raise('x', 'warning', { code: 'a.b', message: 'It broke.' })
    health.clear('x')
    expect(lines()).toEqual(['warn It broke.', 'info no longer a problem'])
  })

  it('writes when relays come and go, once each', () => {
    const { lines, relay } = setUp()
    relay('connecting')
    relay('connected')
    relay('connected')
    relay('waiting')
    relay('connecting')
    expect(lines()).toEqual(['info relay connected', 'info relay lost'])
  })

  it('writes publications of this run, and nothing after it is stopped', () => {
    const { lines, publish, stop } = setUp()
    publish(1)
    publish(2)
    publish(2)
    stop()
    publish(3)
    expect(lines()).toEqual(['info published', 'info published'])
  })
})
