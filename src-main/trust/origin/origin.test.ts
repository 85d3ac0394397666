import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { connect as connectTcp } from 'node:net'
import { connect, type ConnectionOptions } from 'node:tls'
import { promisify } from 'node:util'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { finalizeEvent, getPublicKey } from 'nostr-tools/pure'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ok } from '../../env/errors.ts'
import { encodeNpub } from '../../names/npub.ts'
import type { VerifiedEvent } from '../../relays/relay-service.ts'
import { createManualClock, testEnv } from '../../relays/testing/manual-clock.ts'
import { testNow } from '../../relays/testing/signed-events.ts'
import { buildSelfSigned } from '../x509/build-certificate.ts'
import { certificateSha256, spkiSha256 } from '../x509/fingerprints.ts'
import { newKey } from '../x509/new-key.ts'
import { decodeCertificatePem } from '../x509/pem.ts'
import { createDemoOrigin, type DemoOriginDeps } from './demo-origin.ts'
import {
  makeAltCertificate,
  makeStapledCertificate,
  type OriginCertificate,
} from './origin-certificates.ts'
import { readStaple } from './read-staple.ts'
import { stapleExtension, stapleKind, stapleTemplate } from './staple-event.ts'
import { altContext, verifyAlt } from './verify-alt.ts'

const run = promisify(execFile)
const clock = createManualClock()
const env = testEnv(clock)
const day = 86_400

/** A throw-away key whose point has an odd or an even y: an npub does not say which. */
function secretWith(isOdd: boolean): Uint8Array {
  for (let round = 0; ; round++) {
    const secret = new Uint8Array(createHash('sha256').update(`origin ${round}`).digest())
    if (secp256k1.getPublicKey(secret)[0] === (isOdd ? 3 : 2)) return secret
  }
}

const secret = secretWith(true)
const owner = getPublicKey(secret)
const apex = `${encodeNpub(owner)}.nostr`
const sign = (template: Parameters<typeof finalizeEvent>[0], key = secret) =>
  Promise.resolve(ok(finalizeEvent(template, key) as VerifiedEvent))

function derOf({ certificatePem }: { certificatePem: string }): Buffer {
  const der = decodeCertificatePem(certificatePem)
  if (der === undefined) throw new Error('no certificate')
  return der
}

function valueOf<T>(result: { ok: true; value: T } | { ok: false; error: object }): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}

const alt = (secretKey = secret, hosts = ['@']) => makeAltCertificate(env, { secretKey, hosts })
const stapled = (options: Partial<Parameters<typeof makeStapledCertificate>[1]> = {}) =>
  makeStapledCertificate(env, { owner, hosts: ['@', 'www'], key: newKey(), sign, ...options })

async function startOrigin(
  profile: DemoOriginDeps['profile'],
  certificate: DemoOriginDeps['certificate'],
) {
  const origin = createDemoOrigin(env, {
    profile,
    domain: apex,
    address: '127.0.0.1',
    port: 0,
    certificate,
  })
  await origin.start()
  onTestFinished(() => origin.stop())
  return origin
}

/** What a client is shown; rejects when the handshake fails. */
function leafOf(
  port: number,
  options: ConnectionOptions = {},
): Promise<{ der: Buffer; version: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host: '127.0.0.1', port, servername: apex, rejectUnauthorized: false, ...options },
      () => {
        const der = socket.getPeerX509Certificate()?.raw ?? Buffer.alloc(0)
        resolve({ der, version: socket.getProtocol() ?? '' })
        socket.destroy()
      },
    )
    socket.on('error', reject)
  })
}

