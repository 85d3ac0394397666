import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { connect } from 'node:tls'
import { beforeAll, describe, expect, it } from 'vitest'
import { helloLimit, readClientHello } from './client-hello.ts'

const name = 'www.example.nostr'
let real: Buffer

/** What Node's TLS really sends. */
beforeAll(async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect({
    port,
    host: '127.0.0.1',
    servername: name.toUpperCase(),
    ALPNProtocols: ['h2', 'http/1.1'],
  })
  client.on('error', () => undefined)
  const [socket] = await once(server, 'connection')
  const [chunk] = await once(socket, 'data')
  real = chunk as Buffer
  client.destroy()
  server.close()
})

const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255])
const record = (content: Buffer): Buffer =>
  Buffer.concat([Buffer.from([22, 3, 1]), uint16(content.length), content])
/** A handshake message of `type` around `body`. */
const message = (body: Buffer, type = 1): Buffer =>
  Buffer.concat([Buffer.from([type, body.length >> 16]), uint16(body.length & 0xffff), body])
const vector16 = (content: Buffer): Buffer => Buffer.concat([uint16(content.length), content])
const extension = (type: number, content: Buffer): Buffer =>
  Buffer.concat([uint16(type), vector16(content)])
const fixedPart = Buffer.concat([
  Buffer.from([3, 3]),
  Buffer.alloc(32, 7),
  Buffer.from([0]),
  vector16(Buffer.from([0x13, 1])),
  Buffer.from([1, 0]),
])
/** A whole ClientHello with `extensions`. */
const hello = (...extensions: readonly Buffer[]): Buffer =>
  message(Buffer.concat([fixedPart, vector16(Buffer.concat(extensions))]))
/** `handshake` in records of `size` octets. */
const inRecords = (handshake: Buffer, size: number): Buffer => {
  const records: Buffer[] = []
  for (let at = 0; at < handshake.length; at += size) {
    records.push(record(handshake.subarray(at, at + size)))
  }
  return Buffer.concat(records)
}

describe('readClientHello', () => {
  const expected = { serverName: name, alpn: ['h2', 'http/1.1'] }

  it('reads name, in lower case, and protocols of a real hello', () => {
    expect(readClientHello(real)).toEqual({ kind: 'hello', hello: expected })
    expect(readClientHello(Buffer.concat([real, Buffer.from('early data')]))).toEqual({
      kind: 'hello',
      hello: expected,
    })
  })

  it('asks for more at every length, and never for more than there is to come', () => {
    for (let length = 0; length < real.length; length += 1) {
      const reading = readClientHello(real.subarray(0, length))
      if (reading.kind !== 'incomplete') throw new Error(`${reading.kind} at ${length}`)
      expect(reading.needs).toBeGreaterThan(length)
      expect(reading.needs).toBeLessThanOrEqual(real.length)
    }
  })

  it.each([1, 2, 3, 4, 5, 64, 200])('reads it from records of %i octets', (size) => {
    expect(readClientHello(inRecords(real.subarray(5), size))).toEqual({
      kind: 'hello',
      hello: expected,
    })
  })

  it('reads a hello longer than one record', () => {
    const padding = extension(21, Buffer.alloc(20_000))
    expect(readClientHello(inRecords(hello(padding), 2 ** 14)).kind).toBe('hello')
  })

  const sni = (...names: readonly Buffer[]): Buffer => extension(0, vector16(Buffer.concat(names)))
  const hostName = (text: string): Buffer =>
    Buffer.concat([Buffer.from([0]), vector16(Buffer.from(text))])

  it.each([
    ['no extensions at all', message(fixedPart), undefined, []],
    ['no server name', hello(), undefined, []],
    ['a server name', hello(sni(hostName('a.nostr'))), 'a.nostr', []],
    [
      'another type of name first',
      hello(sni(Buffer.from([9, 0, 1, 65]), hostName('a.nostr'))),
      'a.nostr',
      [],
    ],
    [
      'protocols',
      hello(extension(16, vector16(Buffer.from('\u0002h2\u0003foo')))),
      undefined,
      ['h2', 'foo'],
    ],
  ])('%s', (_what, handshake, serverName, alpn) => {
    expect(readClientHello(record(handshake))).toEqual({
      kind: 'hello',
      hello: { serverName, alpn },
    })
  })

  it.each([
    ['plain HTTP', Buffer.from('GET / HTTP/1.1\r\n')],
    ['one wrong octet', Buffer.from([21])],
    ['an SSL 2 hello', Buffer.from([0x80, 0x2e, 1, 3, 1])],
    ['another major version', Buffer.from([22, 2, 0])],
    ['an empty record', record(Buffer.alloc(0))],
    ['a record longer than TLS allows', Buffer.from([22, 3, 1, 0x40, 1])],
    ['another handshake message', record(message(Buffer.alloc(40), 2))],
    ['a hello longer than the limit', record(Buffer.from([1, 1, 0, 0, 3, 3]))],
    ['a body that ends too early', record(message(fixedPart.subarray(0, 20)))],
    [
      'octets after the extensions',
      record(message(Buffer.concat([fixedPart, vector16(Buffer.alloc(0)), Buffer.from([0])]))),
    ],
    [
      'an extension longer than all',
      record(message(Buffer.concat([fixedPart, uint16(4), uint16(0), uint16(9)]))),
    ],
    ['a name longer than its list', record(hello(extension(0, Buffer.from([0, 4, 0, 0, 9, 65]))))],
    ['an empty protocol', record(hello(extension(16, vector16(Buffer.from([0])))))],
  ])('refuses %s', (_what, bytes) => {
    expect(readClientHello(bytes).kind).toBe('invalid')
  })

  it('gives up at the limit, even in records of one octet', () => {
    const long = inRecords(message(Buffer.alloc(20_000)), 1)
    expect(readClientHello(long.subarray(0, helloLimit + 5)).kind).toBe('invalid')
    expect(readClientHello(long.subarray(0, helloLimit / 2)).kind).toBe('incomplete')
  })

  it('survives any octet changed', () => {
    for (let at = 0; at < real.length; at += 1) {
      for (const flip of [1, 0x80, 0xff]) {
        const bytes = Buffer.from(real)
        bytes[at] = (bytes[at] ?? 0) ^ flip
        expect(['hello', 'incomplete', 'invalid']).toContain(readClientHello(bytes).kind)
      }
    }
  })
})
