/** Servers whose TLS key is the Nostr key of their name, behind the terminator. */
import { afterEach, describe, expect, it, test } from 'vitest'
import { systemClock } from '../../env/system-env.ts'
import { createDemoOrigin } from '../origin/demo-origin.ts'
import { makeAltCertificate, type OriginCertificate } from '../origin/origin-certificates.ts'
import { canSpeakAlt } from '../origin/verify-alt.ts'
import type { PinDecision } from '../pin-policy.ts'
import { decodeCertificatePem } from '../x509/pem.ts'
import { openServer, tlsProfiles } from './open-server.ts'
import { pinned, pinOf } from './testing/fake-pins.ts'
import { closed, get, openSecure } from './testing/proxy-client.ts'
import { domain, owner } from './testing/test-names.ts'
import { certificateFor, startOrigin, startSilentOrigin } from './testing/test-origin.ts'
import { startTestProxy, testEnv, type TestProxy } from './testing/test-proxy.ts'

const open: { close(): Promise<void> }[] = []
const closeLater = <T extends { close(): Promise<void> }>(resource: T): T => {
  open.push(resource)
  return resource
}
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close()
})

const none: PinDecision = { kind: 'no-certificate', reason: 'its owner publishes no certificate' }
const unknown: PinDecision = { kind: 'cannot-check', reason: 'no relay answers' }
const announcedNone = 'announced no certificate'

/** The certificate of the secret key `secret`; the test's owner has 1. */
function altCertificate(secret: number): OriginCertificate {
  const secretKey = new Uint8Array(32)
  secretKey[31] = secret
  const made = makeAltCertificate(testEnv, { secretKey, hosts: ['@'] })
  if (!made.ok) throw new Error(made.error.message)
  return made.value
}

const derOf = ({ certificatePem }: OriginCertificate): Buffer => {
  const der = decodeCertificatePem(certificatePem)
  if (der === undefined) throw new Error('a certificate made here cannot be read')
  return Buffer.from(der)
}

/** The repository's own server of this kind. */
async function startAltOrigin(certificate: OriginCertificate): Promise<{ readonly port: number }> {
  const origin = createDemoOrigin(testEnv, {
    profile: 'alt',
    domain,
    address: '127.0.0.1',
    port: 0,
    certificate: async () => ({ ok: true, value: certificate }),
  })
  await origin.start()
  closeLater({ close: () => origin.stop() })
  return { port: origin.port() }
}

async function startFor(
  port: number,
  decision: PinDecision,
  wasEverPinned = false,
): Promise<TestProxy> {
  const proxy = closeLater(
    await startTestProxy({ readsAlt: true, wasEverPinned: () => wasEverPinned }),
  )
  proxy.lead(port)
  proxy.pins.set(owner, decision)
  return proxy
}

describe.skipIf(!canSpeakAlt())('a server with the Nostr key', () => {
  it.each([
    ['has no pin', none],
    ['cannot be asked about', unknown],
  ])('is right for a name that %s', async (_what, decision) => {
    const { port } = await startAltOrigin(altCertificate(1))
    const proxy = await startFor(port, decision)
    const response = await get(proxy.port, domain, proxy.rootPem)
    expect(response.status).toBe(200)
    expect(response.body).toContain('TLS key is the Nostr key')
    expect(proxy.observations).toMatchObject([
      { outcome: 'allowed', judgement: { ok: true, pin: { format: 'nostr-key' } } },
    ])
  })

  it('is right where its owner pins that very key', async () => {
    const certificate = altCertificate(1)
    const { port } = await startAltOrigin(certificate)
    const proxy = await startFor(port, pinned(pinOf(derOf(certificate))), true)
    expect((await get(proxy.port, domain, proxy.rootPem)).status).toBe(200)
  })

  it.each<[string, PinDecision, boolean, string]>([
    ['pins another key', pinned(pinOf(certificateFor([domain]).der)), true, 'not the server'],
    ['has pinned once and withdrew it', none, true, announcedNone],
    ['has pinned once and cannot be asked', unknown, true, 'cannot be checked'],
    ['let its pin run out', { kind: 'expired', expiredAt: 1, eventId: '' }, false, 'has expired'],
  ])('is refused where its owner %s', async (_what, decision, wasEverPinned, words) => {
    const { port } = await startAltOrigin(altCertificate(1))
    const proxy = await startFor(port, decision, wasEverPinned)
    const response = await get(proxy.port, domain, proxy.rootPem)
    expect(response.status).toBe(502)
    expect(response.body).toContain(words)
  })

  it('stays connected while there is no pin, and not when another key is pinned', async () => {
    const { port } = await startAltOrigin(altCertificate(1))
    const proxy = await startFor(port, none)
    const allowed = proxy.next('allowed')
    const socket = await openSecure(proxy.port, domain, proxy.rootPem)
    await allowed
    proxy.terminator.judgeAgain(owner)
    await new Promise(setImmediate)
    expect(socket.destroyed).toBe(false)
    proxy.pins.set(owner, pinned(pinOf(certificateFor([domain]).der)))
    await closed(socket)
  })
})

describe.skipIf(!canSpeakAlt())('without a pin', () => {
  it('somebody else’s Nostr key gets not one byte', async () => {
    const theirs = altCertificate(3)
    const forged = closeLater(
      await startSilentOrigin(
        { der: derOf(theirs), cert: theirs.certificatePem, key: theirs.keyPem },
        { maxVersion: 'TLSv1.2', ecdhCurve: 'X25519:P-256:secp256k1' },
      ),
    )
    const proxy = await startFor(forged.port, none)
    expect((await get(proxy.port, domain, proxy.rootPem)).body).toContain(announcedNone)
    expect(forged.seen).toMatchObject({ connections: 1, bytes: 0 })
  })

  it('an ordinary server is not accepted, nor is one that cannot be reached', async () => {
    const ordinary = closeLater(await startOrigin(certificateFor([domain])))
    for (const port of [ordinary.port, 1]) {
      const proxy = await startFor(port, none)
      expect((await get(proxy.port, domain, proxy.rootPem)).body).toContain(announcedNone)
    }
    expect(ordinary.seen.paths).toEqual([])
  })
})

test.skipIf(!canSpeakAlt())('a TLS without the curve says so', async () => {
  const { port } = await startAltOrigin(altCertificate(1))
  const opened = await openServer(
    { route: { host: '127.0.0.1', port }, domain, alpn: [] },
    tlsProfiles(false),
    pinned(pinOf(certificateFor([domain]).der)),
    systemClock,
    new AbortController().signal,
  )
  expect(opened).toEqual({
    ok: false,
    reason: expect.stringMatching(/^the TLS handshake failed.*no secp256k1; plain Node has/u),
  })
})
