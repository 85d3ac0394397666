import { createSocket, type Socket } from 'node:dgram'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { silentLogger } from '../../env/logger.ts'
import { systemClock, systemRandom } from '../../env/system-env.ts'
import type { Env } from '../../env/env.ts'
import type { AddressSighting } from '../publisher.ts'
import type { AddressSource } from './address-source.ts'
import { detectAddress } from './detect-address.ts'
import { fetchText } from './fetch-text.ts'
import { createHttpsSource } from './https-source.ts'
import type { InterfaceAddress } from './interface-addresses.ts'
import { createStunSource } from './stun-source.ts'

const env: Env = { clock: systemClock, random: systemRandom, log: silentLogger }
const closers: (() => Promise<void>)[] = []

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

/** An HTTP service on 127.0.0.1; resolves to its URL. */
function serveHttp(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener)
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    })
  })
}

/** A STUN server on `address`; `answer` gets each request and a function that replies. */
function serveStun(
  address: '127.0.0.1' | '::1',
  answer: (request: Buffer, reply: (response: Uint8Array) => void) => void,
): Promise<string> {
  const socket: Socket = createSocket(address === '::1' ? 'udp6' : 'udp4')
  closers.push(() => new Promise((resolve) => socket.close(() => resolve())))
  socket.on('message', (request, peer) => {
    answer(request, (response) => socket.send(response, peer.port, peer.address))
  })
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.bind(0, address, () => {
      const { port } = socket.address()
      resolve(address === '::1' ? `[::1]:${port}` : `127.0.0.1:${port}`)
    })
  })
}

/** A Binding success response with XOR-MAPPED-ADDRESS, made independently of the codec under test. */
function stunResponse(request: Buffer, address: readonly number[]): Buffer {
  const key = request.subarray(4, 20)
  const xored = address.map((octet, index) => octet ^ (key[index] ?? 0))
  const family = address.length === 4 ? 1 : 2
  const value = [0, family, 0, 0, ...xored]
  const attribute = [0x00, 0x20, 0, value.length, ...value]
  return Buffer.from([0x01, 0x01, 0, attribute.length, ...key, ...attribute])
}

const v4 = [203, 0, 113, 10]
const v6 = [0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0x10]
const isPublic = (address: string): boolean => /^(203\.0\.113\.|2001:db8:)/u.test(address)

function detect(
  sources: readonly AddressSource[],
  interfaces: readonly InterfaceAddress[] = [],
  signal = new AbortController().signal,
): ReturnType<typeof detectAddress> {
  const listInterfaces = async (): Promise<readonly InterfaceAddress[]> => interfaces
  return detectAddress(env, { sources, listInterfaces, isPublic }, signal)
}

const errorOf = (sightings: readonly AddressSighting[]): string | undefined => sightings[0]?.error

describe('HTTPS services', () => {
  test('two that agree give the address; each sighting is kept', async () => {
    const one = await serveHttp((_request, response) => response.end('203.0.113.10\n'))
    const two = await serveHttp((_request, response) => response.end('203.0.113.10'))
    const three = await serveHttp((_request, response) => response.end('203.0.113.99'))
    const report = await detect(
      [one, two, three].map((url) => createHttpsSource(fetchText, url, 4)),
    )
    expect(report.v4).toBe('203.0.113.10')
    expect(report.v6).toBeUndefined()
    expect(report.sightings).toEqual([
      { source: new URL(one).host, method: 'https', family: 4, address: '203.0.113.10' },
      { source: new URL(two).host, method: 'https', family: 4, address: '203.0.113.10' },
      { source: new URL(three).host, method: 'https', family: 4, address: '203.0.113.99' },
    ])
  })

  test.each<[string, RequestListener, string]>([
    ['a page', (_q, r) => r.end('<html>hello</html>'), 'not an IP address'],
    ['a private address', (_q, r) => r.end('10.0.0.1'), 'not a public address'],
    ['the other family', (_q, r) => r.end('2001:db8:1:2::10'), 'not an IPv4 address'],
    ['an error status', (_q, r) => r.writeHead(503).end('203.0.113.10'), 'HTTP status 503'],
    ['a redirect', (_q, r) => r.writeHead(302, { location: '/x' }).end(), 'HTTP status 302'],
    ['an endless answer', (_q, r) => r.end('x'.repeat(5000)), 'too long'],
    ['a dropped connection', (q) => q.socket.destroy(), 'connection reset'],
  ])('%s is an error that says so', async (_name, listener, message) => {
    const source = createHttpsSource(fetchText, await serveHttp(listener), 4)
    expect(errorOf((await detect([source])).sightings)).toContain(message)
  })

  test('http:// to anything but loopback is refused before any traffic', async () => {
    const source = createHttpsSource(fetchText, 'http://192.0.2.1/', 4)
    expect(errorOf((await detect([source])).sightings)).toBe('not an https:// address')
  })

  test('the connection uses the family asked for, and no other', async () => {
    const url = (await serveHttp((_q, r) => r.end('203.0.113.10'))).replace(
      '127.0.0.1',
      'localhost',
    )
    const report = await detect(
      ([4, 6] as const).map((family) => createHttpsSource(fetchText, url, family)),
    )
    expect(report.sightings[0]?.address).toBe('203.0.113.10')
    expect(report.sightings[1]?.error).toBeDefined()
  })

  test('cancellation ends the wait for a service that never answers', async () => {
    const controller = new AbortController()
    const url = await serveHttp(() => controller.abort())
    const report = await detect([createHttpsSource(fetchText, url, 4)], [], controller.signal)
    expect(errorOf(report.sightings)).toBe('cancelled')
  })
})

