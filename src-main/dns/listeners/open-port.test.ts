import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { createManualClock } from '../testing/manual-clock.ts'
import type { TestServer } from '../testing/test-server.ts'
import { startTestServer } from '../testing/test-server.ts'
import { openPort } from './open-port.ts'
import { inodesOnPort } from './port-owner.ts'

describe.each(['portable', 'batched'] as const)('a busy port, %s', (engine) => {
  let test: TestServer | undefined
  afterEach(async () => {
    await test?.server.stop()
    test = undefined
  })

  const occupy = async (): Promise<{ port: number; free(): void }> => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return { port: socket.address().port, free: () => socket.close() }
  }

  it('is named with its owner, raises health and leaves the other listeners alone', async () => {
    const busy = await occupy()
    const config = { proxyPort: busy.port, usePortFallback: false }
    test = await startTestServer({ clock: createManualClock(), engine, config })
    busy.free()
    const [proxy, split, doh] = test.server.listeners()
    expect(proxy).toMatchObject({ id: 'proxy', state: 'failed', wantedPort: busy.port })
    expect([split?.state, doh?.state]).toEqual(['listening', 'listening'])
    const [item] = test.health.list()
    expect(item).toMatchObject({ code: 'dns.port-in-use', severity: 'error' })
    const owner = process.platform === 'linux' ? `.+ \\(pid ${process.pid}\\)` : 'another program'
    expect(item?.message).toMatch(new RegExp(`^Port ${busy.port} is already used by ${owner}\\.$`))
  })

  it('is passed over for the next free one when that is allowed', async () => {
    const busy = await occupy()
    const config = { proxyPort: busy.port, usePortFallback: true }
    test = await startTestServer({ clock: createManualClock(), engine, config })
    busy.free()
    const [proxy] = test.server.listeners()
    expect(proxy).toMatchObject({ state: 'listening', wantedPort: busy.port })
    expect(proxy?.port).toBeGreaterThan(busy.port)
    expect(test.health.list()).toMatchObject([{ code: 'dns.port-moved', severity: 'warning' }])
  })
})

describe('opening a port', () => {
  it.each([
    ['EACCES', 'dns.no-permission'],
    ['EPERM', 'dns.no-permission'],
    ['EMFILE', 'dns.listen-failed'],
  ])('reports %s as %s and tries no other port', async (code, expected) => {
    let tries = 0
    const result = await openPort(
      [
        () => {
          tries += 1
          throw Object.assign(new Error(code), { code })
        },
      ],
      53,
      true,
    )
    expect(result).toMatchObject({ ok: false, error: { code: expected } })
    expect(tries).toBe(1)
  })

  it('does without IPv6 where there is none, and closes everything when one socket fails', async () => {
    const closed: string[] = []
    const open = (address: string, port: number) => {
      if (address === '::1') throw Object.assign(new Error(), { code: 'EADDRNOTAVAIL' })
      return {
        address,
        port: port === 0 ? 1234 : port,
        close: () => Promise.resolve(void closed.push(address)),
      }
    }
    const opened = await openPort([open], 0, false)
    expect(opened).toMatchObject({ ok: true, port: 1234, sockets: [{ address: '127.0.0.1' }] })
    const busy = () => {
      throw Object.assign(new Error(), { code: 'EADDRINUSE' })
    }
    expect(await openPort([open, busy], 4321, false)).toMatchObject({ ok: false })
    expect(closed).toEqual(['127.0.0.1'])
  })

  it('reads socket inodes from /proc/net tables', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '  12: 0100007F:14EA 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 4242 2 0 0',
      '  13: 0100007F:14EA 0100007F:0035 01 00000000:00000000 00:00000000 00000000  1000        0 4343 2 0 0',
      '  14: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 4444 2 0 0',
    ].join('\n')
    expect(inodesOnPort(table, 5354)).toEqual(['4242'])
  })
})
