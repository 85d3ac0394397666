import { readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createHttpsGet } from './https-get.ts'

const fixture = (name: string): string =>
  readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')
/** A throw-away key pair for `example.com`. */
const cert = fixture('test-server.crt')
const key = fixture('test-server.key')

async function serve(listener: RequestListener): Promise<URL> {
  const server = createServer({ cert, key }, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return new URL(`https://example.com:${(server.address() as AddressInfo).port}/x.json`)
}

const toLoopback = createHttpsGet({
  maxBytes: 1000,
  ca: cert,
  lookup: (_host, { all }, done) => {
    if (all === true) done(null, [{ address: '127.0.0.1', family: 4 }])
    else done(null, '127.0.0.1', 4)
  },
})
const never = new AbortController().signal

describe('createHttpsGet', () => {
  test('gives status and body', async () => {
    const url = await serve((request, response) => {
      response.end(`${request.headers.host?.split(':')[0]} ${request.url}`)
    })
    expect(await toLoopback(url, never)).toEqual({
      ok: true,
      value: { status: 200, body: 'example.com /x.json' },
    })
  })

  test('follows no redirect', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(302, { location: 'https://example.org/' }).end()
    })
    expect(await toLoopback(url, never)).toMatchObject({ ok: true, value: { status: 302 } })
  })

  test('refuses a large body without reading it all', async () => {
    const url = await serve((_request, response) => {
      const more = (): void => {
        while (response.write('x'.repeat(400)));
        response.once('drain', more)
      }
      more()
    })
    expect(await toLoopback(url, never)).toMatchObject({ error: { code: 'nip05.too-large' } })
  })

  test('ends when told to', async () => {
    const asker = new AbortController()
    const url = await serve(() => asker.abort())
    expect(await toLoopback(url, asker.signal)).toMatchObject({
      error: { code: 'nip05.unreachable' },
    })
  })

  test('reports a connection that breaks', async () => {
    const url = await serve((request) => request.socket.destroy())
    expect(await toLoopback(url, never)).toMatchObject({ error: { code: 'nip05.unreachable' } })
  })

  test('believes only certificates it can check', async () => {
    const url = await serve((_request, response) => response.end('x'))
    const other = new URL(url)
    other.hostname = 'example.org'
    expect(await toLoopback(other, never)).toMatchObject({ error: { code: 'nip05.unreachable' } })
  })

  test('connects to no private address', async () => {
    let reached = false
    const url = await serve((_request, response) => {
      reached = true
      response.end('x')
    })
    url.hostname = 'localhost'
    const get = createHttpsGet({ maxBytes: 1000, ca: cert })
    expect(await get(url, never)).toMatchObject({
      error: { message: 'localhost has no public address' },
    })
    expect(reached).toBe(false)
  })

  test.each(['http://example.com/', 'https://127.0.0.1/', 'https://[::1]/', 'https://2130706433/'])(
    'refuses %s',
    async (url) => {
      expect(await toLoopback(new URL(url), never)).toMatchObject({
        error: { code: 'nip05.not-https' },
      })
    },
  )
})
