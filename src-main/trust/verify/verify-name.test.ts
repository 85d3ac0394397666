import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { finalizeEvent, getPublicKey } from 'nostr-tools/pure'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fail, ok, type Result } from '../../env/errors.ts'
import { encodeNpub } from '../../names/npub.ts'
import { createManualClock, testEnv } from '../../relays/testing/manual-clock.ts'
import { testNow } from '../../relays/testing/signed-events.ts'
import { systemClock } from '../../env/system-env.ts'
import { createDemoOrigin } from '../origin/demo-origin.ts'
import {
  makeAltCertificate,
  makeStapledCertificate,
  type OriginCertificate,
} from '../origin/origin-certificates.ts'
import { readStaple } from '../origin/read-staple.ts'
import type { Pin, PinDecision } from '../pin-policy.ts'
import { buildSelfSigned } from '../x509/build-certificate.ts'
import { certificateSha256, spkiSha256 } from '../x509/fingerprints.ts'
import { newKey } from '../x509/new-key.ts'
import { certificatePem } from '../x509/pem.ts'
import { createReadServer, type ServerReading } from './read-server.ts'
import { verifyName, type VerifyDeps, type VerifyOptions } from './verify-name.ts'

const env = testEnv(createManualClock())
const day = 86_400
const secret = new Uint8Array(createHash('sha256').update('verify').digest())
const owner = getPublicKey(secret)
const apex = `${encodeNpub(owner)}.nostr`
const { signal } = new AbortController()
const readServer = createReadServer(systemClock)

const make = (names = [apex]): { der: Buffer } & OriginCertificate => {
  const key = newKey()
  const validity = { validFrom: testNow - day, validTo: testNow + day }
  const der = buildSelfSigned(env.random, { names, key, ...validity })
  const keyPem = key.export({ type: 'pkcs8', format: 'pem' }) as string
  return { der, certificatePem: certificatePem(der), keyPem }
}

const pinFor = (der: Buffer, change: Partial<Pin> = {}): Pin => ({
  kind: 'spki',
  value: spkiSha256(der) ?? '',
  strength: 'pin',
  format: 'canonical',
  eventId: 'e'.repeat(64),
  signedAt: testNow - 100,
  validUntil: testNow + 100,
  ...change,
})
const pinned = (...pins: Pin[]): PinDecision => ({
  kind: 'pinned',
  pins,
  isFromCache: false,
  validUntil: testNow + 100,
})
const noCertificate: PinDecision = { kind: 'no-certificate', reason: 'there is none' }
const cannotCheck: PinDecision = { kind: 'cannot-check', reason: 'none of 2 relays answered' }

async function serve(
  certificate: () => Promise<Result<OriginCertificate>>,
  profile: 'owner' | 'alt' | 'stapled' = 'owner',
): Promise<number> {
  const deps = { profile, domain: apex, address: '127.0.0.1', port: 0, certificate }
  const origin = createDemoOrigin(env, deps)
  await origin.start()
  onTestFinished(() => origin.stop())
  return origin.port()
}

function verify(
  change: Partial<VerifyDeps> & { decision?: PinDecision },
  options: Partial<VerifyOptions> = {},
  name = apex,
) {
  const { decision = noCertificate, ...deps } = change
  return verifyName(
    {
      clock: env.clock,
      pins: {
        decide: () => Promise.resolve(decision),
        staplePin: (asked, der) => readStaple(der, asked.owner, testNow),
      },
      resolve: () => Promise.resolve(ok(['127.0.0.1'])),
      allowsPrivate: () => true,
      readServer,
      ...deps,
    },
    name,
    { signal, ...options },
  )
}

