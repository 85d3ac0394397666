import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import { afterEach, describe, expect, it, test } from 'vitest'
import { createManualClock } from '../../relays/testing/manual-clock.ts'
import type { PinDecision } from '../pin-policy.ts'
import { pinned, pinOf } from './testing/fake-pins.ts'
import { closed, get, openSecure, openTunnel } from './testing/proxy-client.ts'
import { domain, owner } from './testing/test-names.ts'
import { certificateFor, startOrigin, startSilentOrigin } from './testing/test-origin.ts'
import { publicAddress, startTestProxy, testEnv } from './testing/test-proxy.ts'

const open: { close(): Promise<void> }[] = []
const closeLater = <T extends { close(): Promise<void> }>(resource: T): T => {
  open.push(resource)
  return resource
}
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close()
})

const certificate = certificateFor([domain])
const anotherPin = pinOf(certificateFor([domain]).der)

describe('a forged server', () => {
  it.each([
    ['http/1.1', ['http/1.1']],
    ['h2, not seen before', ['h2', 'http/1.1']],
    ['no protocol', undefined],
  ])('gets not one byte from a client of %s, who is told why', async (_what, offered) => {
    const origin = closeLater(
      await startSilentOrigin(certificate, { ALPNProtocols: ['h2', 'http/1.1'] }),
    )
    const proxy = closeLater(await startTestProxy())
    proxy.lead(origin.port)
    proxy.pins.set(owner, pinned(anotherPin))
    const response = await get(
      proxy.port,
      domain,
      proxy.rootPem,
      '/secret',
      offered === undefined ? {} : { ALPNProtocols: offered },
    )
    expect(response.status).toBe(502)
    expect(response.headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      connection: 'close',
    })
    expect(response.headers['strict-transport-security']).toBeUndefined()
    expect(response.headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-/u,
    )
    const grouped = anotherPin.value.match(/.{8}/gu)?.join(' ') ?? ''
    expect(response.body).toContain(grouped)
    expect(response.body).toContain(anotherPin.eventId)
    expect(response.body).not.toMatch(/<script|proceed/iu)
    expect(origin.seen).toMatchObject({ connections: 1, bytes: 0 })
    expect(proxy.observations).toMatchObject([
      { outcome: 'blocked', judgement: { ok: false, reason: 'mismatch' } },
    ])
  })

  it('that takes the place of one that spoke h2 gets nothing either, and the page comes over h2', async () => {
    const good = closeLater(await startOrigin(certificate))
    const forged = closeLater(
      await startSilentOrigin(certificateFor([domain]), { ALPNProtocols: ['h2'] }),
    )
    const proxy = closeLater(await startTestProxy())
    proxy.pins.set(owner, pinned(pinOf(certificate.der)))
    const statuses: number[] = []
    for (const origin of [good, forged]) {
      proxy.lead(origin.port)
      const socket = await openSecure(proxy.port, domain, proxy.rootPem, {
        ALPNProtocols: ['h2', 'http/1.1'],
      })
      const session = connectHttp2(`https://${domain}`, { createConnection: () => socket })
      const stream = session.request({ ':path': '/secret' })
      stream.resume()
      const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
      statuses.push(Number(headers[':status']))
      session.destroy()
    }
    expect(statuses).toEqual([200, 502])
    expect(forged.seen).toMatchObject({ connections: 1, bytes: 0 })
  })

  it('with the right key and another name is refused', async () => {
    const other = certificateFor([`www.${domain}`])
    const origin = closeLater(await startSilentOrigin(other))
    const proxy = closeLater(await startTestProxy())
    proxy.lead(origin.port)
    proxy.pins.set(owner, pinned(pinOf(other.der)))
    const response = await get(proxy.port, domain, proxy.rootPem)
    expect(response.body).toContain('belongs to another name')
    expect(origin.seen.bytes).toBe(0)
  })
})

test('a server that stopped speaking h2 costs one page, then works', async () => {
  const modern = closeLater(await startOrigin(certificate))
  const plain = closeLater(await startSilentOrigin(certificate, { ALPNProtocols: ['http/1.1'] }))
  const proxy = closeLater(await startTestProxy())
  proxy.pins.set(owner, pinned(pinOf(certificate.der)))
  const protocolsSeen: (string | false | null)[] = []
  for (const origin of [modern, plain, plain]) {
    proxy.lead(origin.port)
    const done = Promise.race([proxy.next('allowed'), proxy.next('unreachable')])
    const socket = await openSecure(proxy.port, domain, proxy.rootPem, {
      ALPNProtocols: ['h2', 'http/1.1'],
    })
    await done
    protocolsSeen.push(socket.alpnProtocol)
    socket.destroy()
  }
  expect(protocolsSeen).toEqual(['h2', 'h2', 'http/1.1'])
  expect(proxy.observations.map(({ outcome }) => outcome)).toEqual([
    'allowed',
    'unreachable',
    'allowed',
  ])
})

