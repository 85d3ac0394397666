import { once } from 'node:events'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { connect, createServer, type DetailedPeerCertificate, type SecureContext } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { unixSeconds } from '../../env/env.ts'
import { createHealth, type Health } from '../../env/health.ts'
import type { OsSealer } from '../../keys/keyring.ts'
import {
  codeOf,
  createFakeKeychain,
  createTestEnv,
  expectOk,
  temporaryFolder,
  type TestEnv,
} from '../../keys/test-keyring.ts'
import type { LocalAuthority } from '../local-authority.ts'
import { parseCertificate, type Certificate } from '../x509/parse-certificate.ts'
import { decodeCertificatePem } from '../x509/pem.ts'
import { npubName } from '../x509/testing/sample-names.ts'
import { createLocalAuthority } from './local-authority-service.ts'

const hour = 60 * 60
const dayMs = 24 * hour * 1000

let folder: string
let path: string
let env: TestEnv
let health: Health
let services: LocalAuthority[]

beforeEach(async () => {
  folder = await temporaryFolder()
  path = join(folder, 'trust', 'authority.json')
  env = createTestEnv()
  health = createHealth(() => env.clock.nowMs())
  services = []
})
afterEach(async () => {
  await Promise.all(services.map((service) => service.stop()))
  await rm(folder, { recursive: true, force: true })
})

async function start(osSealer?: OsSealer): Promise<LocalAuthority> {
  const service = createLocalAuthority(env, { path, osSealer, health })
  services.push(service)
  await service.start()
  return service
}

const now = (): number => unixSeconds(env.clock)
const codes = (): readonly string[] => health.list().map((item) => item.code)

function read(pem: string): Certificate {
  const der = decodeCertificatePem(pem)
  const parsed = der === undefined ? undefined : parseCertificate(der)
  if (parsed === undefined) throw new Error('not a certificate')
  return parsed
}