describe('over a real server', () => {
  const certificate = make()
  const wrong = make(['router.lan'])

  test.each<[string, PinDecision, OriginCertificate, string, string]>([
    ['the pinned key', pinned(pinFor(certificate.der)), certificate, 'match', 'ok'],
    [
      'one of two pinned keys',
      pinned(pinFor(wrong.der), pinFor(certificate.der)),
      certificate,
      'match',
      'ok',
    ],
    [
      'a certificate as hinted by the proof of concept',
      pinned(
        pinFor(certificate.der, {
          kind: 'certificate',
          value: certificateSha256(certificate.der),
          strength: 'hint',
          format: 'poc-30001',
        }),
      ),
      certificate,
      'match',
      'ok',
    ],
    ['another key', pinned(pinFor(make().der)), certificate, 'mismatch', 'failed'],
    [
      "the pinned certificate of somebody else's device",
      pinned(pinFor(wrong.der)),
      wrong,
      'wrong-name',
      'failed',
    ],
    ['no pins', noCertificate, certificate, 'no-certificate', 'failed'],
    [
      'expired pins',
      { kind: 'expired', expiredAt: 1, eventId: 'e' },
      certificate,
      'expired',
      'failed',
    ],
    ['no word from relays', cannotCheck, certificate, 'cannot-check', 'network'],
  ])('%s', async (_what, decision, shown, verdict, exitClass) => {
    const port = await serve(() => Promise.resolve(ok(shown)))
    const report = await verify({ decision }, { port })
    expect(report).toMatchObject({ name: apex, port, verdict, exitClass })
    expect(report.steps.map(({ step }) => step)).toEqual([
      'name',
      'address',
      'connect',
      'pins',
      'compare',
    ])
    expect(report.steps.at(-1)?.ok).toBe(verdict === 'match')
    expect(report.served?.certificateSha256).toBe(certificateSha256(derOf(shown)))
    expect(report.pin !== undefined).toBe(verdict === 'match')
  })

  test.each([noCertificate, cannotCheck])(
    'the Nostr key as TLS key proves itself: %j',
    async (decision) => {
      const port = await serve(
        () => Promise.resolve(makeAltCertificate(env, { secretKey: secret, hosts: ['@'] })),
        'alt',
      )
      const report = await verify({ decision }, { port })
      expect(report).toMatchObject({ verdict: 'match', pin: { format: 'nostr-key' } })
      expect(report.steps.find(({ step }) => step === 'connect')?.detail).toMatch(
        /TLSv1\.2.*curve of Nostr/u,
      )
    },
  )

  test('without the curve, as in Electron, it says so', async () => {
    const port = await serve(
      () => Promise.resolve(makeAltCertificate(env, { secretKey: secret, hosts: ['@'] })),
      'alt',
    )
    const bare = createReadServer(systemClock, { canAlt: false })
    const report = await verify({ readServer: bare, decision: cannotCheck }, { port })
    expect(report.verdict).toBe('unreachable')
    expect(report.steps.at(-1)?.detail).toMatch(/no secp256k1/u)
  })

  test("somebody else's Nostr key proves nothing", async () => {
    const other = new Uint8Array(createHash('sha256').update('other').digest())
    const port = await serve(
      () => Promise.resolve(makeAltCertificate(env, { secretKey: other, hosts: ['@'] })),
      'alt',
    )
    expect(await verify({ decision: cannotCheck }, { port })).toMatchObject({
      verdict: 'cannot-check',
    })
  })

  const stapled = () =>
    makeStapledCertificate(env, {
      owner,
      hosts: ['@'],
      key: newKey(),
      sign: (template) => Promise.resolve(ok(finalizeEvent(template, secret))),
    })

  test('a stapled event proves its certificate while relays are down', async () => {
    const port = await serve(stapled, 'stapled')
    const report = await verify({ decision: cannotCheck }, { port })
    expect(report).toMatchObject({ verdict: 'match', exitClass: 'ok', pin: { format: 'staple' } })
    expect(await verify({ decision: cannotCheck }, { port }, `www.${apex}`)).toMatchObject({
      verdict: 'wrong-name',
    })
  })

  test.each<[PinDecision, string]>([
    [pinned(pinFor(make().der)), 'mismatch'],
    [{ kind: 'expired', expiredAt: 1, eventId: 'e' }, 'expired'],
  ])('but not against what the owner signed: %#', async (decision, verdict) => {
    const port = await serve(stapled, 'stapled')
    expect(await verify({ decision }, { port })).toMatchObject({ verdict })
  })

  test('a port that speaks no TLS is unreachable, and so is a closed one', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.resume()
      socket.end('SSH-2.0-OpenSSH\r\n')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const port = (server.address() as { port: number }).port
    const decision = pinned(pinFor(certificate.der))
    expect(await verify({ decision }, { port })).toMatchObject({ verdict: 'unreachable', decision })
    await new Promise((resolve) => server.close(resolve))
    const closed = await verify({ decision }, { port })
    expect(closed).toMatchObject({ verdict: 'unreachable', exitClass: 'failed' })
    expect(closed.steps.at(-1)?.detail).toMatch(/refused/u)
  })
})