describe('without a pin that counts', () => {
  const decisions: [PinDecision, string][] = [
    [{ kind: 'no-certificate', reason: 'its owner says <nothing>' }, 'announced no certificate'],
    [{ kind: 'expired', expiredAt: 1_700_000_000, eventId: 'f'.repeat(64) }, 'has expired'],
    [{ kind: 'cannot-check', reason: 'no relay answers' }, 'cannot be checked now'],
  ]
  it.each(decisions)('%j: the server is not asked', async (decision, words) => {
    const origin = closeLater(await startSilentOrigin(certificate))
    const proxy = closeLater(await startTestProxy())
    proxy.lead(origin.port)
    proxy.pins.set(owner, decision)
    const response = await get(proxy.port, domain, proxy.rootPem)
    expect(response.status).toBe(502)
    expect(response.body).toContain(words)
    expect(response.body).not.toContain('<nothing>')
    expect(origin.seen.connections).toBe(0)
    expect(proxy.observations).toMatchObject([{ outcome: 'blocked', decision }])
  })

  it('a pin whose time is over does not count', async () => {
    const origin = closeLater(await startSilentOrigin(certificate))
    const proxy = closeLater(await startTestProxy())
    proxy.lead(origin.port)
    const ended = pinOf(certificate.der, 'spki', 1_700_000_000)
    proxy.pins.set(owner, { ...pinned(ended), validUntil: 4_000_000_000 } as PinDecision)
    const response = await get(proxy.port, domain, proxy.rootPem)
    expect(response.body).toContain('has expired')
    expect(origin.seen.bytes).toBe(0)
  })

  it('a certificate that vouches for itself does, when relays cannot be asked', async () => {
    const origin = closeLater(await startOrigin(certificate))
    const asked: string[] = []
    const proxy = closeLater(
      await startTestProxy({
        readStaple(der, name, asDomain) {
          asked.push(`${name.owner} ${asDomain}`)
          const staple = pinOf(certificate.der)
          return Buffer.from(der).equals(certificate.der)
            ? { ...staple, format: 'staple' }
            : undefined
        },
      }),
    )
    proxy.lead(origin.port)
    proxy.pins.set(owner, { kind: 'cannot-check', reason: 'no relay answers' })
    expect((await get(proxy.port, domain, proxy.rootPem)).status).toBe(200)
    expect(asked).toEqual([`${owner} ${domain}`])
    const forged = closeLater(await startSilentOrigin(certificateFor([domain])))
    proxy.lead(forged.port)
    expect((await get(proxy.port, domain, proxy.rootPem)).body).toContain('cannot be checked now')
    expect(forged.seen.bytes).toBe(0)
    proxy.pins.set(owner, { kind: 'no-certificate', reason: 'withdrawn' })
    proxy.lead(origin.port)
    expect((await get(proxy.port, domain, proxy.rootPem)).status).toBe(502)
  })
})