/** The chain a client sees from a server that uses `context`; the client trusts `rootPem`. */
async function handshake(
  context: SecureContext,
  rootPem: string,
): Promise<{ readonly leaf: DetailedPeerCertificate; readonly chainLength: number }> {
  const server = createServer({ SNICallback: (_name, done) => done(null, context) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect({
    host: '127.0.0.1',
    port,
    servername: npubName,
    ca: rootPem,
    // The test's clock stands still in another year than the real one.
    rejectUnauthorized: false,
  })
  try {
    await once(client, 'secureConnect')
    const leaf = client.getPeerCertificate(true)
    const middle = leaf.issuerCertificate
    return { leaf, chainLength: middle === leaf ? 1 : 2 }
  } finally {
    client.destroy()
    server.close()
    await once(server, 'close')
  }
}

describe('create', () => {
  it('makes a root for trust stores, valid for five years, with the name of the computer', async () => {
    const authority = await start()
    const facts = expectOk(await authority.create('desk\u0000top (old)'))
    expect(facts.commonName).toMatch(/^Nostr Names \(desk-top-old-\) [0-9a-f]{8}$/u)
    const root = read(facts.rootPem)
    const keyId = Buffer.from(root.extensions.get('2.5.29.14')?.value ?? []).toString('hex')
    expect(keyId.slice(4, 12)).toBe(facts.commonName.slice(-8))
    expect(root.validFrom).toBe(now() - 24 * hour)
    expect(Math.round((facts.validTo - now()) / (24 * hour * 365.25))).toBe(5)
    expect(read(facts.issuerPem).validTo).toBe(facts.validTo)
    expect(authority.current()).toEqual(facts)
  })

  it('keeps the common name within 64 characters', async () => {
    const authority = await start()
    const facts = expectOk(await authority.create('h'.repeat(200)))
    expect(facts.commonName).toHaveLength(64)
    expect(read(facts.issuerPem).commonNames[0]).toHaveLength(64)
  })

  it('refuses a second one, also when asked twice at once', async () => {
    const authority = await start()
    const results = await Promise.all([authority.create('a'), authority.create('a')])
    expect(results.map(codeOf)).toEqual(['ok', 'authority.exists'])
    expect(codeOf(await authority.create('a'))).toBe('authority.exists')
  })

  it('refuses one that another process made meanwhile', async () => {
    const [mine, other] = [await start(), await start()]
    const made = expectOk(await other.create('a'))
    expect(codeOf(await mine.create('a'))).toBe('authority.exists')
    expect(mine.current()).toEqual(made)
  })
})

describe('the key on the disk', () => {
  it('is sealed by the keychain; nothing else is there and no root key anywhere', async () => {
    const authority = await start(createFakeKeychain())
    expect(expectOk(await authority.create('a')).protection).toBe('os')
    const text = await readFile(path, 'utf8')
    expect(text).not.toMatch(/PRIVATE KEY|pkcs8/u)
    // One sealed key for two authorities: the root's exists no more.
    expect(text.match(/"data"/gu)).toHaveLength(1)
    expect(await readdir(join(folder, 'trust'))).toEqual(['authority.json'])
    expect(codes()).toEqual([])
  })

  it.each([
    ['there is no keychain', undefined],
    ['the keychain is only basic_text', createFakeKeychain(false)],
  ])('lies in a private file, and that is said, when %s', async (_what, sealer) => {
    const authority = await start(sealer)
    expect(expectOk(await authority.create('a')).protection).toBe('plain')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'trust'))).mode & 0o777).toBe(0o700)
    expect(codes()).toEqual(['authority.plain-key'])
  })

  it('is not written when the keychain does not give back what it took', async () => {
    const sealer = { ...createFakeKeychain(), open: () => Promise.resolve(new Uint8Array(3)) }
    const authority = await start(sealer)
    expect(codeOf(await authority.create('a'))).toBe('authority.keychain-unavailable')
    expect(authority.current()).toBeUndefined()
  })

  it('never appears in logs', async () => {
    const authority = await start()
    expectOk(await authority.create('a'))
    const state = JSON.parse(await readFile(path, 'utf8')) as {
      authorities: { key: { pkcs8: string } }[]
    }
    const secret = state.authorities[0]?.key.pkcs8 ?? ''
    expect(secret.length).toBeGreaterThan(100)
    expect(env.lines.join('\n')).not.toContain(secret.slice(40, 60))
  })

  it('opens again after a restart, and issues under the same root', async () => {
    const first = await start(createFakeKeychain())
    const facts = expectOk(await first.create('a'))
    await first.stop()
    const second = await start(createFakeKeychain())
    expect(second.current()).toEqual(facts)
    const context = expectOk(second.contextFor(npubName, now() + hour))
    const { leaf } = await handshake(context, facts.rootPem)
    expect(leaf.issuerCertificate.raw).toEqual(Buffer.from(read(facts.issuerPem).der))
  })

  it('is tried again while the keychain is locked, and said until it opens', async () => {
    await start(createFakeKeychain()).then(async (first) => {
      expectOk(await first.create('a'))
      await first.stop()
    })
    let isOpen = false
    const keychain = createFakeKeychain()
    const authority = await start({ ...keychain, isAvailable: () => Promise.resolve(isOpen) })
    expect(codeOf(authority.contextFor(npubName, now() + hour))).toBe(
      'authority.keychain-unavailable',
    )
    expect(codes()).toEqual(['authority.keychain-unavailable'])
    isOpen = true
    const opened = new Promise<void>((resolve) => authority.onChange(resolve))
    env.clock.advance(30_000)
    await opened
    expectOk(authority.contextFor(npubName, now() + hour))
    expect(codes()).toEqual([])
  })
})