describe('without a server', () => {
  const certificate = make()
  const reading: ServerReading = { der: certificate.der, protocol: 'TLSv1.3', isAlt: false }
  const answering = (ports: readonly number[], asked: number[] = []): VerifyDeps['readServer'] => {
    return (_addresses, port) => {
      asked.push(port)
      return Promise.resolve(
        ports.includes(port) ? { ok: true, value: reading } : { ok: false, reason: 'it refused' },
      )
    }
  }
  const match = pinned(pinFor(certificate.der))

  test.each<[string, number[], (port: number) => PinDecision, number[], string, number]>([
    ['443 first', [443, 4443], () => match, [443], 'match', 443],
    ['then 4443', [4443], () => match, [443, 4443], 'match', 4443],
    ['neither', [], () => match, [443, 4443], 'unreachable', 443],
    [
      'no pin on 443',
      [443, 4443],
      (port) => (port === 443 ? noCertificate : match),
      [443, 4443],
      'match',
      4443,
    ],
    [
      'no pin on 443 and nothing on 4443',
      [443],
      () => noCertificate,
      [443, 4443],
      'no-certificate',
      443,
    ],
    [
      'a mismatch is not hidden by another port',
      [443, 4443],
      (port) => (port === 443 ? pinned(pinFor(make().der)) : match),
      [443],
      'mismatch',
      443,
    ],
  ])('%s', async (_what, open, decide, expected, verdict, port) => {
    const asked: number[] = []
    const report = await verify({
      readServer: answering(open, asked),
      pins: {
        decide: (_name, which) => Promise.resolve(decide(which)),
        staplePin: () => undefined,
      },
    })
    expect(asked).toEqual(expected)
    expect(report).toMatchObject({ verdict, port })
  })

  test.each<[string, Partial<VerifyDeps>, string, string]>([
    [
      'a name without an address',
      { resolve: () => Promise.resolve(ok([])) },
      'not-found',
      'not-found',
    ],
    [
      'a name that does not exist',
      { resolve: () => Promise.resolve(fail('names.not-found', 'no')) },
      'not-found',
      'not-found',
    ],
    [
      'relays that do not answer',
      { resolve: () => Promise.resolve(fail('names.servfail', 'no')) },
      'cannot-check',
      'network',
    ],
    ['a private address', { allowsPrivate: () => false }, 'unreachable', 'failed'],
  ])('%s', async (_what, deps, verdict, exitClass) => {
    const asked: number[] = []
    const report = await verify({ readServer: answering([443], asked), ...deps })
    expect(report).toMatchObject({ verdict, exitClass })
    expect(asked).toEqual([])
  })

  test('a given address is used as given', async () => {
    const used: string[] = []
    const report = await verify(
      {
        allowsPrivate: () => false,
        resolve: () => Promise.reject(new Error('not to be asked')),
        decision: match,
        readServer: (addresses) => {
          used.push(...addresses)
          return Promise.resolve({ ok: true, value: reading })
        },
      },
      { addresses: ['192.0.2.1'] },
    )
    expect(report.verdict).toBe('match')
    expect(used).toEqual(['192.0.2.1'])
  })

  test.each(['example.com', 'npub1xyz.nostr', '', `nsec1${'q'.repeat(58)}.nostr`])(
    '“%s” is no name that is a key, and is not repeated',
    async (name) => {
      const report = await verify({}, {}, name)
      expect(report).toMatchObject({ verdict: 'bad-name', exitClass: 'usage', name: '' })
      expect(JSON.stringify(report)).not.toContain('nsec')
    },
  )
})

function derOf({ certificatePem: pem }: OriginCertificate): Buffer {
  return Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/gu, ''), 'base64')
}