describe('addresses', () => {
  it.each([
    ['127.0.0.1'],
    ['192.168.1.1'],
    ['169.254.169.254'],
    ['::1'],
    ['::ffff:10.0.0.1'],
    ['::ffff:c0a8:101'],
    ['fe80::1'],
    ['fd00::1'],
    ['::'],
    ['0.0.0.0'],
    ['100.64.0.1'],
    ['224.0.0.251'],
    // NAT64, its local form, 6to4 and IPv4-compatible forms of 192.168.1.1.
    ['64:ff9b::c0a8:101'],
    ['64:ff9b:1::c0a8:101'],
    ['2002:c0a8:101::1'],
    ['::c0a8:101'],
  ])(
    'a stranger’s name for %s is not dialled, though its own certificate is pinned',
    async (address) => {
      const device = closeLater(await startSilentOrigin(certificate))
      const proxy = closeLater(await startTestProxy())
      proxy.ports.set(address, device.port)
      proxy.addresses.set(domain, [address])
      proxy.pins.set(owner, pinned(pinOf(certificate.der)))
      const response = await get(proxy.port, domain, proxy.rootPem)
      expect(response.body).toContain('points into your own network')
      expect(response.body).toContain(address)
      expect(proxy.dialled).toEqual([])
      expect(device.seen.connections).toBe(0)
    },
  )

  it('of the local network are dialled for owners who may', async () => {
    const device = closeLater(await startOrigin(certificate))
    const proxy = closeLater(await startTestProxy({ allowsPrivate: (asked) => asked === owner }))
    proxy.ports.set('192.168.1.1', device.port)
    proxy.addresses.set(domain, ['192.168.1.1'])
    proxy.pins.set(owner, pinned(pinOf(certificate.der)))
    expect((await get(proxy.port, domain, proxy.rootPem)).status).toBe(200)
  })

  it('that are private are left out when there are others', async () => {
    const origin = closeLater(await startOrigin(certificate))
    const proxy = closeLater(await startTestProxy())
    proxy.lead(origin.port)
    proxy.addresses.set(domain, ['10.0.0.1', publicAddress])
    proxy.pins.set(owner, pinned(pinOf(certificate.der)))
    expect((await get(proxy.port, domain, proxy.rootPem)).status).toBe(200)
    expect(proxy.dialled).toEqual([publicAddress])
  })

  it('where nobody listens give the page of an unreachable server', async () => {
    const proxy = closeLater(await startTestProxy())
    proxy.pins.set(owner, pinned(pinOf(certificate.der)))
    const response = await get(proxy.port, domain, proxy.rootPem)
    expect(response.body).toContain('cannot be reached')
    expect(response.body).toContain('refused the connection')
    expect(proxy.observations).toMatchObject([{ outcome: 'unreachable' }])
  })

  it('that nobody gives do too', async () => {
    const proxy = closeLater(await startTestProxy())
    proxy.addresses.set(domain, [])
    proxy.pins.set(owner, pinned(pinOf(certificate.der)))
    expect((await get(proxy.port, domain, proxy.rootPem)).body).toContain('gives no address')
  })
})

describe('slow clients', () => {
  it('a ClientHello byte by byte is as good as at once', async () => {
    const origin = closeLater(await startOrigin(certificate))
    const proxy = closeLater(await startTestProxy())
    proxy.lead(origin.port)
    proxy.pins.set(owner, pinned(pinOf(certificate.der)))
    for (const size of [1, 7, 200]) {
      const dribble = closeLater(await startDribble(proxy.port, size))
      expect((await get(dribble.port, domain, proxy.rootPem)).status).toBe(200)
    }
  })

  it.each([
    ['half a ClientHello', Buffer.from([22, 3, 1, 2, 0, 1])],
    ['nothing', Buffer.alloc(0)],
  ])('after %s and 10 seconds is cut off', async (_what, bytes) => {
    const clock = createManualClock(Date.now())
    const proxy = closeLater(await startTestProxy({ env: { ...testEnv, clock } }))
    proxy.pins.set(owner, pinned(pinOf(certificate.der)))
    const { socket, status } = await openTunnel(proxy.port, `${domain}:443`)
    expect(status).toBe(200)
    socket.write(bytes)
    clock.advance(9_999)
    expect(socket.destroyed).toBe(false)
    clock.advance(1)
    await closed(socket)
    expect(proxy.dialled).toEqual([])
  })

  it('that say nothing at all are cut off too', async () => {
    const clock = createManualClock(Date.now())
    const proxy = closeLater(await startTestProxy({ env: { ...testEnv, clock } }))
    const socket = connectTcp({ host: '127.0.0.1', port: proxy.port })
    await once(socket, 'connect')
    await expect.poll(() => clock.pending()).toBeGreaterThan(0)
    socket.resume()
    clock.advance(10_000)
    await closed(socket)
  })
})

/** Passes bytes on to `target`, what comes from the client in pieces of `size` octets. */
async function startDribble(
  target: number,
  size: number,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const { createServer } = await import('node:net')
  const server = createServer({ noDelay: true }, (client) => {
    const onward = connectTcp({ host: '127.0.0.1', port: target, noDelay: true })
    client.on('error', () => undefined)
    onward.on('error', () => undefined)
    onward.pipe(client)
    client.on('close', () => onward.destroy())
    const feed = async (): Promise<void> => {
      for await (const chunk of client as AsyncIterable<Buffer>) {
        for (let at = 0; at < chunk.length; at += size) {
          onward.write(chunk.subarray(at, at + size))
          await new Promise(setImmediate)
        }
      }
      onward.end()
    }
    feed().catch(() => onward.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