describe('contextFor', () => {
  it('serves leaf and issuer for exactly the name, for 48 hours at most', async () => {
    const authority = await start()
    const facts = expectOk(await authority.create('a'))
    const context = expectOk(authority.contextFor(npubName, now() + 1000 * hour))
    const { leaf, chainLength } = await handshake(context, facts.rootPem)
    const parsed = parseCertificate(leaf.raw)
    expect(parsed).toMatchObject({
      names: [npubName],
      subject: '',
      isCa: false,
      validFrom: now() - hour,
      validTo: now() + 48 * hour,
    })
    expect(chainLength).toBe(2)
    expect(parseCertificate(leaf.issuerCertificate.raw)?.der).toEqual(read(facts.issuerPem).der)
  })

  it('never outlives the pin, and is made anew when the pin ends sooner', async () => {
    const authority = await start()
    const facts = expectOk(await authority.create('a'))
    const long = expectOk(authority.contextFor(npubName, now() + 100 * hour))
    const end = now() + 10 * hour
    const brief = expectOk(authority.contextFor(npubName, end))
    expect(brief).not.toBe(long)
    const { leaf } = await handshake(brief, facts.rootPem)
    expect(parseCertificate(leaf.raw)?.validTo).toBe(end)
  })

  it('is the same object while it is good, and another when it runs out', async () => {
    const authority = await start()
    expectOk(await authority.create('a'))
    const first = expectOk(authority.contextFor(npubName, now() + 300))
    env.clock.advance(100_000)
    expect(expectOk(authority.contextFor(npubName, now() + 300))).toBe(first)
    env.clock.advance(100_000)
    expect(expectOk(authority.contextFor(npubName, now() + 300))).not.toBe(first)
    const held = expectOk(authority.contextFor(npubName, now() + 300))
    // A clock set back: the leaf is not valid yet.
    env.clock.advance(-2 * hour * 1000)
    expect(expectOk(authority.contextFor(npubName, now() + 9000))).not.toBe(held)
  })

  it('keeps the names used last', async () => {
    const authority = await start()
    expectOk(await authority.create('a'))
    const until = now() + hour
    const first = expectOk(authority.contextFor('n0.nostr', until))
    const second = expectOk(authority.contextFor('n1.nostr', until))
    for (let n = 2; n < 256; n += 1) expectOk(authority.contextFor(`n${n}.nostr`, until))
    expect(expectOk(authority.contextFor('n0.nostr', until))).toBe(first)
    expectOk(authority.contextFor('one-more.nostr', until))
    expect(expectOk(authority.contextFor('n0.nostr', until))).toBe(first)
    expect(expectOk(authority.contextFor('n1.nostr', until))).not.toBe(second)
  })

  it.each([
    'example.com',
    'evilnostr',
    'nostr',
    '*.nostr',
    'A.nostr',
    'a.nostr.',
    'a..nostr',
    '127.0.0.1',
    'a b.nostr',
    'bücher.nostr',
    `${'a'.repeat(64)}.nostr`,
    `${'a.'.repeat(130)}nostr`,
    '',
  ])('makes nothing for %j', async (name) => {
    const authority = await start()
    expectOk(await authority.create('a'))
    expect(codeOf(authority.contextFor(name, now() + hour))).toBe('authority.bad-name')
  })

  it('makes nothing for a pin that has ended, and nothing without an authority', async () => {
    const authority = await start()
    expect(codeOf(authority.contextFor(npubName, now() + hour))).toBe('authority.none')
    expectOk(await authority.create('a'))
    expect(codeOf(authority.contextFor(npubName, now()))).toBe('authority.too-late')
    expect(codeOf(authority.contextFor(npubName, Number.NaN))).toBe('authority.too-late')
  })
})

describe('rotation', () => {
  it('prepares beside, activates, retires for seven days, and survives restarts', async () => {
    const authority = await start()
    const old = expectOk(await authority.create('a'))
    const next = expectOk(await authority.prepareRotation('a'))
    expect(next.commonName).not.toBe(old.commonName)
    expect(authority.current()).toEqual(old)
    expect(expectOk(await authority.prepareRotation('a'))).toEqual(next)
    await authority.stop()

    const again = await start()
    expect(again.prepared()).toEqual(next)
    const before = expectOk(again.contextFor(npubName, now() + hour))
    expectOk(await again.activate(next.rootSha256))
    expect(again.current()).toEqual(next)
    expect(again.prepared()).toBeUndefined()
    expect(again.retiring()).toEqual([{ ...old, removeAtMs: env.clock.nowMs() + 7 * dayMs }])
    const after = expectOk(again.contextFor(npubName, now() + hour))
    expect(after).not.toBe(before)
    const { leaf } = await handshake(after, next.rootPem)
    expect(leaf.issuerCertificate.raw).toEqual(Buffer.from(read(next.issuerPem).der))
    expectOk(await again.activate(next.rootSha256))

    let changes = 0
    again.onChange(() => (changes += 1))
    env.clock.advance(7 * dayMs - hour * 1000)
    expect(changes).toBe(0)
    for (let hours = 0; hours < 2; hours += 1) env.clock.advance(hour * 1000)
    expect(changes).toBe(1)
    expectOk(await again.destroy(old.rootSha256))
    expect(again.retiring()).toEqual([])
  })

  it('forgets the key of the old authority at once', async () => {
    const authority = await start()
    expectOk(await authority.create('a'))
    const before = await readFile(path, 'utf8')
    const secret = /"pkcs8": "([^"]+)"/u.exec(before)?.[1] ?? ''
    expect(secret).not.toBe('')
    expectOk(await authority.activate(expectOk(await authority.prepareRotation('a')).rootSha256))
    expect(await readFile(path, 'utf8')).not.toContain(secret)
  })

  it('refuses what was not prepared, and rotation of nothing', async () => {
    const authority = await start()
    expect(codeOf(await authority.prepareRotation('a'))).toBe('authority.none')
    expectOk(await authority.create('a'))
    expect(codeOf(await authority.activate('00'.repeat(32)))).toBe('authority.unknown')
  })

  it('is asked for after two years, and warned of before the end', async () => {
    const authority = await start(createFakeKeychain())
    expectOk(await authority.create('a'))
    const at = (days: number): readonly string[] => {
      env.clock.sleep(days * dayMs)
      env.clock.advance(hour * 1000)
      return codes()
    }
    expect(at(700)).toEqual([])
    expect(at(30)).toEqual(['authority.rotation-due'])
    expect(at(1070)).toEqual(['authority.expiring'])
    expect(at(30)).toEqual(['authority.expired'])
    expect(codeOf(authority.contextFor(npubName, now() + hour))).toBe('authority.expired')
  })
})

