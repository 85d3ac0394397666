import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { unixSeconds } from '../../env/env.ts'
import { createHealth, type Health } from '../../env/health.ts'
import { systemClock } from '../../env/system-env.ts'
import {
  codeOf,
  createTestEnv,
  expectOk,
  temporaryFolder,
  type TestEnv,
} from '../../keys/test-keyring.ts'
import type { OwnerCertificates } from '../owner-certificates.ts'
import { certificateSha256 } from '../x509/fingerprints.ts'
import { parseCertificate } from '../x509/parse-certificate.ts'
import { decodeCertificatePem } from '../x509/pem.ts'
import { runTool, runToolOk } from '../x509/testing/run-tool.ts'
import { npub, npubName, pubkey } from '../x509/testing/sample-names.ts'
import { createOwnerCertificates } from './owner-certificates-service.ts'

const dayMs = 24 * 60 * 60 * 1000

let folder: string
let directory: string
let statePath: string
let env: TestEnv
let health: Health
let services: OwnerCertificates[]

beforeEach(async () => {
  folder = await temporaryFolder()
  directory = join(folder, 'certificates')
  statePath = join(folder, 'certificates.json')
  env = createTestEnv()
  health = createHealth(() => env.clock.nowMs())
  services = []
})
afterEach(async () => {
  await Promise.all(services.map((service) => service.stop()))
  await rm(folder, { recursive: true, force: true })
})

async function start(): Promise<OwnerCertificates> {
  const service = createOwnerCertificates(env, { directory, statePath, health })
  services.push(service)
  await service.start()
  return service
}

const codes = (): readonly string[] => health.list().map((item) => item.code)
const rolesOf = (service: OwnerCertificates): readonly string[] =>
  service.list().map(({ role }) => role)

async function readDer(path: string): Promise<Buffer> {
  const der = decodeCertificatePem(await readFile(path, 'utf8'))
  if (der === undefined) throw new Error(`${path} holds no certificate`)
  return der
}

describe('create', () => {
  it('makes a private key file and a certificate for the names asked', async () => {
    const certificates = await start()
    const made = expectOk(await certificates.create(pubkey, '@', { extraNames: ['www'], days: 30 }))
    expect(made).toMatchObject({
      pubkey,
      host: '@',
      role: 'current',
      names: [npubName, `www.${npubName}`, `${npub}.local`],
      validTo: unixSeconds(env.clock) + 30 * 24 * 60 * 60,
    })
    const der = await readDer(made.certificatePath)
    const parsed = parseCertificate(der)
    expect(parsed).toMatchObject({
      commonNames: [],
      names: made.names,
      isCa: false,
      key: { type: 'p256' },
    })
    expect(parsed?.spkiSha256).toBe(made.spkiSha256)
    expect(certificateSha256(der)).toBe(made.certificateSha256)
    const key = createPrivateKey(await readFile(made.keyPath))
    expect(new X509Certificate(der).checkPrivateKey(key)).toBe(true)
    expect(new X509Certificate(der).verify(createPublicKey(key))).toBe(true)
    expect(certificates.list()).toEqual([made])
  })

  it('keeps keys 0600 in folders of 0700, and no key in the list', async () => {
    const certificates = await start()
    const made = expectOk(await certificates.create(pubkey, 'www', {}))
    expect((await stat(made.keyPath)).mode & 0o777).toBe(0o600)
    expect((await stat(dirname(made.keyPath))).mode & 0o777).toBe(0o700)
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    expect((await stat(statePath)).mode & 0o777).toBe(0o600)
    expect(await readFile(statePath, 'utf8')).not.toContain('PRIVATE')
    const secret = (await readFile(made.keyPath, 'utf8')).split('\n')[1] ?? ''
    expect(env.lines.join('\n')).not.toContain(secret)
  })

  it('lives a year when nothing is said', async () => {
    const made = expectOk(await (await start()).create(pubkey, '@', {}))
    expect(made.validTo - unixSeconds(env.clock)).toBe(365 * 24 * 60 * 60)
  })

  it.each([0, -1, 826, 1.5, Number.NaN])('refuses a lifetime of %d days', async (days) => {
    const certificates = await start()
    expect(codeOf(await certificates.create(pubkey, '@', { days }))).toBe('certificates.bad-days')
    expect(certificates.list()).toEqual([])
  })

  it('refuses a second one for the same host, also at the same moment and in other case', async () => {
    const certificates = await start()
    const both = await Promise.all([
      certificates.create(pubkey, 'www', {}),
      certificates.create(pubkey, 'WWW', {}),
    ])
    expect(both.map(codeOf)).toEqual(['ok', 'certificates.exists'])
    expectOk(await certificates.create(pubkey, '@', {}))
    expect(certificates.list()).toHaveLength(2)
  })

  it('refuses one that another process made meanwhile, and keeps the unused key aside', async () => {
    const [mine, other] = [await start(), await start()]
    const made = expectOk(await other.create(pubkey, '@', {}))
    expect(codeOf(await mine.create(pubkey, '@', {}))).toBe('certificates.exists')
    expect(mine.list()).toEqual([made])
    expect(await readdir(join(dirname(made.keyPath), 'removed'))).toHaveLength(1)
  })

  it('says what is wrong when the disk does not take it, and changes nothing', async () => {
    await writeFile(directory, 'a file where the folder belongs')
    const certificates = await start()
    expect(codeOf(await certificates.create(pubkey, '@', {}))).toBe('store.wrong-type')
    expect(certificates.list()).toEqual([])
  })
})

