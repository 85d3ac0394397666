import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { pinned, pinOf } from './testing/fake-pins.ts'
import { closed, get, openSecure, openTunnel } from './testing/proxy-client.ts'
import { domain, owner } from './testing/test-names.ts'
import { certificateFor, startSilentOrigin } from './testing/test-origin.ts'
import { startTestProxy } from './testing/test-proxy.ts'

const open: { close(): Promise<void> }[] = []
const closeLater = <T extends { close(): Promise<void> }>(resource: T): T => {
  open.push(resource)
  return resource
}
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close()
})

const certificate = certificateFor([domain])

test('stop ends connections in every state, twice, and start begins again', async () => {
  const origin = closeLater(await startSilentOrigin(certificate))
  const proxy = closeLater(await startTestProxy())
  proxy.lead(origin.port)
  proxy.pins.set(owner, pinned(pinOf(certificate.der)))
  const allowed = proxy.next('allowed')
  const live = await openSecure(proxy.port, domain, proxy.rootPem)
  await allowed
  const silent = connect({ host: '127.0.0.1', port: proxy.port })
  await once(silent, 'connect')
  const { socket: half } = await openTunnel(proxy.port, `${domain}:443`)
  const all = [live, silent, half].map((socket) => {
    socket.resume()
    return closed(socket)
  })
  await proxy.terminator.stop()
  await Promise.all(all)
  await proxy.terminator.stop()
  expect(proxy.terminator.status()).toMatchObject({ state: 'off', connections: 0 })
  await proxy.terminator.start()
  await proxy.terminator.start()
  expect(proxy.terminator.status().state).toBe('listening')
  // Port 0 takes another one each time.
  const { port } = proxy.terminator.status()
  proxy.pins.set(owner, { kind: 'no-certificate', reason: 'none' })
  expect((await get(port, domain, proxy.rootPem)).status).toBe(502)
})

test('a busy port is a condition of health, not a failure to start', async () => {
  const squatter = createServer().listen(0, '127.0.0.1')
  await once(squatter, 'listening')
  const { port } = squatter.address() as AddressInfo
  const proxy = closeLater(await startTestProxy({ port }))
  const status = proxy.terminator.status()
  expect(status).toMatchObject({ state: 'failed', port, connections: 0 })
  expect(status.problem).toContain(`Port ${port} is already used by`)
  expect(proxy.health.list()).toMatchObject([{ code: 'proxy.port-in-use', severity: 'error' }])
  await proxy.terminator.stop()
  squatter.close()
  await once(squatter, 'close')
  await proxy.terminator.start()
  expect(proxy.terminator.status()).toMatchObject({
    state: 'listening',
    pacUrl: `http://127.0.0.1:${port}/proxy.pac`,
  })
  expect(proxy.health.list()).toEqual([])
})

test('without an authority the client is cut off and nothing gets through', async () => {
  const origin = closeLater(await startSilentOrigin(certificate))
  const proxy = closeLater(await startTestProxy())
  proxy.lead(origin.port)
  proxy.pins.set(owner, pinned(pinOf(certificate.der)))
  await proxy.authority.destroy(proxy.authority.current()?.rootSha256 ?? '')
  const blocked = proxy.next('blocked')
  await expect(openSecure(proxy.port, domain, proxy.rootPem)).rejects.toThrow(
    /disconnected|reset|hang up/iu,
  )
  expect((await blocked).detail).toContain('no certificate can be made')
  expect(origin.seen.bytes).toBe(0)
})

test('a client that trusts nobody ends nothing but its own connection', async () => {
  const origin = closeLater(await startSilentOrigin(certificate))
  const proxy = closeLater(await startTestProxy())
  proxy.lead(origin.port)
  proxy.pins.set(owner, pinned(pinOf(certificate.der)))
  await expect(openSecure(proxy.port, domain, certificate.cert)).rejects.toThrow(/certificate/u)
  await expect.poll(() => proxy.terminator.status().connections).toBe(0)
  const socket = await openSecure(proxy.port, domain, proxy.rootPem)
  socket.destroy()
})

test('listens on loopback only', async () => {
  const proxy = closeLater(await startTestProxy())
  const { networkInterfaces } = await import('node:os')
  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')
  if (outside === undefined) return
  const socket = connect({ host: outside.address, port: proxy.port })
  await expect(once(socket, 'connect')).rejects.toThrow(/ECONNREFUSED/u)
})
