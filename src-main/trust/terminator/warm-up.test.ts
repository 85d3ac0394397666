import { afterEach, describe, expect, it } from 'vitest'
import { pinned, pinOf } from './testing/fake-pins.ts'
import { closed, openSecure, openTunnel } from './testing/proxy-client.ts'
import { domain, otherDomain, owner } from './testing/test-names.ts'
import { certificateFor, startSilentOrigin, type TestOrigin } from './testing/test-origin.ts'
import { startTestProxy, type TestProxy } from './testing/test-proxy.ts'

const certificate = certificateFor([domain])
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close()
})

/** A proxy that was used once for h2 and http/1.1, and closed that connection. */
async function startKnown(): Promise<{ proxy: TestProxy; origin: TestOrigin }> {
  const origin = await startSilentOrigin(certificate, { ALPNProtocols: ['h2', 'http/1.1'] })
  const proxy = await startTestProxy()
  open.push(origin, proxy)
  proxy.lead(origin.port)
  proxy.pins.set(owner, pinned(pinOf(certificate.der)))
  await visit(proxy, ['h2', 'http/1.1'])
  await expect.poll(() => origin.open()).toBe(0)
  return { proxy, origin }
}

async function visit(proxy: TestProxy, offered: string[]): Promise<string | false | null> {
  const allowed = proxy.next('allowed')
  const socket = await openSecure(proxy.port, domain, proxy.rootPem, { ALPNProtocols: offered })
  await allowed
  const { alpnProtocol } = socket
  socket.destroy()
  await closed(socket)
  return alpnProtocol
}

describe('a server that was visited before', () => {
  it('is dialled before the client says anything, and that connection is used', async () => {
    const { proxy, origin } = await startKnown()
    const { socket } = await openTunnel(proxy.port, `${domain}:443`)
    await expect.poll(() => origin.open()).toBe(1)
    socket.destroy()
    await expect.poll(() => origin.open()).toBe(0)
    expect(await visit(proxy, ['h2', 'http/1.1'])).toBe('h2')
    expect(origin.seen).toMatchObject({ connections: 3, bytes: 0 })
  })

  it('is dialled again when the client speaks something else', async () => {
    const { proxy, origin } = await startKnown()
    expect(await visit(proxy, ['http/1.1'])).toBe('http/1.1')
    await expect.poll(() => origin.open()).toBe(0)
    expect(origin.seen.connections).toBe(3)
    expect(await visit(proxy, ['http/1.1'])).toBe('http/1.1')
    expect(origin.seen.connections).toBe(4)
  })

  it('is left alone again when the client says another name', async () => {
    const { proxy, origin } = await startKnown()
    await expect(
      openSecure(proxy.port, domain, proxy.rootPem, { servername: otherDomain }),
    ).rejects.toThrow(/unrecognized.name/iu)
    await expect.poll(() => origin.open()).toBe(0)
    expect(origin.seen.bytes).toBe(0)
  })

  it('is not dialled when its owner no longer vouches for it', async () => {
    const { proxy, origin } = await startKnown()
    proxy.pins.set(owner, { kind: 'no-certificate', reason: 'withdrawn' })
    await openSecure(proxy.port, domain, proxy.rootPem)
    expect(origin.seen.connections).toBe(1)
  })
})