describe('STUN', () => {
  test.each([
    ['127.0.0.1', 4, v4, '203.0.113.10'],
    ['::1', 6, v6, '2001:db8:1:2::10'],
  ] as const)('a server on %s tells the address', async (bind, family, bytes, expected) => {
    const server = await serveStun(bind, (request, reply) => reply(stunResponse(request, bytes)))
    const report = await detect([createStunSource(env, server, family)])
    expect(report.sightings).toEqual([
      { source: `stun:${bind}`, method: 'stun', family, address: expected },
    ])
  })

  test('a lost request is sent again with the same transaction id', async () => {
    const requests: string[] = []
    const server = await serveStun('127.0.0.1', (request, reply) => {
      requests.push(request.toString('hex'))
      if (requests.length === 2) reply(stunResponse(request, v4))
    })
    const timers: (() => void)[] = []
    const eager: Env = {
      ...env,
      clock: {
        nowMs: () => 0,
        schedule: (_delay, task) => {
          timers.push(task)
          return () => undefined
        },
      },
    }
    const found = createStunSource(eager, server, 4).find(new AbortController().signal)
    await expect.poll(() => requests.length).toBe(1)
    timers.at(-1)?.()
    expect(await found).toBe('203.0.113.10')
    expect(requests[0]).toBe(requests[1])
  })

  test('a forged response with another transaction id is ignored', async () => {
    const server = await serveStun('127.0.0.1', (request, reply) => {
      const forged = stunResponse(request, [203, 0, 113, 66])
      forged[19] = (forged[19] ?? 0) ^ 0xff
      reply(forged)
      reply(stunResponse(request, v4))
    })
    expect((await detect([createStunSource(env, server, 4)])).sightings[0]?.address).toBe(
      '203.0.113.10',
    )
  })

  test('a silent server times out, by the clock', async () => {
    const silent = await serveStun('127.0.0.1', () => undefined)
    const impatient: Env = {
      ...env,
      clock: {
        nowMs: () => 0,
        schedule: (delayMs, task) => {
          if (delayMs === 3000) setImmediate(task)
          return () => undefined
        },
      },
    }
    const report = await detectAddress(
      impatient,
      {
        sources: [createStunSource(impatient, silent, 4)],
        listInterfaces: async () => [],
        isPublic,
      },
      new AbortController().signal,
    )
    expect(errorOf(report.sightings)).toBe('no answer within 3 s')
  })
})

test('an HTTPS service and a STUN server make two; private interface addresses are left out', async () => {
  const url = await serveHttp((_request, response) => response.end('203.0.113.10'))
  const stun = await serveStun('127.0.0.1', (request, reply) => reply(stunResponse(request, v4)))
  const report = await detect(
    [createHttpsSource(fetchText, url, 4), createStunSource(env, stun, 4)],
    [
      { interfaceName: 'eth0', family: 4, address: '192.168.1.5', life: 'stable' },
      { interfaceName: 'eth0', family: 6, address: 'fd00::5', life: 'stable' },
    ],
  )
  expect(report.v4).toBe('203.0.113.10')
  expect(report.sightings.map(({ method }) => method)).toEqual(['https', 'stun'])
})
