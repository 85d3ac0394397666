import { createHash, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemRandom } from '../../env/system-env.ts'
import { authorityOf, buildRoot, buildSelfSigned, spkiOf } from './build-certificate.ts'
import { writeCertificate } from './certificate-writer.ts'
import { contextPrimitive, ia5Bytes, sequence, unsignedInteger } from './der-writer.ts'
import { emptyName } from './distinguished-name.ts'
import { alternativeNames, type Extension } from './extensions.ts'
import { certificateSha256, describeServed, spkiSha256 } from './fingerprints.ts'
import { newKey } from './new-key.ts'
import { parseCertificate } from './parse-certificate.ts'
import { decodeCertificatePem } from './pem.ts'
import { runToolOk } from './testing/run-tool.ts'
import { npubName } from './testing/sample-names.ts'

const validity = { validFrom: 1_700_000_000, validTo: 1_800_000_000 }
const key = newKey()
const own = buildSelfSigned(systemRandom, { names: [npubName, 'www.example'], key, ...validity })

/** A certificate with exactly these extensions, whether they make sense or not. */
const withExtensions = (extensions: readonly Extension[]): Buffer =>
  writeCertificate(
    systemRandom,
    { subject: emptyName, spki: spkiOf(key), ...validity, extensions },
    { name: emptyName, key },
  )

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nostr-dns-parse-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A self-signed certificate that openssl made. */
async function opensslCertificate(name: string, args: readonly string[]): Promise<Buffer> {
  const path = join(folder, `${name}.pem`)
  const keyPath = join(folder, `${name}.key`)
  await runToolOk('openssl', [
    ...['req', '-x509', '-nodes', '-days', '1', '-keyout', keyPath, '-out', path, ...args],
  ])
  const der = decodeCertificatePem(await readFile(path, 'utf8'))
  if (der === undefined) throw new Error('openssl wrote no certificate')
  return der
}

