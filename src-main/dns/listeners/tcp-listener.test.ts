import { afterEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../env/logger.ts'
import { dialTcp, frame } from '../testing/clients.ts'
import type { ManualClock } from '../testing/manual-clock.ts'
import { createManualClock } from '../testing/manual-clock.ts'
import { defaultTcpLimits, openTcp } from './tcp-listener.ts'
import type { LateReply, OpenListener, QueryHandler } from './transport.ts'

/** Answers a query with itself at once, or later when its third octet is `L`. */
function createEcho(): QueryHandler & { readonly late: LateReply[]; readonly sizes: number[] } {
  const late: LateReply[] = []
  const sizes: number[] = []
  return {
    late,
    sizes,
    handle(packet, length, out, _transport, _endpoint, capture) {
      sizes.push(length)
      if (packet[2] === 0x4c) {
        const reply = capture()
        const copy = packet.slice(0, length)
        late.push(() => reply(copy, copy.length, 0))
        return 0
      }
      out.set(packet.subarray(0, length))
      return length
    },
    maxAge: () => 0,
  }
}

const message = (id: number, mark = 'N', length = 12): Buffer => {
  const bytes = Buffer.alloc(length, 1)
  bytes.writeUInt16BE(id)
  bytes.write(mark, 2)
  return bytes
}
const idOf = (bytes: Buffer): number => bytes.readUInt16BE(0)

describe('TCP listener', () => {
  let listener: OpenListener | undefined
  let clock: ManualClock
  let echo: ReturnType<typeof createEcho>

  const open = async (limits = defaultTcpLimits): Promise<number> => {
    clock = createManualClock()
    echo = createEcho()
    listener = await openTcp(echo, 'proxy', '127.0.0.1', 0, clock, silentLogger, limits)
    return listener.port
  }
  afterEach(async () => {
    await listener?.close()
    listener = undefined
  })

  it('answers pipelined queries, late ones out of order', async () => {
    const dialog = await dialTcp(await open())
    dialog.socket.write(
      Buffer.concat([frame(message(1, 'L')), frame(message(2)), frame(message(3))]),
    )
    expect(idOf(await dialog.next())).toBe(2)
    expect(idOf(await dialog.next())).toBe(3)
    echo.late[0]?.(message(1), 12, 0)
    expect(idOf(await dialog.next())).toBe(1)
    dialog.socket.destroy()
  })

  it('takes queries in pieces, the length prefix included', async () => {
    const dialog = await dialTcp(await open())
    for (const octet of frame(message(9))) {
      dialog.socket.write(Uint8Array.of(octet))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(idOf(await dialog.next())).toBe(9)
    dialog.socket.destroy()
  })

  it('takes and gives messages of 65,535 octets', async () => {
    const dialog = await dialTcp(await open())
    const large = message(8, 'N', 65_535)
    dialog.socket.write(Buffer.concat([frame(large), frame(message(4))]))
    expect((await dialog.next()).equals(large)).toBe(true)
    expect(idOf(await dialog.next())).toBe(4)
    expect(echo.sizes).toEqual([65_535, 12])
    dialog.socket.destroy()
  })

  it('answers a client that has closed its side, then closes too', async () => {
    const dialog = await dialTcp(await open(), true)
    dialog.socket.end(frame(message(1, 'L')))
    await expect.poll(() => echo.late.length).toBe(1)
    echo.late[0]?.(message(1), 12, 0)
    expect(idOf(await dialog.next())).toBe(1)
    await dialog.ended
  })

  it('hangs up on a client that drips: time counts from the last whole query', async () => {
    const dialog = await dialTcp(await open())
    dialog.socket.write(frame(message(1)))
    await dialog.next()
    dialog.socket.write(Uint8Array.of(0))
    clock.advance(9_000)
    dialog.socket.write(Uint8Array.of(100))
    clock.advance(999)
    expect(dialog.socket.destroyed).toBe(false)
    clock.advance(1)
    await dialog.ended
  })

  it('hangs up on a client that says nothing', async () => {
    const dialog = await dialTcp(await open())
    await new Promise((resolve) => setImmediate(resolve))
    dialog.socket.write(frame(message(1)))
    await dialog.next()
    clock.advance(10_000)
    await expect(dialog.ended).resolves.toBeUndefined()
  })

  it('reads on only when earlier queries are answered', async () => {
    const dialog = await dialTcp(await open({ ...defaultTcpLimits, maxPipelined: 2 }))
    dialog.socket.write(
      Buffer.concat([1, 2, 3, 4].map((id) => frame(message(id, id === 4 ? 'N' : 'L')))),
    )
    await expect.poll(() => echo.late.length).toBe(2)
    echo.late[0]?.(message(1), 12, 0)
    await expect.poll(() => echo.late.length).toBe(3)
    echo.late[1]?.(message(2), 12, 0)
    echo.late[2]?.(message(3), 12, 0)
    const ids: number[] = []
    while (ids.length < 4) ids.push(idOf(await dialog.next()))
    // The fourth is answered as soon as there is room, so before the held-back third.
    expect(ids).toEqual([1, 2, 4, 3])
    dialog.socket.destroy()
  })

  it('turns away connections over the limit', async () => {
    const port = await open({ ...defaultTcpLimits, maxConnections: 2 })
    const dialogs = [await dialTcp(port), await dialTcp(port)]
    for (const dialog of dialogs) {
      dialog.socket.write(frame(message(1)))
      await dialog.next()
    }
    const third = await dialTcp(port)
    await expect(third.ended).resolves.toBeUndefined()
    for (const dialog of dialogs) dialog.socket.destroy()
  })

  it('closes its connections when stopped', async () => {
    const dialog = await dialTcp(await open())
    dialog.socket.write(frame(message(1)))
    await dialog.next()
    await listener?.close()
    await listener?.close()
    await expect(dialog.ended).resolves.toBeUndefined()
  })
})
