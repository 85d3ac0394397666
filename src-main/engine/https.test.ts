import { readFile, stat } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ok } from '../env/errors.ts'
import { createDemoOrigin } from '../trust/origin/demo-origin.ts'
import { startTestEngines, type TestEngines } from './testing/test-engines.ts'
import { testEnv } from './testing/test-relay.ts'

let engines: TestEngines

beforeEach(async () => {
  engines = await startTestEngines()
})
afterEach(() => engines.stop())

const start: TestEngines['start'] = (...given) => engines.start(...given)

describe('trust on this computer', () => {
  it('is off until it is switched on, and leaves nothing behind when switched off', async () => {
    const { engine, call } = await start('one')
    expect(engine.snapshot().trust).toMatchObject({ proxy: { state: 'off' } })
    expect(engine.snapshot().trust).not.toHaveProperty('authority')

    const on = await call('trust.enable', {})
    expect(on.proxy.state).toBe('listening')
    const target = on.targets.find(({ kind }) => kind === 'chromium')
    expect(target?.state).toBe('missing')
    const installed = await call('trust.install', { targetId: target?.id ?? '' })
    expect(installed.targets.find(({ id }) => id === target?.id)?.state).toBe('installed')

    const off = await call('trust.disable', {})
    expect(off.proxy.state).toBe('off')
    expect(off).not.toHaveProperty('authority')
    expect(off.targets.find(({ id }) => id === target?.id)?.state).toBe('missing')
    const again = await call('trust.disable', {})
    expect(again.proxy.state).toBe('off')
  })

  it('keeps authority and port over a restart', async () => {
    const first = await start('one')
    const before = await first.call('trust.enable', {})
    await first.engine.stop()
    const second = await start('one')
    expect(second.engine.snapshot().trust).toMatchObject({
      authority: { rootSha256: before.authority?.rootSha256 },
      proxy: { state: 'listening', port: before.proxy.port },
    })
  })

  it('gives browsers that trusted the old authority the new one when it is changed', async () => {
    const { call } = await start('one')
    const on = await call('trust.enable', {})
    const target = on.targets.find(({ kind }) => kind === 'chromium')
    await call('trust.install', { targetId: target?.id ?? '' })
    const rotated = await call('trust.rotate', {})
    expect(rotated.authority?.rootSha256).not.toBe(on.authority?.rootSha256)
    expect(rotated.targets.find(({ id }) => id === target?.id)?.state).toBe('installed')
  })

  it('names a store that is not there', async () => {
    const { call } = await start('one')
    await call('trust.enable', {})
    await expect(call('trust.install', { targetId: 'nss:/nowhere' })).rejects.toThrow(
      /trust.unknown-target/,
    )
  })
})

describe('certificates of own servers', () => {
  it('are made, published, checked by somebody else, and refused once the key is another', async () => {
    const owner = await start('owner')
    const visitor = await start('visitor')
    const me = await owner.call('keys.create', { label: 'me' })
    const certificate = await owner.call('ownCertificates.create', {})
    expect(certificate).toMatchObject({ role: 'current', isPublished: false })
    expect((await stat(certificate.keyPath)).mode & 0o777).toBe(0o600)
    await expect(owner.call('ownCertificates.create', {})).rejects.toThrow(/certificates.exists/)

    const pem = {
      keyPem: await readFile(certificate.keyPath, 'utf8'),
      certificatePem: await readFile(certificate.certificatePath, 'utf8'),
    }
    const domain = `${me.npub}.nostr`
    const origin = createDemoOrigin(testEnv, {
      profile: 'owner',
      domain,
      address: '127.0.0.1',
      port: 0,
      certificate: async () => ok(pem),
    })
    await origin.start()
    const port = origin.port()
    await owner.call('publish.address', { addresses: ['127.0.0.1'], follow: false })
    await owner.call('ownCertificates.publish', { ports: [port] })
    expect(owner.engine.snapshot().ownCertificates).toMatchObject([{ isPublished: true }])

    // A stranger's name may not lead into the local network unless the user allows it.
    const refused = await visitor.call('certificates.check', { domain, port })
    expect(refused.state).not.toBe('match')
    await visitor.call('settings.update', { resolver: { privateAddressOwners: [me.pubkey] } })
    const checked = await visitor.call('certificates.check', { domain, port })
    expect(checked.state).toBe('match')
    const [row] = visitor.engine.snapshot().certificates
    expect(row).toMatchObject({ id: `${domain}:${port}`, state: 'match' })
    const exported = await visitor.call('certificates.export', { id: row?.id ?? '' })
    expect(exported.pem.trim()).toBe(pem.certificatePem.trim())

    await origin.stop()
    const other = await start('other')
    await other.call('keys.create', { label: 'other' })
    const foreign = await other.call('ownCertificates.create', {})
    const forger = createDemoOrigin(testEnv, {
      profile: 'owner',
      domain,
      address: '127.0.0.1',
      port,
      certificate: async () =>
        ok({
          keyPem: await readFile(foreign.keyPath, 'utf8'),
          certificatePem: await readFile(foreign.certificatePath, 'utf8'),
        }),
    })
    await forger.start()
    const forged = await visitor.call('certificates.check', { domain, port })
    await forger.stop()
    expect(forged.state).toBe('mismatch')
    const history = visitor.engine.snapshot().certificates[0]?.history ?? []
    expect(history.map(({ what }) => what)).toContain('now: mismatch')
  })

  it('carry the signed word of their owner when asked to', async () => {
    const { call } = await start('owner')
    await call('keys.create', { label: 'me' })
    await call('ownCertificates.create', {})
    const { certificatePem } = await call('ownCertificates.staple', {})
    expect(certificatePem).toContain('BEGIN CERTIFICATE')
    await expect(call('ownCertificates.staple', { host: 'www' })).rejects.toThrow(
      /certificates.none/,
    )
  })
})
