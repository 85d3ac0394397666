import { once } from 'node:events'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { splice } from './splice.ts'

interface FakeSocket extends Duplex {
  /** Milliseconds of silence allowed, as set last. */
  timeoutMs: number
  readonly received: string[]
  say(text: string | null): void
}

/** A socket whose time-outs the test decides on. */
function createFakeSocket(): FakeSocket & Socket {
  const received: string[] = []
  const socket = new Duplex({
    allowHalfOpen: true,
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      received.push(chunk.toString())
      done()
    },
  })
  const extra = {
    timeoutMs: 0,
    received,
    say: (text: string | null) => socket.push(text),
    setTimeout(milliseconds: number) {
      extra.timeoutMs = milliseconds
      Object.assign(socket, { timeoutMs: milliseconds })
      return socket
    },
    destroySoon() {
      if (socket.writableFinished) socket.destroy()
      else socket.end(() => socket.destroy())
    },
  }
  return Object.assign(socket, extra) as unknown as FakeSocket & Socket
}

function startPair(): { browser: FakeSocket & Socket; server: FakeSocket & Socket } {
  const browser = createFakeSocket()
  const server = createFakeSocket()
  splice(browser, {
    socket: server as never,
    deliverTo: (sink) => void server.pipe(sink),
  })
  return { browser, server }
}

test('carries both ways', async () => {
  const { browser, server } = startPair()
  browser.say('question')
  server.say('answer')
  await expect.poll(() => [browser.received, server.received]).toEqual([['answer'], ['question']])
})

test('an end of one side leaves the other a minute of silence, and both ends close both', async () => {
  const { browser, server } = startPair()
  expect(server.timeoutMs).toBe(3_600_000)
  browser.say(null)
  await expect.poll(() => server.timeoutMs).toBe(60_000)
  expect(browser.timeoutMs).toBe(3_600_000)
  server.say('late')
  server.say(null)
  await Promise.all([once(browser, 'close'), once(server, 'close')])
  expect(browser.received).toEqual(['late'])
})

test.each(['browser', 'server'] as const)('silence of the %s ends both', async (which) => {
  const pair = startPair()
  pair[which].emit('timeout')
  await Promise.all(
    [pair.browser, pair.server].map(async (socket) => socket.destroyed || once(socket, 'close')),
  )
  expect(pair.browser.destroyed && pair.server.destroyed).toBe(true)
})

test.each(['browser', 'server'] as const)('an error of the %s ends both', async (which) => {
  const pair = startPair()
  pair[which].destroy(new Error('broken'))
  await expect.poll(() => pair.browser.destroyed && pair.server.destroyed).toBe(true)
})