describe('a certificate whose key is the Nostr key', () => {
  test.each([true, false])('is verified from the npub alone (odd y: %s)', async (isOdd) => {
    const key = secretWith(isOdd)
    const pubkey = getPublicKey(key)
    const domain = `${encodeNpub(pubkey)}.nostr`
    const origin = await startOrigin('alt', () => Promise.resolve(alt(key)))
    await expect(leafOf(origin.port())).rejects.toThrow(/handshake|alert|cipher/iu)
    const { der, version } = await leafOf(origin.port(), { secureContext: altContext() })
    expect(version).toBe('TLSv1.2')
    expect(verifyAlt(der, pubkey, domain, testNow)).toMatchObject({
      format: 'nostr-key',
      strength: 'hint',
      value: spkiSha256(der),
      validUntil: testNow + 30 * day,
    })
  })

  test('is served to curl, told which curve to use', async () => {
    const origin = await startOrigin('alt', () => Promise.resolve(alt()))
    const { stdout } = await run('curl', [
      ...['--silent', '--insecure', '--noproxy', '*', '--tls-max', '1.2'],
      ...['--curves', 'X25519:P-256:secp256k1'],
      ...[
        '--resolve',
        `${apex}:${origin.port()}:127.0.0.1`,
        `https://${apex}:${origin.port()}/health`,
      ],
    ])
    expect(JSON.parse(stdout)).toEqual({ ok: true, profile: 'alt', requests: 1 })
  })

  test('counts for nobody else, for no other name and in its time only', () => {
    const der = derOf(valueOf(alt()))
    const other = getPublicKey(secretWith(false))
    expect(verifyAlt(der, owner, apex, testNow)).toBeDefined()
    expect(verifyAlt(der, owner, apex.toUpperCase(), testNow)).toBeDefined()
    expect(verifyAlt(der, other, apex, testNow)).toBeUndefined()
    expect(verifyAlt(der, owner, `www.${apex}`, testNow)).toBeUndefined()
    expect(verifyAlt(der, owner, apex, testNow - 2 * day)).toBeUndefined()
    expect(verifyAlt(der, owner, apex, testNow + 31 * day)).toBeUndefined()
    expect(verifyAlt(Buffer.from('junk'), owner, apex, testNow)).toBeUndefined()
    const validity = { validFrom: testNow, validTo: testNow + day }
    const p256 = buildSelfSigned(env.random, { names: [apex], key: newKey(), ...validity })
    expect(verifyAlt(p256, owner, apex, testNow)).toBeUndefined()
  })
})

