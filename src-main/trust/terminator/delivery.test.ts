import { randomBytes } from 'node:crypto'
import { Writable } from 'node:stream'
import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createDelivery } from './delivery.ts'

/** Plays the part of Node: reads `bytes` into the buffer that is asked for, part by part. */
function feed(delivery: ReturnType<typeof createDelivery>, bytes: Buffer, part: number): boolean {
  const { buffer, callback } = delivery.onread
  let goesOn = true
  for (let at = 0; at < bytes.length;) {
    const target = typeof buffer === 'function' ? buffer() : buffer
    const length = bytes.copy(target, 0, at, Math.min(at + part, bytes.length))
    at += length
    goesOn = callback(length, target)
  }
  return goesOn
}

/** A sink that writes only when told to. */
function createSlowSink(): { sink: Writable; received: Buffer[]; release(): void } {
  const received: Buffer[] = []
  const waiting: (() => void)[] = []
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      waiting.push(() => {
        // As late as possible: a buffer that was used again meanwhile would show.
        received.push(Buffer.from(chunk))
        done()
      })
    },
  })
  return { sink, received, release: () => waiting.shift()?.() }
}

const source = (): { socket: Socket; resumed: () => number } => {
  let count = 0
  const socket = new PassThrough() as unknown as Socket
  socket.resume = () => {
    count += 1
    return socket
  }
  return { socket, resumed: () => count }
}

test.each([1, 100, 4096, 4097, 16_384])(
  'delivers every byte in order in parts of %i, however late it is written',
  async (part) => {
    const bytes = randomBytes(part * 23)
    const delivery = createDelivery()
    const { sink, received, release } = createSlowSink()
    expect(feed(delivery, bytes.subarray(0, part * 3), part)).toBe(false)
    delivery.start(source().socket, sink)
    for (let at = part * 3; at < bytes.length; at += part * 5) {
      feed(delivery, bytes.subarray(at, at + part * 5), part)
      release()
      await new Promise(setImmediate)
    }
    while (Buffer.concat(received).length < bytes.length) {
      release()
      await new Promise(setImmediate)
    }
    expect(Buffer.concat(received).equals(bytes)).toBe(true)
  },
)

test('stops reading when too much waits, and goes on when it was written', async () => {
  const delivery = createDelivery()
  const { sink, received, release } = createSlowSink()
  const { socket, resumed } = source()
  delivery.start(socket, sink)
  const before = resumed()
  const part = randomBytes(16_384)
  expect(feed(delivery, part, part.length)).toBe(true)
  expect(feed(delivery, part, part.length)).toBe(false)
  await new Promise(setImmediate)
  expect(resumed()).toBe(before)
  release()
  await new Promise(setImmediate)
  expect(resumed()).toBe(before)
  release()
  await new Promise(setImmediate)
  expect(resumed()).toBe(before + 1)
  expect(received.every((chunk) => chunk.equals(part))).toBe(true)
})

test('what is read in one turn is written as one, and short messages at once', async () => {
  const delivery = createDelivery()
  const { sink, received, release } = createSlowSink()
  delivery.start(source().socket, sink)
  for (const bytes of [randomBytes(900), randomBytes(9)]) {
    feed(delivery, bytes, 300)
    await new Promise(setImmediate)
    release()
    expect(received.pop()?.equals(bytes)).toBe(true)
  }
})

test.each(['end', 'close'] as const)(
  'nothing is lost when %s comes in the same turn',
  async (event) => {
    const delivery = createDelivery()
    const { sink, received, release } = createSlowSink()
    const { socket } = source()
    socket.on('close', () => sink.end())
    delivery.start(socket, sink)
    feed(delivery, Buffer.from('the last words'), 100)
    socket.emit(event)
    release()
    await new Promise(setImmediate)
    expect(Buffer.concat(received).toString()).toBe('the last words')
    expect(sink.writableFinished).toBe(true)
  },
)
