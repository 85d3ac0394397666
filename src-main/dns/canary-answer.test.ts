import { afterEach, describe, expect, it } from 'vitest'
import { createManualClock } from './testing/manual-clock.ts'
import { queryBytes } from './testing/messages.ts'
import { askUdp } from './testing/clients.ts'
import { startTestServer, type TestServer } from './testing/test-server.ts'
import { rcodes } from './wire/message.ts'

const name = 'canary.0123456789abcdef0123456789abcdef.nostr'

let test: TestServer
let isPending = true

afterEach(() => test.server.stop())

async function start(enabled: boolean): Promise<void> {
  isPending = true
  test = await startTestServer({
    clock: createManualClock(),
    config: { enabled },
    answersCanary: (asked) => (isPending && asked === name ? '127.99.88.77' : undefined),
  })
}

describe('the canary', () => {
  it.each([true, false])('is answered on every endpoint, resolution on: %s', async (enabled) => {
    await start(enabled)
    for (const id of ['split', 'proxy'] as const) {
      const answer = await askUdp(test.port(id), queryBytes(name.toUpperCase(), 'A'))
      expect([id, answer.rcode, answer.answers.map(({ ttl, rdata }) => [ttl, rdata])]).toEqual([
        id,
        rcodes.NOERROR,
        [[0, { type: 'A', address: '127.99.88.77' }]],
      ])
    }
  })

  it('has no other data, and is nothing once its time is over: no cache keeps it', async () => {
    await start(true)
    const other = await askUdp(test.port('split'), queryBytes(name, 'AAAA'))
    expect([other.rcode, other.answers]).toEqual([rcodes.NOERROR, []])
    await askUdp(test.port('split'), queryBytes(name, 'A'))
    isPending = false
    const late = await askUdp(test.port('split'), queryBytes(name, 'A'))
    expect([late.rcode, late.answers]).toEqual([rcodes.NXDOMAIN, []])
  })
})