describe('a certificate with a stapled event', () => {
  test('is verified from the npub alone, over TLS 1.3 and by every client', async () => {
    const origin = await startOrigin('stapled', () => stapled())
    const { der, version } = await leafOf(origin.port())
    expect(version).toBe('TLSv1.3')
    expect(der.length).toBeLessThan(1_400)
    expect(readStaple(der, owner, testNow)).toMatchObject({
      kind: 'spki',
      value: spkiSha256(der),
      format: 'staple',
      strength: 'pin',
      signedAt: testNow,
      validUntil: testNow + 30 * day,
    })
    const text = execFileSync('openssl', ['x509', '-noout', '-text'], {
      input: origin.certificatePem(),
      encoding: 'utf8',
    })
    expect(text).toContain('2.25.31111')
    expect(text).toContain(`DNS:${apex}`)
  })

  type Tags = string[][]
  const now = testNow
  const key = newKey()
  const hash = spkiSha256(
    buildSelfSigned(env.random, { names: [apex], key, validFrom: now, validTo: now + day }),
  )
  /** A certificate for `key` carrying the usual staple with `change` made before it was signed. */
  const withStaple = (
    change: { kind?: number; at?: number; tags?: (tags: Tags) => Tags } = {},
    options: {
      names?: string[]
      secretKey?: Uint8Array
      forge?: (event: VerifiedEvent) => object
    } = {},
  ): Buffer => {
    const template = stapleTemplate({ spkiSha256: hash ?? '', hosts: ['@'], now, lifetime: day })
    const event = finalizeEvent(
      {
        ...template,
        kind: change.kind ?? template.kind,
        created_at: change.at ?? now,
        tags: change.tags?.(template.tags) ?? template.tags,
      },
      options.secretKey ?? secret,
    )
    const shown = { ...event, ...options.forge?.(event) } as VerifiedEvent
    return buildSelfSigned(env.random, {
      names: options.names ?? [apex],
      key,
      validFrom: now,
      validTo: now + day,
      extraExtensions: [stapleExtension(shown)],
    })
  }
  const replace =
    (name: string, ...value: string[]) =>
    (tags: Tags): Tags =>
      tags.map((tag) => (tag[0] === name ? [name, ...value] : tag))

  test('counts as made', () => {
    expect(readStaple(withStaple(), owner, now)?.value).toBe(hash)
    expect(
      readStaple(withStaple({}, { names: [apex, `${encodeNpub(owner)}.local`] }), owner, now),
    ).toBeDefined()
    expect(readStaple(withStaple({ at: now + 600 }), owner, now)).toBeDefined()
  })

  test.each<[string, () => Buffer]>([
    ['signed by somebody else', () => withStaple({}, { secretKey: secretWith(false) })],
    ['for another key', () => withStaple({ tags: replace('spki', 'ab'.repeat(32)) })],
    ['for two keys', () => withStaple({ tags: (tags) => [...tags, ['spki', 'ab'.repeat(32)]] })],
    ['of another kind', () => withStaple({ kind: 31_111 })],
    ['of an unknown version', () => withStaple({ tags: replace('ver', '2') })],
    [
      'valid for more than 30 days',
      () => withStaple({ tags: replace('expiration', String(now + 30 * day + 1)) }),
    ],
    [
      'without an end',
      () => withStaple({ tags: (tags) => tags.filter(([name]) => name !== 'expiration') }),
    ],
    ['expired', () => withStaple({ at: now - day, tags: replace('expiration', String(now)) })],
    ['from the future', () => withStaple({ at: now + 601 })],
    ['for another host than the certificate', () => withStaple({ tags: replace('host', 'www') })],
    [
      'for fewer names than the certificate has',
      () => withStaple({}, { names: [apex, 'example.com'] }),
    ],
    ['for less than a wildcard', () => withStaple({}, { names: [`*.${apex}`] })],
    [
      'with an end put off',
      () =>
        withStaple(
          {},
          { forge: ({ tags }) => ({ tags: replace('expiration', String(now + 2 * day))(tags) }) },
        ),
    ],
    ['with a new id over changed tags', () => withStaple({}, { forge: (event) => forged(event) })],
    [
      'with a signature of something else',
      () => withStaple({}, { forge: () => ({ sig: '0'.repeat(128) }) }),
    ],
    ['that is no event', () => withStaple({}, { forge: () => ({ sig: 'x' }) })],
    [
      'absent',
      () => buildSelfSigned(env.random, { names: [apex], key, validFrom: now, validTo: now + day }),
    ],
  ])('is refused when %s', (_what, make) => {
    expect(readStaple(make(), owner, now)).toBeUndefined()
  })

  /** Everything about the event is right but the signature, which was over other tags. */
  function forged(event: VerifiedEvent): object {
    const tags = replace('expiration', String(now + 2 * day))(event.tags)
    const { pubkey, created_at: at, kind, content } = event
    const serialized = JSON.stringify([0, pubkey, at, kind, tags, content])
    return { tags, id: createHash('sha256').update(serialized).digest('hex') }
  }

  test('no changed byte makes it say anything else', () => {
    const der = withStaple()
    const good = JSON.stringify(readStaple(der, owner, now))
    const seen = new Set<string>()
    for (let index = 0; index < der.length; index++) {
      const copy = Buffer.from(der)
      copy[index] = (copy[index] ?? 0) ^ (1 << (index % 8))
      seen.add(JSON.stringify(readStaple(copy, owner, now)) ?? 'refused')
    }
    expect(seen).toEqual(new Set([good, 'refused']))
  })

  test('its kind is one that relays do not keep', () => {
    expect(stapleKind).toBeGreaterThanOrEqual(20_000)
    expect(stapleKind).toBeLessThan(30_000)
  })

  test('cannot be made when the owner does not sign', async () => {
    const refusal = { ok: false, error: { code: 'keys.locked', message: 'locked' } } as const
    expect(await stapled({ sign: () => Promise.resolve(refusal) })).toEqual(refusal)
  })
})

