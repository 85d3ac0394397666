import { execFile, execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import type { Env } from '../../env/env.ts'
import { ok, type Result } from '../../env/errors.ts'
import { createHealth } from '../../env/health.ts'
import { silentLogger } from '../../env/logger.ts'
import { systemClock, systemRandom } from '../../env/system-env.ts'
import { encodeNpub } from '../../names/npub.ts'
import { parseName } from '../../names/parse-name.ts'
import { createPublisher } from '../../publish/publisher-service.ts'
import { ask, createSocketRelays } from '../../publish/testing/socket-relays.ts'
import { createTestKeyring, type TestKeyring } from '../../publish/testing/test-keyring.ts'
import { createEmbeddedRelay, type EmbeddedRelay } from '../../relays/embedded/embedded-relay.ts'
import { createEventStore } from '../../relays/event-store.ts'
import { createRelayService } from '../../relays/relay-pool.ts'
import { tempDirectory, tempStore } from '../../relays/testing/temp-store.ts'
import { createVerifier } from '../../relays/verify.ts'
import { settingsSchema } from '../../../src-preload/contract/settings.ts'
import { openDatabase } from '../../store/database.ts'
import { createNostrSystem } from '../../systems/nostr/nostr-system.ts'
import { createDemoOrigin, type DemoOrigin } from '../origin/demo-origin.ts'
import type { OriginCertificate } from '../origin/origin-certificates.ts'
import { createOwnerCertificates } from '../owner/owner-certificates-service.ts'
import type { OwnCertificate } from '../owner-certificates.ts'
import type { PinnedName } from '../pin-policy.ts'
import { createPinPolicy } from '../pins/pin-policy-service.ts'
import { decodeCertificatePem } from '../x509/pem.ts'
import { createReadServer } from './read-server.ts'
import { verifyName } from './verify-name.ts'

/** Real relays, keys, certificates and TLS servers; two computers that share only the relays. */
const env: Env = { clock: systemClock, random: systemRandom, log: silentLogger }
const { signal } = new AbortController()
const now = (): number => Math.floor(Date.now() / 1000)

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`)
  return result.value
}

async function startRelays(): Promise<readonly EmbeddedRelay[]> {
  const start = async (): Promise<EmbeddedRelay> => {
    const relay = createEmbeddedRelay(env, {
      store: await tempStore(env),
      host: '127.0.0.1',
      port: 0,
    })
    await relay.start()
    onTestFinished(() => relay.stop())
    return relay
  }
  return [await start(), await start()]
}

async function startOwner(relays: readonly EmbeddedRelay[]) {
  const keyring = createTestKeyring()
  const folder = await tempDirectory()
  const health = createHealth(() => Date.now())
  const sockets = createSocketRelays(...relays.map((relay) => relay.url()))
  const publisher = createPublisher(env, {
    keyring,
    relays: sockets,
    store: await tempStore(env),
    statePath: join(folder, 'publish.json'),
    settings: () => settingsSchema.parse({ version: 1 }).publish,
    health,
  })
  let ahead = 0
  const nowMs = (): number => systemClock.nowMs() + ahead
  const shifted: Env = { ...env, clock: { ...systemClock, nowMs } }
  const certificates = createOwnerCertificates(shifted, {
    directory: join(folder, 'certificates'),
    statePath: join(folder, 'certificates.json'),
    health,
  })
  await publisher.start()
  await certificates.start()
  onTestFinished(async () => {
    await certificates.stop()
    await publisher.stop()
  })
  const { pubkey } = keyring
  const publish = async (...made: readonly OwnCertificate[]) => {
    const list = await Promise.all(
      made.map(async ({ spkiSha256, certificatePath }) => {
        const der = decodeCertificatePem(await readFile(certificatePath, 'utf8'))
        return { spkiSha256, der: der?.toString('base64') ?? '' }
      }),
    )
    return valueOf(await publisher.publishCertificate(pubkey, '@', list, { ports: [443], signal }))
  }
  /** The owner waits as long as a change of keys must take. */
  const waitOverlap = (): void => {
    ahead += 11 * 60_000
  }
  return { keyring, pubkey, sockets, publisher, certificates, publish, waitOverlap }
}

async function startReader(relays: readonly EmbeddedRelay[], portOf: () => number) {
  const database = await openDatabase(env, await tempDirectory())
  const store = createEventStore(env, database.sublevel('events'))
  const verifier = createVerifier()
  const pool = createRelayService(env, {
    store,
    verifier,
    config: { defaults: [], indexers: [], user: relays.map((relay) => relay.url()) },
  })
  const nostr = createNostrSystem(env, {
    relays: pool,
    store,
    config: { allowsPrivateAddresses: () => true, optIn: () => ({ nns: false, dnstr: false }) },
  })
  const pins = createPinPolicy(env, { nostr, records: database.sublevel<unknown>('pins', 'json') })
  await pool.start()
  await nostr.start()
  await pins.start()
  onTestFinished(async () => {
    await pins.stop()
    await nostr.stop()
    await pool.stop()
    await verifier.stop()
    await store.stop()
    await database.close()
  })
  const read = createReadServer(systemClock)
  const resolve = async (domain: string): Promise<Result<readonly string[]>> => {
    const answer = await nostr.lookup(parseName(domain), domain, 'A', signal)
    if (answer.kind !== 'answer') return ok([])
    return ok(answer.rrset.flatMap(({ rdata }) => (rdata.type === 'A' ? rdata.address : [])))
  }
  return {
    pins,
    verify: (domain: string) =>
      verifyName(
        {
          clock: env.clock,
          pins,
          resolve,
          allowsPrivate: () => true,
          // The pins are for 443, which tests cannot have.
          readServer: (addresses, _port, name, give) => read(addresses, portOf(), name, give),
        },
        domain,
        { port: 443, signal },
      ),
  }
}

async function serve(load: () => Promise<OriginCertificate>): Promise<DemoOrigin> {
  const origin = createDemoOrigin(env, {
    profile: 'owner',
    domain: 'demo',
    address: '127.0.0.1',
    port: 0,
    certificate: async () => ok(await load()),
  })
  await origin.start()
  onTestFinished(() => origin.stop())
  return origin
}

const filesOf = async ({
  certificatePath,
  keyPath,
}: OwnCertificate): Promise<OriginCertificate> => ({
  certificatePem: await readFile(certificatePath, 'utf8'),
  keyPem: await readFile(keyPath, 'utf8'),
})

test('published, found, matched, rotated and revoked between two computers', async () => {
  const relays = await startRelays()
  const owner = await startOwner(relays)
  const { publisher, certificates, pubkey } = owner
  const domain = `${encodeNpub(pubkey)}.nostr`
  let current = valueOf(await certificates.create(pubkey, '@', {}))
  let port = 0
  const origin = await serve(() => filesOf(current))
  port = origin.port()
  const forged = await startForger(domain)

  valueOf(await publisher.publishAddress(pubkey, { addresses: ['127.0.0.1'], signal }))
  await owner.publish(current)
  const reader = await startReader(relays, () => port)
  expect(await reader.verify(domain)).toMatchObject({
    verdict: 'match',
    pin: { format: 'canonical', value: current.spkiSha256 },
  })

  // What the proof of concept asks for is exactly what the server shows.
  for (const relay of relays) {
    const query = { authors: [pubkey], kinds: [30_001], limit: 1 }
    const { events } = await ask(relay.url(), ['REQ', 'poc', query])
    const served = await servedPem(origin.port(), domain)
    expect(events.map(({ content }) => content.trim())).toEqual([served.trim()])
  }

  port = forged.port()
  expect(await reader.verify(domain)).toMatchObject({ verdict: 'mismatch', exitClass: 'failed' })
  port = origin.port()

  const next = valueOf(await certificates.rotate(pubkey, '@'))
  await owner.publish(current, next)
  await expect.poll(() => pinsOf(reader.pins.lastDecision(nameOf(domain), 443))).toHaveLength(2)
  expect(await reader.verify(domain)).toMatchObject({ verdict: 'match' })
  owner.waitOverlap()
  current = valueOf(await certificates.rotate(pubkey, '@'))
  expect(current.spkiSha256).toBe(next.spkiSha256)
  valueOf(await origin.reload())
  expect(await reader.verify(domain)).toMatchObject({
    verdict: 'match',
    pin: { value: next.spkiSha256 },
  })

  const told: string[] = []
  reader.pins.onChange((who) => told.push(who))
  valueOf(await publisher.publishCertificate(pubkey, '@', [], { ports: [443], signal }))
  await expect.poll(() => told).toContain(pubkey)
  expect(await reader.verify(domain)).toMatchObject({ verdict: 'no-certificate' })
})

/** The certificate a server shows, as text: what the proof of concept compares after `strip()`. */
async function servedPem(port: number, domain: string): Promise<string> {
  const argv = ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', domain]
  const running = promisify(execFile)('openssl', argv)
  running.child.stdin?.end()
  const { stdout } = await running
  return /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/u.exec(stdout)?.[0] ?? ''
}

/** What https_demo_server.py of the proof of concept publishes, made as it makes it. */
async function actAsProofOfConcept(
  keyring: TestKeyring,
  names: readonly string[],
): Promise<{ readonly files: OriginCertificate; readonly events: readonly unknown[] }> {
  const folder = await tempDirectory()
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const san = `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`
  const subject = `/CN=${encodeNpub(keyring.pubkey).slice(0, 16)}`
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '1',
      '-subj',
      subject,
      '-addext',
      san,
      '-keyout',
      key,
      '-out',
      cert,
    ],
    { stdio: 'ignore' },
  )
  const files = {
    certificatePem: await readFile(cert, 'utf8'),
    keyPem: await readFile(key, 'utf8'),
  }
  return {
    files,
    events: [
      keyring.author(30_000, [], '{"ip": "127.0.0.1"}', now() - 5),
      keyring.author(30_001, [], files.certificatePem, now() - 5),
    ],
  }
}

test.each([
  ['its own name', (npub: string) => [`${npub}.nostr`, `${npub}.local`], 'match'],
  ['no name of its owner', () => ['demo.example', 'localhost'], 'no-certificate'],
] as const)(
  'a server of the proof of concept with a certificate for %s',
  async (_what, namesOf, verdict) => {
    const relays = await startRelays()
    const keyring = createTestKeyring()
    const npub = encodeNpub(keyring.pubkey)
    const { files, events } = await actAsProofOfConcept(keyring, namesOf(npub))
    const sockets = createSocketRelays(...relays.map((relay) => relay.url()))
    for (const event of events) {
      const outcomes = await sockets.publish(event as never, { signal })
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(['ok', 'ok'])
    }
    const origin = await serve(() => Promise.resolve(files))
    const reader = await startReader(relays, () => origin.port())
    const report = await reader.verify(`${npub}.nostr`)
    expect(report.verdict).toBe(verdict)
    expect(report.pin?.strength).toBe(verdict === 'match' ? 'hint' : undefined)
  },
)

/** A server with the right name and a key of its own. */
async function startForger(domain: string): Promise<DemoOrigin> {
  const keyring = createTestKeyring()
  const { files } = await actAsProofOfConcept(keyring, [domain])
  return serve(() => Promise.resolve(files))
}

function nameOf(domain: string): PinnedName {
  const name = parseName(domain)
  if (name.kind !== 'nostr') throw new Error('not a key')
  return name
}

function pinsOf(
  decision: ReturnType<Awaited<ReturnType<typeof startReader>>['pins']['lastDecision']>,
) {
  return decision?.kind === 'pinned' ? decision.pins : []
}