describe('certificates of openssl', () => {
  const san = ['-addext', `subjectAltName=DNS:${npubName},DNS:WWW.Example,IP:127.0.0.1,IP:::1`]
  const subject = ['-subj', '/C=DE/O=Beispiel GmbH/CN=npub1vl029mgpsp']

  it.each([
    ['rsa', ['-newkey', 'rsa:2048']],
    ['p256', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']],
    ['secp256k1', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1']],
    ['ed25519', ['-newkey', 'ed25519']],
    ['other', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384']],
  ] as const)('with a key of type %s', async (type, keyArgs) => {
    const der = await opensslCertificate(type, [...keyArgs, ...subject, ...san])
    const reference = new X509Certificate(der)
    const parsed = parseCertificate(der)
    expect(parsed).toMatchObject({
      subject: 'C=DE, O=Beispiel GmbH, CN=npub1vl029mgpsp',
      commonNames: ['npub1vl029mgpsp'],
      names: [npubName, 'www.example'],
      isCa: reference.ca,
      validFrom: Date.parse(reference.validFrom) / 1000,
      validTo: Date.parse(reference.validTo) / 1000,
      key: { type },
    })
    expect(parsed?.addresses.map((address) => address.length)).toEqual([4, 16])
    expect(BigInt(`0x${parsed?.serialNumber}`)).toBe(BigInt(`0x${reference.serialNumber}`))
  })

  it('gives the x coordinate of a secp256k1 key, which an npub is', async () => {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1']
    const der = await opensslCertificate('alt', [...curve, ...subject])
    await runToolOk('openssl', [
      ...['pkey', '-in', join(folder, 'alt.key'), '-pubout', '-outform', 'DER'],
      ...['-out', join(folder, 'alt.pub')],
    ])
    const spki = await readFile(join(folder, 'alt.pub'))
    const x = spki.subarray(spki.length - 64, spki.length - 32).toString('hex')
    expect(parseCertificate(der)?.key).toEqual({ type: 'secp256k1', x })
    expect(spkiSha256(der)).toBe(createHash('sha256').update(spki).digest('hex'))
  })
})

describe('parseCertificate', () => {
  it('gives raw extensions with their criticality', () => {
    const parsed = parseCertificate(own)
    expect([...(parsed?.extensions.keys() ?? [])]).toEqual([
      '2.5.29.19',
      '2.5.29.15',
      '2.5.29.37',
      '2.5.29.14',
      '2.5.29.17',
    ])
    expect(parsed?.extensions.get('2.5.29.37')?.isCritical).toBe(false)
    expect(parsed?.extensions.get('2.5.29.15')?.isCritical).toBe(true)
  })

  it('tells an authority from a server', () => {
    const root = buildRoot(systemRandom, authorityOf('R', key), validity)
    expect(parseCertificate(root)?.isCa).toBe(true)
    expect(parseCertificate(own)?.isCa).toBe(false)
  })

  it('reads one without extensions', () => {
    expect(parseCertificate(withExtensions([]))?.names).toEqual([])
  })

  const san = (...names: readonly Uint8Array[]): Extension => ({
    oid: '2.5.29.17',
    isCritical: false,
    value: sequence(...names),
  })
  const good = alternativeNames({ dns: [npubName] }, true)

  it.each([
    ['an extension twice', () => withExtensions([good, good])],
    [
      'a NUL inside a name',
      () => withExtensions([san(contextPrimitive(2, ia5Bytes('a\0.nostr')))]),
    ],
    ['a space inside a name', () => withExtensions([san(contextPrimitive(2, ia5Bytes('a b')))])],
    [
      'a SAN that is no sequence',
      () => withExtensions([{ ...good, value: Buffer.from('0c0161', 'hex') }]),
    ],
    ['bytes behind the certificate', () => Buffer.concat([own, Uint8Array.of(0)])],
    ['a certificate cut short', () => own.subarray(0, -1)],
    ['nothing', () => Buffer.alloc(0)],
    ['PEM instead of DER', () => Buffer.from('-----BEGIN CERTIFICATE-----')],
    [
      'a certificate of 65 KiB',
      () => withExtensions([{ oid: '1.2.3', isCritical: false, value: new Uint8Array(66_000) }]),
    ],
    ['an INTEGER', () => unsignedInteger(Uint8Array.of(1))],
  ])('refuses %s', (_what, make) => {
    expect(parseCertificate(make())).toBeUndefined()
  })

  it('refuses two signature algorithms', () => {
    const oid = Buffer.from('06082a8648ce3d040302', 'hex')
    const changed = Buffer.from(own)
    // The outer one, after the signed part: ecdsa-with-SHA384.
    changed[changed.lastIndexOf(oid) + oid.length - 1] = 3
    expect(parseCertificate(own)).toBeDefined()
    expect(parseCertificate(changed)).toBeUndefined()
  })

  it('makes text of a hostile subject that is safe to show', () => {
    const named = authorityOf('a\u202Eevil\u0000\n<b>', key)
    expect(parseCertificate(buildRoot(systemRandom, named, validity))?.subject).toBe(
      'CN=a?evil??<b>',
    )
  })

  it('survives 5,000 mutated certificates', () => {
    const random = seeded(1)
    const root = buildRoot(systemRandom, authorityOf('R', key), validity)
    let readable = 0
    for (let round = 0; round < 5000; round += 1) {
      const mutated = mutate(round % 2 === 0 ? own : root, random)
      const parsed = parseCertificate(mutated)
      if (parsed === undefined) continue
      readable += 1
      expect(parsed.spkiSha256).toMatch(/^[0-9a-f]{64}$/u)
      expect(Number.isInteger(parsed.validTo)).toBe(true)
      expect(describeServed(mutated).certificateSha256).toBe(certificateSha256(mutated))
    }
    // Both branches must really be taken: changes inside values stay readable, others do not.
    expect(readable).toBeGreaterThan(500)
    expect(readable).toBeLessThan(4500)
  })
})

describe('fingerprints', () => {
  it('are those of openssl and Node', () => {
    const reference = new X509Certificate(own)
    expect(certificateSha256(own)).toBe(reference.fingerprint256.replaceAll(':', '').toLowerCase())
    const spki = reference.publicKey.export({ type: 'spki', format: 'der' })
    expect(spkiSha256(own)).toBe(createHash('sha256').update(spki).digest('hex'))
    expect(describeServed(own)).toEqual({
      der: own.toString('base64'),
      certificateSha256: certificateSha256(own),
      spkiSha256: spkiSha256(own),
      subject: parseCertificate(own)?.subject,
      names: [npubName, 'www.example'],
      ...validity,
    })
  })

  it('describe what cannot be read without any name or key that could match', () => {
    const garbage = Buffer.from('garbage')
    expect(spkiSha256(garbage)).toBeUndefined()
    expect(describeServed(garbage)).toMatchObject({ spkiSha256: '', names: [], validTo: 0 })
  })
})

/** Park–Miller: the same mutations in every run. */
function seeded(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 48_271) % 0x7fffffff
    return state % below
  }
}

function mutate(der: Buffer, random: (below: number) => number): Buffer {
  const mutated = Buffer.from(der)
  const at = random(mutated.length)
  switch (random(5)) {
    case 0:
      return mutated.subarray(0, at)
    case 1:
      return Buffer.concat([mutated.subarray(0, at), mutated.subarray(at + 1 + random(8))])
    case 2:
      return Buffer.concat([
        mutated.subarray(0, at),
        Buffer.alloc(1 + random(8), random(256)),
        mutated.subarray(at),
      ])
    default:
      for (let count = 1 + random(3); count > 0; count -= 1) {
        mutated[random(mutated.length)] = random(256)
      }
      return mutated
  }
}