describe('the demo server', () => {
  const certificate = (): OriginCertificate => {
    const key = newKey()
    const der = buildSelfSigned(env.random, {
      names: [apex],
      key,
      validFrom: testNow - day,
      validTo: testNow + 365 * day,
    })
    return {
      certificatePem: `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`,
      keyPem: key.export({ type: 'pkcs8', format: 'pem' }) as string,
    }
  }

  const get = async (port: number, path: string, ...options: string[]) => {
    const { stdout } = await run('curl', [
      ...['--silent', '--insecure', '--noproxy', '*', ...options, '--resolve'],
      ...[`${apex}:${port}:127.0.0.1`, '--write-out', '|%{http_code} %{http_version}'],
      `https://${apex}:${port}${path}`,
    ])
    const end = stdout.lastIndexOf('|')
    return { body: stdout.slice(0, end), status: stdout.slice(end + 1) }
  }

  test.each([
    ['/', [], '200 2', 'It works'],
    ['/', ['--http1.1'], '200 1.1', 'It works'],
    ['/health', [], '200 2', '"ok":true'],
    ['/etc/passwd', [], '404 2', 'not here'],
    ['/', ['--data', 'x'], '405 2', 'only GET'],
    ['/', ['--head'], '200 2', 'content-security-policy'],
  ])('answers %s %j with %s', async (path, options, status, words) => {
    const origin = await startOrigin('owner', () => Promise.resolve(ok(certificate())))
    const answer = await get(origin.port(), path, ...options)
    expect(answer.status).toBe(status)
    expect(answer.body).toContain(words)
  })

  test('serves a new certificate from the next connection on, and looks for one every day', async () => {
    const made: string[] = []
    const origin = await startOrigin('owner', () => {
      const next = certificate()
      made.push(certificateSha256(derOf(next)))
      return Promise.resolve(ok(next))
    })
    const shown = async () => certificateSha256((await leafOf(origin.port())).der)
    expect(await shown()).toBe(made[0])
    expect(await origin.reload()).toEqual({ ok: true, value: undefined })
    expect(await shown()).toBe(made[1])
    clock.advance(day * 1000)
    await expect.poll(() => made).toHaveLength(3)
    expect(await shown()).toBe(made[2])
  })

  test('says when its port is taken, or its certificate cannot be had', async () => {
    const certificates = () => Promise.resolve(ok(certificate()))
    const origin = await startOrigin('owner', certificates)
    const other = { profile: 'owner', domain: apex, address: '127.0.0.1' } as const
    const second = createDemoOrigin(env, {
      ...other,
      port: origin.port(),
      certificate: certificates,
    })
    await expect(second.start()).rejects.toMatchObject({ problem: { code: 'origin.port-in-use' } })
    await second.stop()
    const error = { code: 'certificates.missing', message: 'There is none.' }
    const bare = createDemoOrigin(env, {
      ...other,
      port: 0,
      certificate: () => Promise.resolve({ ok: false, error }),
    })
    await expect(bare.start()).rejects.toMatchObject({ problem: error })
  })

  test('survives clients that speak no TLS, and stops while one hangs', async () => {
    const origin = await startOrigin('owner', () => Promise.resolve(ok(certificate())))
    const rude = connectTcp(origin.port(), '127.0.0.1')
    rude.on('error', () => undefined)
    rude.write('GET / HTTP/1.0\r\n\r\n')
    const silent = connectTcp(origin.port(), '127.0.0.1')
    silent.on('error', () => undefined)
    await new Promise((resolve) => silent.once('connect', resolve))
    expect((await leafOf(origin.port())).version).toBe('TLSv1.3')
    const port = origin.port()
    await origin.stop()
    await expect(leafOf(port)).rejects.toThrow(/ECONNREFUSED/u)
    rude.destroy()
    silent.destroy()
  })
})