describe('destroy', () => {
  it('removes key and certificates; contexts end; a new one can be made', async () => {
    const authority = await start()
    const facts = expectOk(await authority.create('a'))
    expectOk(authority.contextFor(npubName, now() + hour))
    expectOk(await authority.destroy(facts.rootSha256))
    expect(authority.current()).toBeUndefined()
    expect(await readFile(path, 'utf8')).not.toContain('pkcs8')
    expect(codeOf(authority.contextFor(npubName, now() + hour))).toBe('authority.none')
    expect(codeOf(await authority.destroy(facts.rootSha256))).toBe('authority.unknown')
    expect(codes()).toEqual([])
    expectOk(await authority.create('a'))
  })
})

describe('a damaged state file', () => {
  it.each([
    ['not JSON', () => '{"version": 1,'],
    [
      'a certificate that is none',
      (text: string) => text.replace(/MII\w{20}/u, 'MIIAAAAAAAAAAAAAAAAAAAA'),
    ],
    ['a root of somebody else', (_text: string, other: string) => other],
  ])('is kept aside and reported: %s', async (_what, damage) => {
    const first = await start()
    expectOk(await first.create('a'))
    await first.stop()
    const text = await readFile(path, 'utf8')
    const mixed = await withForeignRoot(text)
    await writeFile(path, damage(text, mixed))
    const second = await start()
    expect(second.current()).toBeUndefined()
    expect(codes()).toContain('authority.bad-file')
    expect(await readdir(join(folder, 'trust'))).toContain('authority.json.bad-1')
    expectOk(await second.create('a'))
  })

  it('with the key of another authority issues nothing and says so', async () => {
    const first = await start()
    expectOk(await first.create('a'))
    await first.stop()
    const text = await readFile(path, 'utf8')
    const foreign = /"pkcs8": "[^"]+"/u.exec(await foreignState())?.[0] ?? ''
    await writeFile(path, text.replace(/"pkcs8": "[^"]+"/u, foreign))
    const second = await start()
    expect(second.current()).toBeDefined()
    expect(codeOf(second.contextFor(npubName, now() + hour))).toBe('authority.damaged-key')
    expect(codes()).toContain('authority.damaged-key')
  })

  async function withForeignRoot(text: string): Promise<string> {
    const foreign = /"rootPem": "[^"]+"/u.exec(await foreignState())?.[0] ?? ''
    return text.replace(/"rootPem": "[^"]+"/u, foreign)
  }

  /** The state file of another computer. */
  async function foreignState(): Promise<string> {
    const elsewhere = join(folder, 'elsewhere')
    await mkdir(elsewhere, { recursive: true })
    const other = createLocalAuthority(createTestEnv(), { path: join(elsewhere, 'a.json') })
    services.push(other)
    await other.start()
    expectOk(await other.create('b'))
    return readFile(join(elsewhere, 'a.json'), 'utf8')
  }
})

it('stops twice and releases its timers', async () => {
  const authority = await start()
  expectOk(await authority.create('a'))
  await authority.stop()
  await authority.stop()
  expect(env.clock.pending()).toBe(0)
})
