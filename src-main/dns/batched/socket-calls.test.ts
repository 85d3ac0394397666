import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import type { LogRecord } from '../../env/logger.ts'
import { createLogger, silentLogger } from '../../env/logger.ts'
import { createReceiveBatch, createSendBatch } from './datagram-batch.ts'
import { encodeSockaddr, sockaddrPort } from './sockaddr.ts'
import type { SocketCalls } from './socket-calls.ts'
import { errno, loadSocketCalls } from './socket-calls.ts'

describe('loading the batched path', () => {
  it.each<[string, () => unknown]>([
    [
      'is missing',
      () => {
        throw new Error('Cannot find module')
      },
    ],
    ['has no poll', () => ({})],
    [
      'cannot open libc',
      () => ({
        node: {},
        load: () => {
          throw new Error('no libc')
        },
      }),
    ],
  ])('says so and does without when koffi %s', (_what, loadKoffi) => {
    const records: LogRecord[] = []
    const log = createLogger(
      (record) => records.push(record),
      'info',
      () => 0,
    )
    expect(loadSocketCalls(log, loadKoffi)).toBeUndefined()
    const lines = process.platform === 'linux' ? 1 : 0
    expect(records).toHaveLength(lines)
  })
})

const calls = loadSocketCalls(silentLogger)

describe.skipIf(!calls)('batched sockets', () => {
  const libc = calls as SocketCalls

  it.each(['127.0.0.1', '::1'])('writes socket addresses the kernel accepts: %s', (address) => {
    const fd = libc.open(address === '::1' ? 6 : 4)
    expect(libc.bind(fd, encodeSockaddr(address, 0))).toBe(0)
    const local = new Uint8Array(128).subarray(0, 28)
    libc.localAddress(fd, local)
    expect(sockaddrPort(local)).toBeGreaterThan(0)
    libc.close(fd)
  })

  it.each([
    ['2001:db8::1', [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
    ['::ffff:192.0.2.1', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1]],
    ['::', Array.from({ length: 16 }, () => 0)],
  ])('encodes %s', (address, octets) => {
    expect([...encodeSockaddr(address, 53).subarray(8, 24)]).toEqual(octets)
  })

  it('gives errors as minus errno', () => {
    const first = libc.open(4)
    const second = libc.open(4)
    libc.bind(first, encodeSockaddr('127.0.0.1', 0))
    const local = new Uint8Array(128).subarray(0, 28)
    libc.localAddress(first, local)
    const taken = libc.bind(second, encodeSockaddr('127.0.0.1', sockaddrPort(local)))
    expect(taken).toBe(-errno.EADDRINUSE)
    libc.close(first)
    libc.close(second)
  })

  it('sends more than a batch, in order, through short counts', async () => {
    const receiver = createSocket('udp4')
    receiver.bind(0, '127.0.0.1')
    await once(receiver, 'listening')
    const seen: number[] = []
    receiver.on('message', (packet) => seen.push(packet.readUInt16BE(0)))
    const fd = libc.open(4)
    libc.connect(fd, encodeSockaddr('127.0.0.1', receiver.address().port))
    let isInterrupted = false
    const moody: SocketCalls = {
      ...libc,
      sendmmsg(descriptor, vector, count) {
        isInterrupted = !isInterrupted
        return isInterrupted ? -errno.EINTR : libc.sendmmsg(descriptor, vector, Math.min(count, 7))
      },
    }
    const sender = createSendBatch(moody, fd, 64, undefined)
    for (let index = 0; index < 200; index += 1) {
      new DataView(sender.nextSlot().buffer, sender.nextSlot().byteOffset).setUint16(0, index)
      sender.commit(2)
    }
    expect(sender.flush()).toBe(true)
    await expect.poll(() => seen.length).toBe(200)
    expect(seen).toEqual(Array.from({ length: 200 }, (_, index) => index))
    expect(sender.dropped()).toBe(0)
    libc.close(fd)
    receiver.close()
  })

  it('keeps what the kernel has no room for, and gives up what it refuses', () => {
    const results = [2, -errno.EAGAIN, -errno.ECONNREFUSED, 1]
    const moody: SocketCalls = { ...libc, sendmmsg: () => results.shift() ?? 0 }
    const sender = createSendBatch(moody, 0, 64, undefined)
    for (let index = 0; index < 4; index += 1) {
      sender.nextSlot()
      sender.commit(1)
    }
    expect(sender.flush()).toBe(false)
    expect(sender.flush()).toBe(true)
    expect(sender.dropped()).toBe(1)
    expect(sender.takeError()).toBe(errno.ECONNREFUSED)
    expect(sender.takeError()).toBe(0)
  })

  it('goes on watching a socket after an error on it', async () => {
    const peer = createSocket('udp4')
    peer.bind(0, '127.0.0.1')
    await once(peer, 'listening')
    const { port } = peer.address()
    await new Promise<void>((done) => peer.close(done))
    const fd = libc.open(4)
    libc.bind(fd, encodeSockaddr('127.0.0.1', 0))
    libc.connect(fd, encodeSockaddr('127.0.0.1', port))
    const batch = createReceiveBatch(libc, 512)
    const results: number[] = []
    const watch = libc.watch(fd, () => results.push(batch.receive(fd)))
    const sender = createSendBatch(libc, fd, 64, undefined)
    sender.nextSlot()
    sender.commit(1)
    sender.flush()
    await expect.poll(() => results).toContain(-errno.ECONNREFUSED)
    const back = createSocket('udp4')
    back.bind(port, '127.0.0.1')
    await once(back, 'listening')
    const local = new Uint8Array(128).subarray(0, 28)
    libc.localAddress(fd, local)
    back.send('hello', sockaddrPort(local), '127.0.0.1')
    await expect.poll(() => results).toContain(1)
    expect(batch.lengthOf(0)).toBe(5)
    watch.close()
    libc.close(fd)
    back.close()
  })
})
