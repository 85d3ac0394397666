/** The transparent mode, private addresses and withdrawn pins, with whole engines and real relays. */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeNpub } from '../names/npub.ts'
import { ok } from '../env/errors.ts'
import { createDemoOrigin, type DemoOrigin } from '../trust/origin/demo-origin.ts'
import { get, send } from '../trust/terminator/testing/proxy-client.ts'
import { queryUdp } from './query-udp.ts'
import { startTestEngines, type TestEngine, type TestEngines } from './testing/test-engines.ts'
import { testEnv } from './testing/test-relay.ts'

/** An address of this computer's own that is not the one everything listens on. */
const ownAddress = `127.77.${randomInt(1, 255)}.${randomInt(1, 255)}`

let engines: TestEngines
const origins: DemoOrigin[] = []

beforeEach(async () => {
  engines = await startTestEngines()
})
afterEach(async () => {
  await engines.stop()
  await Promise.all(origins.splice(0).map((origin) => origin.stop()))
})

interface Publisher extends TestEngine {
  readonly domain: string
  readonly pubkey: string
  /** Serves the certificate that is pinned. */
  serve(address: string, port: number): Promise<DemoOrigin>
}

async function startPublisher(address: string): Promise<Publisher> {
  const owner = await engines.start('owner')
  const { pubkey } = await owner.call('keys.create', { label: 'me' })
  const { keyPath, certificatePath } = await owner.call('ownCertificates.create', {})
  await owner.call('publish.address', { addresses: [address], follow: false })
  await owner.call('ownCertificates.publish', {})
  const domain = `${encodeNpub(pubkey)}.nostr`
  return {
    ...owner,
    domain,
    pubkey,
    async serve(listenOn, listenPort) {
      const origin = createDemoOrigin(testEnv, {
        profile: 'owner',
        domain,
        address: listenOn,
        port: listenPort,
        certificate: async () =>
          ok({
            keyPem: await readFile(keyPath, 'utf8'),
            certificatePem: await readFile(certificatePath, 'utf8'),
          }),
      })
      origins.push(origin)
      await origin.start()
      return origin
    },
  }
}

async function addressesOf(
  { engine }: TestEngine,
  domain: string,
  type: 'A' | 'AAAA' = 'A',
): Promise<readonly string[]> {
  const split = engine.snapshot().resolver.listeners.find(({ id }) => id === 'split')
  const { answers } = await queryUdp(split?.port ?? 0, domain, type)
  return answers.flatMap(({ rdata }) => ('address' in rdata ? [rdata.address] : []))
}

const mayListen443 = await new Promise<boolean>((resolve) => {
  const server = createServer()
  server.once('error', () => resolve(false))
  server.listen(443, ownAddress, () => server.close(() => resolve(true)))
})

describe('the transparent mode', () => {
  async function startVisitor(tls: number, allowed: string): Promise<TestEngine> {
    const visitor = await engines.start('visitor', { transparentPorts: { tls, http: 0 } })
    await visitor.call('settings.update', {
      resolver: { privateAddressOwners: [allowed] },
      trust: { transparent: true },
    })
    return visitor
  }

  it('leads names with pins here while it is on, and back to their own addresses', async () => {
    const owner = await startPublisher(ownAddress)
    const { domain } = owner
    const visitor = await startVisitor(await freePort(), owner.pubkey)
    expect(await addressesOf(visitor, domain)).toEqual([ownAddress])

    const { transparent } = await visitor.call('trust.enable', {})
    expect(transparent).toMatchObject({ state: 'listening' })
    expect(await addressesOf(visitor, domain)).toEqual(['127.0.0.1'])
    const ipv6 = transparent?.addresses.filter((address) => address.includes(':'))
    expect(await addressesOf(visitor, domain, 'AAAA')).toEqual(ipv6)
    const { answers } = await visitor.call('names.resolve', { name: domain, type: 'A' })
    expect(answers).toMatchObject([{ rdata: ownAddress }])

    await visitor.call('settings.update', { trust: { transparent: false } })
    await expect.poll(() => addressesOf(visitor, domain)).toEqual([ownAddress])
    expect(visitor.engine.snapshot().trust.transparent?.state).toBe('off')
    await visitor.call('settings.update', { trust: { transparent: true } })
    await expect.poll(() => addressesOf(visitor, domain)).toEqual(['127.0.0.1'])

    // The owner says that there is no TLS any more: the judge explains, and plain http stays shut.
    await owner.call('ownCertificates.withdraw', {})
    expect(owner.engine.snapshot().ownCertificates).toMatchObject([{ isPublished: false }])
    const check = () => visitor.call('certificates.check', { domain, port: 443 })
    await expect.poll(async () => (await check()).state).not.toBe('match')
    expect(await addressesOf(visitor, domain)).toEqual(['127.0.0.1'])
    await visitor.call('trust.disable', {})
    expect(await addressesOf(visitor, domain)).toEqual([ownAddress])
  })

  it('that cannot listen says so, and leads nowhere', async () => {
    const owner = await startPublisher(ownAddress)
    const blocker = createServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    const { port } = blocker.address() as AddressInfo
    const visitor = await startVisitor(port, owner.pubkey)
    const { transparent, proxy } = await visitor.call('trust.enable', {})
    expect(transparent?.state).toBe('failed')
    expect(proxy.state).toBe('listening')
    expect(visitor.engine.snapshot().health).toContainEqual(
      expect.objectContaining({ code: 'transparent.port-in-use' }),
    )
    expect(await addressesOf(visitor, owner.domain)).toEqual([ownAddress])
    blocker.close()
  })

  it.skipIf(!mayListen443)('gives programs that know no proxy the judged page', async () => {
    const owner = await startPublisher(ownAddress)
    await owner.serve(ownAddress, 443)
    const port = await freePort()
    const visitor = await startVisitor(port, owner.pubkey)
    await visitor.call('trust.enable', {})
    const { pem } = await visitor.call('trust.exportRoot', {})
    const [host = ''] = await addressesOf(visitor, owner.domain)
    const socket = connectTls({ host, port, servername: owner.domain, ca: pem })
    await once(socket, 'secureConnect')
    expect((await send(socket, owner.domain)).body).toContain('It works')
  })
})

describe('a stranger’s name for a device of the local network', () => {
  it('whose own certificate is pinned gives the page that says so, and no connection', async () => {
    const owner = await startPublisher('127.0.0.1')
    const port = (await owner.serve('127.0.0.1', 0)).port()
    await owner.call('ownCertificates.publish', { ports: [443, port] })
    const visitor = await engines.start('visitor')
    const { proxy } = await visitor.call('trust.enable', {})
    const { pem } = await visitor.call('trust.exportRoot', {})
    const response = await get(proxy.port, owner.domain, pem)
    expect(response.status).toBe(502)
    expect(response.body).toContain('points into your own network')
    expect(response.body).toContain('127.0.0.1')

    const checked = await visitor.call('certificates.check', { domain: owner.domain, port })
    expect(checked.state).toBe('unreachable')
    expect(checked.steps.at(-1)?.detail).toMatch(/127\.0\.0\.1, inside a private network/u)
    // DNS still withholds it.
    expect(await addressesOf(visitor, owner.domain)).toEqual([])

    // Once the user allows it, the same name and device are fine: nothing else stood in the way.
    await visitor.call('settings.update', { resolver: { privateAddressOwners: [owner.pubkey] } })
    const allowed = await visitor.call('certificates.check', { domain: owner.domain, port })
    expect(allowed.state).toBe('match')
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