describe('what was made', () => {
  it('serves the apex, its hosts and the local name to curl and openssl, and nothing else', async () => {
    // Real clients look at the real time.
    env.clock.advance(systemClock.nowMs() - env.clock.nowMs())
    const certificates = await start()
    const made = expectOk(await certificates.create(pubkey, '@', { extraNames: ['www'] }))
    const verified = await runToolOk('openssl', [
      ...['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', made.certificatePath],
      ...['-verify_hostname', npubName, made.certificatePath],
    ])
    expect(verified).toContain(': OK')
    const server = createServer(
      { key: await readFile(made.keyPath), cert: await readFile(made.certificatePath) },
      (_request, response) => response.end('hello'),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const fetch = (name: string): ReturnType<typeof runTool> =>
      runTool('curl', [
        ...['--silent', '--show-error', '--noproxy', '*', '--cacert', made.certificatePath],
        ...['--resolve', `${name}:${port}:127.0.0.1`, `https://${name}:${port}/`],
      ])
    try {
      for (const name of made.names) {
        expect(await fetch(name)).toEqual({ code: 0, text: 'hello' })
      }
      expect((await fetch(`other.${npubName}`)).code).toBe(60)
    } finally {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
  })
})

describe('renew', () => {
  it('makes a new certificate for the same key in the same files', async () => {
    const certificates = await start()
    const old = expectOk(await certificates.create(pubkey, '@', { days: 40, extraNames: ['a'] }))
    const keyBefore = await readFile(old.keyPath)
    env.clock.sleep(30 * dayMs)
    const renewed = expectOk(await certificates.renew(pubkey, '@'))
    expect(renewed).toEqual({
      ...old,
      validFrom: old.validFrom + (30 * dayMs) / 1000,
      validTo: old.validTo + (30 * dayMs) / 1000,
      certificateSha256: renewed.certificateSha256,
    })
    expect(renewed.certificateSha256).not.toBe(old.certificateSha256)
    expect(await readFile(old.keyPath)).toEqual(keyBefore)
    expect(certificateSha256(await readDer(old.certificatePath))).toBe(renewed.certificateSha256)
    expect(certificates.list()).toEqual([renewed])
  })

  it.each([
    ['missing', 'certificates.key-missing', (path: string) => rm(path)],
    ['garbage', 'certificates.key-mismatch', (path: string) => writeFile(path, 'garbage')],
    [
      'another one',
      'certificates.key-mismatch',
      async (path: string) => {
        const other = createOwnerCertificates(createTestEnv(), {
          directory: join(folder, 'other'),
          statePath: join(folder, 'other.json'),
        })
        await other.start()
        const made = expectOk(await other.create(pubkey, '@', {}))
        await other.stop()
        await writeFile(path, await readFile(made.keyPath))
      },
    ],
  ])('refuses when the key file is %s', async (_what, code, damage) => {
    const certificates = await start()
    const made = expectOk(await certificates.create(pubkey, '@', {}))
    await damage(made.keyPath)
    expect(codeOf(await certificates.renew(pubkey, '@'))).toBe(code)
    expect(certificates.list()).toEqual([made])
  })

  it('needs a certificate', async () => {
    const certificates = await start()
    for (const action of ['renew', 'rotate', 'remove'] as const) {
      expect(codeOf(await certificates[action](pubkey, 'www'))).toBe('certificates.unknown')
    }
  })
})

describe('rotate', () => {
  it('overlaps: next beside current, then current, and the old one last', async () => {
    const certificates = await start()
    const first = expectOk(await certificates.create(pubkey, '@', { extraNames: ['www'] }))
    const next = expectOk(await certificates.rotate(pubkey, '@'))
    expect(next.role).toBe('next')
    expect(next.names).toEqual(first.names)
    expect(next.spkiSha256).not.toBe(first.spkiSha256)
    expect(next.keyPath).not.toBe(first.keyPath)
    expect(rolesOf(certificates)).toEqual(['current', 'next'])

    env.clock.advance(10 * 60 * 1000 - 1)
    const early = await certificates.rotate(pubkey, '@')
    expect(codeOf(early)).toBe('certificates.too-early')
    expect(rolesOf(certificates)).toEqual(['current', 'next'])
    env.clock.advance(1)
    expect(expectOk(await certificates.rotate(pubkey, '@'))).toEqual({ ...next, role: 'current' })
    expect(certificates.list()).toEqual([
      { ...first, role: 'previous' },
      { ...next, role: 'current' },
    ])
    // The server may still use them until it was told.
    await stat(first.keyPath)

    expectOk(await certificates.rotate(pubkey, '@'))
    expect(rolesOf(certificates)).toEqual(['previous', 'current', 'next'])
    env.clock.advance(10 * 60 * 1000)
    expectOk(await certificates.rotate(pubkey, '@'))
    expect(rolesOf(certificates)).toEqual(['previous', 'current'])
    expect(await readdir(join(dirname(first.keyPath), 'removed'))).toEqual(
      [basename(first.certificatePath), basename(first.keyPath)].toSorted(),
    )
  })

  it('goes on after a restart', async () => {
    const first = await start()
    expectOk(await first.create(pubkey, 'www', {}))
    const next = expectOk(await first.rotate(pubkey, 'www'))
    await first.stop()
    env.clock.sleep(dayMs)
    const second = await start()
    expect(expectOk(await second.rotate(pubkey, 'www')).spkiSha256).toBe(next.spkiSha256)
  })

  it('does not switch to a key that is not there', async () => {
    const certificates = await start()
    expectOk(await certificates.create(pubkey, '@', {}))
    const next = expectOk(await certificates.rotate(pubkey, '@'))
    env.clock.advance(dayMs)
    await rm(next.keyPath)
    expect(codeOf(await certificates.rotate(pubkey, '@'))).toBe('certificates.key-missing')
    expect(rolesOf(certificates)).toEqual(['current', 'next'])
  })
})

describe('remove', () => {
  it('takes a host off the list and keeps its files aside, with every key of a rotation', async () => {
    const certificates = await start()
    const made = expectOk(await certificates.create(pubkey, '@', {}))
    expectOk(await certificates.rotate(pubkey, '@'))
    const other = expectOk(await certificates.create(pubkey, 'www', {}))
    expectOk(await certificates.remove(pubkey, '@'))
    expect(certificates.list()).toEqual([other])
    const aside = join(dirname(made.keyPath), 'removed')
    expect(await readdir(aside)).toHaveLength(4)
    expect((await stat(join(aside, basename(made.keyPath)))).mode & 0o777).toBe(0o600)
    const again = expectOk(await certificates.create(pubkey, '@', {}))
    expect(again.spkiSha256).not.toBe(made.spkiSha256)
  })
})

describe('health', () => {
  it('warns 14 days ahead, says when it is over, and stops when renewed', async () => {
    const certificates = await start()
    expectOk(await certificates.create(pubkey, '@', { days: 30 }))
    const later = async (ms: number): Promise<readonly string[]> => {
      env.clock.advance(ms)
      // `look` runs in turn with the changes; a refused one waits for it.
      await certificates.remove(pubkey, 'none')
      return codes()
    }
    expect(await later(16 * dayMs)).toEqual([])
    expect(await later(60 * 60 * 1000)).toEqual(['certificates.expiring'])
    expect(health.list()[0]?.message).toMatch(/npub10el….* expires in 14 days\.$/u)
    expect(await later(13 * dayMs)).toEqual(['certificates.expiring'])
    expect(await later(dayMs)).toEqual(['certificates.expired'])
    expectOk(await certificates.renew(pubkey, '@'))
    expect(codes()).toEqual([])
  })

  it('does not warn of a certificate that was replaced, nor of one that was removed', async () => {
    const certificates = await start()
    expectOk(await certificates.create(pubkey, '@', { days: 30 }))
    env.clock.advance(20 * dayMs)
    expectOk(await certificates.rotate(pubkey, '@'))
    expect(codes()).toEqual(['certificates.expiring'])
    env.clock.advance(dayMs)
    expectOk(await certificates.rotate(pubkey, '@'))
    expect(codes()).toEqual([])
    expectOk(await certificates.create(pubkey, 'www', { days: 1 }))
    expect(codes()).toEqual(['certificates.expiring'])
    expectOk(await certificates.remove(pubkey, 'www'))
    expect(codes()).toEqual([])
  })

  it('says when a key file is missing', async () => {
    const first = await start()
    const made = expectOk(await first.create(pubkey, '@', {}))
    await first.stop()
    await rm(made.keyPath)
    await start()
    expect(codes()).toEqual(['certificates.key-missing'])
  })
})

describe('after a restart', () => {
  it('lists the same certificates', async () => {
    const first = await start()
    expectOk(await first.create(pubkey, '@', {}))
    expectOk(await first.rotate(pubkey, '@'))
    const before = first.list()
    await first.stop()
    expect((await start()).list()).toEqual(before)
  })

  it('completes certificate files that an interrupted run did not write', async () => {
    const first = await start()
    const made = expectOk(await first.create(pubkey, '@', {}))
    const old = await readFile(made.certificatePath)
    env.clock.sleep(dayMs)
    const renewed = expectOk(await first.renew(pubkey, '@'))
    const host = expectOk(await first.create(pubkey, 'www', {}))
    await first.stop()
    await writeFile(made.certificatePath, old)
    await rm(host.certificatePath)
    await start()
    expect(certificateSha256(await readDer(made.certificatePath))).toBe(renewed.certificateSha256)
    expect(certificateSha256(await readDer(host.certificatePath))).toBe(host.certificateSha256)
  })

  it("leaves a certificate file alone that is the owner's own work", async () => {
    const first = await start()
    const made = expectOk(await first.create(pubkey, '@', {}))
    await first.stop()
    await writeFile(made.certificatePath, 'a chain from somewhere else')
    await start()
    expect(await readFile(made.certificatePath, 'utf8')).toBe('a chain from somewhere else')
  })

  it.each([
    ['not JSON', (text: string) => text.slice(5)],
    ['a path', (text: string) => text.replace('"tls-', '"../../tls-')],
    ['a certificate that is none', (text: string) => text.replace(/MII\w{10}/u, 'MIIAAAAAAAAAA')],
    ['no public key', (text: string) => text.replace(pubkey, 'f'.repeat(64))],
  ])('a damaged list is kept aside and reported: %s', async (_what, damage) => {
    const first = await start()
    const made = expectOk(await first.create(pubkey, '@', {}))
    await first.stop()
    await writeFile(statePath, damage(await readFile(statePath, 'utf8')))
    const second = await start()
    expect(second.list()).toEqual([])
    expect(codes()).toEqual(['certificates.bad-file'])
    expect(await readdir(folder)).toContain('certificates.json.bad-1')
    // The keys are where they were, and a new certificate does not touch them.
    const key = await readFile(made.keyPath)
    expectOk(await second.create(pubkey, '@', {}))
    expect(await readFile(made.keyPath)).toEqual(key)
  })
})

it.skipIf(process.getuid?.() === 0)('says when the folder cannot be written', async () => {
  await mkdir(directory)
  await chmod(directory, 0o500)
  expect(codeOf(await (await start()).create(pubkey, '@', {}))).toBe('store.no-permission')
  await chmod(directory, 0o700)
})

it('stops twice and releases its timers', async () => {
  const certificates = await start()
  let changes = 0
  certificates.onChange(() => (changes += 1))
  expectOk(await certificates.create(pubkey, '@', {}))
  expect(changes).toBe(1)
  await certificates.stop()
  await certificates.stop()
  expect(env.clock.pending()).toBe(0)
})
